#include "drivers/smmuv3/smmu_queue.h"
#include "drivers/smmuv3/smmu_regs.h"

uint64_t smmu_deadline(const struct smmu *smmu)
{
	const uint64_t us = smmu->platform.timeout_us ? smmu->platform.timeout_us : 100000;

	return hal_counter() + us * (hal_counter_frequency() / 1000000u);
}

static void put(struct smmu *smmu, phys_addr_t entry, struct smmu_cmd cmd)
{
	(void)smmu;
	hal_mem_write64(entry, cmd.dw[0]);
	hal_mem_write64(entry + 8, cmd.dw[1]);
}

/* 7.1: the command at CONS stopped the queue. Replace what cannot be consumed by a harmless CMD_SYNC, then acknowledge.
 */
int smmu_cmdq_recover(struct smmu *smmu)
{
	const uint32_t gerror = hal_mmio_read32(smmu->base + SMMU_GERROR);
	const uint32_t gerrorn = hal_mmio_read32(smmu->base + SMMU_GERRORN);
	uint32_t cons;
	int result = 0;

	if (!((gerror ^ gerrorn) & SMMU_GERROR_CMDQ_ERR))
		return 0;
	cons = hal_mmio_read32(smmu->base + SMMU_CMDQ_CONS);
	switch (SMMU_CMDQ_CONS_ERR(cons)) {
	case SMMU_CERROR_ILL:
		put(smmu, smmu_queue_entry(&smmu->cmdq, cons), smmu_cmd_sync());
		smmu->counts.skipped_commands++;
		hal_dsb();
		break;
	case SMMU_CERROR_ATC_INV_SYNC: /* the CMD_SYNC is tried again */
		break;
	case SMMU_CERROR_ABT: /* the queue's memory is bad: acknowledging would only repeat it */
		return ERR_COMMAND;
	default:
		result = ERR_COMMAND;
		break;
	}
	hal_mmio_write32(smmu->base + SMMU_GERRORN, gerrorn ^ SMMU_GERROR_CMDQ_ERR);
	return result;
}

static int refresh_cons(struct smmu *smmu)
{
	smmu->cmdq.cons = hal_mmio_read32(smmu->base + SMMU_CMDQ_CONS) & smmu_queue_mask(&smmu->cmdq);
	return smmu_cmdq_recover(smmu);
}

static int append(struct smmu *smmu, struct smmu_cmd cmd)
{
	struct smmu_queue *q = &smmu->cmdq;

	if (smmu_queue_full(q)) {
		const uint64_t deadline = smmu_deadline(smmu);

		for (;;) {
			const int result = refresh_cons(smmu);

			if (result)
				return result;
			if (!smmu_queue_full(q))
				break;
			if (hal_counter() >= deadline)
				return ERR_TIMEOUT;
		}
	}
	put(smmu, smmu_queue_entry(q, q->prod), cmd);
	q->prod = smmu_queue_next(q, q->prod);
	/* 3.21.2: the command is observable before PROD publishes it. */
	hal_dsb();
	hal_mmio_write32(smmu->base + SMMU_CMDQ_PROD, q->prod);
	smmu->counts.commands++;
	return 0;
}

int smmu_issue(struct smmu *smmu, struct smmu_cmd cmd)
{
	const bool irq = spin_lock(&smmu->lock);
	const int result = append(smmu, cmd);

	spin_unlock(&smmu->lock, irq);
	return result;
}

/* 4.8: consumption of a CMD_SYNC is its completion; nothing is appended behind it while the lock is held, so that
 * CONS == PROD says so. */
static bool sync_done(struct smmu *smmu, uint32_t sequence)
{
	if (smmu->sync_word)
		return hal_mem_read32(smmu->sync_word) == sequence;
	return smmu_queue_empty(&smmu->cmdq);
}

