#include "drivers/smmuv3/smmu_ste.h"

/* Doubleword 0 (5.2) */
#define STE0_V (1ull << 0)
#define STE0_CONFIG(c) ((uint64_t)(c) << 1)
#define STE0_CONFIG_OF(dw) (((dw) >> 1) & 7u)
#define STE0_S1FMT(f) ((uint64_t)(f) << 4)
#define STE0_S1CONTEXTPTR 0x00FFFFFFFFFFFFC0ull
#define STE0_S1CDMAX(n) ((uint64_t)(n) << 59)
#define STE0_S1_FIELDS (STE0_S1FMT(3) | STE0_S1CONTEXTPTR | STE0_S1CDMAX(31))
/* Doubleword 1 */
#define STE1_S1DSS(v) ((uint64_t)(v) << 0)
#define STE1_S1CIR_WBRA (1ull << 2)
#define STE1_S1COR_WBRA (1ull << 4)
#define STE1_S1CSH_ISH (3ull << 6)
#define STE1_S1HWU (0xFull << 8)
#define STE1_S1PIE (1ull << 24)
#define STE1_S2FWB (1ull << 25)
#define STE1_S1MPAM (1ull << 26)
#define STE1_S1STALLD (1ull << 27)
#define STE1_STRW_EL2 (2ull << 30)
#define STE1_SHCFG_INCOMING (1ull << 44)
#define STE1_S1_FIELDS (0xFFull | STE1_S1HWU | STE1_S1PIE | STE1_S1MPAM | STE1_S1STALLD)
#define STE1_STRW (3ull << 30)
/* DRE, CONT, DCP, PPAR, MEV, EATS, MemAttr .. INSTCFG: what both stages and bypass use */
#define STE1_COMMON ((1ull << 12) | (0x7Full << 13) | (3ull << 28) | (0xFFFFFull << 32))
/* Doubleword 2 */
#define STE2_S2VMID 0xFFFFull
#define STE2_S2T0SZ(v) ((uint64_t)(v) << 32)
#define STE2_S2SL0(v) ((uint64_t)(v) << 38)
#define STE2_S2IR0_WBWA (1ull << 40)
#define STE2_S2OR0_WBWA (1ull << 42)
#define STE2_S2SH0_ISH (3ull << 44)
#define STE2_S2TG(v) ((uint64_t)(v) << 46)
#define STE2_S2PS(v) ((uint64_t)(v) << 48)
#define STE2_S2AA64 (1ull << 51)
#define STE2_S2PTW (1ull << 54)
#define STE2_S2R (1ull << 58)
/* S2S is in the validity rule of EATS even when stage 2 bypasses (5.2). */
#define STE2_S2S (1ull << 57)
#define STE2_S2_FIELDS 0xFFFFFFFF00000000ull
/* Doubleword 3 */
#define STE3_S2TTB 0x00FFFFFFFFFFFFF0ull
#define STE3_S2_FIELDS 0x60FFFFFFFFFFFFFFull

/* CD doubleword 0 (5.4) */
#define CD0_T0SZ(v) ((uint64_t)(v) << 0)
#define CD0_TG0(v) ((uint64_t)(v) << 6)
#define CD0_IR0_WBWA (1ull << 8)
#define CD0_OR0_WBWA (1ull << 10)
#define CD0_SH0_ISH (3ull << 12)
#define CD0_EPD1 (1ull << 30)
#define CD0_V (1ull << 31)
#define CD0_IPS(v) ((uint64_t)(v) << 32)
#define CD0_AFFD (1ull << 35)
#define CD0_AA64 (1ull << 41)
#define CD0_R (1ull << 45)
#define CD0_A (1ull << 46)
#define CD0_ASET (1ull << 47)
#define CD0_ASID(v) ((uint64_t)(v) << 48)

static uint64_t shcfg(bool attr_ovr)
{
	return attr_ovr ? STE1_SHCFG_INCOMING : 0;
}

struct smmu_entry smmu_make_ste_abort(void)
{
	return (struct smmu_entry){{STE0_V | STE0_CONFIG(SMMU_STE_ABORT)}};
}

struct smmu_entry smmu_make_ste_bypass(bool attr_ovr)
{
	return (struct smmu_entry){{STE0_V | STE0_CONFIG(SMMU_STE_BYPASS), shcfg(attr_ovr)}};
}

static void put_stage1(struct smmu_entry *ste, const struct smmu_s1_config *s1)
{
	ste->dw[0] |= (s1->cd_table & STE0_S1CONTEXTPTR) | STE0_S1CDMAX(s1->s1cdmax & 31u);
	ste->dw[0] |= STE0_S1FMT(s1->s1fmt & 3u);
	ste->dw[1] |= STE1_S1DSS(s1->s1dss & 3u) | STE1_S1CIR_WBRA | STE1_S1COR_WBRA | STE1_S1CSH_ISH;
}

