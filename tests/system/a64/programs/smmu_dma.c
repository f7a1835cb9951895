/* A device's DMA through the SMMU: translated by a stage 1 of the kernel, and refused where nothing is mapped, with the
 * event by its wired interrupt. */
#include "programs/machine.h"

#include "drivers/dma_endpoint/dma_endpoint.h"
#include "drivers/smmuv3/smmu.h"
#include "iommu/iommu.h"
#include "lib/page_alloc.h"

static struct pcie pcie;
static struct dma_ep ep;
static struct smmu smmu;
static struct iommu iommu;
static struct iommu_device device;
static struct iommu_domain domain;
static volatile unsigned events;
static uint64_t record[4];

static phys_addr_t alloc(void *context, size_t bytes, size_t align)
{
	(void)context;
	return page_alloc(bytes, align);
}

static void on_event(void *context, struct smmu *which, const struct smmu_event *event)
{
	(void)context;
	(void)which;
	for (unsigned i = 0; i < 4; i++)
		record[i] = event->raw[i];
	events++;
}

static void eventq_interrupt(void *context, uint32_t intid)
{
	(void)intid;
	smmu_handle_eventq(context);
}

void test_main(uint64_t tree)
{
	enum { LENGTH = 0x1800, IOVA = 0x12340000 };
	struct smmu_platform platform = {.alloc = alloc, .on_event = on_event};
	struct pcie_function *function = NULL;
	phys_addr_t from, to;
	uint64_t size;
	int64_t node;

	machine_start(tree);
	machine_enumerate(&pcie);
	for (unsigned i = 0; i < pcie.count && !function; i++)
		if (!pcie.functions[i].is_bridge && !dma_ep_init(&ep, &pcie.functions[i]))
			function = &pcie.functions[i];
	CHECK(function);
	node = fdt_find(&machine.fdt, "compatible", "arm,smmu-v3", 0);
	CHECK(!fdt_reg(&machine.fdt, node, 0, &platform.base, &size));
	CHECK(!gicv3_register_handler(&machine.gic, machine_intid(node, 0), eventq_interrupt, &smmu));
	CHECK(!gicv3_spi_enable(&machine.gic, machine_intid(node, 0), true, 0));
	CHECK(!smmu_init(&smmu, &platform));
	iommu_init(&iommu, &smmu, IOMMU_MSI_PARENT_LOOKUP);
	CHECK(!iommu_device_add(&iommu, &device, machine_stream(function->rid), machine_device(function->rid), 0));
	CHECK(!iommu_domain_init_dma(&iommu, &domain, 12, 0));
	CHECK(!iommu_device_set_default(&device, &domain));
	CHECK(!pcie_bus_master(function, true));

	from = page_alloc(0x2000, 0x1000);
	to = page_alloc(0x2000, 0x1000);
	CHECK(from && to);
	for (unsigned i = 0; i < LENGTH; i += 4)
		hal_mem_write32(from + i, i * 2654435761u);
	CHECK(!iommu_map(&domain, IOVA, from, 0x2000, IOPT_READ));
	CHECK(!iommu_map(&domain, IOVA + 0x10000, to, 0x2000, IOPT_READ | IOPT_WRITE));
	hal_dsb();
	CHECK(!dma_ep_copy_to_device(&ep, IOVA, LENGTH));
	CHECK(!dma_ep_copy_from_device(&ep, IOVA + 0x10000, LENGTH));
	for (unsigned i = 0; i < LENGTH; i += 4)
		CHECK(hal_mem_read32(to + i) == i * 2654435761u);
	CHECK(events == 0);

	/* F_TRANSLATION (0x10) of a read, with the address. */
	CHECK(dma_ep_copy_to_device(&ep, IOVA + 0x100000, 64));
	CHECK(machine_wait(&events));
	CHECK((record[0] & 0xff) == 0x10);
	CHECK(record[0] >> 32 == machine_stream(function->rid));
	CHECK(record[2] == IOVA + 0x100000);
	/* F_PERMISSION (0x13): the first mapping is read-only. */
	events = 0;
	CHECK(dma_ep_copy_from_device(&ep, IOVA, 64));
	CHECK(machine_wait(&events));
	CHECK((record[0] & 0xff) == 0x13);
	pass();
}
