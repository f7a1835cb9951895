#include "programs/machine.h"

#include "lib/page_alloc.h"

struct machine machine;

uint32_t machine_intid(int64_t node, unsigned index)
{
	uint32_t type, number;

	CHECK(!fdt_cell(&machine.fdt, node, "interrupts", 3 * index, &type));
	CHECK(!fdt_cell(&machine.fdt, node, "interrupts", 3 * index + 1, &number));
	return number + (type ? 16 : 32);
}

static int64_t find(const char *compatible)
{
	const int64_t node = fdt_find(&machine.fdt, "compatible", compatible, 0);

	CHECK(node > 0);
	return node;
}

static void read_gic(void)
{
	struct acpi_gic *t = &machine.tables;
	const int64_t gic = find("arm,gic-v3");
	uint64_t base, size;

	CHECK(!fdt_reg(&machine.fdt, gic, 0, &t->gicd, &size));
	CHECK(!fdt_reg(&machine.fdt, gic, 1, &base, &size));
	t->gicr[0].base = base;
	t->gicr[0].length = (uint32_t)size;
	t->gicr_count = 1;
	CHECK(!fdt_reg(&machine.fdt, find("arm,gic-v3-its"), 0, &t->its[0].base, &size));
	t->its_count = 1;
	for (unsigned n = 0; n < ACPI_MAX_CPUS; n++) {
		const int64_t cpu = fdt_find(&machine.fdt, "device_type", "cpu", n);
		uint32_t affinity;

		if (cpu < 0)
			break;
		CHECK(!fdt_cell(&machine.fdt, cpu, "reg", 0, &affinity));
		t->cpus[t->cpu_count++].affinity = affinity;
	}
}

void machine_start_cpu(void)
{
	CHECK(!gicv3_cpu_init(&machine.gic));
	hal_irq_set_handler(gicv3_handle_irq, &machine.gic);
	hal_irq_enable();
}

extern const char image_end[];

void machine_start(uint64_t tree)
{
	uint64_t base, size;

	CHECK(!fdt_init(&machine.fdt, tree));
	CHECK(!fdt_reg(&machine.fdt, fdt_find(&machine.fdt, "device_type", "memory", 0), 0, &base, &size));
	/* Between this program and the device tree. */
	CHECK(base <= (uint64_t)image_end && (uint64_t)image_end < tree && tree < base + size);
	CHECK(!page_alloc_init((uint64_t)image_end, tree - (uint64_t)image_end));
	read_gic();
	CHECK(!gicv3_init(&machine.gic, &machine.tables));
	machine_start_cpu();
}

void machine_start_its(void)
{
	CHECK(!its_init(&machine.its, &machine.gic, machine.tables.its[0].base));
}

void machine_enumerate(struct pcie *pcie)
{
	const int64_t host = find("pci-host-ecam-generic");
	struct acpi_mcfg_entry ecam = {.end_bus = 255};
	struct pcie_window window;
	uint64_t size;
	uint32_t cells[7];

	CHECK(!fdt_reg(&machine.fdt, host, 0, &ecam.base, &size));
	for (unsigned i = 0; i < 7; i++)
		CHECK(!fdt_cell(&machine.fdt, host, "ranges", i, &cells[i]));
	window.base = (uint64_t)cells[3] << 32 | cells[4];
	window.size = (uint64_t)cells[5] << 32 | cells[6];
	CHECK(!pcie_enumerate(pcie, &ecam, &window));
}

static uint32_t mapped(const char *map, uint16_t rid)
{
	const int64_t host = find("pci-host-ecam-generic");
	uint32_t first, base, length;

	CHECK(!fdt_cell(&machine.fdt, host, map, 0, &first));
	CHECK(!fdt_cell(&machine.fdt, host, map, 2, &base));
	CHECK(!fdt_cell(&machine.fdt, host, map, 3, &length));
	CHECK(rid >= first && rid - first < length);
	return base + (rid - first);
}

uint32_t machine_stream(uint16_t rid)
{
	return mapped("iommu-map", rid);
}

uint32_t machine_device(uint16_t rid)
{
	return mapped("msi-map", rid);
}

bool machine_wait(const volatile unsigned *flag)
{
	const uint64_t end = hal_counter() + hal_counter_frequency() / 1000;

	while (!*flag && hal_counter() < end)
		hal_wfi(end);
	return *flag != 0;
}
