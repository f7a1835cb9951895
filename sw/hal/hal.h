#ifndef IOVP_HAL_H
#define IOVP_HAL_H

/*
 * All that the driver software knows of the machine that runs it. Everything above this file is freestanding C11 and
 * the same source for every CPU model; each CPU model brings one implementation of this file.
 *
 * Addresses are physical at EL2 (the host) and intermediate physical between hal_guest_run()'s entry and return (the
 * guest at EL1, under the CPU's stage 2).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef uint64_t phys_addr_t;

/* Device memory: each call is one access of exactly that width, in program order. */
uint8_t hal_mmio_read8(phys_addr_t addr);
uint16_t hal_mmio_read16(phys_addr_t addr);
uint32_t hal_mmio_read32(phys_addr_t addr);
uint64_t hal_mmio_read64(phys_addr_t addr);
void hal_mmio_write8(phys_addr_t addr, uint8_t value);
void hal_mmio_write16(phys_addr_t addr, uint16_t value);
void hal_mmio_write32(phys_addr_t addr, uint32_t value);
void hal_mmio_write64(phys_addr_t addr, uint64_t value);

/* Normal memory, coherent with devices. The 8 to 64-bit accesses are single-copy atomic when naturally aligned. */
uint8_t hal_mem_read8(phys_addr_t addr);
uint16_t hal_mem_read16(phys_addr_t addr);
uint32_t hal_mem_read32(phys_addr_t addr);
uint64_t hal_mem_read64(phys_addr_t addr);
void hal_mem_write8(phys_addr_t addr, uint8_t value);
void hal_mem_write16(phys_addr_t addr, uint16_t value);
void hal_mem_write32(phys_addr_t addr, uint32_t value);
void hal_mem_write64(phys_addr_t addr, uint64_t value);
void hal_mem_copy_in(void *to, phys_addr_t from, size_t size);
void hal_mem_copy_out(phys_addr_t to, const void *from, size_t size);
void hal_mem_fill(phys_addr_t to, uint8_t value, size_t size);

/* True when an access of this CPU was answered with a bus error or a stage-2 fault since the last call; clears it. */
bool hal_bus_error(void);

/* Every earlier access is complete (dsb) or ordered before every later one (dmb). */
void hal_dsb(void);
void hal_dmb(void);

/* Interrupts of this CPU. The handler runs with interrupts masked, between two hal calls or inside hal_wfi(). */
typedef void (*hal_irq_handler)(void *context);
void hal_irq_set_handler(hal_irq_handler handler, void *context);
void hal_irq_enable(void);
/* Masks interrupts; true when they were enabled before. */
bool hal_irq_disable(void);
/* Waits until an interrupt is pending for this CPU (masked or not), or until the counter reaches `deadline`
 * (UINT64_MAX: no deadline). An enabled interrupt is handled before the call returns. May return sooner. */
void hal_wfi(uint64_t deadline);

/* The GIC CPU interface's system registers, by the name in the specification. */
enum hal_icc {
	HAL_ICC_PMR_EL1,
	HAL_ICC_IAR1_EL1,
	HAL_ICC_EOIR1_EL1,
	HAL_ICC_HPPIR1_EL1,
	HAL_ICC_BPR1_EL1,
	HAL_ICC_DIR_EL1,
	HAL_ICC_RPR_EL1,
	HAL_ICC_SGI1R_EL1,
	HAL_ICC_CTLR_EL1,
	HAL_ICC_SRE_EL1,
	HAL_ICC_IGRPEN1_EL1,
	HAL_ICC_COUNT
};
uint64_t hal_icc_read(enum hal_icc reg);
void hal_icc_write(enum hal_icc reg, uint64_t value);

/* This CPU: its number from 0, and MPIDR_EL1's affinity fields (Aff3 at bits 39:32, Aff2..0 at 23:0). */
unsigned hal_cpu_index(void);
uint64_t hal_cpu_affinity(void);

/* The system counter, and how often it counts in a second. */
uint64_t hal_counter(void);
uint64_t hal_counter_frequency(void);

/* Starts the CPU with that affinity at entry(context), interrupts masked. False: no such CPU, or already on. */
bool hal_cpu_on(uint64_t affinity, void (*entry)(void *context), void *context);

/* A guest at EL1 under the CPU's stage 2. */
struct hal_guest {
	uint64_t vttbr; /* VTTBR_EL2: VMID in bits 63:48, table address below */
	uint64_t vtcr;	/* VTCR_EL2 */
	/* The host's answer to hal_hvc(); runs at EL2, interrupts as they were. */
	uint64_t (*hypercall)(void *context, uint64_t function, const uint64_t args[4]);
	void *context;
};
/* Runs entry(argument) as the guest and returns what it returns. Not re-entrant on one CPU. */
uint64_t hal_guest_run(const struct hal_guest *guest, uint64_t (*entry)(void *argument), void *argument);
/* HVC #0 from the guest. */
uint64_t hal_hvc(uint64_t function, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3);
/* The stage-2 tables of `vttbr` have changed: no CPU uses what it remembers of that VMID. */
void hal_guest_invalidate(uint64_t vttbr);
/* Code, data and stacks of the program, which a guest at EL1 needs in its stage 2 where they are; multiples of 64 KiB.
 * Empty (size 0) where the software is not in the machine's memory. */
struct hal_range {
	phys_addr_t base;
	uint64_t size;
};
struct hal_range hal_program(void);

#ifdef __cplusplus
}
#endif

#endif
