#ifndef IOVP_GUEST_HOST_VM_H
#define IOVP_GUEST_HOST_VM_H

#include "guest/hypercall.h"
#include "iommu/iommu.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The host's side of one virtual machine: its memory in two stage 2s (one for the CPU, one for its devices, so that the
 * MSI window of the devices is not in the CPU's), its devices, and the answers to its hypercalls. */

#define HOST_VM_DEVICES 8

struct host_vm;

/* What the application does for a VM. Each may be NULL: ERR_UNSUPPORTED. Returns what the guest gets. */
struct host_vm_ops {
	int64_t (*msi_vector)(void *context, struct host_vm *vm, unsigned device, uint32_t vector, unsigned cpu);
	int64_t (*device)(void *context, struct host_vm *vm, unsigned device, uint64_t operation, uint64_t a,
			  uint64_t b);
	int64_t (*memory)(void *context, struct host_vm *vm, uint64_t ipa, uint64_t size, bool online);
};

struct host_vm_device {
	struct iommu_device *dev;
	/* Two, so that a second attach builds its domain while the first is live. */
	struct iommu_domain nested[2];
	unsigned active; /* index into nested when is_nested */
	bool is_nested;
};

struct host_vm {
	struct iommu *iommu;
	struct iommu_domain *parent; /* PAGING; its VMID is the VM's in the SMMU */
	struct iopt cpu;	     /* the CPU's stage 2 */
	uint16_t cpu_vmid;
	const struct host_vm_ops *ops;
	void *context;
	struct host_vm_device devices[HOST_VM_DEVICES];
	unsigned device_count;
	uint64_t rejected; /* hypercalls answered with an error */
};

/* `parent` is a fresh PAGING domain. */
int host_vm_init(struct host_vm *vm, struct iommu *iommu, struct iommu_domain *parent, const struct host_vm_ops *ops,
		 void *context);
/* Attaches the parent; the guest's number of the device, or an error. */
int host_vm_add_device(struct host_vm *vm, struct iommu_device *dev);
/* Takes all devices back to their default domain and frees the CPU's tables. The parent stays with the caller. */
int host_vm_destroy(struct host_vm *vm);

/* Memory of the VM, for its CPUs and its devices; works while both run. */
int host_vm_plug(struct host_vm *vm, uint64_t ipa, phys_addr_t pa, uint64_t size);
int host_vm_unplug(struct host_vm *vm, uint64_t ipa, uint64_t size);
/* Registers of one device, for the guest's CPU alone. */
int host_vm_map_mmio(struct host_vm *vm, uint64_t ipa, phys_addr_t pa, uint64_t size);

/* Fills in VTTBR_EL2, VTCR_EL2 and the dispatcher for hal_guest_run(). */
void host_vm_guest(struct host_vm *vm, struct hal_guest *guest);
uint64_t host_vm_hypercall(void *vm, uint64_t function, const uint64_t args[4]);

#ifdef __cplusplus
}
#endif

#endif
