#include "apps/nested_msi/app.h"

#include "lib/page_alloc.h"

static phys_addr_t smmu_alloc(void *context, size_t bytes, size_t align)
{
	(void)context;
	return page_alloc(bytes, align);
}

static void smmu_free(void *context, phys_addr_t memory, size_t bytes)
{
	(void)context;
	(void)page_free(memory, bytes);
}

static void on_event(void *context, struct smmu *smmu, const struct smmu_event *event)
{
	struct app *app = context;
	struct report_step *step = app->current;

	(void)smmu;
	if (!step) {
		app->report.stray_events++;
		return;
	}
	if (step->event_count < REPORT_MAX_EVENTS)
		for (unsigned i = 0; i < 4; i++)
			step->events[step->event_count][i] = event->raw[i];
	step->event_count++;
}

static void on_gerror(void *context, struct smmu *smmu, uint32_t active)
{
	struct app *app = context;

	(void)smmu;
	app->report.gerrors |= active;
}

static void eventq_interrupt(void *context, uint32_t intid)
{
	(void)intid;
	smmu_handle_eventq(context);
}

static void gerror_interrupt(void *context, uint32_t intid)
{
	(void)intid;
	smmu_handle_gerror(context);
}

/* The SMMU's own MSIs: EventIDs are its interrupt sources. It writes to the doorbell by itself, untranslated. */
static bool smmu_msi(void *context, enum smmu_msi_source source, struct smmu_msi *msi)
{
	struct app *app = context;
	struct iort_smmu smmu;
	const gicv3_handler handler = source == SMMU_MSI_EVENTQ ? eventq_interrupt : gerror_interrupt;
	const uint32_t device_nGnRE = 1;
	int64_t lpi;

	if (iort_smmu(&app->acpi, 0, &smmu) || !smmu.msi_valid)
		return false;
	lpi = gicv3_lpi_alloc(&app->gic, 1);
	if (lpi < 0 || gicv3_register_handler(&app->gic, (uint32_t)lpi, handler, &app->smmu) ||
	    gicv3_lpi_configure(&app->gic, (uint32_t)lpi, GICV3_PRIORITY, true) ||
	    its_map_event(&app->its, smmu.msi_device_id, source, (uint32_t)lpi, 0))
		return false;
	*msi = (struct smmu_msi){.address = its_doorbell(&app->its), .data = source, .attributes = device_nGnRE};
	return true;
}

/* A GSIV of 0 means that the interrupt is not wired. */
static int wire_interrupt(struct app *app, uint32_t gsiv, gicv3_handler handler)
{
	if (!gsiv)
		return 0;
	TRY(app, gicv3_register_handler(&app->gic, gsiv, handler, &app->smmu));
	TRY(app, gicv3_spi_enable(&app->gic, gsiv, true, 0));
	return 0;
}

static int start_smmu(struct app *app)
{
	struct iort_smmu tables;
	struct smmu_platform platform = {
	    .alloc = smmu_alloc,
	    .free = smmu_free,
	    .sync_by_msi = app->boot.options & BOOT_SMMU_SYNC_MSI,
	    .on_event = on_event,
	    .on_gerror = on_gerror,
	    .handler_context = app,
	};

	TRY(app, iort_smmu(&app->acpi, 0, &tables));
	platform.base = tables.base;
	if (app->boot.options & BOOT_SMMU_MSI) {
		TRY(app, its_map_device(&app->its, tables.msi_device_id, 4));
		platform.setup_msi = smmu_msi;
		platform.msi_context = app;
	}
	/* Wires as well: an SMMU without MSIs uses them whatever was asked for. */
	TRY(app, wire_interrupt(app, tables.event_gsiv, eventq_interrupt));
	TRY(app, wire_interrupt(app, tables.gerror_gsiv, gerror_interrupt));
	TRY(app, smmu_init(&app->smmu, &platform));
	return 0;
}

/* CPU 1: interrupts on, and whatever work it is given. */
static void second_cpu(void *context)
{
	struct app *app = context;

	if (gicv3_cpu_init(&app->gic))
		return;
	hal_irq_set_handler(gicv3_handle_irq, &app->gic);
	hal_irq_enable();
	while (true) {
		if (app->worker)
			app->worker(app);
		else
			hal_wfi(hal_counter() + hal_counter_frequency() / 1000000);
	}
}

/* The ITS that the IORT names for the root complex, by its identifier in the MADT. */
static int find_its(struct app *app, phys_addr_t *base)
{
	struct iort_ids ids;

	TRY(app, iort_map_rid(&app->acpi, 0, 0, &ids));
	for (unsigned i = 0; i < app->gic_tables.its_count; i++)
		if (ids.has_its && app->gic_tables.its[i].id == ids.its_id) {
			*base = app->gic_tables.its[i].base;
			return 0;
		}
	return ERR_NOT_FOUND;
}

