#include "apps/nested_msi/live.h"

enum { LOST_AFTER_US = 50 };

/* Shared by the two CPUs: CPU 1 writes what it did, CPU 0 what it wants. */
static struct {
	struct app_device *device;
	struct app_vector *vector;
	uint32_t number;
	struct transfer *dma;
	struct report_step *step;
	volatile bool stop, dma_failed;
	volatile uint32_t raised, delivered;
	volatile uint32_t transfers, straddling; /* ended; of them, under way at the change */
	volatile uint64_t started;		 /* counter: of the transfer under way */
	volatile uint64_t change;		 /* counter; 0: not yet */
} live;

static bool start_dma(void)
{
	const struct transfer *t = live.dma;

	live.started = hal_counter();
	return !dma_ep_start_to_device(t->ep, t->iova, 0, t->length, DMA_EP_NO_INTERRUPT);
}

/* False: the engine reports an error. */
static bool end_dma(void)
{
	if (dma_ep_wait(live.dma->ep))
		return false;
	live.transfers++;
	if (live.change && live.started < live.change && live.change <= hal_counter())
		live.straddling++;
	return true;
}

/* False: no interrupt came. */
static bool raise_and_wait(void)
{
	const uint32_t before = live.vector->count;
	const uint64_t end = hal_counter() + LOST_AFTER_US * (hal_counter_frequency() / 1000000);

	live.raised++;
	if (dma_ep_raise(&live.device->ep, live.number))
		return false;
	while (live.vector->count == before && hal_counter() < end)
		hal_wfi(end);
	if (live.vector->count == before)
		return false;
	live.delivered++;
	return true;
}

/* CPU 1's work. An interrupt or a transfer that is lost ends it. */
static void work(struct app *app)
{
	while (!live.stop) {
		if (live.dma && !start_dma())
			live.dma_failed = true;
		if (!raise_and_wait())
			break;
		if (live.dma && !end_dma())
			live.dma_failed = true;
		if (live.dma_failed)
			break;
	}
	app->worker = NULL;
}

static void wait_for(const struct app *app, uint32_t interrupts)
{
	while (app->worker && live.delivered < interrupts)
		app_wait_us(1);
}

void live_begin(struct app *app, struct app_device *device, uint32_t vector, struct transfer *dma)
{
	struct report_step *step = step_begin(app, REPORT_MSI, device);

	live.device = device;
	live.vector = &device->vectors[vector];
	live.number = vector;
	live.dma = dma;
	live.step = step;
	live.stop = live.dma_failed = false;
	live.raised = live.delivered = live.transfers = live.straddling = 0;
	live.change = 0;
	(void)msix_read_message(device->function, vector, &step->address, &step->data);
	step->vector = vector;
	step->mapped_intid = live.vector->intid;
	step->mapped_cpu = live.vector->cpu;
	app->expected = live.vector;
	if (dma && (transfer_start(dma) || dma_ep_wait(dma->ep)))
		live.dma_failed = true;
	app->worker = work;
	wait_for(app, 2);
}

void live_change(void)
{
	live.change = hal_counter();
}

void live_end(struct app *app)
{
	struct report_step *step = live.step;
	enum report_outcome outcome = REPORT_IDLE;

	wait_for(app, live.delivered + 2);
	live.stop = true;
	while (app->worker)
		app_wait_us(1);
	step->repeats = live.raised;
	step->seen_intid = live.vector->seen_intid;
	step->seen_cpu = live.vector->seen_cpu;
	step_end(app, step, live.raised == live.delivered ? REPORT_DELIVERED : REPORT_SILENT);
	app->expected = NULL;
	if (!live.dma)
		return;

	step = step_begin(app, live.dma->kind, live.device);
	step->address = live.dma->iova;
	step->data = live.dma->length;
	step->repeats = live.transfers;
	if (live.dma_failed)
		outcome = REPORT_ABORTED;
	else if (live.straddling)
		outcome = transfer_finish(live.dma);
	step_end(app, step, outcome);
}
