/* hal_guest_run: a guest at EL1 under a stage 2, its hypercalls, its faults, and interrupts of the host meanwhile. */
#include "programs/machine.h"

#include "lib/page_alloc.h"

#define STAGE2_NORMAL (0xfull << 2 | 3ull << 8)
#define S2_RW (3ull << 6)
#define AF (1ull << 10)
static uint64_t stage2[512] __attribute__((aligned(4096)));
static volatile unsigned ticks;
static uint64_t calls;

static void on_tick(void *context, uint32_t intid)
{
	(void)context;
	(void)intid;
	ticks++;
	write_sysreg(cnthp_ctl_el2, 0);
	isb();
}

static uint64_t hypercall(void *context, uint64_t function, const uint64_t args[4])
{
	CHECK(context == &calls);
	CHECK((read_sysreg(CurrentEL) >> 2) == 2);
	calls++;
	/* An interrupt of the host while it answers. */
	ticks = 0;
	write_sysreg(cnthp_tval_el2, 1000);
	write_sysreg(cnthp_ctl_el2, 1);
	isb();
	CHECK(machine_wait(&ticks));
	return function + args[0] + 2 * args[1] + 3 * args[2] + 4 * args[3];
}

static uint64_t guest(void *argument)
{
	const uint64_t ipa = 0x4000001000;

	if ((read_sysreg(CurrentEL) >> 2) != 1)
		return 1;
	if (hal_hvc(100, 1, 2, 3, 4) != 100 + 1 + 4 + 9 + 16)
		return 2;
	if (hal_mem_read64(ipa) != 0x1122334455667788 || hal_bus_error())
		return 3;
	hal_mem_write32(ipa + 8, 0xabcd);
	if (hal_bus_error())
		return 4;
	/* Not in stage 2. */
	if (hal_mem_read32(0x5000000000) != UINT32_MAX || !hal_bus_error() || hal_bus_error())
		return 5;
	hal_mem_write64(0x5000000000, 1);
	if (!hal_bus_error())
		return 6;
	/* An interrupt while the guest runs is the host's, which the guest does not see. */
	if (hal_hvc(0, 0, 0, 0, 0) != 0)
		return 7;
	return *(uint64_t *)argument;
}

void test_main(uint64_t tree)
{
	struct hal_guest config = {
	    .vttbr = 5ull << 48 | (uint64_t)stage2,
	    /* T0SZ 25, SL0 1: level 1; 4 KiB, PS 40 bits, RES1 */
	    .vtcr = 25 | 1 << 6 | 1 << 8 | 1 << 10 | 3 << 12 | 2 << 16 | 1ull << 31,
	    .hypercall = hypercall,
	    .context = &calls,
	};
	const struct hal_range program = hal_program();
	phys_addr_t memory;
	uint64_t answer = 0x123456789abcdef0, result;
	uint32_t intid;

	machine_start(tree);
	intid = machine_intid(fdt_find(&machine.fdt, "compatible", "arm,armv8-timer", 0), 2);
	CHECK(!gicv3_register_handler(&machine.gic, intid, on_tick, NULL));
	CHECK(!gicv3_ppi_enable(&machine.gic, intid, false));
	CHECK(program.size && !(program.base & 0xffff) && !(program.size & 0xffff));
	memory = page_alloc(0x2000, 0x1000);
	stage2[program.base >> 30] = (program.base >> 30 << 30) | STAGE2_NORMAL | S2_RW | AF | 1;
	/* IPA 256 GiB + 4 KiB. */
	{
		static uint64_t level2[512] __attribute__((aligned(4096)));
		static uint64_t level3[512] __attribute__((aligned(4096)));

		stage2[256] = (uint64_t)level2 | 3;
		level2[0] = (uint64_t)level3 | 3;
		level3[1] = memory | STAGE2_NORMAL | S2_RW | AF | 3;
	}
	hal_mem_write64(memory, 0x1122334455667788);
	hal_guest_invalidate(config.vttbr);
	for (unsigned round = 0; round < 2; round++) {
		result = hal_guest_run(&config, guest, &answer);
		CHECK(result == answer);
		CHECK(hal_mem_read32(memory + 8) == 0xabcd);
		CHECK(calls == 2ull * (round + 1));
		CHECK((read_sysreg(CurrentEL) >> 2) == 2);
	}
	pass();
}
