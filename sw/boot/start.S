/*
 * Entry of the program on the first CPU, at EL2 with the MMU off, x0..x3 as boot.h says, and of the others, with their
 * struct cpu in x0.
 */
#include "hal/a64/cpu.h"

	.section .text.start, "ax"
	.globl	_start
_start:
	mrs	x4, CurrentEL
	cmp	x4, #8
	b.ne	no_hypervisor
	mov	x19, x0
	mov	x20, x1
	mov	x21, x2
	mov	x22, x3
	adrp	x4, bss_begin
	add	x4, x4, :lo12:bss_begin
	adrp	x5, bss_end
	add	x5, x5, :lo12:bss_end
1:	cmp	x4, x5
	b.hs	2f
	stp	xzr, xzr, [x4], #16
	b	1b
2:	adrp	x4, a64_stacks + A64_STACK_SIZE
	add	x4, x4, :lo12:a64_stacks + A64_STACK_SIZE
	mov	sp, x4
	mov	x29, xzr
	mov	x30, xzr
	mov	x0, x19
	mov	x1, x20
	mov	x2, x21
	mov	x3, x22
	bl	boot_primary
	b	.

no_hypervisor:
	mov	x0, #8
	movk	x0, #0x8400, lsl #16	/* SYSTEM_OFF by HVC: there is no EL2 of ours */
	hvc	#0
	b	.

	.globl	secondary_start
secondary_start:
	ldr	x4, [x0, #CPU_STACK]
	mov	sp, x4
	mov	x29, xzr
	mov	x30, xzr
	bl	boot_secondary
	b	.
