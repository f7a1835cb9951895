#ifndef IOVP_HAL_A64_GUEST_H
#define IOVP_HAL_A64_GUEST_H

#include "hal/a64/cpu.h"

/* HVC #0: the host answers, interrupts as they were. */
void a64_hypercall(struct frame *frame);

uint64_t a64_guest_enter(uint64_t (*entry)(void *argument), void *argument, uint64_t stack, struct cpu *cpu);
void a64_guest_leave(struct cpu *cpu, uint64_t result) __attribute__((noreturn));

#endif
