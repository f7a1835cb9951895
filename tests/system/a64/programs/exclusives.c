/* All cores add to one counter by load and store exclusive, and under a spinlock: nothing is lost. */
#include "programs/machine.h"

#include "lib/spinlock.h"

enum { ROUNDS = 2000 };

static volatile uint64_t shared, guarded;
static struct spinlock lock;
static volatile unsigned finished;

static void add(void)
{
	for (unsigned i = 0; i < ROUNDS; i++) {
		uint64_t value;
		uint32_t failed;

		do
			__asm__ volatile("ldaxr %0, [%2]\n\tadd %0, %0, #1\n\tstlxr %w1, %0, [%2]"
					 : "=&r"(value), "=&r"(failed)
					 : "r"(&shared)
					 : "memory");
		while (failed);
		const bool irqs = spin_lock(&lock);
		guarded = guarded + 1;
		spin_unlock(&lock, irqs);
	}
	__atomic_fetch_add(&finished, 1, __ATOMIC_RELEASE);
}

static void secondary(void *context)
{
	(void)context;
	add();
}

void test_main(uint64_t tree)
{
	const uint64_t end = hal_counter() + hal_counter_frequency() / 10;
	uint32_t failed, value = 7;
	static uint32_t word;

	machine_start(tree);
	for (unsigned n = 1; n < machine.tables.cpu_count; n++)
		CHECK(hal_cpu_on(machine.tables.cpus[n].affinity, secondary, NULL));
	add();
	while (finished < machine.tables.cpu_count)
		CHECK(hal_counter() < end);
	CHECK(shared == (uint64_t)ROUNDS * machine.tables.cpu_count);
	CHECK(guarded == (uint64_t)ROUNDS * machine.tables.cpu_count);
	/* A store exclusive without a load fails and stores nothing. */
	__asm__ volatile("clrex\n\tstxr %w0, %w1, [%2]" : "=&r"(failed) : "r"(value), "r"(&word) : "memory");
	CHECK(failed == 1 && word == 0);
	pass();
}
