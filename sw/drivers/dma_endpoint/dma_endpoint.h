#ifndef IOVP_DRIVERS_DMA_ENDPOINT_H
#define IOVP_DRIVERS_DMA_ENDPOINT_H

/* The test endpoint's DMA engine: copies between memory, at an address as the device sees it, and its own buffer. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drivers/pcie/pcie.h"

#define DMA_EP_NO_INTERRUPT UINT32_MAX

struct dma_ep {
	struct pcie_function *function;
	phys_addr_t regs, buffer;
	uint32_t buffer_size;
	uint32_t vectors;
};

struct dma_ep_status {
	bool busy, done, error;
	uint32_t transferred;  /* bytes of the last transfer */
	uint32_t write_errors; /* refused posted writes (data and MSIs) since reset */
	uint32_t read_errors;
	uint64_t error_iova; /* first refused access since the last start */
};

/* `function` is enumerated and its BAR 0 assigned. ERR_NOT_FOUND: no such engine there; ERR_MALFORMED: BAR 0 is too
 * small for the buffer that the engine reports. */
int dma_ep_init(struct dma_ep *ep, struct pcie_function *function);

/* Start a transfer between memory at `iova` and the buffer at `offset` (the plain names use offset 0), and do not wait.
 * `vector`: MSI-X vector to raise at its end, or DMA_EP_NO_INTERRUPT. ERR_BUSY: one is running; ERR_RANGE: beyond the
 * buffer, or no such vector. The device also needs pcie_bus_master(). */
int dma_ep_start_to_device(struct dma_ep *ep, uint64_t iova, uint32_t offset, uint32_t length, uint32_t vector);
int dma_ep_start_from_device(struct dma_ep *ep, uint64_t iova, uint32_t offset, uint32_t length, uint32_t vector);

/* Waits for the end of the transfer; the data is then in memory or in the buffer. ERR_DEVICE: the engine reports an
 * error. A refused posted write is none: compare dma_ep_status()'s write_errors. ERR_TIMEOUT. */
int dma_ep_wait(struct dma_ep *ep);

/* Start and wait, without interrupt. From the device also ERR_DEVICE when a posted write was refused meanwhile. */
int dma_ep_copy_to_device(struct dma_ep *ep, uint64_t iova, uint32_t length);
int dma_ep_copy_from_device(struct dma_ep *ep, uint64_t iova, uint32_t length);

/* Raises a vector by itself. ERR_RANGE: no such vector. */
int dma_ep_raise(struct dma_ep *ep, uint32_t vector);

void dma_ep_status(const struct dma_ep *ep, struct dma_ep_status *status);

/* The CPU's view of the buffer. ERR_RANGE: beyond it. */
int dma_ep_read_buffer(const struct dma_ep *ep, uint32_t offset, void *to, size_t size);
int dma_ep_write_buffer(struct dma_ep *ep, uint32_t offset, const void *from, size_t size);

#endif
