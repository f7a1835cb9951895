#include "guest/host_vm.h"
#include "lib/errors.h"

static struct host_vm_device *device_of(struct host_vm *vm, uint64_t number)
{
	return number < vm->device_count ? &vm->devices[number] : NULL;
}

static int64_t attach_nested(struct host_vm *vm, const uint64_t args[4])
{
	struct host_vm_device *device = device_of(vm, args[0]);
	const struct smmu_s1_config s1 = {
	    .cd_table = args[1],
	    .s1cdmax = (uint8_t)args[2],
	    .s1fmt = (uint8_t)(args[2] >> 8),
	    .s1dss = (uint8_t)(args[2] >> 16),
	};
	struct iommu_domain *fresh;
	unsigned slot;
	int result;

	if (!device)
		return ERR_NOT_FOUND;
	if (args[2] >> 24)
		return ERR_INVALID;
	slot = device->is_nested ? !device->active : 0;
	fresh = &device->nested[slot];
	result = iommu_domain_init_nested(fresh, vm->parent, &s1);
	if (result)
		return result;
	/* Parent to nested changes one used doubleword: hitless. */
	result = iommu_replace_device(device->dev, fresh);
	if (result < 0) {
		if (device->dev->domain != fresh)
			(void)iommu_domain_destroy(fresh);
		return result;
	}
	if (device->is_nested)
		(void)iommu_domain_destroy(&device->nested[device->active]);
	device->active = slot;
	device->is_nested = true;
	return 0;
}

static int64_t detach(struct host_vm *vm, const uint64_t args[4])
{
	struct host_vm_device *device = device_of(vm, args[0]);
	int result;

	if (!device)
		return ERR_NOT_FOUND;
	if (!device->is_nested)
		return ERR_INVALID;
	result = iommu_replace_device(device->dev, vm->parent);
	if (result < 0)
		return result;
	device->is_nested = false;
	return iommu_domain_destroy(&device->nested[device->active]);
}

static int64_t invalidate_va(struct host_vm *vm, const uint64_t args[4])
{
	struct smmu *smmu = vm->iommu->smmu;
	const unsigned page_log2 = (unsigned)(args[3] & 0xFF);
	const bool leaf = args[3] >> 8 & 1;
	int result = 0;

	if (args[0] > 0xFFFF || args[3] >> 9 || page_log2 < 12 || page_log2 > 48)
		return ERR_INVALID;
	if (args[2] > HVC_INV_PAGES_MAX) {
		result = smmu_tlbi_asid(smmu, vm->parent->vmid, (uint16_t)args[0]);
	} else {
		for (uint64_t i = 0; i < args[2] && !result; i++)
			result =
			    smmu_tlbi_va(smmu, vm->parent->vmid, (uint16_t)args[0], args[1] + (i << page_log2), leaf);
	}
	return result ? result : smmu_sync(smmu);
}

static int64_t cfgi_cd(struct host_vm *vm, const uint64_t args[4])
{
	struct host_vm_device *device = device_of(vm, args[0]);
	int result;

	if (!device)
		return ERR_NOT_FOUND;
	if (args[1] >> 20 || args[2] > 1)
		return ERR_INVALID;
	result = smmu_issue(vm->iommu->smmu, smmu_cmd_cfgi_cd(device->dev->stream_id, (uint32_t)args[1], args[2] != 0));
	return result ? result : smmu_sync(vm->iommu->smmu);
}

static int64_t dispatch(struct host_vm *vm, uint64_t function, const uint64_t args[4])
{
	struct smmu *smmu = vm->iommu->smmu;
	const struct host_vm_ops *ops = vm->ops;
	const uint64_t limit = 1ull << vm->parent->pt.config.input_bits;
	const uint64_t granule = 1ull << vm->parent->pt.config.granule_log2;
	int result;

	switch (function) {
	case GUEST_HVC_ATTACH_NESTED:
		return attach_nested(vm, args);
	case GUEST_HVC_DETACH:
		return detach(vm, args);
	case GUEST_HVC_INV_VA:
		return invalidate_va(vm, args);
	case GUEST_HVC_INV_ASID:
		if (args[0] > 0xFFFF)
			return ERR_INVALID;
		result = smmu_tlbi_asid(smmu, vm->parent->vmid, (uint16_t)args[0]);
		return result ? result : smmu_sync(smmu);
	case GUEST_HVC_INV_ALL:
		result = smmu_tlbi_vmid_s1(smmu, vm->parent->vmid);
		return result ? result : smmu_sync(smmu);
	case GUEST_HVC_CFGI_CD:
		return cfgi_cd(vm, args);
	case GUEST_HVC_MSI_VECTOR:
		if (!device_of(vm, args[0]))
			return ERR_NOT_FOUND;
		if (args[1] > 2047 || args[2] > 0xFFFF) /* an MSI-X table has at most 2048 vectors */
			return ERR_RANGE;
		return ops && ops->msi_vector
			   ? ops->msi_vector(vm->context, vm, (unsigned)args[0], (uint32_t)args[1], (unsigned)args[2])
			   : ERR_UNSUPPORTED;
	case GUEST_HVC_DEVICE:
		if (!device_of(vm, args[0]))
			return ERR_NOT_FOUND;
		return ops && ops->device ? ops->device(vm->context, vm, (unsigned)args[0], args[1], args[2], args[3])
					  : ERR_UNSUPPORTED;
	case GUEST_HVC_MEMORY_ONLINE:
	case GUEST_HVC_MEMORY_OFFLINE:
		if (!args[1] || (args[0] | args[1]) & (granule - 1) || args[0] >= limit || args[1] > limit - args[0])
			return ERR_INVALID;
		return ops && ops->memory
			   ? ops->memory(vm->context, vm, args[0], args[1], function == GUEST_HVC_MEMORY_ONLINE)
			   : ERR_UNSUPPORTED;
	default:
		return ERR_UNSUPPORTED;
	}
}

uint64_t host_vm_hypercall(void *context, uint64_t function, const uint64_t args[4])
{
	struct host_vm *vm = context;
	const int64_t answer = dispatch(vm, function, args);

	if (answer < 0)
		vm->rejected++;
	return (uint64_t)answer;
}
