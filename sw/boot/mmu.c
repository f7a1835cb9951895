#include "boot/mmu.h"

#include "hal/a64/cpu.h"

/* Arm ARM D8.3: 4 KiB granule, 39-bit addresses: level 1 has 512 entries of 1 GiB, level 2 of 2 MiB. */
enum {
	ENTRIES = 512,
	GIB_LOG2 = 30,
	MIB2_LOG2 = 21,
	ATTR_DEVICE = 0, /* indices into MAIR */
	ATTR_NORMAL = 1,
};

#define MAIR_VALUE ((uint64_t)0x04 << 8 * ATTR_DEVICE | (uint64_t)0xff << 8 * ATTR_NORMAL) /* nGnRE; Write-Back */

#define DESC_TABLE 3ull
#define DESC_BLOCK 1ull
#define DESC_ATTR(index) ((uint64_t)(index) << 2)
#define DESC_AP1 (1ull << 6) /* RES1 at EL2; at EL1 it would let EL0 in */
#define DESC_INNER (3ull << 8)
#define DESC_AF (1ull << 10)
#define DESC_XN (1ull << 54)

#define TCR_T0SZ 25ull
#define TCR_WALKS (1ull << 8 | 1ull << 10 | 3ull << 12) /* Write-Back, inner shareable; 4 KiB */
#define TCR_EPD1 (1ull << 23)				/* TCR_EL1: no TTBR1 */
#define TCR_EL1_IPS_SHIFT 32
#define TCR_EL2_RES1 (1ull << 31 | 1ull << 23)
#define TCR_EL2_PS_SHIFT 16

#define SCTLR_ON (1ull << 0 | 1ull << 2 | 1ull << 12) /* M, C, I */
#define SCTLR_EL2_RES1 0x30c50830ull
#define SCTLR_EL1_RES1 0x30d00800ull

static uint64_t level1[ENTRIES] __attribute__((aligned(4096)));
/* RAM begins and ends in these GiB. */
static uint64_t level2[2][ENTRIES] __attribute__((aligned(4096)));
static uint64_t guest_level1[ENTRIES] __attribute__((aligned(4096)));

static bool overlaps(uint64_t base, uint64_t size, uint64_t at, uint64_t length)
{
	return at < base + size && base < at + length;
}

static bool contains(uint64_t base, uint64_t size, uint64_t at, uint64_t length)
{
	return base <= at && at + length <= base + size;
}

static uint64_t block(uint64_t at, bool ram)
{
	const uint64_t kind = ram ? DESC_ATTR(ATTR_NORMAL) | DESC_INNER : DESC_ATTR(ATTR_DEVICE) | DESC_XN;

	return at | kind | DESC_AP1 | DESC_AF | DESC_BLOCK;
}

void mmu_build(uint64_t ram_base, uint64_t ram_size)
{
	const uint64_t gib = 1ull << GIB_LOG2, mib2 = 1ull << MIB2_LOG2;
	unsigned next = 0;

	for (uint64_t i = 0; i < ENTRIES; i++) {
		const uint64_t at = i << GIB_LOG2;
		const bool ram = overlaps(ram_base, ram_size, at, gib);

		guest_level1[i] = at | DESC_ATTR(ATTR_NORMAL) | DESC_INNER | DESC_AF | DESC_BLOCK;
		if (!ram || contains(ram_base, ram_size, at, gib) || next == 2) {
			level1[i] = block(at, ram);
			continue;
		}
		for (uint64_t j = 0; j < ENTRIES; j++) {
			const uint64_t inner = at + (j << MIB2_LOG2);

			level2[next][j] = block(inner, overlaps(ram_base, ram_size, inner, mib2));
		}
		level1[i] = (uint64_t)level2[next++] | DESC_TABLE;
	}
	__asm__ volatile("dsb sy" : : : "memory");
}

/* ID_AA64MMFR0_EL1.PARange, as TCR takes it: up to 48 bits without larger tables. */
static uint64_t address_size(void)
{
	const uint64_t range = read_sysreg(id_aa64mmfr0_el1) & 15;

	return range < 5 ? range : 5;
}

void mmu_enable(void)
{
	write_sysreg(mair_el2, MAIR_VALUE);
	write_sysreg(tcr_el2, TCR_T0SZ | TCR_WALKS | TCR_EL2_RES1 | address_size() << TCR_EL2_PS_SHIFT);
	write_sysreg(ttbr0_el2, level1);
	__asm__ volatile("isb\n\ttlbi alle2\n\tdsb ish\n\tisb" : : : "memory");
	write_sysreg(sctlr_el2, SCTLR_EL2_RES1 | SCTLR_ON);
	isb();
}

void mmu_prepare_guest(void)
{
	write_sysreg(mair_el1, MAIR_VALUE);
	write_sysreg(tcr_el1, TCR_T0SZ | TCR_WALKS | TCR_EPD1 | address_size() << TCR_EL1_IPS_SHIFT);
	write_sysreg(ttbr0_el1, guest_level1);
	write_sysreg(sctlr_el1, SCTLR_EL1_RES1 | SCTLR_ON);
	isb();
}
