#include "drivers/dma_endpoint/dma_endpoint.h"

#include "lib/errors.h"
#include "lib/poll.h"

/* Registers in BAR 0; the buffer is the BAR's upper half. */
enum {
	ID = 0x00,
	ID_VALUE = 0x444d4131,
	CAPABILITY = 0x04,
	CAPABILITY_BUFFER = 0xff, /* log2 of its size */
	CAPABILITY_VECTORS_SHIFT = 16,
	CAPABILITY_VECTORS = 0x7ff,
	CONTROL = 0x08,
	CONTROL_START = 1 << 0,
	CONTROL_FROM_DEVICE = 1 << 1,
	CONTROL_INTERRUPT = 1 << 2,
	STATUS = 0x0c,
	STATUS_BUSY = 1 << 0,
	STATUS_DONE = 1 << 1,
	STATUS_ERROR = 1 << 2,
	IOVA = 0x10,
	OFFSET = 0x18,
	LENGTH = 0x1c,
	VECTOR = 0x20,
	DOORBELL = 0x24,
	WRITE_ERRORS = 0x28,
	READ_ERRORS = 0x2c,
	ERROR_IOVA = 0x30,
	TRANSFERRED = 0x38,
};

static uint32_t read32(const struct dma_ep *ep, uint32_t reg)
{
	return hal_mmio_read32(ep->regs + reg);
}

static void write32(const struct dma_ep *ep, uint32_t reg, uint32_t value)
{
	hal_mmio_write32(ep->regs + reg, value);
}

int dma_ep_init(struct dma_ep *ep, struct pcie_function *function)
{
	const struct pcie_bar *bar = &function->bars[0];
	uint32_t capability, log2_size;

	*ep = (struct dma_ep){.function = function, .regs = bar->base};
	if (!bar->base || read32(ep, ID) != ID_VALUE)
		return ERR_NOT_FOUND;
	capability = read32(ep, CAPABILITY);
	log2_size = capability & CAPABILITY_BUFFER;
	if (log2_size > 31 || bar->size / 2 < UINT64_C(1) << log2_size)
		return ERR_MALFORMED;
	ep->buffer_size = 1u << log2_size;
	ep->buffer = bar->base + bar->size / 2;
	ep->vectors = capability >> CAPABILITY_VECTORS_SHIFT & CAPABILITY_VECTORS;
	return 0;
}

static int start(struct dma_ep *ep, uint32_t control, uint64_t iova, uint32_t offset, uint32_t length, uint32_t vector)
{
	if (offset > ep->buffer_size || length > ep->buffer_size - offset)
		return ERR_RANGE;
	if (vector != DMA_EP_NO_INTERRUPT && vector >= ep->vectors)
		return ERR_RANGE;
	if (read32(ep, STATUS) & STATUS_BUSY)
		return ERR_BUSY;
	hal_mmio_write64(ep->regs + IOVA, iova);
	write32(ep, OFFSET, offset);
	write32(ep, LENGTH, length);
	if (vector != DMA_EP_NO_INTERRUPT) {
		write32(ep, VECTOR, vector);
		control |= CONTROL_INTERRUPT;
	}
	hal_dsb(); /* what the device is to read is in memory before the start */
	write32(ep, CONTROL, CONTROL_START | control);
	return 0;
}

int dma_ep_start_to_device(struct dma_ep *ep, uint64_t iova, uint32_t offset, uint32_t length, uint32_t vector)
{
	return start(ep, 0, iova, offset, length, vector);
}

int dma_ep_start_from_device(struct dma_ep *ep, uint64_t iova, uint32_t offset, uint32_t length, uint32_t vector)
{
	return start(ep, CONTROL_FROM_DEVICE, iova, offset, length, vector);
}

int dma_ep_wait(struct dma_ep *ep)
{
	const int status = poll_mmio32(ep->regs + STATUS, STATUS_BUSY | STATUS_DONE, STATUS_DONE, POLL_DEFAULT_US);

	hal_dmb(); /* the data is read after the status that says it is there */
	if (status)
		return status;
	return read32(ep, STATUS) & STATUS_ERROR ? ERR_DEVICE : 0;
}

int dma_ep_copy_to_device(struct dma_ep *ep, uint64_t iova, uint32_t length)
{
	const int status = dma_ep_start_to_device(ep, iova, 0, length, DMA_EP_NO_INTERRUPT);

	return status ? status : dma_ep_wait(ep);
}

int dma_ep_copy_from_device(struct dma_ep *ep, uint64_t iova, uint32_t length)
{
	const uint32_t errors = read32(ep, WRITE_ERRORS);
	int status = dma_ep_start_from_device(ep, iova, 0, length, DMA_EP_NO_INTERRUPT);

	if (!status)
		status = dma_ep_wait(ep);
	/* Posted writes are refused after the engine has forgotten them; only the counter tells. */
	if (!status && read32(ep, WRITE_ERRORS) != errors)
		status = ERR_DEVICE;
	return status;
}

int dma_ep_raise(struct dma_ep *ep, uint32_t vector)
{
	if (vector >= ep->vectors)
		return ERR_RANGE;
	hal_dsb();
	write32(ep, DOORBELL, vector);
	return 0;
}

void dma_ep_status(const struct dma_ep *ep, struct dma_ep_status *status)
{
	const uint32_t bits = read32(ep, STATUS);

	*status = (struct dma_ep_status){
	    .busy = bits & STATUS_BUSY,
	    .done = bits & STATUS_DONE,
	    .error = bits & STATUS_ERROR,
	    .transferred = read32(ep, TRANSFERRED),
	    .write_errors = read32(ep, WRITE_ERRORS),
	    .read_errors = read32(ep, READ_ERRORS),
	    .error_iova = hal_mmio_read64(ep->regs + ERROR_IOVA),
	};
}

static int check_buffer(const struct dma_ep *ep, uint32_t offset, size_t size)
{
	return offset > ep->buffer_size || size > ep->buffer_size - offset ? ERR_RANGE : 0;
}

/* Words where they are aligned, bytes at the ends: device memory takes no other access. */
int dma_ep_read_buffer(const struct dma_ep *ep, uint32_t offset, void *to, size_t size)
{
	const phys_addr_t from = ep->buffer + offset;
	uint8_t *bytes = to;
	size_t i = 0;

	if (check_buffer(ep, offset, size))
		return ERR_RANGE;
	while (i < size) {
		if ((from + i) % 8 || size - i < 8) {
			bytes[i] = hal_mmio_read8(from + i);
			i++;
			continue;
		}
		const uint64_t word = hal_mmio_read64(from + i);

		for (unsigned j = 0; j < 8; j++)
			bytes[i + j] = (uint8_t)(word >> (8 * j));
		i += 8;
	}
	return 0;
}

int dma_ep_write_buffer(struct dma_ep *ep, uint32_t offset, const void *from, size_t size)
{
	const phys_addr_t to = ep->buffer + offset;
	const uint8_t *bytes = from;
	size_t i = 0;

	if (check_buffer(ep, offset, size))
		return ERR_RANGE;
	while (i < size) {
		uint64_t word = 0;

		if ((to + i) % 8 || size - i < 8) {
			hal_mmio_write8(to + i, bytes[i]);
			i++;
			continue;
		}
		for (unsigned j = 0; j < 8; j++)
			word |= (uint64_t)bytes[i + j] << (8 * j);
		hal_mmio_write64(to + i, word);
		i += 8;
	}
	return 0;
}
