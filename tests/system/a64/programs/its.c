/* An ITS interrupt: by a command, and by the MSI of a PCIe function, on the core that was chosen. */
#include "programs/machine.h"

#include "drivers/dma_endpoint/dma_endpoint.h"
#include "drivers/pcie/msix.h"
#include "drivers/smmuv3/smmu.h"
#include "iommu/iommu.h"
#include "lib/page_alloc.h"

static struct pcie pcie;
static struct dma_ep ep;
static struct smmu smmu;
static struct iommu iommu;
static struct iommu_device device;
static volatile unsigned seen;
static volatile unsigned seen_cpu;

static void on_lpi(void *context, uint32_t intid)
{
	CHECK(intid == (uint32_t)(uint64_t)context);
	seen_cpu = hal_cpu_index();
	seen = 1;
}

static volatile unsigned second_ready;

static void second(void *context)
{
	(void)context;
	machine_start_cpu();
	second_ready = 1;
	while (true)
		hal_wfi(UINT64_MAX);
}

static phys_addr_t alloc(void *context, size_t bytes, size_t align)
{
	(void)context;
	return page_alloc(bytes, align);
}

/* Before anything is attached, the SMMU of the device aborts: identity for it. */
static void start_smmu(struct pcie_function *function)
{
	struct smmu_platform platform = {.alloc = alloc};
	uint64_t size;

	CHECK(!fdt_reg(&machine.fdt, fdt_find(&machine.fdt, "compatible", "arm,smmu-v3", 0), 0, &platform.base, &size));
	CHECK(!smmu_init(&smmu, &platform));
	iommu_init(&iommu, &smmu, IOMMU_MSI_PARENT_LOOKUP);
	CHECK(!iommu_device_add(&iommu, &device, machine_stream(function->rid), machine_device(function->rid), 0));
	CHECK(!iommu_device_set_default(&device, &iommu.identity));
}

void test_main(uint64_t tree)
{
	struct pcie_function *function = NULL;
	uint32_t intid, id;
	int64_t lpi;

	machine_start(tree);
	machine_start_its();
	CHECK(machine.tables.cpu_count == 2);
	CHECK(hal_cpu_on(machine.tables.cpus[1].affinity, second, NULL));
	CHECK(machine_wait(&second_ready));
	CHECK(!its_cpu_init(&machine.its, 1));
	machine_enumerate(&pcie);
	for (unsigned i = 0; i < pcie.count && !function; i++)
		if (!pcie.functions[i].is_bridge && !dma_ep_init(&ep, &pcie.functions[i]))
			function = &pcie.functions[i];
	CHECK(function);
	start_smmu(function);

	lpi = gicv3_lpi_alloc(&machine.gic, 1);
	CHECK(lpi > 0);
	intid = (uint32_t)lpi;
	id = machine_device(function->rid);
	CHECK(!its_map_device(&machine.its, id, 4));
	CHECK(!gicv3_register_handler(&machine.gic, intid, on_lpi, (void *)(uint64_t)intid));
	CHECK(!gicv3_lpi_configure(&machine.gic, intid, GICV3_PRIORITY, true));
	CHECK(!its_map_event(&machine.its, id, 2, intid, 0));
	CHECK(!its_set_pending(&machine.its, id, 2, true));
	CHECK(machine_wait(&seen));
	CHECK(seen_cpu == 0);

	CHECK(!its_move_event(&machine.its, id, 2, 1));
	CHECK(!msix_init(function) && !msix_enable(function, true) && !pcie_bus_master(function, true));
	CHECK(!msix_write_message(function, 1, its_doorbell(&machine.its), 2));
	CHECK(!msix_mask(function, 1, false));
	seen = 0;
	CHECK(!dma_ep_raise(&ep, 1));
	CHECK(machine_wait(&seen));
	CHECK(seen_cpu == 1);
	pass();
}
