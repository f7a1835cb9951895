#ifndef IOVP_NESTED_MSI_VM_H
#define IOVP_NESTED_MSI_VM_H

#include "apps/nested_msi/app.h"
#include "apps/nested_msi/guest_app.h"
#include "guest/host_vm.h"

/* One virtual machine with one device: the host's part, as a VMM and VFIO would play it. */
struct vm {
	struct app *app;
	struct app_device *device;
	struct host_vm host;
	struct guest_app guest;
	phys_addr_t ram, hotplug;
	bool plugged;		  /* the guest has the hot-plug memory */
	bool live;		  /* the device is at work (live.h) while the guest attaches */
	struct report_step *step; /* a DMA step of the guest that has begun */
};

/* Memory, firmware tables and the device's registers; the device is attached to `parent`. The guest's plan and whatever
 * else of vm->guest differs from zero is the caller's, before vm_run(). */
int vm_create(struct vm *vm, struct app *app, struct app_device *device, struct iommu_domain *parent);
/* Runs the guest to its end. */
int vm_run(struct vm *vm);

#endif
