#ifndef IOVP_SMMU_QUEUE_H
#define IOVP_SMMU_QUEUE_H

#include "drivers/smmuv3/smmu.h"

/* Circular queues (3.5.1): indexes carry a wrap bit above the index. */

static inline uint32_t smmu_queue_index_mask(const struct smmu_queue *q)
{
	return (1u << q->log2size) - 1;
}

static inline uint32_t smmu_queue_mask(const struct smmu_queue *q)
{
	return (2u << q->log2size) - 1;
}

static inline bool smmu_queue_empty(const struct smmu_queue *q)
{
	return q->prod == q->cons;
}

static inline bool smmu_queue_full(const struct smmu_queue *q)
{
	return (q->prod ^ q->cons) == 1u << q->log2size;
}

static inline uint32_t smmu_queue_next(const struct smmu_queue *q, uint32_t index)
{
	return (index + 1) & smmu_queue_mask(q);
}

static inline phys_addr_t smmu_queue_entry(const struct smmu_queue *q, uint32_t index)
{
	return q->base + (phys_addr_t)(index & smmu_queue_index_mask(q)) * q->entry_size;
}

uint64_t smmu_deadline(const struct smmu *smmu);
/* Lock held: a stopped Command queue goes on behind the bad command (7.1). */
int smmu_cmdq_recover(struct smmu *smmu);

#endif
