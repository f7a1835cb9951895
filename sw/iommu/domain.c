#include "iommu/iommu_internal.h"

static uint64_t pt_read(void *context, phys_addr_t addr)
{
	(void)context;
	return hal_mem_read64(addr);
}

static void pt_write(void *context, phys_addr_t addr, uint64_t descriptor)
{
	(void)context;
	hal_mem_write64(addr, descriptor);
}

static phys_addr_t pt_alloc(void *context, size_t bytes, size_t align)
{
	const struct smmu_platform *platform = &((struct iommu_domain *)context)->iommu->smmu->platform;

	return platform->alloc(platform->alloc_context, bytes, align);
}

static void pt_free(void *context, phys_addr_t addr, size_t bytes)
{
	const struct smmu_platform *platform = &((struct iommu_domain *)context)->iommu->smmu->platform;

	if (platform->free)
		platform->free(platform->alloc_context, addr, bytes);
}

static int dma_invalidate(struct iommu_domain *domain, uint64_t iova, uint64_t size, uint64_t step, bool leaf)
{
	struct smmu *smmu = domain->iommu->smmu;
	const bool el2 = smmu_uses_el2(smmu);
	int result = 0;

	if (size / step > IOMMU_TLBI_LEAVES_MAX)
		return domain->ops->flush_all(domain);
	for (uint64_t at = iova; at < iova + size && !result; at += step)
		result = el2 ? smmu_tlbi_el2_va(smmu, domain->asid, at, leaf)
			     : smmu_tlbi_va(smmu, 0, domain->asid, at, leaf);
	return result ? result : smmu_sync(smmu);
}

static int paging_invalidate(struct iommu_domain *domain, uint64_t ipa, uint64_t size, uint64_t step, bool leaf)
{
	struct smmu *smmu = domain->iommu->smmu;
	int result = 0;

	if (size / step > IOMMU_TLBI_LEAVES_MAX)
		return domain->ops->flush_all(domain);
	for (uint64_t at = ipa; at < ipa + size && !result; at += step)
		result = smmu_tlbi_ipa(smmu, domain->vmid, at, leaf);
	if (!result)
		result = smmu_sync(smmu);
	/* 4.4.3.1: S2_IPA need not reach entries that combine both stages; nested users have those. The sync between
	 * keeps a walk through the old stage 2 from making a new one behind the second command. */
	if (!result && domain->children) {
		result = smmu_tlbi_vmid_s1(smmu, domain->vmid);
		if (!result)
			result = smmu_sync(smmu);
	}
	return result;
}

static void pt_invalidate(void *context, uint64_t iova, uint64_t size, uint64_t step, bool leaf)
{
	struct iommu_domain *domain = context;
	const int result = domain->type == IOMMU_DOMAIN_DMA ? dma_invalidate(domain, iova, size, step, leaf)
							    : paging_invalidate(domain, iova, size, step, leaf);

	domain->iommu->counts.tlbi_ranges++;
	if (result)
		domain->iommu->counts.errors++;
}

const struct iopt_ops iommu_pt_ops = {
    .read = pt_read,
    .write = pt_write,
    .alloc = pt_alloc,
    .free = pt_free,
    .invalidate = pt_invalidate,
};

static bool attr_ovr(const struct iommu_domain *domain)
{
	return domain->iommu->smmu->features.attr_types_ovr;
}

static void blocked_ste(struct iommu_domain *domain, struct smmu_entry *ste)
{
	(void)domain;
	*ste = smmu_make_ste_abort();
}

static void identity_ste(struct iommu_domain *domain, struct smmu_entry *ste)
{
	*ste = smmu_make_ste_bypass(attr_ovr(domain));
}

static void dma_ste(struct iommu_domain *domain, struct smmu_entry *ste)
{
	const struct smmu_s1_config s1 = {
	    .cd_table = domain->cd_table.base,
	    .s1cdmax = domain->cd_table.cdmax,
	    .s1fmt = domain->cd_table.fmt,
	    .el2 = smmu_uses_el2(domain->iommu->smmu),
	};

	*ste = smmu_make_ste_s1(&s1, attr_ovr(domain));
}

static int dma_flush_all(struct iommu_domain *domain)
{
	struct smmu *smmu = domain->iommu->smmu;
	const int result =
	    smmu_uses_el2(smmu) ? smmu_tlbi_el2_asid(smmu, domain->asid) : smmu_tlbi_asid(smmu, 0, domain->asid);

	domain->iommu->counts.tlbi_all++;
	return result ? result : smmu_sync(smmu);
}

