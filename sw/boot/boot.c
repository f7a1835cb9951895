#include "boot/boot.h"

#include "boot/mmu.h"
#include "boot/psci.h"
#include "drivers/fdt/fdt.h"
#include "drivers/pl011/pl011.h"
#include "hal/a64/cpu.h"

struct cpu a64_cpus[A64_MAX_CPUS];
/* The host's of all CPUs, then the guests'. */
char a64_stacks[2 * A64_MAX_CPUS][A64_STACK_SIZE] __attribute__((aligned(16)));

static phys_addr_t console;

void boot_print(const char *text)
{
	if (console)
		pl011_print(console, text);
}

void boot_print_hex(uint64_t value)
{
	char text[19] = "0x";

	for (unsigned i = 0; i < 16; i++)
		text[2 + i] = "0123456789abcdef"[value >> (60 - 4 * i) & 15];
	boot_print(text);
}

void boot_stop(void)
{
	if (console)
		pl011_flush(console);
	psci_call(PSCI_SYSTEM_OFF, 0, 0, 0);
	while (true)
		__asm__ volatile("wfi");
}

void a64_fatal(const struct frame *frame, unsigned level, const char *what)
{
	static const char *const names[] = {"ELR", "SPSR", "ESR", "FAR"};
	const uint64_t values[] = {frame->elr, frame->spsr, frame->esr, frame->far};

	boot_print("fatal: ");
	boot_print(what);
	boot_print(", CPU ");
	boot_print_hex(hal_cpu_affinity());
	boot_print(level == 1 ? ", EL1" : ", EL2");
	for (unsigned i = 0; i < 4; i++) {
		boot_print(", ");
		boot_print(names[i]);
		boot_print(" ");
		boot_print_hex(values[i]);
	}
	boot_print("\n");
	boot_stop();
}

static void start_cpu(struct cpu *cpu)
{
	write_sysreg(tpidr_el0, cpu);
	write_sysreg(vbar_el2, a64_vectors_el2);
	write_sysreg(hcr_el2, HCR_HOST);
	write_sysreg(vmpidr_el2, read_sysreg(mpidr_el1));
	write_sysreg(vpidr_el2, read_sysreg(midr_el1));
	write_sysreg(cntvoff_el2, 0);
	write_sysreg(cnthctl_el2, 3);	  /* EL1 may read counter and timer */
	write_sysreg(S3_4_C12_C9_5, 0xf); /* ICC_SRE_EL2: system registers, for EL1 as well */
	isb();
	mmu_enable();
	__asm__ volatile("msr daifclr, #4" : : : "memory"); /* SErrors are bus errors */
}

static void read_device_tree(uint64_t tree, uint64_t *uart, uint64_t *ram_base, uint64_t *ram_size)
{
	struct fdt fdt;
	uint64_t size;

	if (fdt_init(&fdt, tree))
		return;
	(void)fdt_reg(&fdt, fdt_find(&fdt, "device_type", "memory", 0), 0, ram_base, ram_size);
	(void)fdt_reg(&fdt, fdt_find(&fdt, "compatible", "arm,pl011", 0), 0, uart, &size);
}

void boot_primary(uint64_t hand_over, uint64_t uart, uint64_t ram_base, uint64_t ram_size);
void boot_secondary(struct cpu *cpu);

void boot_primary(uint64_t hand_over, uint64_t uart, uint64_t ram_base, uint64_t ram_size)
{
	for (unsigned i = 0; i < A64_MAX_CPUS; i++) {
		a64_cpus[i].stack = (uint64_t)a64_stacks[i + 1];
		a64_cpus[i].guest_stack = (uint64_t)a64_stacks[A64_MAX_CPUS + i] + A64_STACK_SIZE;
	}
	if (!ram_size)
		read_device_tree(hand_over, &uart, &ram_base, &ram_size);
	console = uart;
	mmu_build(ram_base, ram_size);
	start_cpu(&a64_cpus[0]);
	boot_main(hand_over);
	boot_stop();
}

void boot_secondary(struct cpu *cpu)
{
	start_cpu(cpu);
	cpu->entry(cpu->entry_context);
	psci_call(PSCI_CPU_OFF, 0, 0, 0);
}
