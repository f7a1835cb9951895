/*
 * Exception vectors (Arm ARM D1.3.1) of EL2, where the host runs, and of EL1, where the guest runs. Each entry saves
 * the interrupted registers on the stack of its level and calls C.
 */
#include "hal/a64/cpu.h"

	.macro	save el
	sub	sp, sp, #FRAME_SIZE
	stp	x0, x1, [sp, #0]
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x19, [sp, #144]
	stp	x20, x21, [sp, #160]
	stp	x22, x23, [sp, #176]
	stp	x24, x25, [sp, #192]
	stp	x26, x27, [sp, #208]
	stp	x28, x29, [sp, #224]
	str	x30, [sp, #240]
	mrs	x0, elr_\el
	mrs	x1, spsr_\el
	mrs	x2, esr_\el
	mrs	x3, far_\el
	str	x0, [sp, #FRAME_ELR]
	str	x1, [sp, #FRAME_SPSR]
	str	x2, [sp, #FRAME_ESR]
	str	x3, [sp, #FRAME_FAR]
	.endm

	.macro	restore el
	ldr	x0, [sp, #FRAME_ELR]
	ldr	x1, [sp, #FRAME_SPSR]
	msr	elr_\el, x0
	msr	spsr_\el, x1
	ldp	x0, x1, [sp, #0]
	ldp	x2, x3, [sp, #16]
	ldp	x4, x5, [sp, #32]
	ldp	x6, x7, [sp, #48]
	ldp	x8, x9, [sp, #64]
	ldp	x10, x11, [sp, #80]
	ldp	x12, x13, [sp, #96]
	ldp	x14, x15, [sp, #112]
	ldp	x16, x17, [sp, #128]
	ldp	x18, x19, [sp, #144]
	ldp	x20, x21, [sp, #160]
	ldp	x22, x23, [sp, #176]
	ldp	x24, x25, [sp, #192]
	ldp	x26, x27, [sp, #208]
	ldp	x28, x29, [sp, #224]
	ldr	x30, [sp, #240]
	add	sp, sp, #FRAME_SIZE
	eret
	.endm

	.macro	vector el, handler
	.balign	0x80
	b	entry_\el\()_\handler
	.endm

	.macro	entry el, handler
entry_\el\()_\handler:
	save	\el
	mov	x0, sp
	bl	a64_\el\()_\handler
	restore	\el
	.endm

	.macro	four el, sync, irq, fiq, serror
	vector	\el, \sync
	vector	\el, \irq
	vector	\el, \fiq
	vector	\el, \serror
	.endm

	.text
	.balign	0x800
	.globl	a64_vectors_el2
a64_vectors_el2:
	four	el2, unexpected, unexpected, unexpected, unexpected	/* SP_EL0 is never used */
	four	el2, sync, irq, unexpected, serror
	four	el2, guest_sync, irq, unexpected, serror
	four	el2, unexpected, unexpected, unexpected, unexpected	/* AArch32 */

	.balign	0x800
	.globl	a64_vectors_el1
a64_vectors_el1:
	four	el1, unexpected, unexpected, unexpected, unexpected
	four	el1, sync, unexpected, unexpected, unexpected
	four	el1, unexpected, unexpected, unexpected, unexpected
	four	el1, unexpected, unexpected, unexpected, unexpected

	entry	el2, sync
	entry	el2, irq
	entry	el2, serror
	entry	el2, guest_sync
	entry	el2, unexpected
	entry	el1, sync
	entry	el1, unexpected
