#include "iommu/iopt_internal.h"
#include "lib/errors.h"

static uint64_t leaf_attributes(const struct iopt *pt, unsigned prot)
{
	uint64_t d = IOPT_AF | (prot & IOPT_DEVICE ? IOPT_SH_OUTER : IOPT_SH_INNER);

	if (pt->config.stage == 1) {
		/* Device streams may be unprivileged: AP[1] = 1. Write-only does not exist at stage 1 (D8.4). */
		d |= IOPT_S1_NG | IOPT_S1_AP_UNPRIV | (prot & IOPT_WRITE ? 0 : IOPT_S1_AP_RDONLY);
		d |= IOPT_S1_ATTRINDX(prot & IOPT_DEVICE ? IOPT_MAIR_DEVICE : IOPT_MAIR_WB);
		d |= prot & IOPT_EXEC ? 0 : IOPT_S1_PXN | IOPT_S1_UXN;
	} else {
		d |= (prot & IOPT_READ ? IOPT_S2_READ : 0) | (prot & IOPT_WRITE ? IOPT_S2_WRITE : 0);
		d |= prot & IOPT_DEVICE ? IOPT_S2_MEMATTR_DEVICE : IOPT_S2_MEMATTR_WB;
		d |= prot & IOPT_EXEC ? 0 : IOPT_S2_XN;
	}
	return d;
}

static uint64_t leaf(const struct iopt *pt, unsigned level, phys_addr_t pa, uint64_t attributes)
{
	(void)pt;
	return pa | attributes | IOPT_VALID | (level == 3 ? IOPT_TABLE_OR_PAGE : 0);
}

static bool table_is_empty(const struct iopt *pt, phys_addr_t table)
{
	for (size_t i = 0; i < iopt_table_bytes(pt) / 8; i++)
		if (iopt_read(pt, table + 8 * i) & IOPT_VALID)
			return false;
	return true;
}

/* The first entry, going down, that the range overlaps and that maps something. */
static bool anything_mapped(const struct iopt *pt, phys_addr_t table, unsigned level, uint64_t iova, uint64_t end)
{
	while (iova < end) {
		const uint64_t size = iopt_level_size(pt, level);
		const uint64_t next = (iova & ~(size - 1)) + size;
		const uint64_t d = iopt_read(pt, table + 8 * iopt_index(pt, iova, level));

		if (d & IOPT_VALID) {
			if (!iopt_is_table(d, level))
				return true;
			if (anything_mapped(pt, d & IOPT_ADDRESS(pt), level + 1, iova, next < end ? next : end))
				return true;
		}
		iova = next;
	}
	return false;
}

static bool may_be_leaf(const struct iopt *pt, unsigned level)
{
	return level == 3 || (iopt_page_sizes(&pt->config) & iopt_level_size(pt, level));
}

static int map_level(struct iopt *pt, phys_addr_t table, unsigned level, uint64_t iova, uint64_t end, phys_addr_t pa,
		     uint64_t attributes)
{
	const uint64_t size = iopt_level_size(pt, level);

	while (iova < end) {
		const uint64_t next = (iova & ~(size - 1)) + size;
		const uint64_t stop = next < end ? next : end;
		const phys_addr_t slot = table + 8 * iopt_index(pt, iova, level);
		uint64_t d = iopt_read(pt, slot);

		if (may_be_leaf(pt, level) && stop - iova == size && !(pa & (size - 1))) {
			phys_addr_t old = 0;

			if (iopt_is_table(d, level)) {
				/* An empty table gives way to a block: invalid, TLBI, valid (D8.17.1). */
				old = d & IOPT_ADDRESS(pt);
				iopt_write(pt, slot, 0);
				pt->ops->invalidate(pt->context, iova, size, size, false);
			}
			/* Invalid to valid needs no invalidation (D8.17.1). */
			iopt_write(pt, slot, leaf(pt, level, pa, attributes));
			pt->mapped += size;
			if (old && level + 1 == 3)
				pt->ops->free(pt->context, old, iopt_table_bytes(pt));
			else if (old) {
				/* Below level 2 an empty table may still hold empty tables. */
				for (size_t i = 0; i < iopt_table_bytes(pt) / 8; i++) {
					const uint64_t child = iopt_read(pt, old + 8 * i);

					if (iopt_is_table(child, level + 1))
						pt->ops->free(pt->context, child & IOPT_ADDRESS(pt),
							      iopt_table_bytes(pt));
				}
				pt->ops->free(pt->context, old, iopt_table_bytes(pt));
			}
		} else {
			int result;

			if (!(d & IOPT_VALID)) {
				const phys_addr_t child =
				    pt->ops->alloc(pt->context, iopt_table_bytes(pt), iopt_table_bytes(pt));

				if (!child)
					return ERR_NO_MEMORY;
				d = child | IOPT_VALID | IOPT_TABLE_OR_PAGE;
				hal_dmb(); /* the zeroed table before the pointer to it */
				iopt_write(pt, slot, d);
			}
			result = map_level(pt, d & IOPT_ADDRESS(pt), level + 1, iova, stop, pa, attributes);
			if (result)
				return result;
		}
		pa += stop - iova;
		iova = stop;
	}
	return 0;
}

