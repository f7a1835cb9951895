#ifndef IOVP_HAL_A64_CPU_H
#define IOVP_HAL_A64_CPU_H

/* What each CPU has of its own; TPIDR_EL0 points to it at every Exception level. Also read by assembly. */

#define A64_MAX_CPUS 8
#define A64_STACK_SIZE 0x10000 /* of the host's and of the guest's part, each */

#define CPU_STACK 0 /* offsets of the fields below */
#define CPU_HOST_SP 8

/* An exception's frame: x0..x30, then ELR, SPSR, ESR, FAR. */
#define FRAME_ELR 248
#define FRAME_SPSR 256
#define FRAME_ESR 264
#define FRAME_FAR 272
#define FRAME_SIZE 288

#ifndef __ASSEMBLER__

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hal/hal.h"

struct cpu {
	uint64_t stack;	  /* where its stack begins, growing down */
	uint64_t host_sp; /* of hal_guest_run() while a guest runs */
	unsigned index;
	volatile bool bus_error;
	bool in_guest;
	hal_irq_handler handler;
	void *handler_context;
	void (*entry)(void *context); /* of a secondary */
	void *entry_context;
	const struct hal_guest *guest;
	uint64_t guest_stack;
};
_Static_assert(offsetof(struct cpu, stack) == CPU_STACK && offsetof(struct cpu, host_sp) == CPU_HOST_SP,
	       "assembly has these offsets");

struct frame {
	uint64_t x[31];
	uint64_t elr, spsr, esr, far;
};
_Static_assert(offsetof(struct frame, far) == FRAME_FAR, "assembly has these offsets");

extern struct cpu a64_cpus[A64_MAX_CPUS];

static inline struct cpu *this_cpu(void)
{
	struct cpu *cpu;

	__asm__ volatile("mrs %0, tpidr_el0" : "=r"(cpu));
	return cpu;
}

#define read_sysreg(name)                                                                                              \
	({                                                                                                             \
		uint64_t read_sysreg_value;                                                                            \
		__asm__ volatile("mrs %0, " #name : "=r"(read_sysreg_value));                                          \
		read_sysreg_value;                                                                                     \
	})
#define write_sysreg(name, value) __asm__ volatile("msr " #name ", %0" : : "r"((uint64_t)(value)) : "memory")

static inline void isb(void)
{
	__asm__ volatile("isb" : : : "memory");
}

/* Vectors, one table for each Exception level. */
extern char a64_vectors_el2[], a64_vectors_el1[];

/* HCR_EL2 while the host runs: EL1 is AArch64, interrupts and SErrors come to EL2. */
#define HCR_HOST (1ull << 31 | 1ull << 5 | 1ull << 4 | 1ull << 3)
#define HCR_IMO (1ull << 4)
#define HCR_VM (1ull << 0)
#define HCR_TSC (1ull << 19) /* the guest's SMC */

/* Says what happened, and ends the machine. */
void a64_fatal(const struct frame *frame, unsigned level, const char *what) __attribute__((noreturn));

#endif

#endif
