#include "apps/nested_msi/app.h"
#include "apps/nested_msi/transfer.h"

enum {
	MSI_WAIT_US = 50, /* an interrupt that has not come by then does not come */
	SETTLE_US = 5,	  /* events and second interrupts that a step may still cause */
};

void app_failed_at(struct app *app, const char *file, unsigned line)
{
	const char *name = file;

	if (app->report.where)
		return;
	app->report.where = line;
	for (const char *c = file; *c; c++)
		if (*c == '/')
			name = c + 1;
	for (unsigned i = 0; name[i] && i < sizeof(app->report.file) - 1; i++)
		app->report.file[i] = name[i];
}

void app_wait_us(uint64_t microseconds)
{
	const uint64_t end = hal_counter() + microseconds * (hal_counter_frequency() / 1000000);

	while (hal_counter() < end)
		hal_wfi(end);
}

/* Steps live in the report; one too many would overwrite nothing and is seen as a wrong number of steps. */
struct report_step *step_begin(struct app *app, enum report_kind kind, const struct app_device *device)
{
	static struct report_step overflow;
	struct report_step *step = &overflow;

	if (app->report.step_count < REPORT_MAX_STEPS)
		step = &app->report.steps[app->report.step_count];
	*step = (struct report_step){.kind = kind, .start = hal_counter()};
	if (device)
		step->rid = device->function->rid;
	app->current = step;
	return step;
}

void step_end(struct app *app, struct report_step *step, enum report_outcome outcome)
{
	app_wait_us(SETTLE_US);
	step->outcome = outcome;
	step->end = hal_counter();
	app->current = NULL;
	app->report.step_count++;
}

/* True when the handler has run once more than `before` times within the time that an interrupt may take. */
static bool wait_for_interrupt(const struct app_vector *vector, uint32_t before)
{
	const uint64_t end = hal_counter() + MSI_WAIT_US * (hal_counter_frequency() / 1000000);

	while (vector->count == before && hal_counter() < end)
		hal_wfi(end);
	return vector->count != before;
}

static void describe_vector(struct report_step *step, const struct app_device *device, uint32_t vector)
{
	uint64_t address = 0;
	uint32_t data = 0;

	(void)msix_read_message(device->function, vector, &address, &data);
	step->vector = vector;
	step->address = address;
	step->data = data;
	step->repeats = 1;
}

static void what_was_seen(struct report_step *step, const struct app_vector *v)
{
	step->mapped_intid = v->intid;
	step->mapped_cpu = v->cpu;
	step->seen_intid = v->seen_intid;
	step->seen_cpu = v->seen_cpu;
}

int msi_step(struct app *app, struct app_device *device, uint32_t vector)
{
	struct app_vector *v = &device->vectors[vector];
	struct report_step *step = step_begin(app, REPORT_MSI, device);
	const uint32_t before = v->count;
	bool came;

	describe_vector(step, device, vector);
	app->expected = v;
	TRY(app, dma_ep_raise(&device->ep, vector));
	came = wait_for_interrupt(v, before);
	if (came)
		what_was_seen(step, v);
	step_end(app, step, came ? REPORT_DELIVERED : REPORT_SILENT);
	app->expected = NULL;
	if (v->count - before > 1) /* one write, one interrupt */
		app->report.unexpected_interrupts += v->count - before - 1;
	return 0;
}

int dma_step(struct app *app, enum report_kind kind, struct app_device *device, uint64_t iova, phys_addr_t pa,
	     uint32_t length)
{
	struct report_step *step = step_begin(app, kind, device);
	struct transfer t = {.ep = &device->ep, .kind = kind, .iova = iova, .cpu_address = pa, .length = length};

	step->address = iova;
	step->data = length;
	step_end(app, step, transfer_run(&t, app->boot.switches & BOOT_BREAK_DMA_DATA));
	return 0;
}

int forbidden_dma_step(struct app *app, enum report_kind kind, struct app_device *device, uint64_t iova,
		       phys_addr_t guarded)
{
	enum { LENGTH = 64 }; /* one transaction: one fault */
	struct report_step *step = step_begin(app, kind, device);
	struct transfer t = {.ep = &device->ep, .kind = kind, .iova = iova, .length = LENGTH};

	step->address = iova;
	step->data = LENGTH;
	step_end(app, step, transfer_forbidden(&t, guarded));
	return 0;
}

int foreign_msi_step(struct app *app, struct app_device *device, uint32_t vector, uint64_t address, uint32_t data,
		     const struct app_vector *victim)
{
	struct report_step *step = step_begin(app, REPORT_FOREIGN_MSI, device);
	const uint32_t before = victim->count;

	TRY(app, msix_write_message(device->function, vector, address, data));
	TRY(app, msix_mask(device->function, vector, false));
	describe_vector(step, device, vector);
	TRY(app, dma_ep_raise(&device->ep, vector));
	step_end(app, step, wait_for_interrupt(victim, before) ? REPORT_DELIVERED : REPORT_SILENT);
	return 0;
}

int cpu_store_step(struct app *app, uint32_t data, const struct app_vector *victim)
{
	struct report_step *step = step_begin(app, REPORT_CPU_STORE, NULL);
	const uint32_t before = victim->count;

	step->address = its_doorbell(&app->its);
	step->data = data;
	(void)hal_bus_error();
	hal_mmio_write32(step->address, data);
	hal_dsb();
	step->bus_error = hal_bus_error();
	step_end(app, step, wait_for_interrupt(victim, before) ? REPORT_DELIVERED : REPORT_SILENT);
	return 0;
}