static int start_interrupts(struct app *app)
{
	phys_addr_t its = 0;

	TRY(app, acpi_gic(&app->acpi, &app->gic_tables));
	TRY(app, gicv3_init(&app->gic, &app->gic_tables));
	TRY(app, gicv3_cpu_init(&app->gic));
	hal_irq_set_handler(gicv3_handle_irq, &app->gic);
	TRY(app, find_its(app, &its));
	TRY(app, its_init(&app->its, &app->gic, its));
	for (unsigned cpu = 1; cpu < app->gic_tables.cpu_count; cpu++) {
		const uint64_t end = hal_counter() + hal_counter_frequency() / 1000;

		if (!hal_cpu_on(app->gic_tables.cpus[cpu].affinity, second_cpu, app))
			return ERR_NOT_FOUND;
		while (!app->gic.cpus[cpu].ready)
			if (hal_counter() > end)
				return ERR_TIMEOUT;
		TRY(app, its_cpu_init(&app->its, cpu));
	}
	hal_irq_enable();
	return 0;
}

/* What the IORT reserves for the stream: direct mappings, the first of which is where MSIs go. */
static int reserve(struct app *app, struct app_device *device)
{
	struct iort_rmr rmr[IOMMU_RESV_MAX];
	const int count = iort_rmr(&app->acpi, device->ids.stream_id, rmr, IOMMU_RESV_MAX);

	TRY(app, count);
	for (int i = 0; i < count && i < IOMMU_RESV_MAX; i++)
		TRY(app, iommu_device_add_resv(&device->iommu, rmr[i].base, rmr[i].length, IOMMU_RESV_DIRECT));
	if (count) {
		app->window_base = rmr[0].base;
		app->window_length = rmr[0].length;
	}
	return 0;
}

static int add_device(struct app *app, struct pcie_function *function, bool identity_default)
{
	struct app_device *device = &app->devices[app->device_count];

	if (app->device_count == APP_MAX_DEVICES || dma_ep_init(&device->ep, function))
		return 0; /* not ours */
	device->function = function;
	TRY(app, iort_map_rid(&app->acpi, function->segment, function->rid, &device->ids));
	if (!device->ids.has_smmu || device->ids.smmu_base != app->smmu.base || !device->ids.has_its)
		return ERR_UNSUPPORTED; /* this application drives one SMMU and one ITS */
	TRY(app, iommu_device_add(&app->iommu, &device->iommu, device->ids.stream_id, device->ids.device_id,
				  app->device_count));
	TRY(app, reserve(app, device));
	if (identity_default) {
		TRY(app, iommu_device_set_default(&device->iommu, &app->iommu.identity));
	} else {
		TRY(app, iommu_domain_init_dma(&app->iommu, &device->dma, app->boot.granule_log2, 0));
		TRY(app, iommu_device_set_default(&device->iommu, &device->dma));
	}
	TRY(app, its_map_device(&app->its, device->ids.device_id, APP_VECTORS));
	TRY(app, msix_init(function));
	TRY(app, msix_enable(function, true));
	TRY(app, pcie_bus_master(function, true));
	app->device_count++;
	return 0;
}

static int start_devices(struct app *app, bool identity_default)
{
	const struct pcie_window window = {app->boot.mmio_base, app->boot.mmio_size};
	struct acpi_mcfg mcfg;

	TRY(app, acpi_mcfg(&app->acpi, &mcfg));
	TRY(app, mcfg.count ? pcie_enumerate(&app->pcie, &mcfg.entries[0], &window) : (int)ERR_NOT_FOUND);
	for (unsigned i = 0; i < app->pcie.count; i++)
		if (!app->pcie.functions[i].is_bridge)
			TRY(app, add_device(app, &app->pcie.functions[i], identity_default));
	return app->device_count < 3 ? (int)ERR_NOT_FOUND : 0;
}

int app_bring_up(struct app *app, enum iommu_msi_lookup lookup, bool identity_default)
{
	TRY(app, page_alloc_init(app->boot.ram_base, app->boot.ram_size));
	TRY(app, acpi_init(&app->acpi, app->boot.rsdp));
	TRY(app, start_interrupts(app));
	TRY(app, start_smmu(app));
	iommu_init(&app->iommu, &app->smmu, lookup);
	TRY(app, start_devices(app, identity_default));
	return app_start_counters(app);
}

int app_make_paging(struct app *app, struct iommu_domain *domain)
{
	TRY(app, iommu_domain_init_paging(&app->iommu, domain, app->boot.granule_log2, 0));
	TRY(app, iommu_get_msi_cookie(domain, app->window_base, app->window_length));
	return 0;
}
