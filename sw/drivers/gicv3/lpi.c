#include "drivers/gicv3/gicv3_internal.h"
#include "drivers/gicv3/gicv3_regs.h"
#include "lib/errors.h"
#include "lib/page_alloc.h"
#include "lib/poll.h"

/* More INTID bits would only make the tables larger: 64 KiB and 8 KiB are plenty, and what Linux takes. */
enum { MAX_ID_BITS = 16, MIN_ID_BITS = 14 /* below it there is no LPI */ };

int gicv3_lpi_init(struct gicv3 *gic, uint32_t gicd_typer)
{
	const uint32_t limit = (uint32_t)field_get(GICD_TYPER_NUM_LPIS, gicd_typer);
	unsigned bits = (unsigned)field_get(GICD_TYPER_IDBITS, gicd_typer) + 1;
	uint32_t lpis;

	if (bits < MIN_ID_BITS)
		return ERR_UNSUPPORTED;
	if (bits > MAX_ID_BITS)
		bits = MAX_ID_BITS;
	gic->id_bits = bits;
	gic->lpi_end = 1u << bits;
	lpis = gic->lpi_end - GICV3_FIRST_LPI;
	/* num_LPIs: 0 means as many as IDbits say, otherwise 2^(n+1). */
	if (limit && limit < 31 && (2u << limit) < lpis)
		gic->lpi_end = GICV3_FIRST_LPI + (2u << limit);
	gic->property_table = page_alloc(lpis, PAGE_ALLOC_UNIT);
	if (!gic->property_table)
		return ERR_NO_MEMORY;
	/* The entry of INTID n is byte n - 8192. */
	hal_mem_fill(gic->property_table, GICV3_PRIORITY | LPI_CONFIG_RES1, lpis);
	hal_dsb();
	return 0;
}

static uint64_t attributes(unsigned cache, unsigned shareability)
{
	return field_put(GICR_BASER_INNER_CACHE, cache) | field_put(GICR_BASER_SHAREABILITY, shareability);
}

/* Asks for cacheable and inner shareable. Hardware that cannot says so in what it reads back; then cacheability without
 * shareability would be wrong, so the table is made non-cacheable. True when it stayed shareable. */
static bool write_base(phys_addr_t reg, uint64_t value)
{
	uint64_t now;

	hal_mmio_write64(reg, value | attributes(GIC_CACHE_RAWAWB, GIC_SHARE_INNER));
	now = hal_mmio_read64(reg);
	if (field_get(GICR_BASER_SHAREABILITY, now) != GIC_SHARE_NONE)
		return true;
	hal_mmio_write64(reg, value | attributes(GIC_CACHE_NON_CACHEABLE, GIC_SHARE_NONE));
	return false;
}

int gicv3_lpi_cpu_init(struct gicv3 *gic, struct gicv3_cpu *cpu)
{
	/* One bit per INTID from 0 on: the first 1 KiB stands for INTIDs that are no LPIs. */
	const uint32_t size = (1u << gic->id_bits) / 8;
	uint32_t ctlr = hal_mmio_read32(cpu->rd_base + GICR_CTLR);
	bool shareable;

	if (ctlr & GICR_CTLR_ENABLE_LPIS) {
		/* Firmware's tables are in use, and clearing the bit again is optional: try, and look. */
		hal_mmio_write32(cpu->rd_base + GICR_CTLR, ctlr & ~GICR_CTLR_ENABLE_LPIS);
		if (poll_mmio32(cpu->rd_base + GICR_CTLR, GICR_CTLR_RWP | GICR_CTLR_ENABLE_LPIS, 0, POLL_DEFAULT_US))
			return ERR_BUSY;
		ctlr &= ~GICR_CTLR_ENABLE_LPIS;
	}
	if (!cpu->pending_table)
		cpu->pending_table = page_alloc(size, 0x10000); /* PENDBASER has no lower address bits */
	if (!cpu->pending_table)
		return ERR_NO_MEMORY;
	shareable = write_base(cpu->rd_base + GICR_PROPBASER, (gic->property_table & GICR_PROPBASER_ADDRESS) |
								  field_put(GICR_PROPBASER_IDBITS, gic->id_bits - 1));
	/* PTZ: page_alloc() zeroed it, so the redistributor need not read it. */
	shareable &= write_base(cpu->rd_base + GICR_PENDBASER,
				(cpu->pending_table & GICR_PENDBASER_ADDRESS) | GICR_PENDBASER_PTZ);
	gic->lpi_shareable = shareable;
	hal_dsb();
	hal_mmio_write32(cpu->rd_base + GICR_CTLR, ctlr | GICR_CTLR_ENABLE_LPIS);
	hal_dsb();
	return hal_mmio_read32(cpu->rd_base + GICR_CTLR) & GICR_CTLR_ENABLE_LPIS ? 0 : ERR_UNSUPPORTED;
}