int iopt_map(struct iopt *pt, uint64_t iova, phys_addr_t pa, uint64_t size, unsigned prot)
{
	const uint64_t granule = iopt_table_bytes(pt);
	int result;

	if (!size || ((iova | pa | size) & (granule - 1)) || !(prot & (IOPT_READ | IOPT_WRITE)))
		return ERR_INVALID;
	if (size > 1ull << 48 || iova + size > 1ull << pt->config.input_bits || iova + size < iova)
		return ERR_RANGE;
	if (pa + size > 1ull << pt->config.output_bits || pa + size < pa)
		return ERR_RANGE;
	if (anything_mapped(pt, pt->root, pt->start_level, iova, iova + size))
		return ERR_BUSY;
	result = map_level(pt, pt->root, pt->start_level, iova, iova + size, pa, leaf_attributes(pt, prot));
	if (result)
		iopt_unmap(pt, iova, size);
	hal_dsb(); /* the new descriptors before the device's first use */
	return result;
}

/* Replaces a block by a table of the next level with the same translations: invalid, TLBI, valid (D8.17.1). */
static phys_addr_t split_block(struct iopt *pt, phys_addr_t slot, uint64_t iova, unsigned level, uint64_t descriptor)
{
	const uint64_t size = iopt_level_size(pt, level);
	const uint64_t step = iopt_level_size(pt, level + 1);
	const uint64_t attributes = descriptor & ~(IOPT_ADDRESS(pt) | 3);
	const phys_addr_t pa = descriptor & IOPT_ADDRESS(pt) & ~(size - 1);
	const phys_addr_t table = pt->ops->alloc(pt->context, iopt_table_bytes(pt), iopt_table_bytes(pt));

	if (!table)
		return 0;
	for (size_t i = 0; i < iopt_table_bytes(pt) / 8; i++)
		iopt_write(pt, table + 8 * i, leaf(pt, level + 1, pa + i * step, attributes));
	iopt_write(pt, slot, 0);
	hal_dsb();
	pt->ops->invalidate(pt->context, iova & ~(size - 1), size, size, true);
	iopt_write(pt, slot, table | IOPT_VALID | IOPT_TABLE_OR_PAGE);
	hal_dsb();
	return table;
}

static uint64_t unmap_level(struct iopt *pt, phys_addr_t table, unsigned level, uint64_t iova, uint64_t end)
{
	const uint64_t size = iopt_level_size(pt, level);
	uint64_t done = 0;
	uint64_t run = 0; /* start of the run of cleared leaves that is not yet invalidated */
	uint64_t run_size = 0;

	while (iova < end) {
		const uint64_t next = (iova & ~(size - 1)) + size;
		const uint64_t stop = next < end ? next : end;
		const phys_addr_t slot = table + 8 * iopt_index(pt, iova, level);
		const uint64_t d = iopt_read(pt, slot);
		const bool leaf_here = (d & IOPT_VALID) && !iopt_is_table(d, level);

		if (leaf_here && stop - iova == size) {
			iopt_write(pt, slot, 0);
			if (!run_size)
				run = iova;
			run_size += size;
			done += size;
		} else {
			phys_addr_t child = 0;

			if (run_size) {
				hal_dsb();
				pt->ops->invalidate(pt->context, run, run_size, size, true);
				run_size = 0;
			}
			if (leaf_here)
				child = split_block(pt, slot, iova, level, d);
			else if (d & IOPT_VALID)
				child = d & IOPT_ADDRESS(pt);
			if (child) {
				done += unmap_level(pt, child, level + 1, iova, stop);
				if (table_is_empty(pt, child)) {
					iopt_write(pt, slot, 0);
					hal_dsb();
					/* Walk caches may hold the pointer: not a leaf-only invalidation. */
					pt->ops->invalidate(pt->context, iova & ~(size - 1), size, size, false);
					pt->ops->free(pt->context, child, iopt_table_bytes(pt));
				}
			}
		}
		iova = stop;
	}
	if (run_size) {
		hal_dsb();
		pt->ops->invalidate(pt->context, run, run_size, size, true);
	}
	return done;
}

uint64_t iopt_unmap(struct iopt *pt, uint64_t iova, uint64_t size)
{
	const uint64_t granule = iopt_table_bytes(pt);
	const uint64_t limit = 1ull << pt->config.input_bits;
	uint64_t done;

	if (!size || ((iova | size) & (granule - 1)) || iova >= limit || size > limit - iova)
		return 0;
	done = unmap_level(pt, pt->root, pt->start_level, iova, iova + size);
	pt->mapped -= done;
	return done;
}
