#include "guest/host_vm.h"
#include "lib/errors.h"

static uint64_t cpu_read(void *context, phys_addr_t addr)
{
	(void)context;
	return hal_mem_read64(addr);
}

static void cpu_write(void *context, phys_addr_t addr, uint64_t descriptor)
{
	(void)context;
	hal_mem_write64(addr, descriptor);
}

static phys_addr_t cpu_alloc(void *context, size_t bytes, size_t align)
{
	const struct smmu_platform *platform = &((struct host_vm *)context)->iommu->smmu->platform;

	return platform->alloc(platform->alloc_context, bytes, align);
}

static void cpu_free(void *context, phys_addr_t addr, size_t bytes)
{
	const struct smmu_platform *platform = &((struct host_vm *)context)->iommu->smmu->platform;

	if (platform->free)
		platform->free(platform->alloc_context, addr, bytes);
}

static void cpu_invalidate(void *context, uint64_t iova, uint64_t size, uint64_t step, bool leaf)
{
	struct host_vm *vm = context;

	(void)iova;
	(void)size;
	(void)step;
	(void)leaf;
	hal_guest_invalidate(iopt_vttbr(&vm->cpu, vm->cpu_vmid));
}

static const struct iopt_ops cpu_ops = {
    .read = cpu_read,
    .write = cpu_write,
    .alloc = cpu_alloc,
    .free = cpu_free,
    .invalidate = cpu_invalidate,
};

int host_vm_init(struct host_vm *vm, struct iommu *iommu, struct iommu_domain *parent, const struct host_vm_ops *ops,
		 void *context)
{
	const struct hal_range program = hal_program();
	int result;

	if (parent->type != IOMMU_DOMAIN_PAGING || parent->iommu != iommu)
		return ERR_INVALID;
	*vm = (struct host_vm){.iommu = iommu, .parent = parent, .ops = ops, .context = context};
	vm->cpu_vmid = parent->vmid;
	result = iopt_init(&vm->cpu, &parent->pt.config, &cpu_ops, vm);
	if (result || !program.size)
		return result;
	result = iopt_map(&vm->cpu, program.base, program.base, program.size, IOPT_READ | IOPT_WRITE | IOPT_EXEC);
	if (result)
		iopt_destroy(&vm->cpu);
	return result;
}

int host_vm_add_device(struct host_vm *vm, struct iommu_device *dev)
{
	int result;

	if (vm->device_count == HOST_VM_DEVICES)
		return ERR_NO_MEMORY;
	result = iommu_attach_device(dev, vm->parent);
	if (result)
		return result;
	vm->devices[vm->device_count].dev = dev;
	return (int)vm->device_count++;
}

static int drop_nested(struct host_vm_device *device)
{
	if (!device->is_nested)
		return 0;
	device->is_nested = false;
	return iommu_domain_destroy(&device->nested[device->active]);
}

int host_vm_destroy(struct host_vm *vm)
{
	for (unsigned i = 0; i < vm->device_count; i++) {
		int result = iommu_detach_device(vm->devices[i].dev);

		if (!result)
			result = drop_nested(&vm->devices[i]);
		if (result)
			return result;
	}
	vm->device_count = 0;
	iopt_destroy(&vm->cpu);
	return 0;
}

int host_vm_plug(struct host_vm *vm, uint64_t ipa, phys_addr_t pa, uint64_t size)
{
	int result = iopt_map(&vm->cpu, ipa, pa, size, IOPT_READ | IOPT_WRITE | IOPT_EXEC);

	if (result)
		return result;
	result = iommu_map(vm->parent, ipa, pa, size, IOPT_READ | IOPT_WRITE);
	if (result)
		iopt_unmap(&vm->cpu, ipa, size);
	return result;
}

int host_vm_unplug(struct host_vm *vm, uint64_t ipa, uint64_t size)
{
	const uint64_t from_devices = iommu_unmap(vm->parent, ipa, size);
	const uint64_t from_cpu = iopt_unmap(&vm->cpu, ipa, size);

	return from_devices == size && from_cpu == size ? 0 : ERR_NOT_FOUND;
}

int host_vm_map_mmio(struct host_vm *vm, uint64_t ipa, phys_addr_t pa, uint64_t size)
{
	return iopt_map(&vm->cpu, ipa, pa, size, IOPT_READ | IOPT_WRITE | IOPT_DEVICE);
}

void host_vm_guest(struct host_vm *vm, struct hal_guest *guest)
{
	*guest = (struct hal_guest){
	    .vttbr = iopt_vttbr(&vm->cpu, vm->cpu_vmid),
	    .vtcr = iopt_vtcr(&vm->cpu),
	    .hypercall = host_vm_hypercall,
	    .context = vm,
	};
}
