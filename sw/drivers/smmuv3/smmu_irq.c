#include "drivers/smmuv3/smmu_queue.h"
#include "drivers/smmuv3/smmu_regs.h"

unsigned smmu_handle_eventq(struct smmu *smmu)
{
	struct smmu_queue *q = &smmu->eventq;
	unsigned handled = 0;

	for (;;) {
		const uint32_t prod = hal_mmio_read32(smmu->base + SMMU_EVENTQ_PROD);
		const uint32_t ovflg = prod & SMMU_EVENTQ_OVF;
		const uint32_t ovackflg = hal_mmio_read32(smmu->base + SMMU_EVENTQ_CONS) & SMMU_EVENTQ_OVF;

		q->prod = prod & smmu_queue_mask(q);
		if (ovflg != ovackflg)
			smmu->counts.overflows++;
		if (smmu_queue_empty(q) && ovflg == ovackflg)
			return handled;
		while (!smmu_queue_empty(q)) {
			const phys_addr_t entry = smmu_queue_entry(q, q->cons);
			struct smmu_event event;
			uint64_t raw[4];

			for (unsigned i = 0; i < 4; i++)
				raw[i] = hal_mem_read64(entry + 8 * i);
			/* The record is read before its slot is given back. */
			q->cons = smmu_queue_next(q, q->cons);
			smmu_event_decode(raw, &event);
			smmu->counts.events++;
			handled++;
			if (smmu->on_event)
				smmu->on_event(smmu->handler_context, smmu, &event);
		}
		/* 7.4: OVACKFLG takes the value that was read with the index. */
		hal_dsb();
		hal_mmio_write32(smmu->base + SMMU_EVENTQ_CONS, q->cons | ovflg);
	}
}

void smmu_handle_gerror(struct smmu *smmu)
{
	const uint32_t gerror = hal_mmio_read32(smmu->base + SMMU_GERROR);
	const uint32_t gerrorn = hal_mmio_read32(smmu->base + SMMU_GERRORN);
	const uint32_t active = (gerror ^ gerrorn) & SMMU_GERROR_ALL;

	if (!active)
		return;
	smmu->counts.gerrors++;
	if (active & SMMU_GERROR_CMDQ_ERR) {
		/* 7.1: as in smmu_cmdq.c; here for a queue on which nobody waits. The owner of the lock recovers it
		 * itself. */
		if (!__atomic_test_and_set(&smmu->lock.taken, __ATOMIC_ACQUIRE)) {
			(void)smmu_cmdq_recover(smmu);
			__atomic_clear(&smmu->lock.taken, __ATOMIC_RELEASE);
		}
	}
	/* 7.5: acknowledge by making GERRORN equal; CMDQ_ERR was treated above. */
	if (active & ~SMMU_GERROR_CMDQ_ERR)
		hal_mmio_write32(smmu->base + SMMU_GERRORN,
				 hal_mmio_read32(smmu->base + SMMU_GERRORN) ^ (active & ~SMMU_GERROR_CMDQ_ERR));
	if (smmu->on_gerror)
		smmu->on_gerror(smmu->handler_context, smmu, active);
}
