/* hal/hal.h by AArch64's own means; accesses to memory are in access.S, the guest in guest.c. */

#include "boot/psci.h"
#include "hal/a64/cpu.h"

bool hal_bus_error(void)
{
	struct cpu *cpu = this_cpu();
	bool failed;

	/* An SError of an earlier access comes now at the latest. */
	hal_dsb();
	isb();
	failed = cpu->bus_error;
	cpu->bus_error = false;
	return failed;
}

void hal_dsb(void)
{
	__asm__ volatile("dsb sy" : : : "memory");
}

void hal_dmb(void)
{
	__asm__ volatile("dmb sy" : : : "memory");
}

void hal_irq_set_handler(hal_irq_handler handler, void *context)
{
	struct cpu *cpu = this_cpu();

	cpu->handler_context = context;
	cpu->handler = handler;
}

void hal_irq_enable(void)
{
	__asm__ volatile("msr daifclr, #2" : : : "memory");
}

bool hal_irq_disable(void)
{
	const bool enabled = !(read_sysreg(daif) & 1 << 7);

	__asm__ volatile("msr daifset, #2" : : : "memory");
	return enabled;
}

/* WFE and not WFI: it ends by itself after a while, so that neither a deadline nor an interrupt that came just before
 * is slept through. */
void hal_wfi(uint64_t deadline)
{
	if (hal_counter() < deadline)
		__asm__ volatile("wfe" : : : "memory");
}

uint64_t hal_icc_read(enum hal_icc reg)
{
	switch (reg) {
	case HAL_ICC_PMR_EL1:
		return read_sysreg(S3_0_C4_C6_0);
	case HAL_ICC_IAR1_EL1:
		return read_sysreg(S3_0_C12_C12_0);
	case HAL_ICC_HPPIR1_EL1:
		return read_sysreg(S3_0_C12_C12_2);
	case HAL_ICC_BPR1_EL1:
		return read_sysreg(S3_0_C12_C12_3);
	case HAL_ICC_RPR_EL1:
		return read_sysreg(S3_0_C12_C11_3);
	case HAL_ICC_CTLR_EL1:
		return read_sysreg(S3_0_C12_C12_4);
	case HAL_ICC_SRE_EL1:
		return read_sysreg(S3_0_C12_C12_5);
	case HAL_ICC_IGRPEN1_EL1:
		return read_sysreg(S3_0_C12_C12_7);
	default: /* write-only */
		return 0;
	}
}

void hal_icc_write(enum hal_icc reg, uint64_t value)
{
	switch (reg) {
	case HAL_ICC_PMR_EL1:
		write_sysreg(S3_0_C4_C6_0, value);
		break;
	case HAL_ICC_EOIR1_EL1:
		write_sysreg(S3_0_C12_C12_1, value);
		break;
	case HAL_ICC_BPR1_EL1:
		write_sysreg(S3_0_C12_C12_3, value);
		break;
	case HAL_ICC_DIR_EL1:
		write_sysreg(S3_0_C12_C11_1, value);
		break;
	case HAL_ICC_SGI1R_EL1:
		write_sysreg(S3_0_C12_C11_5, value);
		break;
	case HAL_ICC_CTLR_EL1:
		write_sysreg(S3_0_C12_C12_4, value);
		break;
	case HAL_ICC_SRE_EL1:
		write_sysreg(S3_0_C12_C12_5, value);
		break;
	case HAL_ICC_IGRPEN1_EL1:
		write_sysreg(S3_0_C12_C12_7, value);
		break;
	default: /* read-only */
		break;
	}
	isb();
}

unsigned hal_cpu_index(void)
{
	return this_cpu()->index;
}

/* D24.2.117: Aff3 [39:32], Aff2..0 [23:0]. */
uint64_t hal_cpu_affinity(void)
{
	return read_sysreg(mpidr_el1) & 0xff00ffffff;
}

uint64_t hal_counter(void)
{
	isb(); /* not before what stands before it (D12.2.2) */
	return read_sysreg(cntvct_el0);
}

uint64_t hal_counter_frequency(void)
{
	return read_sysreg(cntfrq_el0);
}

extern char secondary_start[];

/* CPUs get their numbers in the order in which they are started. */
bool hal_cpu_on(uint64_t affinity, void (*entry)(void *context), void *context)
{
	static unsigned next = 1;
	struct cpu *cpu;

	if (next == A64_MAX_CPUS)
		return false;
	cpu = &a64_cpus[next];
	cpu->index = next;
	cpu->entry = entry;
	cpu->entry_context = context;
	/* It reads its record with the MMU off, past the caches. */
	__asm__ volatile("dc cvac, %0\n\tdsb sy" : : "r"(cpu) : "memory");
	if (psci_call(PSCI_CPU_ON, affinity, (uint64_t)secondary_start, (uint64_t)cpu))
		return false;
	next++;
	return true;
}
