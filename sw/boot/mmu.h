#ifndef IOVP_BOOT_MMU_H
#define IOVP_BOOT_MMU_H

#include <stdint.h>

/* EL2's stage 1, and what the guest's EL1 begins with: everything maps to itself, below 2^39. */

/* Fills the tables: RAM is Normal memory, all else Device. Once, before any CPU's mmu_enable(). */
void mmu_build(uint64_t ram_base, uint64_t ram_size);
/* Turns on this CPU's MMU at EL2. */
void mmu_enable(void);
/* This CPU's EL1&0 stage 1 for a guest. All is Normal memory: its stage 2 says what is a device. */
void mmu_prepare_guest(void);

#endif
