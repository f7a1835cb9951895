#ifndef IOVP_IOMMU_H
#define IOVP_IOMMU_H

#include "drivers/smmuv3/smmu.h"
#include "iommu/iopt.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The domain layer: what a device's addresses mean, and how its MSIs find the doorbell. Functions return 0, or a
 * negative enum error (lib/errors.h). Structures belong to the caller and stay where they are while in use. */

struct iommu;
struct iommu_domain;
struct iommu_device;

enum iommu_domain_type {
	IOMMU_DOMAIN_BLOCKED,  /* every access aborts, without an event */
	IOMMU_DOMAIN_IDENTITY, /* addresses are physical */
	IOMMU_DOMAIN_DMA,      /* the kernel's own stage 1; the usual default domain */
	IOMMU_DOMAIN_PAGING,   /* stage 2 managed by the caller ("unmanaged"); can be a parent */
	IOMMU_DOMAIN_NESTED,   /* a guest's stage 1 on a parent */
};

/* Which domain's MSI cookie the MSI functions use. */
enum iommu_msi_lookup {
	/* March 2023: iommu_get_domain_for_dev() returns the attached domain, and a nested one has no cookie. */
	IOMMU_MSI_ATTACHED_2023,
	/* Cure 1: a new iommu_get_unmanaged_domain(), which asks the driver for the domain below a nested one. */
	IOMMU_MSI_UNMANAGED_HELPER,
	/* Cure 2: iommu_get_domain_for_dev() itself returns the kernel-owned stage-2 parent of a nested domain. */
	IOMMU_MSI_PARENT_LOOKUP,
	/* Cure 3: the domain carries a pointer to its parent, and the MSI code follows it. */
	IOMMU_MSI_PARENT_POINTER,
	/* Later: whoever manages the parent loads the doorbell into it before the attach; prepare only finds it there.
	 */
	IOMMU_MSI_PREMAPPED,
};

#define IOMMU_MSI_PAGES 8

struct iommu_msi_page {
	phys_addr_t doorbell; /* the physical page, aligned to the domain's granule */
	uint64_t iova;
};

struct iommu_msi_cookie {
	bool present;
	bool dma;	       /* IOVAs come from the DMA allocator, not from a window */
	uint64_t base, length; /* the window, e.g. 0x8000000, 0x100000 (from the RMR) */
	unsigned count;
	struct iommu_msi_page pages[IOMMU_MSI_PAGES];
	/* The mistake of nested_s2_hole: the doorbell is recorded and its IOVA handed out, and everybody leaves the
	 * mapping to somebody else. */
	bool leave_unmapped;
};

struct iommu_domain_ops {
	/* The Stream Table Entry of a device in that domain. */
	void (*make_ste)(struct iommu_domain *domain, struct smmu_entry *ste);
	/* Nothing cached of the domain remains; syncs. NULL: nothing is cached. */
	int (*flush_all)(struct iommu_domain *domain);
	/* Cure 1: the domain below that the kernel manages. NULL: the domain itself. */
	struct iommu_domain *(*get_unmanaged_domain)(struct iommu_domain *domain);
};

struct iommu_domain {
	enum iommu_domain_type type;
	const struct iommu_domain_ops *ops;
	struct iommu *iommu;
	struct iopt pt;			/* DMA, PAGING */
	uint16_t asid;			/* DMA */
	uint16_t vmid;			/* PAGING */
	struct smmu_cd_table cd_table;	/* DMA */
	struct iommu_domain *parent;	/* NESTED (cure 3) */
	struct smmu_s1_config guest_s1; /* NESTED */
	struct iommu_msi_cookie cookie;
	struct iommu_device *devices;  /* attached, linked by next_in_domain */
	struct iommu_domain *children; /* nested domains on this one, linked by next_sibling */
	struct iommu_domain *next_sibling;
};

enum iommu_resv_type {
	IOMMU_RESV_DIRECT, /* must be mapped 1:1 in a DMA domain: an RMR */
	IOMMU_RESV_MSI,	   /* kept free of DMA mappings, offered to MSI cookies */
};

struct iommu_resv_region {
	uint64_t base, length;
	enum iommu_resv_type type;
};

#define IOMMU_RESV_MAX 8

struct iommu_device {
	struct iommu *iommu;
	uint32_t stream_id;
	uint32_t device_id;	     /* of its MSIs, at the ITS; informative here */
	unsigned group;		     /* devices that cannot be told apart share a number and a domain */
	struct iommu_domain *domain; /* attached now */
	struct iommu_domain *default_domain;
	struct iommu_resv_region resv[IOMMU_RESV_MAX];
	unsigned resv_count;
	phys_addr_t doorbell; /* last one prepared; 0: none. Carried into a DMA or PAGING domain by replace */
	struct iommu_device *next, *next_in_domain;
};