static void paging_ste(struct iommu_domain *domain, struct smmu_entry *ste)
{
	const struct smmu_s2_config s2 = iopt_stage2_config(&domain->pt, domain->vmid);

	*ste = smmu_make_ste_s2(&s2, attr_ovr(domain));
}

static int paging_flush_all(struct iommu_domain *domain)
{
	struct smmu *smmu = domain->iommu->smmu;
	const int result = smmu_tlbi_s12(smmu, domain->vmid);

	domain->iommu->counts.tlbi_all++;
	return result ? result : smmu_sync(smmu);
}

static void nested_ste(struct iommu_domain *domain, struct smmu_entry *ste)
{
	const struct smmu_s2_config s2 = iopt_stage2_config(&domain->parent->pt, domain->parent->vmid);

	*ste = smmu_make_ste_nested(&domain->guest_s1, &s2, attr_ovr(domain));
}

/* What the guest's stage 1 left behind; the parent's own stage-2 entries may stay. */
static int nested_flush_all(struct iommu_domain *domain)
{
	struct smmu *smmu = domain->iommu->smmu;
	const int result = smmu_tlbi_vmid_s1(smmu, domain->parent->vmid);

	return result ? result : smmu_sync(smmu);
}

static struct iommu_domain *nested_get_unmanaged_domain(struct iommu_domain *domain)
{
	return domain->parent;
}

const struct iommu_domain_ops iommu_blocked_ops = {.make_ste = blocked_ste};
const struct iommu_domain_ops iommu_identity_ops = {.make_ste = identity_ste};
const struct iommu_domain_ops iommu_dma_ops = {.make_ste = dma_ste, .flush_all = dma_flush_all};
const struct iommu_domain_ops iommu_paging_ops = {.make_ste = paging_ste, .flush_all = paging_flush_all};
const struct iommu_domain_ops iommu_nested_ops = {
    .make_ste = nested_ste,
    .flush_all = nested_flush_all,
    .get_unmanaged_domain = nested_get_unmanaged_domain,
};

static int init_pt(struct iommu_domain *domain, unsigned stage, unsigned granule_log2, unsigned input_bits)
{
	const struct smmu_features *f = &domain->iommu->smmu->features;
	struct iopt_config config = {.stage = stage, .output_bits = f->oas};
	const unsigned smallest = f->gran4k ? 12 : f->gran16k ? 14 : 16;

	config.granule_log2 = granule_log2 ? granule_log2 : smallest;
	if (config.granule_log2 == 12 ? !f->gran4k : config.granule_log2 == 14 ? !f->gran16k : !f->gran64k)
		return ERR_UNSUPPORTED;
	/* 3.4: a stage-2 input is an IPA of at most IAS = OAS bits; stage 1 takes up to 48. */
	config.input_bits = input_bits;
	if (!input_bits)
		config.input_bits = stage == 1 ? 32 : f->oas < 40 ? f->oas : 40;
	if (stage == 2 && config.input_bits > f->oas)
		return ERR_RANGE;
	return iopt_init(&domain->pt, &config, &iommu_pt_ops, domain);
}

int iommu_domain_init_dma(struct iommu *iommu, struct iommu_domain *domain, unsigned granule_log2, unsigned input_bits)
{
	struct smmu_cd_config config;
	struct smmu_entry cd;
	int result;

	*domain = (struct iommu_domain){.type = IOMMU_DOMAIN_DMA, .ops = &iommu_dma_ops, .iommu = iommu};
	if (!iommu->smmu->features.s1p)
		return ERR_UNSUPPORTED;
	domain->asid = smmu_alloc_asid(iommu->smmu);
	if (!domain->asid)
		return ERR_NO_MEMORY;
	result = init_pt(domain, 1, granule_log2, input_bits);
	if (result)
		return result;
	/* One CD per domain, not per device: replacing one DMA domain by another changes STE.S1ContextPtr alone, which
	 * is one doubleword and hitless. */
	result = smmu_cd_table_alloc(iommu->smmu, 0, &domain->cd_table);
	if (!result) {
		config = iopt_stage1_config(&domain->pt, domain->asid);
		cd = smmu_make_cd(&config);
		/* No stream reaches the table yet, so that nothing of it is cached (3.21.3). */
		result = smmu_write_cd(iommu->smmu, &domain->cd_table, 0, cd.dw, NULL, 0);
	}
	if (result < 0) {
		iopt_destroy(&domain->pt);
		return result;
	}
	domain->cookie = (struct iommu_msi_cookie){.present = true, .dma = true};
	return 0;
}

