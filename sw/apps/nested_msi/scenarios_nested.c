#include "apps/nested_msi/vm.h"

static struct vm vm;
static struct iommu_domain parent;

static int run_guest(struct app *app, enum guest_plan plan, bool forget_rmr)
{
	TRY(app, vm_create(&vm, app, &app->devices[0], &parent));
	vm.guest.plan = plan;
	vm.guest.forget_rmr = forget_rmr;
	return vm_run(&vm);
}

int scenario_nested(struct app *app)
{
	const uint32_t which = app->boot.scenario;
	const bool faults =
	    which == SCENARIO_NESTED_2023 || which == SCENARIO_NESTED_S2_HOLE || which == SCENARIO_NESTED_NO_RMR;

	TRY(app, app_make_paging(app, &parent));
	/* The hole is the scenario's point; the switch makes the same hole where nobody expects it. */
	parent.cookie.leave_unmapped =
	    which == SCENARIO_NESTED_S2_HOLE || app->boot.switches & BOOT_BREAK_STAGE2_DOORBELL;
	if (which == SCENARIO_NESTED_PREMAPPED)
		TRY(app, iommu_premap_msi(&parent, its_doorbell(&app->its)));
	return run_guest(app, faults ? GUEST_PLAN_FAULTING_MSI : GUEST_PLAN_MSI, which == SCENARIO_NESTED_NO_RMR);
}

int scenario_hotplug(struct app *app)
{
	TRY(app, app_make_paging(app, &parent));
	parent.cookie.leave_unmapped = app->boot.switches & BOOT_BREAK_STAGE2_DOORBELL;
	return run_guest(app, GUEST_PLAN_HOTPLUG, false);
}
