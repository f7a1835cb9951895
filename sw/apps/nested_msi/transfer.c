#include "apps/nested_msi/transfer.h"

#include "hal/hal.h"

static uint8_t pattern(uint32_t index)
{
	return (uint8_t)(index * 7 + (index >> 8) + 1);
}

enum { CHUNK = 256 };

static void fill_chunk(uint8_t *chunk, uint32_t from)
{
	for (uint32_t i = 0; i < CHUNK; i++)
		chunk[i] = pattern(from + i);
}

static uint32_t chunk_length(uint32_t length, uint32_t done)
{
	return length - done < CHUNK ? length - done : CHUNK;
}

static uint32_t write_errors(const struct dma_ep *ep)
{
	struct dma_ep_status status;

	dma_ep_status(ep, &status);
	return status.write_errors;
}

static int prepare_chunk(const struct transfer *t, uint32_t done)
{
	uint8_t chunk[CHUNK];

	fill_chunk(chunk, done);
	if (t->kind == REPORT_DMA_WRITE)
		return dma_ep_write_buffer(t->ep, done, chunk, chunk_length(t->length, done));
	if (t->cpu_address)
		hal_mem_copy_out(t->cpu_address + done, chunk, chunk_length(t->length, done));
	return 0;
}

int transfer_start(struct transfer *t)
{
	for (uint32_t done = 0; done < t->length; done += CHUNK) {
		const int result = prepare_chunk(t, done);

		if (result)
			return result;
	}
	if (t->kind == REPORT_DMA_WRITE && t->cpu_address)
		hal_mem_fill(t->cpu_address, 0, t->length);
	hal_dsb();
	t->write_errors = write_errors(t->ep);
	if (t->kind == REPORT_DMA_WRITE)
		return dma_ep_start_from_device(t->ep, t->iova, 0, t->length, DMA_EP_NO_INTERRUPT);
	return dma_ep_start_to_device(t->ep, t->iova, 0, t->length, DMA_EP_NO_INTERRUPT);
}

static bool data_is_right(const struct transfer *t)
{
	uint8_t want[CHUNK], found[CHUNK];

	for (uint32_t done = 0; done < t->length; done += CHUNK) {
		const uint32_t n = chunk_length(t->length, done);

		fill_chunk(want, done);
		if (t->kind == REPORT_DMA_WRITE)
			hal_mem_copy_in(found, t->cpu_address + done, n);
		else if (dma_ep_read_buffer(t->ep, done, found, n))
			return false;
		for (uint32_t i = 0; i < n; i++)
			if (found[i] != want[i])
				return false;
	}
	return true;
}

enum report_outcome transfer_finish(const struct transfer *t)
{
	if (dma_ep_wait(t->ep) || write_errors(t->ep) != t->write_errors)
		return REPORT_ABORTED;
	return t->cpu_address && data_is_right(t) ? REPORT_DONE : REPORT_CORRUPT;
}

static void spoil_first_byte(const struct transfer *t)
{
	const uint8_t wrong = (uint8_t)~pattern(0);

	(void)dma_ep_wait(t->ep);
	if (t->kind == REPORT_DMA_WRITE)
		hal_mem_write8(t->cpu_address, wrong);
	else
		(void)dma_ep_write_buffer(t->ep, 0, &wrong, 1);
}

enum report_outcome transfer_run(struct transfer *t, bool spoil)
{
	if (transfer_start(t))
		return REPORT_ABORTED;
	if (spoil && t->cpu_address)
		spoil_first_byte(t);
	return transfer_finish(t);
}

/* What lies where a forbidden transfer must not reach, and in the device's buffer before a forbidden read. */
enum { GUARD = 0xa5, BLANK = 0x5a };

static bool all_bytes_are(const uint8_t *bytes, uint32_t length, uint8_t value)
{
	for (uint32_t i = 0; i < length; i++)
		if (bytes[i] != value)
			return false;
	return true;
}

enum report_outcome transfer_forbidden(struct transfer *t, uint64_t guarded)
{
	uint8_t buffer[CHUNK], memory[CHUNK];
	const uint32_t n = t->length < CHUNK ? t->length : CHUNK;
	bool refused;

	for (uint32_t i = 0; i < CHUNK; i++)
		buffer[i] = BLANK;
	hal_mem_fill(guarded, GUARD, n);
	if (dma_ep_write_buffer(t->ep, 0, buffer, n))
		return REPORT_CORRUPT;
	hal_dsb();
	t->write_errors = write_errors(t->ep);
	if (t->kind == REPORT_DMA_WRITE ? dma_ep_start_from_device(t->ep, t->iova, 0, n, DMA_EP_NO_INTERRUPT)
					: dma_ep_start_to_device(t->ep, t->iova, 0, n, DMA_EP_NO_INTERRUPT))
		return REPORT_CORRUPT;
	refused = dma_ep_wait(t->ep) || write_errors(t->ep) != t->write_errors;
	hal_mem_copy_in(memory, guarded, n);
	if (!refused || !all_bytes_are(memory, n, GUARD) || dma_ep_read_buffer(t->ep, 0, buffer, n) ||
	    !all_bytes_are(buffer, n, BLANK))
		return REPORT_CORRUPT;
	return REPORT_ABORTED;
}
