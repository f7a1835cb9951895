#include "drivers/smmuv3/smmu_queue.h"
#include "drivers/smmuv3/smmu_regs.h"

#define STE_BYTES 64u
#define L2PTR_MASK 0x00FFFFFFFFFFFFC0ull /* L1STD.L2Ptr, bits 55:6 (5.1) */

/* Address of the STE, 0 when there is none. */
static phys_addr_t ste_address(struct smmu *smmu, uint32_t sid)
{
	uint64_t l1std;

	if (smmu->strtab_log2 < 32 && sid >> smmu->strtab_log2)
		return 0;
	if (!smmu->strtab_split)
		return smmu->strtab + (phys_addr_t)sid * STE_BYTES;
	l1std = hal_mem_read64(smmu->strtab + (phys_addr_t)(sid >> smmu->strtab_split) * 8);
	if (!(l1std & 31))
		return 0;
	return (l1std & L2PTR_MASK) + (phys_addr_t)(sid & ((1u << smmu->strtab_split) - 1)) * STE_BYTES;
}

int smmu_stream_prepare(struct smmu *smmu, uint32_t sid)
{
	const size_t bytes = (size_t)STE_BYTES << smmu->strtab_split;
	phys_addr_t l2;

	if (smmu->strtab_log2 < 32 && sid >> smmu->strtab_log2)
		return ERR_INVALID;
	if (!smmu->strtab_split || ste_address(smmu, sid))
		return 0;
	l2 = smmu->platform.alloc(smmu->platform.alloc_context, bytes, bytes);
	if (!l2)
		return ERR_NO_MEMORY;
	hal_dsb(); /* the zeroed entries, V = 0, before the pointer */
	/* 5.1: Span = n + 1 is 2^n STEs; one 64-bit store. */
	hal_mem_write64(smmu->strtab + (phys_addr_t)(sid >> smmu->strtab_split) * 8, l2 | (smmu->strtab_split + 1));
	hal_dsb();
	/* 4.3.1: Leaf = 0 invalidates the L1STD too; an invalid one may have been cached (3.21.3). */
	return smmu_issue_sync(smmu, smmu_cmd_cfgi_ste(sid, false));
}

void smmu_read_ste(struct smmu *smmu, uint32_t sid, uint64_t ste[8])
{
	const phys_addr_t address = ste_address(smmu, sid);

	for (unsigned i = 0; i < 8; i++)
		ste[i] = address ? hal_mem_read64(address + 8 * i) : 0;
}

struct entry_context {
	struct smmu *smmu;
	phys_addr_t address;
	const uint32_t *sids;
	unsigned sid_count;
	uint32_t ssid;
	bool is_cd;
	int result;
};

static void entry_store(void *context, unsigned dword, uint64_t value)
{
	const struct entry_context *entry = context;

	hal_mem_write64(entry->address + 8 * dword, value);
}

static void entry_sync(void *context)
{
	struct entry_context *entry = context;
	int result = 0;

	hal_dsb();
	for (unsigned i = 0; i < entry->sid_count && !result; i++)
		result = smmu_issue(entry->smmu, entry->is_cd ? smmu_cmd_cfgi_cd(entry->sids[i], entry->ssid, true)
							      : smmu_cmd_cfgi_ste(entry->sids[i], true));
	if (!result)
		result = smmu_sync(entry->smmu);
	if (result)
		entry->result = result;
}

static int install(struct entry_context *entry, const uint64_t target[8])
{
	const struct smmu_entry_writer writer = {
	    .used = entry->is_cd ? smmu_cd_used : smmu_ste_used,
	    .store = entry_store,
	    .sync = entry_sync,
	    .context = entry,
	};
	struct smmu_entry current, wanted;
	bool hitless;

	for (unsigned i = 0; i < SMMU_ENTRY_DWORDS; i++) {
		current.dw[i] = hal_mem_read64(entry->address + 8 * i);
		wanted.dw[i] = target[i];
	}
	hitless = smmu_entry_install(&writer, &current, &wanted);
	if (entry->result)
		return entry->result;
	return hitless ? 0 : 1;
}

int smmu_write_ste(struct smmu *smmu, uint32_t sid, const uint64_t ste[8])
{
	struct entry_context entry = {.smmu = smmu, .sids = &sid, .sid_count = 1};

	entry.address = ste_address(smmu, sid);
	if (!entry.address)
		return ERR_INVALID;
	return install(&entry, ste);
}

/* 5.2 S1Fmt: a linear table is aligned to its size; two-level with 4K leaves: 64 CDs per leaf. */
int smmu_cd_table_alloc(struct smmu *smmu, unsigned cdmax, struct smmu_cd_table *table)
{
	const bool two_level = cdmax > 6 && smmu->features.cd2l;
	const size_t bytes = two_level ? (size_t)8 << (cdmax - 6) : (size_t)64 << cdmax;
	const size_t align = bytes < 64 ? 64 : bytes;

	if (cdmax > smmu->features.ssid_bits)
		return ERR_INVALID;
	*table = (struct smmu_cd_table){.cdmax = (uint8_t)cdmax, .fmt = two_level ? 1 : 0};
	table->base = smmu->platform.alloc(smmu->platform.alloc_context, align, align);
	return table->base ? 0 : ERR_NO_MEMORY;
}

void smmu_cd_table_free(struct smmu *smmu, struct smmu_cd_table *table)
{
	if (!table->base || !smmu->platform.free)
		return;
	if (table->fmt == 1) {
		for (unsigned i = 0; i < 1u << (table->cdmax - 6); i++) {
			const uint64_t l1cd = hal_mem_read64(table->base + 8 * i);

			if (l1cd & 1)
				smmu->platform.free(smmu->platform.alloc_context, l1cd & 0x00FFFFFFFFFFF000ull, 4096);
		}
		smmu->platform.free(smmu->platform.alloc_context, table->base, (size_t)8 << (table->cdmax - 6));
	} else {
		smmu->platform.free(smmu->platform.alloc_context, table->base, (size_t)64 << table->cdmax);
	}
	table->base = 0;
}

int smmu_write_cd(struct smmu *smmu, const struct smmu_cd_table *table, uint32_t ssid, const uint64_t cd[8],
		  const uint32_t *sids, unsigned sid_count)
{
	struct entry_context entry = {.smmu = smmu, .sids = sids, .sid_count = sid_count, .ssid = ssid, .is_cd = true};

	if (ssid >> table->cdmax)
		return ERR_INVALID;
	if (table->fmt == 1) {
		const phys_addr_t slot = table->base + 8ull * (ssid >> 6);
		uint64_t l1cd = hal_mem_read64(slot);

		if (!(l1cd & 1)) {
			const phys_addr_t leaf = smmu->platform.alloc(smmu->platform.alloc_context, 4096, 4096);

			if (!leaf)
				return ERR_NO_MEMORY;
			l1cd = leaf | 1; /* 5.3: V bit 0, L2Ptr bits 55:12 */
			hal_dsb();
			hal_mem_write64(slot, l1cd);
			hal_dsb();
			for (unsigned i = 0; i < sid_count; i++) {
				const int result = smmu_issue_sync(smmu, smmu_cmd_cfgi_cd(sids[i], ssid, false));

				if (result)
					return result;
			}
		}
		entry.address = (l1cd & 0x00FFFFFFFFFFF000ull) + 64ull * (ssid & 63);
	} else {
		entry.address = table->base + 64ull * ssid;
	}
	return install(&entry, cd);
}