int iommu_domain_init_paging(struct iommu *iommu, struct iommu_domain *domain, unsigned granule_log2,
			     unsigned input_bits)
{
	*domain = (struct iommu_domain){.type = IOMMU_DOMAIN_PAGING, .ops = &iommu_paging_ops, .iommu = iommu};
	if (!iommu->smmu->features.s2p)
		return ERR_UNSUPPORTED;
	domain->vmid = smmu_alloc_vmid(iommu->smmu);
	if (!domain->vmid)
		return ERR_NO_MEMORY;
	return init_pt(domain, 2, granule_log2, input_bits);
}

int iommu_domain_init_nested(struct iommu_domain *domain, struct iommu_domain *parent, const struct smmu_s1_config *s1)
{
	const struct smmu_features *f = &parent->iommu->smmu->features;
	const unsigned split = s1->s1fmt == 2 ? 10 : 6;
	uint64_t bytes;

	if (parent->type != IOMMU_DOMAIN_PAGING)
		return ERR_INVALID;
	if (!f->s1p || !f->s2p)
		return ERR_UNSUPPORTED;
	/* 5.2 S1Fmt, S1CDMax, S1DSS, S1ContextPtr: an illegal STE would be the host's fault, not the guest's. */
	if (s1->s1cdmax > f->ssid_bits || s1->s1fmt > 2 || s1->s1dss > 2)
		return ERR_RANGE;
	if (s1->s1cdmax && s1->s1fmt && !f->cd2l)
		return ERR_UNSUPPORTED;
	bytes = 64ull << s1->s1cdmax;
	if (s1->s1cdmax && s1->s1fmt)
		bytes = s1->s1cdmax > split ? 8ull << (s1->s1cdmax - split) : 8;
	if (bytes < 64)
		bytes = 64;
	if (s1->cd_table & (bytes - 1))
		return ERR_INVALID;
	if (s1->cd_table >> parent->pt.config.input_bits || (s1->cd_table + bytes - 1) >> parent->pt.config.input_bits)
		return ERR_RANGE;
	*domain = (struct iommu_domain){
	    .type = IOMMU_DOMAIN_NESTED,
	    .ops = &iommu_nested_ops,
	    .iommu = parent->iommu,
	    .parent = parent,
	    .guest_s1 = *s1,
	};
	domain->guest_s1.el2 = false;
	domain->next_sibling = parent->children;
	parent->children = domain;
	return 0;
}

int iommu_domain_destroy(struct iommu_domain *domain)
{
	if (domain->devices || domain->children)
		return ERR_BUSY;
	for (struct iommu_device *dev = domain->iommu->devices; dev; dev = dev->next)
		if (dev->default_domain == domain)
			return ERR_BUSY;
	if (domain->type == IOMMU_DOMAIN_NESTED) {
		struct iommu_domain **link = &domain->parent->children;

		while (*link && *link != domain)
			link = &(*link)->next_sibling;
		if (*link)
			*link = domain->next_sibling;
	}
	if (domain->type == IOMMU_DOMAIN_DMA)
		smmu_cd_table_free(domain->iommu->smmu, &domain->cd_table);
	iopt_destroy(&domain->pt);
	return 0;
}

int iommu_map(struct iommu_domain *domain, uint64_t iova, phys_addr_t pa, uint64_t size, unsigned prot)
{
	if (domain->type != IOMMU_DOMAIN_DMA && domain->type != IOMMU_DOMAIN_PAGING)
		return ERR_INVALID;
	if (domain->cookie.present && !domain->cookie.dma &&
	    iommu_ranges_overlap(iova, size, domain->cookie.base, domain->cookie.length))
		return ERR_BUSY;
	return iopt_map(&domain->pt, iova, pa, size, prot);
}

uint64_t iommu_unmap(struct iommu_domain *domain, uint64_t iova, uint64_t size)
{
	if (domain->type != IOMMU_DOMAIN_DMA && domain->type != IOMMU_DOMAIN_PAGING)
		return 0;
	if (domain->cookie.present && !domain->cookie.dma &&
	    iommu_ranges_overlap(iova, size, domain->cookie.base, domain->cookie.length))
		return 0;
	return iopt_unmap(&domain->pt, iova, size);
}

bool iommu_iova_to_phys(struct iommu_domain *domain, uint64_t iova, phys_addr_t *pa)
{
	struct iopt_leaf leaf;

	if (domain->type == IOMMU_DOMAIN_IDENTITY) {
		*pa = iova;
		return true;
	}
	if (domain->type != IOMMU_DOMAIN_DMA && domain->type != IOMMU_DOMAIN_PAGING)
		return false;
	if (!iopt_lookup(&domain->pt, iova, &leaf))
		return false;
	*pa = leaf.address;
	return true;
}
