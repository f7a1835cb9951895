#include "apps/nested_msi/transfer.h"
#include "apps/nested_msi/vm.h"

#include "lib/page_alloc.h"

/*
 * A device goes through every kind of domain. Where old and new domain give its addresses the same meaning, it keeps
 * working while it is moved: a DMA is under way, and CPU 1 has it raise its vector again and again, each time waiting
 * for the interrupt.
 */

enum { LENGTH = 0x8000, VECTOR = 0, LOST_AFTER_US = 50 };
#define IOVA UINT64_C(0x20000000)

static struct iommu_domain first, second;
static struct vm vm;
static struct app_device *device;
static struct transfer live;

/* CPU 1's work. A raise without interrupt ends it; worker_count then stays behind what was raised. */
static void hammer(struct app *app)
{
	struct app_vector *v = &device->vectors[VECTOR];
	struct report_step *step = app->current;

	while (!app->worker_stop) {
		const uint32_t before = v->count;
		const uint64_t end = hal_counter() + LOST_AFTER_US * (hal_counter_frequency() / 1000000);

		step->repeats++;
		if (dma_ep_raise(&device->ep, VECTOR))
			break;
		while (v->count == before && hal_counter() < end)
			hal_wfi(end);
		if (v->count == before)
			break;
		app->worker_count++;
	}
	app->worker = NULL;
}

static struct report_step *start_working(struct app *app, phys_addr_t pa)
{
	struct report_step *step = step_begin(app, REPORT_MSI, device);

	(void)msix_read_message(device->function, VECTOR, &step->address, &step->data);
	step->vector = VECTOR;
	step->mapped_intid = device->vectors[VECTOR].intid;
	step->mapped_cpu = device->vectors[VECTOR].cpu;
	app->worker_stop = false;
	app->worker_count = 0;
	app->expecting_interrupt = true;
	live = (struct transfer){
	    .ep = &device->ep, .kind = REPORT_DMA_READ, .iova = IOVA, .cpu_address = pa, .length = LENGTH};
	(void)transfer_start(&live);
	app->worker = hammer;
	while (app->worker && app->worker_count < 2)
		app_wait_us(1);
	return step;
}

static void stop_working(struct app *app, struct report_step *step)
{
	const struct app_vector *v = &device->vectors[VECTOR];
	const uint32_t before = app->worker_count;
	struct report_step *dma;

	/* At least two more in the new domain. */
	while (app->worker && app->worker_count < before + 2)
		app_wait_us(1);
	app->worker_stop = true;
	while (app->worker)
		app_wait_us(1);
	step->seen_intid = v->seen_intid;
	step->seen_cpu = v->seen_cpu;
	step_end(app, step, step->repeats == app->worker_count ? REPORT_DELIVERED : REPORT_SILENT);
	app->expecting_interrupt = false;

	dma = step_begin(app, REPORT_DMA_READ, device);
	dma->address = IOVA;
	dma->data = LENGTH;
	step_end(app, dma, transfer_finish(&live));
}

static int msi_and_dma(struct app *app, uint64_t iova, phys_addr_t pa)
{
	TRY(app, msi_step(app, device, VECTOR));
	TRY(app, dma_step(app, REPORT_DMA_READ, device, iova, pa, LENGTH));
	return 0;
}

/* The message must name another address: nothing can be raised meanwhile. */
static int move_quiet(struct app *app, struct iommu_domain *to)
{
	TRY(app, iommu_replace_device(&device->iommu, to));
	return app_renew_vector(app, device, VECTOR);
}

static int through_stage2(struct app *app, phys_addr_t pa)
{
	struct report_step *step;

	TRY(app, app_make_paging(app, &first));
	TRY(app, app_make_paging(app, &second));
	TRY(app, iommu_map(&first, IOVA, pa, LENGTH, IOPT_READ | IOPT_WRITE));
	TRY(app, iommu_map(&second, IOVA, pa, LENGTH, IOPT_READ | IOPT_WRITE));
	TRY(app, move_quiet(app, &first));
	TRY(app, msi_and_dma(app, IOVA, pa));

	step = start_working(app, pa);
	TRY(app, iommu_replace_device(&device->iommu, &second));
	stop_working(app, step);
	return 0;
}

static int under_a_guest(struct app *app, phys_addr_t pa)
{
	struct report_step *step;

	TRY(app, vm_create(&vm, app, device, &second));
	vm.guest.plan = GUEST_PLAN_ATTACH;
	vm.guest.direct_ipa = IOVA;
	vm.guest.direct_size = LENGTH;
	step = start_working(app, pa);
	TRY(app, vm_run(&vm));
	stop_working(app, step);
	return 0;
}

int scenario_replace_live(struct app *app)
{
	phys_addr_t pa = page_alloc(LENGTH, APP_PAGE);

	TRY(app, pa ? 0 : (int)ERR_NO_MEMORY);
	device = &app->devices[0];
	TRY(app, iommu_map(&device->dma, IOVA, pa, LENGTH, IOPT_READ | IOPT_WRITE));
	TRY(app, app_request_vector(app, device, VECTOR, app->boot.msi_cpu));
	TRY(app, msi_and_dma(app, IOVA, pa));

	TRY(app, through_stage2(app, pa));
	TRY(app, under_a_guest(app, pa));

	TRY(app, move_quiet(app, &app->iommu.identity));
	TRY(app, msi_and_dma(app, pa, pa));
	TRY(app, move_quiet(app, &device->dma));
	return msi_and_dma(app, IOVA, pa);
}
