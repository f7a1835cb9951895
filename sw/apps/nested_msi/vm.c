#include "apps/nested_msi/vm.h"

#include "apps/nested_msi/live.h"
#include "apps/nested_msi/vm_tables.h"
#include "lib/page_alloc.h"

enum {
	TABLES_SIZE = 0x10000, /* at the start of the guest's memory */
	BLOCK = 0x200000,
};

static int64_t msi_vector(void *context, struct host_vm *host, unsigned device, uint32_t vector, unsigned cpu)
{
	struct vm *vm = context;

	(void)host;
	(void)device;
	if (vector >= APP_VECTORS || cpu >= vm->app->gic_tables.cpu_count)
		return ERR_RANGE;
	return app_request_vector(vm->app, vm->device, vector, cpu);
}

static int begin_step(struct vm *vm, uint64_t kind)
{
	if (vm->step || (kind != REPORT_DMA_READ && kind != REPORT_DMA_WRITE))
		return ERR_INVALID;
	vm->step = step_begin(vm->app, (enum report_kind)kind, vm->device);
	return 0;
}

static int end_step(struct vm *vm, uint64_t ipa)
{
	struct guest_app_dma done;
	phys_addr_t pa;

	if (!vm->step || !iommu_iova_to_phys(vm->host.parent, ipa, &pa) || (pa & 0xfff) + sizeof(done) > 0x1000)
		return ERR_INVALID;
	hal_mem_copy_in(&done, pa, sizeof(done));
	vm->step->address = done.iova;
	vm->step->ipa = done.ipa;
	vm->step->data = done.length;
	step_end(vm->app, vm->step, (enum report_outcome)done.outcome);
	vm->step = NULL;
	return 0;
}

static int64_t operate(void *context, struct host_vm *host, unsigned device, uint64_t operation, uint64_t a, uint64_t b)
{
	struct vm *vm = context;

	(void)host;
	(void)device;
	(void)b;
	switch (operation) {
	case GUEST_APP_MSI:
		return a < APP_VECTORS ? msi_step(vm->app, vm->device, (uint32_t)a) : (int)ERR_RANGE;
	case GUEST_APP_STEP:
		return begin_step(vm, a);
	case GUEST_APP_STEP_END:
		return end_step(vm, a);
	case GUEST_APP_ATTACHING:
		if (vm->live)
			live_change();
		return 0;
	default:
		return ERR_UNSUPPORTED;
	}
}

/* The guest asks for the hot-plug memory, or gives it back, while its device goes on raising interrupts. */
static int64_t memory_notice(void *context, struct host_vm *host, uint64_t ipa, uint64_t size, bool online)
{
	struct vm *vm = context;
	const struct boot_info *boot = &vm->app->boot;
	int result;

	if (ipa != boot->guest_hotplug_ipa || size != boot->guest_hotplug_size || vm->plugged == online)
		return ERR_INVALID;
	live_begin(vm->app, vm->device, 0, NULL);
	result = online ? host_vm_plug(host, ipa, vm->hotplug, size) : host_vm_unplug(host, ipa, size);
	live_end(vm->app);
	vm->plugged = online && !result;
	return result;
}

static const struct host_vm_ops ops = {
    .msi_vector = msi_vector,
    .device = operate,
    .memory = memory_notice,
};

static phys_addr_t vm_memory(uint64_t size)
{
	return page_alloc(size, BLOCK);
}

int vm_create(struct vm *vm, struct app *app, struct app_device *device, struct iommu_domain *parent)
{
	const struct boot_info *boot = &app->boot;
	const struct pcie_bar *registers = &device->function->bars[0];

	*vm = (struct vm){.app = app, .device = device};
	vm->ram = vm_memory(boot->guest_ram_size);
	vm->hotplug = vm_memory(boot->guest_hotplug_size);
	TRY(app, vm->ram && vm->hotplug ? 0 : (int)ERR_NO_MEMORY);
	TRY(app, host_vm_init(&vm->host, &app->iommu, parent, &ops, vm));
	TRY(app, host_vm_add_device(&vm->host, &device->iommu));
	TRY(app, host_vm_plug(&vm->host, boot->guest_ram_ipa, vm->ram, boot->guest_ram_size));
	TRY(app, host_vm_map_mmio(&vm->host, registers->base, registers->base, registers->size));

	vm->guest = (struct guest_app){
	    .rsdp = vm_tables_write(&app->acpi, vm->ram, boot->guest_ram_ipa, TABLES_SIZE),
	    .ram_ipa = boot->guest_ram_ipa + TABLES_SIZE,
	    .ram_size = boot->guest_ram_size - TABLES_SIZE,
	    .registers_ipa = registers->base, /* where the root complex has it */
	    .registers_size = registers->size,
	    .hotplug_ipa = boot->guest_hotplug_ipa,
	    .hotplug_size = boot->guest_hotplug_size,
	    .msi_cpu = boot->msi_cpu,
	    .granule_log2 = parent->pt.config.granule_log2,
	    .ipa_bits = parent->pt.config.input_bits,
	    .spoil_data = boot->switches & BOOT_BREAK_DMA_DATA,
	};
	TRY(app, vm->guest.rsdp ? 0 : (int)ERR_NOT_FOUND);
	return 0;
}

int vm_run(struct vm *vm)
{
	struct hal_guest guest;

	host_vm_guest(&vm->host, &guest);
	TRY(vm->app, (int64_t)hal_guest_run(&guest, guest_app_main, &vm->guest));
	return vm->step ? (int)ERR_INVALID : 0;
}
