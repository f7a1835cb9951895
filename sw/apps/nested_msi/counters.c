#include "apps/nested_msi/app.h"

/* What is counted of each device, in the order of app_pmu.counters. */
static const uint16_t events[] = {SMMU_PMU_TRANSACTION, SMMU_PMU_TLB_MISS, SMMU_PMU_WALK_ACCESS};
enum { EVENTS = sizeof(events) / sizeof(events[0]), SAMPLE_PERIOD = 2 };

static void overflow_interrupt(void *context, uint32_t intid)
{
	struct app_pmu *group = context;

	(void)intid;
	smmu_pmu_handle_interrupt(&group->pmu);
}

static void on_overflow(void *context, struct smmu_pmu *pmu, unsigned counter)
{
	struct app *app = context;

	(void)pmu;
	(void)counter;
	app->report.counts.overflows++;
}

/* By MSI where the platform wants that and the group can, otherwise by wire. */
static int connect_interrupt(struct app *app, struct app_pmu *group, const struct iort_pmcg *where)
{
	const uint32_t device_nGnRE = 1, event = 0;
	int64_t lpi;

	if (!(app->boot.options & BOOT_SMMU_MSI) || !where->msi_valid || !group->pmu.has_msi) {
		if (!where->gsiv)
			return 0;
		TRY(app, gicv3_register_handler(&app->gic, where->gsiv, overflow_interrupt, group));
		TRY(app, gicv3_spi_enable(&app->gic, where->gsiv, true, 0));
		return 0;
	}
	lpi = gicv3_lpi_alloc(&app->gic, 1);
	TRY(app, lpi);
	TRY(app, gicv3_register_handler(&app->gic, (uint32_t)lpi, overflow_interrupt, group));
	TRY(app, gicv3_lpi_configure(&app->gic, (uint32_t)lpi, GICV3_PRIORITY, true));
	TRY(app, its_map_device(&app->its, where->msi_device_id, 1));
	TRY(app, its_map_event(&app->its, where->msi_device_id, event, (uint32_t)lpi, 0));
	TRY(app, smmu_pmu_set_msi(&group->pmu, its_doorbell(&app->its), event, device_nGnRE));
	return 0;
}

/* Only what a group can count, and only while it has counters. */
static int start_group(struct app *app, struct app_pmu *group)
{
	for (unsigned d = 0; d < app->device_count; d++) {
		for (unsigned e = 0; e < EVENTS; e++) {
			const struct smmu_pmu_filter filter = {.event = events[e],
							       .stream_id = app->devices[d].ids.stream_id};
			const int counter = smmu_pmu_start(&group->pmu, &filter);

			group->counters[d][e] = counter;
			if (counter < 0 && counter != ERR_UNSUPPORTED)
				TRY(app, counter);
		}
	}
	return 0;
}

/* One group that does not walk, a TBU's, tells by an interrupt that devices have become active. */
static int sample(struct app *app, struct app_pmu *group)
{
	const struct smmu_pmu_filter filter = {
	    .event = SMMU_PMU_TRANSACTION, .all_streams = true, .period = SAMPLE_PERIOD};

	if (app->report.counts.sampled || smmu_pmu_counts(&group->pmu, SMMU_PMU_WALK_ACCESS))
		return 0;
	TRY(app, smmu_pmu_start(&group->pmu, &filter));
	app->report.counts.sampled = SAMPLE_PERIOD;
	return 0;
}

int app_start_counters(struct app *app)
{
	struct iort_pmcg where;

	if (!(app->boot.options & BOOT_COUNT_EVENTS))
		return 0;
	for (unsigned i = 0; i < REPORT_MAX_GROUPS; i++) {
		struct app_pmu *group = &app->pmus[app->pmu_count];
		const int status = iort_pmcg(&app->acpi, i, &where);

		if (status == ERR_NOT_FOUND)
			break;
		TRY(app, status);
		if (!where.has_smmu || where.smmu_base != app->smmu.base)
			continue;
		TRY(app, smmu_pmu_init(&group->pmu, &where));
		group->pmu.on_overflow = on_overflow;
		group->pmu.context = app;
		TRY(app, connect_interrupt(app, group, &where));
		TRY(app, smmu_pmu_enable_interrupt(&group->pmu, true));
		TRY(app, start_group(app, group));
		TRY(app, sample(app, group));
		app->pmu_count++;
	}
	return 0;
}

int app_report_counts(struct app *app)
{
	struct report_counts *counts = &app->report.counts;

	if (!app->pmu_count)
		return 0;
	for (unsigned g = 0; g < app->pmu_count; g++) {
		for (unsigned d = 0; d < app->device_count; d++) {
			uint64_t value[EVENTS] = {0};

			for (unsigned e = 0; e < EVENTS; e++)
				if (app->pmus[g].counters[d][e] >= 0)
					TRY(app, smmu_pmu_stop(&app->pmus[g].pmu, (unsigned)app->pmus[g].counters[d][e],
							       &value[e]));
			counts->device[d].stream_id = app->devices[d].ids.stream_id;
			counts->device[d].of_group[g].transactions = value[0];
			counts->device[d].of_group[g].tlb_misses = value[1];
			counts->device[d].of_group[g].walk_accesses = value[2];
		}
	}
	counts->groups = app->pmu_count;
	counts->devices = app->device_count;
	hal_mem_copy_out(app->boot.report + offsetof(struct report, counts), counts, sizeof(*counts));
	return 0;
}
