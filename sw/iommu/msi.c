#include "iommu/iommu_internal.h"

int iommu_get_msi_cookie(struct iommu_domain *domain, uint64_t base, uint64_t length)
{
	const uint64_t granule = 1ull << domain->pt.config.granule_log2;
	struct iopt_leaf leaf;

	if (domain->type != IOMMU_DOMAIN_PAGING)
		return ERR_INVALID;
	if (domain->cookie.present)
		return ERR_BUSY;
	if (length < granule || (base & (granule - 1)) || base + length < base)
		return ERR_INVALID;
	if ((base + length - 1) >> domain->pt.config.input_bits)
		return ERR_RANGE;
	for (uint64_t at = base; at + granule <= base + length; at += granule)
		if (iopt_lookup(&domain->pt, at, &leaf))
			return ERR_BUSY;
	domain->cookie = (struct iommu_msi_cookie){.present = true, .base = base, .length = length};
	return 0;
}

static phys_addr_t doorbell_page(const struct iommu_domain *domain, phys_addr_t doorbell)
{
	return doorbell & ~((1ull << domain->pt.config.granule_log2) - 1);
}

static struct iommu_msi_page *find_page(struct iommu_domain *domain, phys_addr_t doorbell)
{
	const phys_addr_t page = doorbell_page(domain, doorbell);

	for (unsigned i = 0; i < domain->cookie.count; i++)
		if (domain->cookie.pages[i].doorbell == page)
			return &domain->cookie.pages[i];
	return NULL;
}

/* Finds or makes the doorbell's mapping in a domain that has a cookie. */
int iommu_premap_msi(struct iommu_domain *domain, phys_addr_t doorbell)
{
	const uint64_t granule = 1ull << domain->pt.config.granule_log2;
	struct iommu_msi_cookie *cookie = &domain->cookie;
	struct iommu_msi_page page = {.doorbell = doorbell_page(domain, doorbell)};

	if (!cookie->present)
		return ERR_INVALID;
	if (find_page(domain, doorbell))
		return 0;
	if (cookie->count == IOMMU_MSI_PAGES)
		return ERR_NO_MEMORY;
	if (cookie->dma) {
		page.iova = iommu_iova_find(domain, granule);
		if (!page.iova)
			return ERR_NO_MEMORY;
	} else {
		page.iova = cookie->base + cookie->count * granule;
		if (page.iova + granule > cookie->base + cookie->length)
			return ERR_NO_MEMORY;
	}
	if (!cookie->leave_unmapped) {
		/* Write only where the stage can say so; never executable, and a device's memory type. */
		const int result = iopt_map(&domain->pt, page.iova, page.doorbell, granule, IOPT_WRITE | IOPT_DEVICE);

		if (result)
			return result;
	}
	cookie->pages[cookie->count++] = page;
	return 0;
}

struct iommu_domain *iommu_get_domain_for_dev(struct iommu_device *dev)
{
	/* Cure 2 changes what this call means: callers are kernel code, and a nested domain is not the kernel's. */
	if (dev->iommu->msi_lookup == IOMMU_MSI_PARENT_LOOKUP && dev->domain->type == IOMMU_DOMAIN_NESTED)
		return dev->domain->parent;
	return dev->domain;
}

struct iommu_domain *iommu_get_unmanaged_domain(struct iommu_device *dev)
{
	struct iommu_domain *domain = dev->domain;

	if (domain->ops->get_unmanaged_domain)
		return domain->ops->get_unmanaged_domain(domain);
	return domain->type == IOMMU_DOMAIN_PAGING ? domain : NULL;
}

struct iommu_domain *iommu_msi_domain(struct iommu_device *dev)
{
	struct iommu_domain *domain;

	switch (dev->iommu->msi_lookup) {
	case IOMMU_MSI_UNMANAGED_HELPER:
		domain = iommu_get_unmanaged_domain(dev);
		/* Identity and DMA domains are managed by the kernel: no unmanaged one, so as before. */
		return domain ? domain : iommu_get_domain_for_dev(dev);
	case IOMMU_MSI_PARENT_POINTER:
	case IOMMU_MSI_PREMAPPED: /* the nested domain was made with the parent's cookie at hand */
		domain = dev->domain;
		while (domain->parent)
			domain = domain->parent;
		return domain;
	case IOMMU_MSI_ATTACHED_2023:
	case IOMMU_MSI_PARENT_LOOKUP:
	default:
		return iommu_get_domain_for_dev(dev);
	}
}

int iommu_prepare_msi(struct iommu_device *dev, phys_addr_t doorbell)
{
	struct iommu_domain *domain = iommu_msi_domain(dev);

	dev->doorbell = doorbell;
	if (!domain->cookie.present)
		return 0;
	if (dev->iommu->msi_lookup == IOMMU_MSI_PREMAPPED && domain != dev->domain)
		return find_page(domain, doorbell) ? 0 : ERR_NOT_FOUND;
	return iommu_premap_msi(domain, doorbell);
}

void iommu_compose_msi_msg(struct iommu_device *dev, struct iommu_msi_msg *msg)
{
	struct iommu_domain *domain = iommu_msi_domain(dev);
	const struct iommu_msi_page *page;

	if (!domain->cookie.present)
		return;
	page = find_page(domain, msg->address);
	if (page)
		msg->address = page->iova + (msg->address - page->doorbell);
}
