#ifndef IOVP_IOMMU_INTERNAL_H
#define IOVP_IOMMU_INTERNAL_H

#include "iommu/iommu.h"
#include "lib/errors.h"

/* Above this many leaves one command for the whole address space is cheaper than one each; assumed. */
#define IOMMU_TLBI_LEAVES_MAX 64

extern const struct iopt_ops iommu_pt_ops;
extern const struct iommu_domain_ops iommu_blocked_ops, iommu_identity_ops, iommu_dma_ops, iommu_paging_ops,
    iommu_nested_ops;

/* The window of an MSI cookie, or a reserved region of a device of that domain. */
bool iommu_range_is_reserved(const struct iommu_domain *domain, uint64_t base, uint64_t size);
/* Free IOVA range in a DMA domain, 0: none. */
uint64_t iommu_iova_find(struct iommu_domain *domain, uint64_t size);
int iommu_map_direct_regions(struct iommu_domain *domain, struct iommu_device *dev);

static inline bool iommu_ranges_overlap(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
	return a < b + b_size && b < a + a_size;
}

#endif
