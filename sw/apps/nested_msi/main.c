#include "apps/nested_msi/app.h"

/* One machine per program; far too large for a stack. */
static struct app app;

static enum iommu_msi_lookup lookup_of(uint32_t scenario)
{
	switch (scenario) {
	case SCENARIO_NESTED_2023:
		return IOMMU_MSI_ATTACHED_2023;
	case SCENARIO_NESTED_UNMANAGED_HELPER:
		return IOMMU_MSI_UNMANAGED_HELPER;
	case SCENARIO_NESTED_PARENT_POINTER:
		return IOMMU_MSI_PARENT_POINTER;
	case SCENARIO_NESTED_PREMAPPED:
		return IOMMU_MSI_PREMAPPED;
	default:
		return IOMMU_MSI_PARENT_LOOKUP;
	}
}

static int play(struct app *a)
{
	TRY(a, app_bring_up(a, lookup_of(a->boot.scenario), a->boot.scenario == SCENARIO_IDENTITY));
	switch (a->boot.scenario) {
	case SCENARIO_IDENTITY:
		return scenario_identity(a);
	case SCENARIO_DMA:
		return scenario_dma(a);
	case SCENARIO_STAGE2:
		return scenario_stage2(a);
	case SCENARIO_HOTPLUG:
		return scenario_hotplug(a);
	case SCENARIO_REPLACE_LIVE:
		return scenario_replace_live(a);
	case SCENARIO_ISOLATION:
		return scenario_isolation(a);
	case SCENARIO_NESTED_2023:
	case SCENARIO_NESTED_S2_HOLE:
	case SCENARIO_NESTED_UNMANAGED_HELPER:
	case SCENARIO_NESTED_PARENT_LOOKUP:
	case SCENARIO_NESTED_PARENT_POINTER:
	case SCENARIO_NESTED_PREMAPPED:
	case SCENARIO_NESTED_NO_RMR:
		return scenario_nested(a);
	default:
		return ERR_INVALID;
	}
}

void nested_msi_main(uint64_t boot_info)
{
	int result;

	hal_mem_copy_in(&app.boot, boot_info, sizeof(app.boot));
	if (app.boot.magic != BOOT_INFO_MAGIC || app.boot.version != BOOT_INFO_VERSION)
		return;
	app.report.magic = REPORT_MAGIC;
	app.report.status = REPORT_RUNNING;
	hal_mem_copy_out(app.boot.report, &app.report, offsetof(struct report, counts));

	result = play(&app);
	if (result >= 0)
		result = app_report_counts(&app);
	app.report.error = result < 0 ? result : 0;
	app.report.unexpected_interrupts += (uint32_t)app.gic.unhandled;
	app.report.status = result < 0 ? REPORT_FAILED : REPORT_FINISHED;
	hal_irq_disable();
	hal_mem_copy_out(app.boot.report, &app.report, offsetof(struct report, counts));
	hal_dsb();
}