static bool slot_used(const struct gicv3 *gic, unsigned slot)
{
	return gic->lpi_used[slot / 64] >> (slot % 64) & 1;
}

static void set_slots(struct gicv3 *gic, unsigned first, unsigned count, bool used)
{
	for (unsigned slot = first; slot < first + count; slot++) {
		const uint64_t bit = UINT64_C(1) << (slot % 64);

		if (used)
			gic->lpi_used[slot / 64] |= bit;
		else
			gic->lpi_used[slot / 64] &= ~bit;
	}
}

static unsigned count_slots(const struct gicv3 *gic, unsigned first, unsigned count)
{
	unsigned used = 0;

	for (unsigned slot = first; slot < first + count; slot++)
		used += slot_used(gic, slot);
	return used;
}

static unsigned slot_count(const struct gicv3 *gic)
{
	const unsigned lpis = gic->lpi_end - GICV3_FIRST_LPI;

	return !gic->has_lpis ? 0 : lpis < GICV3_LPI_SLOTS ? lpis : GICV3_LPI_SLOTS;
}

int64_t gicv3_lpi_alloc(struct gicv3 *gic, unsigned count)
{
	const unsigned end = slot_count(gic);
	int64_t found = ERR_NO_MEMORY;
	unsigned step;
	bool irqs;

	if (!count || count > GICV3_LPI_SLOTS)
		return ERR_INVALID;
	step = 1u << log2_ceil(count);
	irqs = spin_lock(&gic->lock);
	for (unsigned first = 0; first + count <= end && found < 0; first += step)
		if (!count_slots(gic, first, count)) {
			set_slots(gic, first, count, true);
			found = GICV3_FIRST_LPI + (int64_t)first;
		}
	spin_unlock(&gic->lock, irqs);
	return found;
}

int gicv3_lpi_free(struct gicv3 *gic, uint32_t intid, unsigned count)
{
	const unsigned first = intid - GICV3_FIRST_LPI, end = slot_count(gic);
	int status = 0;
	bool irqs;

	if (intid < GICV3_FIRST_LPI || !count || count > end || first > end - count)
		return ERR_RANGE;
	irqs = spin_lock(&gic->lock);
	if (count_slots(gic, first, count) != count)
		status = ERR_INVALID;
	else
		set_slots(gic, first, count, false);
	spin_unlock(&gic->lock, irqs);
	return status;
}

int gicv3_lpi_configure(struct gicv3 *gic, uint32_t intid, uint8_t priority, bool enable)
{
	if (!gic->has_lpis || intid < GICV3_FIRST_LPI || intid >= gic->lpi_end)
		return ERR_RANGE;
	hal_mem_write8(
	    gic->property_table + (intid - GICV3_FIRST_LPI),
	    (uint8_t)((priority & LPI_CONFIG_PRIORITY) | LPI_CONFIG_RES1 | (enable ? LPI_CONFIG_ENABLE : 0)));
	hal_dsb(); /* before the INV that tells the redistributor */
	return 0;
}
