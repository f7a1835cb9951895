#include "apps/nested_msi/app.h"

static void on_msi(void *context, uint32_t intid)
{
	struct app_vector *v = context;

	v->seen_intid = intid;
	v->seen_cpu = hal_cpu_index();
	v->count++;
	if (v->app->expected != v)
		v->app->report.unexpected_interrupts++;
}

/* irq_chip::compose: the message is the physical doorbell until the domain layer says what the device must write. */
static int write_message(struct app *app, struct app_device *device, uint32_t vector)
{
	struct iommu_msi_msg msg = {.address = its_doorbell(&app->its), .data = vector};

	TRY(app, iommu_prepare_msi(&device->iommu, its_doorbell(&app->its)));
	iommu_compose_msi_msg(&device->iommu, &msg);
	TRY(app, msix_write_message(device->function, vector, msg.address, msg.data));
	return 0;
}

int app_request_vector(struct app *app, struct app_device *device, uint32_t vector, unsigned cpu)
{
	struct app_vector *v = &device->vectors[vector];
	const int64_t lpi = gicv3_lpi_alloc(&app->gic, 1);
	/* Test only: the interrupt goes elsewhere than everybody believes. */
	const unsigned routed = app->boot.switches & BOOT_BREAK_LPI_ROUTE ? !cpu : cpu;

	TRY(app, lpi);
	*v = (struct app_vector){.app = app, .intid = (uint32_t)lpi, .cpu = cpu};
	TRY(app, gicv3_register_handler(&app->gic, v->intid, on_msi, v));
	TRY(app, gicv3_lpi_configure(&app->gic, v->intid, GICV3_PRIORITY, true));
	TRY(app, its_map_event(&app->its, device->ids.device_id, vector, v->intid, routed));
	TRY(app, write_message(app, device, vector));
	TRY(app, msix_mask(device->function, vector, false));
	return (int)v->intid;
}

int app_renew_vector(struct app *app, struct app_device *device, uint32_t vector)
{
	TRY(app, msix_mask(device->function, vector, true));
	TRY(app, write_message(app, device, vector));
	TRY(app, msix_mask(device->function, vector, false));
	return 0;
}