static int sync_locked(struct smmu *smmu)
{
	const uint32_t sequence = ++smmu->sync_sequence;
	const uint64_t deadline = smmu_deadline(smmu);
	int result;

	result = append(smmu, smmu->sync_word ? smmu_cmd_sync_msi(smmu->sync_word, sequence, true) : smmu_cmd_sync());
	if (result)
		return result;
	smmu->counts.syncs++;
	for (;;) {
		if (smmu->sync_word && sync_done(smmu, sequence))
			return 0;
		result = refresh_cons(smmu);
		if (result)
			return result;
		if (sync_done(smmu, sequence))
			return 0;
		/* 7.5: the MSI write was aborted, or the CMD_SYNC itself was replaced above: CONS tells as well. */
		if (smmu->sync_word && smmu_queue_empty(&smmu->cmdq) &&
		    ((hal_mmio_read32(smmu->base + SMMU_GERROR) ^ hal_mmio_read32(smmu->base + SMMU_GERRORN)) &
		     SMMU_GERROR_MSI_CMDQ_ABT)) {
			smmu->sync_word = 0; /* from now on by polling; the GERROR handler acknowledges */
			return 0;
		}
		if (hal_counter() >= deadline)
			return ERR_TIMEOUT;
	}
}

int smmu_sync(struct smmu *smmu)
{
	const bool irq = spin_lock(&smmu->lock);
	const int result = sync_locked(smmu);

	spin_unlock(&smmu->lock, irq);
	return result;
}

int smmu_issue_sync(struct smmu *smmu, struct smmu_cmd cmd)
{
	const bool irq = spin_lock(&smmu->lock);
	int result = append(smmu, cmd);

	if (!result)
		result = sync_locked(smmu);
	spin_unlock(&smmu->lock, irq);
	return result;
}

int smmu_tlbi_asid(struct smmu *smmu, uint16_t vmid, uint16_t asid)
{
	return smmu_issue(smmu, smmu_cmd_tlbi(SMMU_CMD_TLBI_NH_ASID, vmid, asid, 0, false));
}

int smmu_tlbi_va(struct smmu *smmu, uint16_t vmid, uint16_t asid, uint64_t va, bool leaf)
{
	return smmu_issue(smmu, smmu_cmd_tlbi(SMMU_CMD_TLBI_NH_VA, vmid, asid, va, leaf));
}

int smmu_tlbi_vmid_s1(struct smmu *smmu, uint16_t vmid)
{
	return smmu_issue(smmu, smmu_cmd_tlbi(SMMU_CMD_TLBI_NH_ALL, vmid, 0, 0, false));
}

int smmu_tlbi_s12(struct smmu *smmu, uint16_t vmid)
{
	return smmu_issue(smmu, smmu_cmd_tlbi(SMMU_CMD_TLBI_S12_VMALL, vmid, 0, 0, false));
}

int smmu_tlbi_ipa(struct smmu *smmu, uint16_t vmid, uint64_t ipa, bool leaf)
{
	return smmu_issue(smmu, smmu_cmd_tlbi(SMMU_CMD_TLBI_S2_IPA, vmid, 0, ipa, leaf));
}

int smmu_tlbi_el2_asid(struct smmu *smmu, uint16_t asid)
{
	return smmu_issue(smmu, smmu_cmd_tlbi(SMMU_CMD_TLBI_EL2_ASID, 0, asid, 0, false));
}

int smmu_tlbi_el2_va(struct smmu *smmu, uint16_t asid, uint64_t va, bool leaf)
{
	return smmu_issue(smmu, smmu_cmd_tlbi(SMMU_CMD_TLBI_EL2_VA, 0, asid, va, leaf));
}

/* 3.11: all Non-secure TLB information; EL2_ALL is CERROR_ILL where IDR0.Hyp == 0 (4.4.2.7). */
int smmu_tlbi_all(struct smmu *smmu)
{
	int result = 0;

	if (smmu->features.hyp)
		result = smmu_issue(smmu, smmu_cmd_tlbi(SMMU_CMD_TLBI_EL2_ALL, 0, 0, 0, false));
	if (!result)
		result = smmu_issue(smmu, smmu_cmd_tlbi(SMMU_CMD_TLBI_NSNH_ALL, 0, 0, 0, false));
	return result;
}
