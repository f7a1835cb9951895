#ifndef IOVP_NESTED_MSI_LIVE_H
#define IOVP_NESTED_MSI_LIVE_H

#include "apps/nested_msi/app.h"
#include "apps/nested_msi/transfer.h"

/*
 * A device that keeps working while CPU 0 changes what is below it: CPU 1 has it raise a vector again and again, each
 * time waiting for the interrupt, with a DMA under way meanwhile.
 *
 * live_begin() returns when the device is at work; live_end() after at least two more interrupts, and ends the MSI step
 * that live_begin() began. With a DMA a second step follows: its data, and whether a transfer was under way at
 * live_change(), the moment at which the caller changes something.
 */

/* `dma`: ep, kind REPORT_DMA_READ, iova, cpu_address and length of the caller's, or NULL. */
void live_begin(struct app *app, struct app_device *device, uint32_t vector, struct transfer *dma);
void live_change(void);
void live_end(struct app *app);

#endif
