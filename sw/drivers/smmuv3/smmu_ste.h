#ifndef IOVP_SMMU_STE_H
#define IOVP_SMMU_STE_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Stream Table Entries (5.2) and Context Descriptors (5.4): 64 bytes, eight doublewords. "Make the entry" is here and
 * is pure; "install it" is smmu_write_ste()/smmu_write_cd(). */

#define SMMU_ENTRY_DWORDS 8

struct smmu_entry {
	uint64_t dw[SMMU_ENTRY_DWORDS];
};

/* Config, bits 3:1 (5.2) */
enum smmu_ste_config {
	SMMU_STE_ABORT = 0,
	SMMU_STE_BYPASS = 4,
	SMMU_STE_S1 = 5,
	SMMU_STE_S2 = 6,
	SMMU_STE_NESTED = 7,
};

/* What a stage-2 translation is (STE.S2*, dwords 2 and 3). iopt_stage2_config() fills it. */
struct smmu_s2_config {
	uint16_t vmid;
	uint8_t t0sz, sl0, tg, ps; /* 5.2 S2T0SZ, S2SL0, S2TG, S2PS */
	uint64_t ttb;
};

/* What stage 1 is as the STE sees it. */
struct smmu_s1_config {
	uint64_t cd_table; /* PA, or IPA when stage 2 is enabled as well */
	uint8_t s1cdmax;   /* log2 of the number of CDs */
	uint8_t s1fmt;	   /* 0 linear, 1 two-level with 4K leaves, 2 with 64K leaves */
	uint8_t s1dss;	   /* 0 terminate, 1 bypass stage 1, 2 use CD 0 */
	bool el2;	   /* StreamWorld EL2 or EL2-E2H (STRW); stage 1 only, IDR0.Hyp == 1 */
};

/* What a CD says (5.4). iopt_stage1_config() fills the table part. */
struct smmu_cd_config {
	uint16_t asid;
	uint8_t t0sz, tg0, ips;
	uint64_t ttb0;
	uint64_t mair;
	bool record; /* CD.R: record faults */
};

struct smmu_entry smmu_make_ste_abort(void);
/* attr_ovr: IDR1.ATTR_TYPES_OVR, without it SHCFG is RES0. */
struct smmu_entry smmu_make_ste_bypass(bool attr_ovr);
struct smmu_entry smmu_make_ste_s1(const struct smmu_s1_config *s1, bool attr_ovr);
struct smmu_entry smmu_make_ste_s2(const struct smmu_s2_config *s2, bool attr_ovr);
struct smmu_entry smmu_make_ste_nested(const struct smmu_s1_config *s1, const struct smmu_s2_config *s2, bool attr_ovr);
struct smmu_entry smmu_make_cd(const struct smmu_cd_config *cd);

/* The bits that the SMMU looks at in that entry (5.2: IGNORED fields are unused). */
void smmu_ste_used(const struct smmu_entry *ste, struct smmu_entry *used);
void smmu_cd_used(const struct smmu_entry *cd, struct smmu_entry *used);

/* Writes `target` over the entry in memory so that the SMMU sees at every 64-bit store the old entry, the new one, or
 * an invalid one (3.21.3). Each group of stores is followed by sync(): CFGI and CMD_SYNC. */
struct smmu_entry_writer {
	void (*used)(const struct smmu_entry *entry, struct smmu_entry *used);
	void (*store)(void *context, unsigned dword, uint64_t value);
	void (*sync)(void *context);
	void *context;
};
/* True: hitless, the entry was never invalid on the way. `current` is what is in memory. */
bool smmu_entry_install(const struct smmu_entry_writer *writer, const struct smmu_entry *current,
			const struct smmu_entry *target);

#ifdef __cplusplus
}
#endif

#endif