struct iommu {
	struct smmu *smmu;
	enum iommu_msi_lookup msi_lookup;
	struct iommu_device *devices;
	struct iommu_domain identity, blocked;
	uint16_t transit_vmid; /* see iommu_replace_device() */
	struct {
		uint64_t attaches, hitless, disruptive, tlbi_ranges, tlbi_all, errors;
	} counts;
};

void iommu_init(struct iommu *iommu, struct smmu *smmu, enum iommu_msi_lookup lookup);

/* Devices. A new device is blocked until a domain is attached. */
int iommu_device_add(struct iommu *iommu, struct iommu_device *dev, uint32_t stream_id, uint32_t device_id,
		     unsigned group);
int iommu_device_add_resv(struct iommu_device *dev, uint64_t base, uint64_t length, enum iommu_resv_type type);
/* NULL: the default becomes blocked. */
int iommu_device_set_default(struct iommu_device *dev, struct iommu_domain *domain);

/* Domains. granule_log2 0: the smallest the SMMU has; input_bits 0: 32 for DMA, min(40, OAS) for PAGING. */
int iommu_domain_init_dma(struct iommu *iommu, struct iommu_domain *domain, unsigned granule_log2, unsigned input_bits);
int iommu_domain_init_paging(struct iommu *iommu, struct iommu_domain *domain, unsigned granule_log2,
			     unsigned input_bits);
/* `s1` is the guest's: checked against the ID registers and the parent's input size, el2 is ignored. */
int iommu_domain_init_nested(struct iommu_domain *domain, struct iommu_domain *parent, const struct smmu_s1_config *s1);
/* ERR_BUSY while a device or a nested child uses it. */
int iommu_domain_destroy(struct iommu_domain *domain);

/* From the default (or blocked) domain to another; nothing to do when it is attached already, ERR_BUSY when a third one
 * is. */
int iommu_attach_device(struct iommu_device *dev, struct iommu_domain *domain);
/* Back to the default domain. */
int iommu_detach_device(struct iommu_device *dev);
/* From any domain to any other while the device is working. 0: no access was refused on the way. 1: the entry was
 * invalid in between (3.21.3). Between two stage-2 domains of one geometry it goes by way of a private VMID, so that
 * every access sees the old or the new translation. Not for two callers at a time. */
int iommu_replace_device(struct iommu_device *dev, struct iommu_domain *domain);

/* DMA and PAGING domains. Unmapping returns after the translation is gone for all devices, nested ones included. */
int iommu_map(struct iommu_domain *domain, uint64_t iova, phys_addr_t pa, uint64_t size, unsigned prot);
uint64_t iommu_unmap(struct iommu_domain *domain, uint64_t iova, uint64_t size);
bool iommu_iova_to_phys(struct iommu_domain *domain, uint64_t iova, phys_addr_t *pa);

/* The kernel's DMA API on a DMA domain: an IOVA is chosen. 0: failed. In an identity domain it is the PA. */
uint64_t iommu_dma_map(struct iommu_device *dev, phys_addr_t pa, uint64_t size, unsigned prot);
void iommu_dma_unmap(struct iommu_device *dev, uint64_t iova, uint64_t size);

/* MSIs. */

struct iommu_msi_msg {
	uint64_t address; /* in: physical doorbell; out: what the device must write to */
	uint32_t data;
};

/* Gives a PAGING domain an MSI window, which no mapping may overlap. ERR_INVALID for other types. */
int iommu_get_msi_cookie(struct iommu_domain *domain, uint64_t base, uint64_t length);
/* Maps the doorbell's page in that very domain and records it, before any device needs it. */
int iommu_premap_msi(struct iommu_domain *domain, phys_addr_t doorbell);

/* The lookups of the three proposals, as each was argued. */
struct iommu_domain *iommu_get_domain_for_dev(struct iommu_device *dev);
struct iommu_domain *iommu_get_unmanaged_domain(struct iommu_device *dev);
/* The domain whose cookie counts for the device's MSIs under iommu->msi_lookup. */
struct iommu_domain *iommu_msi_domain(struct iommu_device *dev);

/* Before the message is composed: the doorbell is mapped where the lookup says. 0 also when there is no cookie. */
int iommu_prepare_msi(struct iommu_device *dev, phys_addr_t doorbell);
/* Replaces the doorbell's address by its IOVA; leaves it when there is no cookie or nothing was prepared. */
void iommu_compose_msi_msg(struct iommu_device *dev, struct iommu_msi_msg *msg);

#ifdef __cplusplus
}
#endif

#endif
