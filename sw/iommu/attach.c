#include "iommu/iommu_internal.h"

void iommu_init(struct iommu *iommu, struct smmu *smmu, enum iommu_msi_lookup lookup)
{
	*iommu = (struct iommu){.smmu = smmu, .msi_lookup = lookup};
	iommu->identity = (struct iommu_domain){
	    .type = IOMMU_DOMAIN_IDENTITY,
	    .ops = &iommu_identity_ops,
	    .iommu = iommu,
	};
	iommu->blocked = (struct iommu_domain){
	    .type = IOMMU_DOMAIN_BLOCKED,
	    .ops = &iommu_blocked_ops,
	    .iommu = iommu,
	};
}

static void link_device(struct iommu_device *dev, struct iommu_domain *domain)
{
	dev->domain = domain;
	dev->next_in_domain = domain->devices;
	domain->devices = dev;
}

static void unlink_device(struct iommu_device *dev)
{
	struct iommu_device **link = &dev->domain->devices;

	while (*link && *link != dev)
		link = &(*link)->next_in_domain;
	if (*link)
		*link = dev->next_in_domain;
	dev->next_in_domain = NULL;
}

int iommu_device_add(struct iommu *iommu, struct iommu_device *dev, uint32_t stream_id, uint32_t device_id,
		     unsigned group)
{
	const struct smmu_entry ste = smmu_make_ste_abort();
	int result;

	*dev = (struct iommu_device){
	    .iommu = iommu,
	    .stream_id = stream_id,
	    .device_id = device_id,
	    .group = group,
	    .default_domain = &iommu->blocked,
	};
	result = smmu_stream_prepare(iommu->smmu, stream_id);
	if (!result)
		result = smmu_write_ste(iommu->smmu, stream_id, ste.dw);
	if (result < 0)
		return result;
	dev->next = iommu->devices;
	iommu->devices = dev;
	link_device(dev, &iommu->blocked);
	return 0;
}

int iommu_device_add_resv(struct iommu_device *dev, uint64_t base, uint64_t length, enum iommu_resv_type type)
{
	if (!length || base + length < base)
		return ERR_INVALID;
	if (dev->resv_count == IOMMU_RESV_MAX)
		return ERR_NO_MEMORY;
	dev->resv[dev->resv_count++] = (struct iommu_resv_region){base, length, type};
	return 0;
}

int iommu_device_set_default(struct iommu_device *dev, struct iommu_domain *domain)
{
	const bool was_attached = dev->domain == dev->default_domain;

	dev->default_domain = domain ? domain : &dev->iommu->blocked;
	if (!was_attached)
		return 0;
	return iommu_replace_device(dev, dev->default_domain) < 0 ? ERR_COMMAND : 0;
}

/* Same tables' shape: only VMID and TTB tell the two stage-2 configurations apart. */
static bool same_geometry(const struct iommu_domain *a, const struct iommu_domain *b)
{
	return a->type == IOMMU_DOMAIN_PAGING && b->type == IOMMU_DOMAIN_PAGING &&
	       a->pt.config.granule_log2 == b->pt.config.granule_log2 &&
	       a->pt.config.input_bits == b->pt.config.input_bits &&
	       a->pt.config.output_bits == b->pt.config.output_bits;
}

/* old tables, old VMID -> old tables, transit VMID -> new tables, transit VMID -> new tables, new VMID. Nobody else
 * uses the transit VMID, so that no other stream meets a mixture; each step is one doubleword (3.21.3). */
static int replace_stage2(struct iommu_device *dev, struct iommu_domain *to)
{
	struct iommu *iommu = dev->iommu;
	struct smmu_s2_config s2 = iopt_stage2_config(&dev->domain->pt, 0);
	const bool ovr = iommu->smmu->features.attr_types_ovr;
	struct smmu_entry ste;
	int result;

	if (!iommu->transit_vmid)
		iommu->transit_vmid = smmu_alloc_vmid(iommu->smmu);
	if (!iommu->transit_vmid)
		return 1;
	s2.vmid = iommu->transit_vmid;
	ste = smmu_make_ste_s2(&s2, ovr);
	result = smmu_write_ste(iommu->smmu, dev->stream_id, ste.dw);
	if (result)
		return result;
	s2.ttb = to->pt.root;
	ste = smmu_make_ste_s2(&s2, ovr);
	result = smmu_write_ste(iommu->smmu, dev->stream_id, ste.dw);
	if (result)
		return result;
	to->ops->make_ste(to, &ste);
	result = smmu_write_ste(iommu->smmu, dev->stream_id, ste.dw);
	if (result)
		return result;
	result = smmu_tlbi_s12(iommu->smmu, iommu->transit_vmid);
	return result ? result : smmu_sync(iommu->smmu);
}

static bool in_use(const struct iommu_domain *domain)
{
	if (domain->devices)
		return true;
	for (const struct iommu_domain *child = domain->children; child; child = child->next_sibling)
		if (child->devices)
			return true;
	return false;
}

int iommu_replace_device(struct iommu_device *dev, struct iommu_domain *domain)
{
	struct iommu *iommu = dev->iommu;
	struct iommu_domain *old = dev->domain;
	struct smmu_entry ste;
	int result;

	if (domain->iommu != iommu)
		return ERR_INVALID;
	if (domain == old)
		return 0;
	if (domain->type == IOMMU_DOMAIN_DMA) {
		result = iommu_map_direct_regions(domain, dev);
		if (result)
			return result;
	}
	/* MSIs go on: the new domain knows the doorbell before the device is in it. */
	if (dev->doorbell && domain->cookie.present &&
	    (domain->type == IOMMU_DOMAIN_DMA || domain->type == IOMMU_DOMAIN_PAGING)) {
		result = iommu_premap_msi(domain, dev->doorbell);
		if (result)
			return result;
	}
	result = 1;
	if (same_geometry(old, domain))
		result = replace_stage2(dev, domain);
	if (result == 1) {
		domain->ops->make_ste(domain, &ste);
		result = smmu_write_ste(iommu->smmu, dev->stream_id, ste.dw);
	}
	if (result < 0) {
		iommu->counts.errors++;
		return result;
	}
	unlink_device(dev);
	link_device(dev, domain);
	iommu->counts.attaches++;
	if (result)
		iommu->counts.disruptive++;
	else
		iommu->counts.hitless++;
	/* Entries made through the old domain: when it comes back, or its ASID or VMID do, they must not be found. */
	if (old->ops->flush_all && !in_use(old)) {
		const int flushed = old->ops->flush_all(old);

		if (flushed)
			return flushed;
	}
	return result;
}

int iommu_attach_device(struct iommu_device *dev, struct iommu_domain *domain)
{
	int result;

	if (dev->domain == domain)
		return 0;
	if (dev->domain != dev->default_domain && dev->domain != &dev->iommu->blocked)
		return ERR_BUSY;
	result = iommu_replace_device(dev, domain);
	return result < 0 ? result : 0;
}

int iommu_detach_device(struct iommu_device *dev)
{
	const int result = iommu_replace_device(dev, dev->default_domain);

	return result < 0 ? result : 0;
}
