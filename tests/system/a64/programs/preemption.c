/* An interrupt in the middle of a computation: every register comes back, and a more urgent interrupt interrupts the
 * handler of a less urgent one. */
#include "programs/machine.h"

static volatile unsigned ticks, depth, deepest, urgent;

static void on_tick(void *context, uint32_t intid)
{
	(void)context;
	(void)intid;
	ticks++;
	write_sysreg(cnthp_tval_el2, hal_counter_frequency() / 500000); /* 2 us */
	isb();
}

/* SGI 7, less urgent: raises the more urgent SGI 8 and lets interrupts in. */
static void on_low(void *context, uint32_t intid)
{
	struct frame_registers {
		uint64_t elr, spsr;
	} saved = {read_sysreg(elr_el2), read_sysreg(spsr_el2)};
	const uint64_t end = hal_counter() + hal_counter_frequency() / 100000;

	(void)context;
	(void)intid;
	depth++;
	CHECK(!gicv3_send_sgi(&machine.gic, 8, 0));
	hal_irq_enable();
	while (!urgent && hal_counter() < end)
		;
	(void)hal_irq_disable();
	depth--;
	write_sysreg(elr_el2, saved.elr);
	write_sysreg(spsr_el2, saved.spsr);
}

static void on_high(void *context, uint32_t intid)
{
	(void)context;
	(void)intid;
	deepest = depth;
	urgent = 1;
}

static uint64_t mix(uint64_t rounds)
{
	uint64_t x[12];

	for (unsigned i = 0; i < 12; i++)
		x[i] = i + 1;
	for (uint64_t n = 0; n < rounds; n++)
		for (unsigned i = 0; i < 12; i++)
			x[i] = (x[i] ^ x[(i + 5) % 12]) * 6364136223846793005ull + n;
	for (unsigned i = 1; i < 12; i++)
		x[0] ^= x[i];
	return x[0];
}

void test_main(uint64_t tree)
{
	static volatile uint64_t rounds = 20000; /* read each time: the computation is done twice */
	const uint64_t quiet = mix(rounds);
	uint32_t intid;
	uint64_t size;

	machine_start(tree);
	intid = machine_intid(fdt_find(&machine.fdt, "compatible", "arm,armv8-timer", 0), 2);
	CHECK(!gicv3_register_handler(&machine.gic, intid, on_tick, NULL));
	CHECK(!gicv3_ppi_enable(&machine.gic, intid, false));
	write_sysreg(cnthp_tval_el2, 1000);
	write_sysreg(cnthp_ctl_el2, 1);
	isb();
	CHECK(mix(rounds) == quiet);
	write_sysreg(cnthp_ctl_el2, 0);
	isb();
	CHECK(ticks > 5);

	/* GICR_IPRIORITYR of SGIs 7 and 8, in SGI_base: behind RD_base's 64 KiB, at 0x400. */
	CHECK(!gicv3_register_handler(&machine.gic, 7, on_low, NULL));
	CHECK(!gicv3_register_handler(&machine.gic, 8, on_high, NULL));
	size = machine.tables.gicr[0].base + 0x10000;
	hal_mmio_write8(size + 0x407, 0xc0);
	hal_mmio_write8(size + 0x408, 0x40);
	hal_dsb();
	CHECK(!gicv3_send_sgi(&machine.gic, 7, 0));
	CHECK(machine_wait(&urgent));
	CHECK(deepest == 1);
	pass();
}
