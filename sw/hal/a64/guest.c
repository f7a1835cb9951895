#include "hal/a64/guest.h"

#include "boot/mmu.h"

/*
 * The guest is a part of the same program at EL1: its stage 1 maps everything to itself, so that it and the host give
 * one name to the program's own code, data and stacks, which stand in stage 2 where they are (hal_program()). All else
 * that it reaches is what its stage 2 makes of it.
 */

extern const char image_begin[], image_end[];

struct hal_range hal_program(void)
{
	return (struct hal_range){(uint64_t)image_begin, (uint64_t)(image_end - image_begin)};
}

static void invalidate_all(void)
{
	__asm__ volatile("dsb ishst\n\ttlbi vmalls12e1is\n\tdsb ish\n\tisb" : : : "memory");
}

void hal_guest_invalidate(uint64_t vttbr)
{
	const uint64_t current = read_sysreg(vttbr_el2);
	const uint64_t daif = read_sysreg(daif);

	/* TLBI takes the VMID from VTTBR_EL2; nothing of ours runs at EL1 meanwhile, nor is it interrupted. */
	__asm__ volatile("msr daifset, #2" : : : "memory");
	write_sysreg(vttbr_el2, vttbr);
	isb();
	invalidate_all();
	write_sysreg(vttbr_el2, current);
	isb();
	write_sysreg(daif, daif);
}

void a64_hypercall(struct frame *frame)
{
	struct cpu *cpu = this_cpu();
	const struct hal_guest *guest = cpu->guest;
	const uint64_t args[4] = {frame->x[1], frame->x[2], frame->x[3], frame->x[4]};
	const uint64_t daif = read_sysreg(daif);
	const bool masked = !(read_sysreg(hcr_el2) & HCR_IMO);

	cpu->in_guest = false;
	write_sysreg(hcr_el2, read_sysreg(hcr_el2) | HCR_IMO);
	isb();
	if (!masked)
		__asm__ volatile("msr daifclr, #2" : : : "memory");
	frame->x[0] = guest->hypercall(guest->context, frame->x[0], args);
	write_sysreg(daif, daif);
	if (masked)
		write_sysreg(hcr_el2, read_sysreg(hcr_el2) & ~HCR_IMO);
	isb();
	cpu->in_guest = true;
}

uint64_t hal_guest_run(const struct hal_guest *guest, uint64_t (*entry)(void *argument), void *argument)
{
	struct cpu *cpu = this_cpu();
	const uint64_t daif = read_sysreg(daif);
	uint64_t result;

	__asm__ volatile("msr daifset, #2" : : : "memory");
	mmu_prepare_guest();
	write_sysreg(vbar_el1, a64_vectors_el1);
	write_sysreg(vttbr_el2, guest->vttbr);
	write_sysreg(vtcr_el2, guest->vtcr);
	/* An interrupt that the host has masked stays where the guest masks it. */
	write_sysreg(hcr_el2, (HCR_HOST | HCR_VM | HCR_TSC) & ~(daif & 1 << 7 ? HCR_IMO : 0));
	isb();
	invalidate_all();

	cpu->guest = guest;
	cpu->in_guest = true;
	result = a64_guest_enter(entry, argument, cpu->guest_stack, cpu);
	cpu->in_guest = false;
	cpu->guest = NULL;

	write_sysreg(hcr_el2, HCR_HOST);
	isb();
	write_sysreg(daif, daif);
	return result;
}
