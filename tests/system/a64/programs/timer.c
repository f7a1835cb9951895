/* Timer interrupts: the three timers of a core, each through its PPI. */
#include "programs/machine.h"

static volatile unsigned fired[3];
static uint64_t when[3];

static void on_timer(void *context, uint32_t intid)
{
	const unsigned n = (unsigned)(uint64_t)context;

	(void)intid;
	when[n] = hal_counter();
	fired[n]++;
	if (n == 0)
		write_sysreg(cntp_ctl_el0, 0);
	else if (n == 1)
		write_sysreg(cntv_ctl_el0, 0);
	else
		write_sysreg(cnthp_ctl_el2, 0);
	isb();
}

void test_main(uint64_t tree)
{
	int64_t node;
	uint64_t deadline;

	machine_start(tree);
	node = fdt_find(&machine.fdt, "compatible", "arm,armv8-timer", 0);
	for (unsigned n = 0; n < 3; n++) {
		const uint32_t intid = machine_intid(node, n);

		CHECK(!gicv3_register_handler(&machine.gic, intid, on_timer, (void *)(uint64_t)n));
		CHECK(!gicv3_ppi_enable(&machine.gic, intid, false));
	}
	for (unsigned n = 0; n < 3; n++) {
		deadline = hal_counter() + hal_counter_frequency() / 100000; /* 10 us */
		if (n == 0) {
			write_sysreg(cntp_cval_el0, deadline);
			write_sysreg(cntp_ctl_el0, 1);
		} else if (n == 1) {
			write_sysreg(cntv_cval_el0, deadline);
			write_sysreg(cntv_ctl_el0, 1);
		} else {
			write_sysreg(cnthp_cval_el2, deadline);
			write_sysreg(cnthp_ctl_el2, 1);
		}
		isb();
		CHECK(machine_wait(&fired[n]));
		CHECK(fired[n] == 1);
		CHECK(when[n] >= deadline);
	}
	/* A masked timer: status without an interrupt. */
	fired[0] = 0;
	write_sysreg(cntp_tval_el0, 100);
	write_sysreg(cntp_ctl_el0, 3);
	isb();
	deadline = hal_counter() + hal_counter_frequency() / 100000;
	while (hal_counter() < deadline)
		;
	CHECK(read_sysreg(cntp_ctl_el0) == 7);
	CHECK(fired[0] == 0);
	pass();
}
