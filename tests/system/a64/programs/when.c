/* Says when things happened: two runs must say the same. */
#include "programs/machine.h"

static volatile unsigned ready;

static void secondary(void *context)
{
	machine_start_cpu();
	*(volatile uint64_t *)context = hal_counter();
	ready = 1;
}

void test_main(uint64_t tree)
{
	static volatile uint64_t other;

	machine_start(tree);
	CHECK(machine.tables.cpu_count == 2);
	CHECK(hal_cpu_on(machine.tables.cpus[1].affinity, secondary, (void *)&other));
	CHECK(machine_wait(&ready));
	boot_print("counter ");
	boot_print_hex(hal_counter());
	boot_print(" ");
	boot_print_hex(other);
	boot_print("\n");
	pass();
}
