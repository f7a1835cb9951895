#include "iommu/iopt_internal.h"
#include "lib/errors.h"

uint64_t iopt_page_sizes(const struct iopt_config *config)
{
	/* D8.3: blocks at levels 1 and 2 (4K), 2 (16K and 64K); larger ones only with 52-bit addresses. */
	switch (config->granule_log2) {
	case 12:
		return 1ull << 12 | 1ull << 21 | 1ull << 30;
	case 14:
		return 1ull << 14 | 1ull << 25;
	case 16:
		return 1ull << 16 | 1ull << 29;
	default:
		return 0;
	}
}

static bool valid_output_bits(unsigned bits)
{
	return bits == 32 || bits == 36 || bits == 40 || bits == 42 || bits == 44 || bits == 48;
}

int iopt_init(struct iopt *pt, const struct iopt_config *config, const struct iopt_ops *ops, void *context)
{
	const unsigned stride = config->granule_log2 - 3;
	unsigned levels, top_bits;

	if (config->stage < 1 || config->stage > 2 || !iopt_page_sizes(config))
		return ERR_INVALID;
	/* T0SZ is at most 39 without small translation tables (5.4 T0SZ, 5.2 S2T0SZ). */
	if (config->input_bits < 25 || config->input_bits > 48 || !valid_output_bits(config->output_bits))
		return ERR_INVALID;
	*pt = (struct iopt){.config = *config, .ops = ops, .context = context};

	levels = (config->input_bits - config->granule_log2 + stride - 1) / stride;
	top_bits = config->input_bits - config->granule_log2 - (levels - 1) * stride;
	/* D8.2: up to 16 concatenated tables replace a stage-2 root of at most 16 entries. */
	if (config->stage == 2 && levels > 1 && top_bits <= 4) {
		levels--;
		top_bits += stride;
	}
	pt->start_level = 4 - levels;
	pt->root_bytes = (size_t)8 << top_bits;
	if (pt->root_bytes < 64)
		pt->root_bytes = 64;
	pt->root = ops->alloc(context, pt->root_bytes, pt->root_bytes);
	return pt->root ? 0 : ERR_NO_MEMORY;
}

static void free_tables(struct iopt *pt, phys_addr_t table, unsigned level, size_t bytes)
{
	for (size_t i = 0; level < 3 && i < bytes / 8; i++) {
		const uint64_t descriptor = iopt_read(pt, table + 8 * i);

		if (iopt_is_table(descriptor, level))
			free_tables(pt, descriptor & IOPT_ADDRESS(pt), level + 1, iopt_table_bytes(pt));
	}
	pt->ops->free(pt->context, table, bytes);
}

void iopt_destroy(struct iopt *pt)
{
	if (pt->root)
		free_tables(pt, pt->root, pt->start_level, pt->root_bytes);
	pt->root = 0;
	pt->mapped = 0;
}

bool iopt_lookup(const struct iopt *pt, uint64_t iova, struct iopt_leaf *leaf)
{
	phys_addr_t table = pt->root;

	if (iova >> pt->config.input_bits)
		return false;
	for (unsigned level = pt->start_level;; level++) {
		const uint64_t size = iopt_level_size(pt, level);
		const uint64_t descriptor = iopt_read(pt, table + 8 * iopt_index(pt, iova, level));

		if (!(descriptor & IOPT_VALID))
			return false;
		if (iopt_is_table(descriptor, level)) {
			table = descriptor & IOPT_ADDRESS(pt);
			continue;
		}
		*leaf = (struct iopt_leaf){.level = level, .size = size, .descriptor = descriptor};
		leaf->address = (descriptor & IOPT_ADDRESS(pt) & ~(size - 1)) | (iova & (size - 1));
		leaf->prot = iopt_prot_of(pt, descriptor);
		return true;
	}
}

static uint8_t ps_field(unsigned output_bits)
{
	/* IPS, S2PS, VTCR_EL2.PS share one encoding */
	switch (output_bits) {
	case 32:
		return 0;
	case 36:
		return 1;
	case 40:
		return 2;
	case 42:
		return 3;
	case 44:
		return 4;
	default:
		return 5;
	}
}

/* TG0 of CD, S2TG of STE, VTCR_EL2.TG0 */
static uint8_t tg_field(unsigned granule_log2)
{
	return granule_log2 == 12 ? 0 : granule_log2 == 16 ? 1 : 2;
}

/* VTCR_EL2.SL0 (D24.2): 4K counts 0, 1, 2 for level 2, 1, 0; 16K and 64K count 0, 1, 2, 3 for level 3, 2, 1, 0. */
static uint8_t sl0_field(const struct iopt *pt)
{
	if (pt->config.granule_log2 == 12)
		return (uint8_t)(pt->start_level == 3 ? 3 : 2 - pt->start_level);
	return (uint8_t)(3 - pt->start_level);
}

struct smmu_s2_config iopt_stage2_config(const struct iopt *pt, uint16_t vmid)
{
	return (struct smmu_s2_config){
	    .vmid = vmid,
	    .t0sz = (uint8_t)(64 - pt->config.input_bits),
	    .sl0 = sl0_field(pt),
	    .tg = tg_field(pt->config.granule_log2),
	    .ps = ps_field(pt->config.output_bits),
	    .ttb = pt->root,
	};
}

struct smmu_cd_config iopt_stage1_config(const struct iopt *pt, uint16_t asid)
{
	return (struct smmu_cd_config){
	    .asid = asid,
	    .t0sz = (uint8_t)(64 - pt->config.input_bits),
	    .tg0 = tg_field(pt->config.granule_log2),
	    .ips = ps_field(pt->config.output_bits),
	    .ttb0 = pt->root,
	    .mair = IOPT_MAIR,
	    .record = true,
	};
}

uint64_t iopt_vttbr(const struct iopt *pt, uint16_t vmid)
{
	return (uint64_t)vmid << 48 | pt->root;
}

/* VTCR_EL2: T0SZ 5:0, SL0 7:6, IRGN0 9:8, ORGN0 11:10, SH0 13:12, TG0 15:14, PS 18:16, VS 19, RES1 31. */
uint64_t iopt_vtcr(const struct iopt *pt)
{
	return (64ull - pt->config.input_bits) | (uint64_t)sl0_field(pt) << 6 | 1ull << 8 | 1ull << 10 | 3ull << 12 |
	       (uint64_t)tg_field(pt->config.granule_log2) << 14 | (uint64_t)ps_field(pt->config.output_bits) << 16 |
	       1ull << 19 | 1ull << 31;
}
