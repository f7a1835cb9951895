#include "drivers/smmuv3/smmu_cmd.h"

static struct smmu_cmd make(enum smmu_opcode op)
{
	return (struct smmu_cmd){{(uint64_t)op, 0}};
}

/* 4.3.1 */
struct smmu_cmd smmu_cmd_cfgi_ste(uint32_t sid, bool leaf)
{
	struct smmu_cmd cmd = make(SMMU_CMD_CFGI_STE);

	cmd.dw[0] |= (uint64_t)sid << 32;
	cmd.dw[1] = leaf ? 1 : 0;
	return cmd;
}

/* 4.3.2: CMD_CFGI_STE_RANGE with Range = 31 is CMD_CFGI_ALL. */
struct smmu_cmd smmu_cmd_cfgi_all(void)
{
	struct smmu_cmd cmd = make(SMMU_CMD_CFGI_STE_RANGE);

	cmd.dw[1] = 31;
	return cmd;
}

/* 4.3.3 */
struct smmu_cmd smmu_cmd_cfgi_cd(uint32_t sid, uint32_t ssid, bool leaf)
{
	struct smmu_cmd cmd = make(SMMU_CMD_CFGI_CD);

	cmd.dw[0] |= (uint64_t)(ssid & 0xFFFFFu) << 12 | (uint64_t)sid << 32;
	cmd.dw[1] = leaf ? 1 : 0;
	return cmd;
}

/* 4.3.4 */
struct smmu_cmd smmu_cmd_cfgi_cd_all(uint32_t sid)
{
	struct smmu_cmd cmd = make(SMMU_CMD_CFGI_CD_ALL);

	cmd.dw[0] |= (uint64_t)sid << 32;
	return cmd;
}

/* 4.4.2, 4.4.3, 4.4.4. TG = 0: neither range nor level hint (4.4.1.1). */
struct smmu_cmd smmu_cmd_tlbi(enum smmu_opcode op, uint16_t vmid, uint16_t asid, uint64_t addr, bool leaf)
{
	struct smmu_cmd cmd = make(op);
	const uint64_t page = addr & ~0xFFFull;

	switch (op) {
	case SMMU_CMD_TLBI_NH_ALL:
	case SMMU_CMD_TLBI_S12_VMALL:
		cmd.dw[0] |= (uint64_t)vmid << 32;
		break;
	case SMMU_CMD_TLBI_NH_ASID:
		cmd.dw[0] |= (uint64_t)vmid << 32 | (uint64_t)asid << 48;
		break;
	case SMMU_CMD_TLBI_NH_VA:
		cmd.dw[0] |= (uint64_t)vmid << 32 | (uint64_t)asid << 48;
		cmd.dw[1] = page | (leaf ? 1 : 0);
		break;
	case SMMU_CMD_TLBI_NH_VAA:
		cmd.dw[0] |= (uint64_t)vmid << 32;
		cmd.dw[1] = page | (leaf ? 1 : 0);
		break;
	case SMMU_CMD_TLBI_S2_IPA: /* Addr is an IPA: bits 55:12 (4.4.3.1) */
		cmd.dw[0] |= (uint64_t)vmid << 32;
		cmd.dw[1] = (page & 0x00FFFFFFFFFFF000ull) | (leaf ? 1 : 0);
		break;
	case SMMU_CMD_TLBI_EL2_ASID:
		cmd.dw[0] |= (uint64_t)asid << 48;
		break;
	case SMMU_CMD_TLBI_EL2_VA:
		cmd.dw[0] |= (uint64_t)asid << 48;
		cmd.dw[1] = page | (leaf ? 1 : 0);
		break;
	default: /* EL2_ALL, NSNH_ALL */
		break;
	}
	return cmd;
}

/* 4.7.1: Ac bit 12, Ab bit 13, STAG in the low half of the second doubleword. */
struct smmu_cmd smmu_cmd_resume(uint32_t sid, uint16_t stag, bool retry, bool abort)
{
	struct smmu_cmd cmd = make(SMMU_CMD_RESUME);

	cmd.dw[0] |= (uint64_t)sid << 32 | (retry ? 1u << 12 : 0u) | (!retry && abort ? 1u << 13 : 0u);
	cmd.dw[1] = stag;
	return cmd;
}

/* 4.7.3: CS bits 13:12 = SIG_NONE. */
struct smmu_cmd smmu_cmd_sync(void)
{
	return make(SMMU_CMD_SYNC);
}

/* 4.7.3: CS = SIG_IRQ, MSH bits 23:22, MSIAttr bits 27:24, MSIData bits 63:32, MSIAddress bits 119:66. */
struct smmu_cmd smmu_cmd_sync_msi(uint64_t addr, uint32_t data, bool cached)
{
	struct smmu_cmd cmd = make(SMMU_CMD_SYNC);

	cmd.dw[0] |= 1u << 12;
	cmd.dw[0] |= cached ? (3u << 22 | 0xFu << 24) : 0x1u << 24;
	cmd.dw[0] |= (uint64_t)data << 32;
	cmd.dw[1] = addr & 0x00FFFFFFFFFFFFFCull;
	return cmd;
}
