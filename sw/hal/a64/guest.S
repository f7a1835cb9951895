/* Into the guest and back: see guest.c. */
#include "hal/a64/cpu.h"

	.text

/* uint64_t a64_guest_enter(entry, argument, guest's stack, struct cpu *): the guest's result. ELR_EL2's and SPSR_EL2's
 * old values belong to nobody: an exception handler that runs a guest has saved them. */
	.globl	a64_guest_enter
	.type	a64_guest_enter, %function
a64_guest_enter:
	stp	x29, x30, [sp, #-96]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	mov	x4, sp
	str	x4, [x3, #CPU_HOST_SP]
	msr	sp_el1, x2
	adr	x4, guest_start
	msr	elr_el2, x4
	mov	x4, #0x3c5	/* EL1h, all masked: what comes for the host is not masked by that */
	msr	spsr_el2, x4
	eret

/* At EL1. */
guest_start:
	mov	x2, x0
	mov	x0, x1
	mov	x29, xzr
	mov	x30, xzr
	blr	x2
	hvc	#1		/* does not return */

/* a64_guest_leave(struct cpu *, result): out of the handler of HVC #1, and of all that lies below it on the stack. */
	.globl	a64_guest_leave
	.type	a64_guest_leave, %function
a64_guest_leave:
	ldr	x4, [x0, #CPU_HOST_SP]
	mov	sp, x4
	mov	x0, x1
	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
	ldp	x29, x30, [sp], #96
	ret

/* uint64_t a64_hvc(function, a0, a1, a2, a3): HVC #0. */
	.globl	hal_hvc
	.type	hal_hvc, %function
hal_hvc:
	hvc	#0
	ret