static void put_stage2(struct smmu_entry *ste, const struct smmu_s2_config *s2)
{
	ste->dw[2] |= s2->vmid | STE2_S2T0SZ(s2->t0sz & 63u) | STE2_S2SL0(s2->sl0 & 3u);
	ste->dw[2] |= STE2_S2IR0_WBWA | STE2_S2OR0_WBWA | STE2_S2SH0_ISH;
	ste->dw[2] |= STE2_S2TG(s2->tg & 3u) | STE2_S2PS(s2->ps & 7u) | STE2_S2AA64;
	/* A stage-1 walk or CD through Device memory is a mistake or an attack: fault it (5.2 S2PTW). */
	ste->dw[2] |= STE2_S2PTW | STE2_S2R;
	ste->dw[3] |= s2->ttb & STE3_S2TTB;
}

struct smmu_entry smmu_make_ste_s1(const struct smmu_s1_config *s1, bool attr_ovr)
{
	struct smmu_entry ste = {{STE0_V | STE0_CONFIG(SMMU_STE_S1), shcfg(attr_ovr)}};

	put_stage1(&ste, s1);
	if (s1->el2)
		ste.dw[1] |= STE1_STRW_EL2;
	return ste;
}

struct smmu_entry smmu_make_ste_s2(const struct smmu_s2_config *s2, bool attr_ovr)
{
	struct smmu_entry ste = {{STE0_V | STE0_CONFIG(SMMU_STE_S2), shcfg(attr_ovr)}};

	put_stage2(&ste, s2);
	return ste;
}

struct smmu_entry smmu_make_ste_nested(const struct smmu_s1_config *s1, const struct smmu_s2_config *s2, bool attr_ovr)
{
	struct smmu_entry ste = {{STE0_V | STE0_CONFIG(SMMU_STE_NESTED), shcfg(attr_ovr)}};

	put_stage1(&ste, s1);
	put_stage2(&ste, s2);
	return ste;
}

struct smmu_entry smmu_make_cd(const struct smmu_cd_config *cd)
{
	struct smmu_entry entry = {{0}};

	entry.dw[0] = CD0_T0SZ(cd->t0sz & 63u) | CD0_TG0(cd->tg0 & 3u) | CD0_IR0_WBWA | CD0_OR0_WBWA | CD0_SH0_ISH;
	entry.dw[0] |= CD0_EPD1 | CD0_V | CD0_IPS(cd->ips & 7u) | CD0_AA64 | CD0_A | CD0_ASET;
	entry.dw[0] |= (cd->record ? CD0_R : 0) | CD0_ASID(cd->asid);
	entry.dw[1] = cd->ttb0 & STE3_S2TTB; /* 5.4 TTB0, bits 119:68 */
	entry.dw[3] = cd->mair;
	return entry;
}

void smmu_ste_used(const struct smmu_entry *ste, struct smmu_entry *used)
{
	const unsigned config = (unsigned)STE0_CONFIG_OF(ste->dw[0]);

	*used = (struct smmu_entry){{STE0_V}};
	if (!(ste->dw[0] & STE0_V)) /* 5.2 V: other fields are IGNORED */
		return;
	used->dw[0] |= STE0_CONFIG(7);
	if (!(config & 4)) /* 0b0xx: no traffic */
		return;
	used->dw[1] |= STE1_COMMON;
	if (config & 1) {
		used->dw[0] |= STE0_S1_FIELDS;
		used->dw[1] |= STE1_S1_FIELDS;
		used->dw[2] |= STE2_S2VMID; /* 5.2: the exception to "S2* is IGNORED" */
		if (!(config & 2))
			used->dw[1] |= STE1_STRW;
	}
	if (config & 2) {
		used->dw[1] |= STE1_S2FWB;
		used->dw[2] |= STE2_S2VMID | STE2_S2_FIELDS;
		used->dw[3] |= STE3_S2_FIELDS;
	} else {
		used->dw[2] |= STE2_S2S;
	}
}

void smmu_cd_used(const struct smmu_entry *cd, struct smmu_entry *used)
{
	*used = (struct smmu_entry){{CD0_V}};
	if (!(cd->dw[0] & CD0_V))
		return;
	for (unsigned i = 0; i < SMMU_ENTRY_DWORDS; i++)
		used->dw[i] = ~0ull;
	if (cd->dw[0] & CD0_EPD1) { /* 5.4 EPD1: no walk with TTB1, its fields are IGNORED */
		used->dw[0] &= ~(0x3FFFull << 16);
		used->dw[2] = 0;
	}
}
