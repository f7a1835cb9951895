#include "iommu/iommu_internal.h"

/* The lowest IOVA that the allocator hands out; assumed: a null pointer must fault. */
#define IOVA_FIRST 0x10000ull

bool iommu_range_is_reserved(const struct iommu_domain *domain, uint64_t base, uint64_t size)
{
	if (domain->cookie.present && !domain->cookie.dma &&
	    iommu_ranges_overlap(base, size, domain->cookie.base, domain->cookie.length))
		return true;
	for (const struct iommu_device *dev = domain->iommu->devices; dev; dev = dev->next)
		for (unsigned i = 0; i < dev->resv_count; i++)
			if (iommu_ranges_overlap(base, size, dev->resv[i].base, dev->resv[i].length))
				return true;
	return false;
}

/* From the top, as the highest range of `size` that is neither mapped nor reserved. */
uint64_t iommu_iova_find(struct iommu_domain *domain, uint64_t size)
{
	const uint64_t granule = 1ull << domain->pt.config.granule_log2;
	const unsigned bits = domain->pt.config.input_bits < 32 ? domain->pt.config.input_bits : 32;
	uint64_t end = 1ull << bits;
	uint64_t at = end;
	struct iopt_leaf leaf;

	/* [at, end) is free; grow it downwards page by page. */
	while (at > IOVA_FIRST) {
		at -= granule;
		if (iopt_lookup(&domain->pt, at, &leaf)) {
			at &= ~(leaf.size - 1);
			end = at;
		} else if (iommu_range_is_reserved(domain, at, granule)) {
			end = at;
		} else if (end - at >= size) {
			return at;
		}
	}
	return 0;
}

/* RMRs of the device, mapped 1:1 with the type of memory that a doorbell needs. Other devices of the domain may share
 * the region: mapped already is fine when it is the same translation. */
int iommu_map_direct_regions(struct iommu_domain *domain, struct iommu_device *dev)
{
	const uint64_t granule = 1ull << domain->pt.config.granule_log2;

	for (unsigned i = 0; i < dev->resv_count; i++) {
		const struct iommu_resv_region *r = &dev->resv[i];
		uint64_t at = r->base & ~(granule - 1);

		if (r->type != IOMMU_RESV_DIRECT)
			continue;
		while (at < r->base + r->length) {
			struct iopt_leaf leaf;
			int result;

			if (iopt_lookup(&domain->pt, at, &leaf)) {
				if (leaf.address != at)
					return ERR_BUSY;
				at = (at & ~(leaf.size - 1)) + leaf.size;
				continue;
			}
			result = iopt_map(&domain->pt, at, at, granule, IOPT_READ | IOPT_WRITE | IOPT_DEVICE);
			if (result)
				return result;
			at += granule;
		}
	}
	return 0;
}

uint64_t iommu_dma_map(struct iommu_device *dev, phys_addr_t pa, uint64_t size, unsigned prot)
{
	struct iommu_domain *domain = dev->domain;
	uint64_t granule, page, bytes, iova;

	if (domain->type == IOMMU_DOMAIN_IDENTITY)
		return pa;
	if (domain->type != IOMMU_DOMAIN_DMA || !size)
		return 0;
	granule = 1ull << domain->pt.config.granule_log2;
	page = pa & ~(granule - 1);
	bytes = (pa + size - page + granule - 1) & ~(granule - 1);
	iova = iommu_iova_find(domain, bytes);
	if (!iova || iopt_map(&domain->pt, iova, page, bytes, prot))
		return 0;
	return iova + (pa - page);
}

void iommu_dma_unmap(struct iommu_device *dev, uint64_t iova, uint64_t size)
{
	struct iommu_domain *domain = dev->domain;
	uint64_t granule, page;

	if (domain->type != IOMMU_DOMAIN_DMA || !size)
		return;
	granule = 1ull << domain->pt.config.granule_log2;
	page = iova & ~(granule - 1);
	iopt_unmap(&domain->pt, page, (iova + size - page + granule - 1) & ~(granule - 1));
}
