/*
 * Every access of hal.h to memory and devices is one of these instructions, and each is the only memory access between
 * hal_access_begin and hal_access_end but for copies. A data abort in this range is the answer to the access: the
 * handler (exceptions.c) gives a load all ones and goes on behind the instruction.
 */
	.macro	function name
	.globl	\name
	.type	\name, %function
\name:
	.endm

	.section .text.hal_access, "ax"
	.globl	hal_access_begin
hal_access_begin:

function hal_mmio_read8
function hal_mem_read8
	ldrb	w0, [x0]
	ret
function hal_mmio_read16
function hal_mem_read16
	ldrh	w0, [x0]
	ret
function hal_mmio_read32
function hal_mem_read32
	ldr	w0, [x0]
	ret
function hal_mmio_read64
function hal_mem_read64
	ldr	x0, [x0]
	ret
function hal_mmio_write8
function hal_mem_write8
	strb	w1, [x0]
	ret
function hal_mmio_write16
function hal_mem_write16
	strh	w1, [x0]
	ret
function hal_mmio_write32
function hal_mem_write32
	str	w1, [x0]
	ret
function hal_mmio_write64
function hal_mem_write64
	str	x1, [x0]
	ret

/* (to, from, size); without write-back, which an aborted instruction would not have done. */
function hal_mem_copy_in
function hal_mem_copy_out
1:	cmp	x2, #8
	b.lo	2f
	ldr	x3, [x1]
	str	x3, [x0]
	add	x0, x0, #8
	add	x1, x1, #8
	sub	x2, x2, #8
	b	1b
2:	cbz	x2, 3f
	ldrb	w3, [x1]
	strb	w3, [x0]
	add	x0, x0, #1
	add	x1, x1, #1
	sub	x2, x2, #1
	b	2b
3:	ret

/* (to, value, size) */
function hal_mem_fill
	and	x1, x1, #0xff
	mov	x3, #0x0101010101010101
	mul	x1, x1, x3
1:	cmp	x2, #8
	b.lo	2f
	str	x1, [x0]
	add	x0, x0, #8
	sub	x2, x2, #8
	b	1b
2:	cbz	x2, 3f
	strb	w1, [x0]
	add	x0, x0, #1
	sub	x2, x2, #1
	b	2b
3:	ret

	.globl	hal_access_end
hal_access_end:
