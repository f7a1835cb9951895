#ifndef IOVP_BOOT_PSCI_H
#define IOVP_BOOT_PSCI_H

/* Arm DEN 0022, called by SMC: the program starts at EL2. */

#include <stdint.h>

enum psci_function {
	PSCI_CPU_OFF = 0x84000002,
	PSCI_CPU_ON = 0xc4000003,
	PSCI_SYSTEM_OFF = 0x84000008,
};

static inline int64_t psci_call(enum psci_function function, uint64_t a0, uint64_t a1, uint64_t a2)
{
	register uint64_t x0 __asm__("x0") = (uint32_t)function;
	register uint64_t x1 __asm__("x1") = a0;
	register uint64_t x2 __asm__("x2") = a1;
	register uint64_t x3 __asm__("x3") = a2;

	__asm__ volatile("smc #0"
			 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)
			 :
			 : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17",
			   "memory");
	return (int64_t)x0;
}

#endif
