#ifndef IOVP_IOPT_INTERNAL_H
#define IOVP_IOPT_INTERNAL_H

#include "iommu/iopt.h"

/* Descriptor bits (D8.3.1, D8.3.2). */
#define IOPT_VALID (1ull << 0)
#define IOPT_TABLE_OR_PAGE (1ull << 1)
#define IOPT_S1_ATTRINDX(i) ((uint64_t)(i) << 2)
#define IOPT_S1_ATTRINDX_OF(d) (((d) >> 2) & 7u)
#define IOPT_S1_AP_UNPRIV (1ull << 6)
#define IOPT_S1_AP_RDONLY (1ull << 7)
#define IOPT_S1_NG (1ull << 11)
#define IOPT_S1_PXN (1ull << 53)
#define IOPT_S1_UXN (1ull << 54)
#define IOPT_S2_MEMATTR_WB (0xFull << 2)
#define IOPT_S2_MEMATTR_DEVICE (0x1ull << 2)
#define IOPT_S2_MEMATTR (0xFull << 2)
#define IOPT_S2_READ (1ull << 6)
#define IOPT_S2_WRITE (1ull << 7)
#define IOPT_S2_XN (2ull << 53)
#define IOPT_SH_INNER (3ull << 8)
#define IOPT_SH_OUTER (2ull << 8)
#define IOPT_AF (1ull << 10)
/* OA[47:granule] */
#define IOPT_ADDRESS(pt) (0x0000FFFFFFFFFFFFull & ~((1ull << (pt)->config.granule_log2) - 1))

/* MAIR: attribute 0 Normal Write-Back, 1 Device-nGnRE (D24.2, MAIR_EL1). */
#define IOPT_MAIR_WB 0
#define IOPT_MAIR_DEVICE 1
#define IOPT_MAIR 0x04FFull

static inline uint64_t iopt_read(const struct iopt *pt, phys_addr_t addr)
{
	return pt->ops->read(pt->context, addr);
}

static inline void iopt_write(const struct iopt *pt, phys_addr_t addr, uint64_t descriptor)
{
	pt->ops->write(pt->context, addr, descriptor);
}

static inline size_t iopt_table_bytes(const struct iopt *pt)
{
	return (size_t)1 << pt->config.granule_log2;
}

/* log2 of what one entry of that level covers */
static inline unsigned iopt_level_shift(const struct iopt *pt, unsigned level)
{
	return pt->config.granule_log2 + (3 - level) * (pt->config.granule_log2 - 3);
}

static inline uint64_t iopt_level_size(const struct iopt *pt, unsigned level)
{
	return 1ull << iopt_level_shift(pt, level);
}

static inline uint64_t iopt_index(const struct iopt *pt, uint64_t iova, unsigned level)
{
	const uint64_t index = iova >> iopt_level_shift(pt, level);

	/* The root is indexed by all bits that are left: concatenated tables are one large table (D8.2). */
	return level == pt->start_level ? index : index & (iopt_table_bytes(pt) / 8 - 1);
}

static inline bool iopt_is_table(uint64_t descriptor, unsigned level)
{
	return level < 3 && (descriptor & 3) == 3;
}

static inline unsigned iopt_prot_of(const struct iopt *pt, uint64_t descriptor)
{
	unsigned prot = 0;

	if (pt->config.stage == 1) {
		prot |= IOPT_READ | (descriptor & IOPT_S1_AP_RDONLY ? 0u : IOPT_WRITE);
		prot |= IOPT_S1_ATTRINDX_OF(descriptor) == IOPT_MAIR_DEVICE ? IOPT_DEVICE : 0u;
		prot |= descriptor & IOPT_S1_UXN ? 0u : IOPT_EXEC;
	} else {
		prot |= descriptor & IOPT_S2_READ ? IOPT_READ : 0u;
		prot |= descriptor & IOPT_S2_WRITE ? IOPT_WRITE : 0u;
		prot |= (descriptor & IOPT_S2_MEMATTR) == IOPT_S2_MEMATTR_DEVICE ? IOPT_DEVICE : 0u;
		prot |= descriptor & IOPT_S2_XN ? 0u : IOPT_EXEC;
	}
	return prot;
}

#endif
