#include "apps/nested_msi/live.h"
#include "apps/nested_msi/vm.h"

#include "lib/page_alloc.h"

/*
 * A device goes through every kind of domain. Where old and new domain give its addresses the same meaning, it keeps
 * working while it is moved, and nothing may be refused on the way.
 */

enum { LENGTH = 0x8000, SMALL = 64, VECTOR = 0 };
#define IOVA UINT64_C(0x20000000)

static struct iommu_domain first, second;
static struct vm vm;
static struct app_device *device;

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

static struct transfer transfer_of(phys_addr_t pa)
{
	return (struct transfer){
	    .ep = &device->ep, .kind = REPORT_DMA_READ, .iova = IOVA, .cpu_address = pa, .length = LENGTH};
}

/* 3.21.3: no intermediate state of the STE may refuse an access. */
static int hitless(const struct app *app, uint64_t disruptive_before)
{
	return app->iommu.counts.disruptive == disruptive_before ? 0 : (int)ERR_BUSY;
}

static int through_stage2(struct app *app, phys_addr_t pa)
{
	struct transfer dma = transfer_of(pa);
	uint64_t disruptive;

	TRY(app, app_make_paging(app, &first));
	TRY(app, app_make_paging(app, &second));
	TRY(app, iommu_map(&first, IOVA, pa, APP_MAPPED, IOPT_READ | IOPT_WRITE));
	TRY(app, iommu_map(&second, IOVA, pa, APP_MAPPED, IOPT_READ | IOPT_WRITE));
	TRY(app, move_quiet(app, &first));
	TRY(app, msi_and_dma(app, IOVA, pa));

	disruptive = app->iommu.counts.disruptive;
	live_begin(app, device, VECTOR, &dma);
	live_change();
	TRY(app, iommu_replace_device(&device->iommu, &second));
	live_end(app);
	TRY(app, hitless(app, disruptive));
	return 0;
}

/* The guest puts its stage 1 above the domain that the device is in, with the same meaning for the device's addresses.
 */
static int under_a_guest(struct app *app, phys_addr_t pa)
{
	struct transfer dma = transfer_of(pa);
	const uint64_t disruptive = app->iommu.counts.disruptive;

	TRY(app, vm_create(&vm, app, device, &second));
	vm.guest.plan = GUEST_PLAN_ATTACH;
	vm.guest.direct_ipa = IOVA;
	vm.guest.direct_size = APP_MAPPED;
	vm.live = true;
	live_begin(app, device, VECTOR, &dma);
	TRY(app, vm_run(&vm));
	live_end(app);
	TRY(app, hitless(app, disruptive));
	return 0;
}

/* Blocked: everything aborts, and STE.Config 0b000 records nothing (5.2). */
static int through_blocked(struct app *app)
{
	TRY(app, iommu_replace_device(&device->iommu, &app->iommu.blocked));
	TRY(app, msi_step(app, device, VECTOR));
	TRY(app, dma_step(app, REPORT_DMA_READ, device, IOVA, 0, SMALL));
	return 0;
}

/* What was set up is taken down: an event that is not mapped raises nothing, memory that is not mapped is out of reach,
 * the virtual machine and its domains go. */
static int take_down(struct app *app)
{
	struct app_vector *v = &device->vectors[VECTOR];

	TRY(app, its_unmap_event(&app->its, device->ids.device_id, VECTOR));
	TRY(app, msi_step(app, device, VECTOR));
	TRY(app, its_map_event(&app->its, device->ids.device_id, VECTOR, v->intid, v->cpu));
	TRY(app, msi_step(app, device, VECTOR));
	TRY(app, iommu_unmap(&device->dma, IOVA, APP_MAPPED) == APP_MAPPED ? 0 : (int)ERR_NOT_FOUND);
	TRY(app, dma_step(app, REPORT_DMA_READ, device, IOVA, 0, SMALL));
	TRY(app, host_vm_destroy(&vm.host));
	TRY(app, iommu_domain_destroy(&second));
	TRY(app, iommu_domain_destroy(&first));
	return 0;
}

int scenario_replace_live(struct app *app)
{
	phys_addr_t pa = page_alloc(APP_MAPPED, APP_MAPPED);

	TRY(app, pa ? 0 : (int)ERR_NO_MEMORY);
	device = &app->devices[0];
	TRY(app, iommu_map(&device->dma, IOVA, pa, APP_MAPPED, IOPT_READ | IOPT_WRITE));
	TRY(app, app_request_vector(app, device, VECTOR, app->boot.msi_cpu));
	TRY(app, msi_and_dma(app, IOVA, pa));

	TRY(app, through_stage2(app, pa));
	TRY(app, under_a_guest(app, pa));

	TRY(app, move_quiet(app, &app->iommu.identity));
	TRY(app, msi_and_dma(app, pa, pa));
	TRY(app, through_blocked(app));
	TRY(app, move_quiet(app, &device->dma));
	TRY(app, msi_and_dma(app, IOVA, pa));
	return take_down(app);
}
