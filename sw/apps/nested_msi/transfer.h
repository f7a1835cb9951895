#ifndef IOVP_NESTED_MSI_TRANSFER_H
#define IOVP_NESTED_MSI_TRANSFER_H

#include "apps/nested_msi/report.h"
#include "drivers/dma_endpoint/dma_endpoint.h"

/* A transfer between the device's buffer and memory, whose data is compared byte for byte. The same in the host and in
 * a guest. */
struct transfer {
	struct dma_ep *ep;
	enum report_kind kind; /* REPORT_DMA_READ: memory to device; REPORT_DMA_WRITE: device to memory */
	uint64_t iova;	       /* memory as the device sees it */
	uint64_t cpu_address;  /* the same as the caller's CPU sees it; 0: nothing is there, only the outcome counts */
	uint32_t length;
	uint32_t write_errors; /* of the device, when it started */
};

/* Prepares the data and starts the engine; something else may happen before transfer_finish(). */
int transfer_start(struct transfer *t);
/* Waits and compares. REPORT_ABORTED: the device saw an error, or a posted write of it was refused. */
enum report_outcome transfer_finish(const struct transfer *t);

/* A transfer that must not reach anything: the page at `guarded` gets a pattern and the device's buffer another, and
 * both must still have it afterwards. REPORT_ABORTED when that is so. */
enum report_outcome transfer_forbidden(struct transfer *t, uint64_t guarded);

/* Start and finish. `spoil`: change one byte behind the device's back. */
enum report_outcome transfer_run(struct transfer *t, bool spoil);

#endif
