#ifndef IOVP_SMMU_CMD_H
#define IOVP_SMMU_CMD_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Commands of the Command queue: 16 bytes, little-endian (4.1 to 4.7). Pure functions. */

struct smmu_cmd {
	uint64_t dw[2];
};

enum smmu_opcode { /* 4.1.4 */
		   SMMU_CMD_CFGI_STE = 0x03,
		   SMMU_CMD_CFGI_STE_RANGE = 0x04,
		   SMMU_CMD_CFGI_CD = 0x05,
		   SMMU_CMD_CFGI_CD_ALL = 0x06,
		   SMMU_CMD_TLBI_NH_ALL = 0x10,
		   SMMU_CMD_TLBI_NH_ASID = 0x11,
		   SMMU_CMD_TLBI_NH_VA = 0x12,
		   SMMU_CMD_TLBI_NH_VAA = 0x13,
		   SMMU_CMD_TLBI_EL2_ALL = 0x20,
		   SMMU_CMD_TLBI_EL2_ASID = 0x21,
		   SMMU_CMD_TLBI_EL2_VA = 0x22,
		   SMMU_CMD_TLBI_S12_VMALL = 0x28,
		   SMMU_CMD_TLBI_S2_IPA = 0x2A,
		   SMMU_CMD_TLBI_NSNH_ALL = 0x30,
		   SMMU_CMD_RESUME = 0x44,
		   SMMU_CMD_SYNC = 0x46,
};

struct smmu_cmd smmu_cmd_cfgi_ste(uint32_t sid, bool leaf);
struct smmu_cmd smmu_cmd_cfgi_all(void);
struct smmu_cmd smmu_cmd_cfgi_cd(uint32_t sid, uint32_t ssid, bool leaf);
struct smmu_cmd smmu_cmd_cfgi_cd_all(uint32_t sid);
/* TLBI by what the opcode takes: fields that an opcode does not have are left zero (RES0). */
struct smmu_cmd smmu_cmd_tlbi(enum smmu_opcode op, uint16_t vmid, uint16_t asid, uint64_t addr, bool leaf);
/* retry, or else terminate (abort: with an abort, else RAZ/WI). */
struct smmu_cmd smmu_cmd_resume(uint32_t sid, uint16_t stag, bool retry, bool abort);
/* Completion signal none (the caller polls CONS). */
struct smmu_cmd smmu_cmd_sync(void);
/* Completion by a 32-bit write of `data` to `addr`, Inner Shareable Write-Back when `cached`, else Device-nGnRE. */
struct smmu_cmd smmu_cmd_sync_msi(uint64_t addr, uint32_t data, bool cached);

#ifdef __cplusplus
}
#endif

#endif
