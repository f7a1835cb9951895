/* Every core starts every other by PSCI and SGIs go round: the interrupt reaches that core alone. */
#include "programs/machine.h"

static volatile unsigned ready[ACPI_MAX_CPUS], received[ACPI_MAX_CPUS];

static void on_sgi(void *context, uint32_t intid)
{
	(void)context;
	CHECK(intid == 5);
	received[hal_cpu_index()]++;
}

static void secondary(void *context)
{
	CHECK((uint64_t)context == 0x1000 + hal_cpu_index());
	CHECK(hal_cpu_affinity() == machine.tables.cpus[hal_cpu_index()].affinity);
	machine_start_cpu();
	ready[hal_cpu_index()] = 1;
	while (true)
		hal_wfi(UINT64_MAX);
}

void test_main(uint64_t tree)
{
	unsigned count;

	machine_start(tree);
	count = machine.tables.cpu_count;
	CHECK(count > 1);
	CHECK(!gicv3_register_handler(&machine.gic, 5, on_sgi, NULL));
	for (unsigned n = 1; n < count; n++) {
		CHECK(hal_cpu_on(machine.tables.cpus[n].affinity, secondary, (void *)(0x1000ull + n)));
		CHECK(machine_wait(&ready[n]));
	}
	CHECK(!hal_cpu_on(machine.tables.cpus[1].affinity, secondary, NULL)); /* on already */
	CHECK(!hal_cpu_on(0xff, secondary, NULL));			      /* no such core */
	for (unsigned n = 0; n < count; n++) {
		CHECK(!gicv3_send_sgi(&machine.gic, 5, n));
		CHECK(machine_wait(&received[n]));
		for (unsigned other = 0; other < count; other++)
			CHECK(received[other] == (other <= n));
	}
	pass();
}
