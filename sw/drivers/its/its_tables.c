#include "drivers/its/its_internal.h"
#include "drivers/its/its_regs.h"
#include "lib/errors.h"
#include "lib/page_alloc.h"

enum { MAX_PAGES = 256, LEVEL1_ENTRY_SIZE = 8 };

static uint32_t page_bytes(unsigned page_size)
{
	return 0x1000u << (2 * page_size); /* 0: 4K, 1: 16K, 2: 64K */
}

/* With 64K pages, where address bits 15:12 are zero, these bits of the register hold 51:48. */
static int encode_address(phys_addr_t address, uint32_t page, uint64_t *field)
{
	if (address >> 52 || (page != 0x10000 && address >> 48))
		return ERR_RANGE;
	*field = (address & GITS_BASER_ADDRESS) | (page == 0x10000 ? (address >> 48) << 12 : 0);
	return 0;
}

uint64_t its_write_base(struct its *its, phys_addr_t reg, uint64_t value)
{
	uint64_t now;

	value &= ~(GITS_BASER_INNER_CACHE | GITS_BASER_SHAREABILITY);
	hal_mmio_write64(reg, value | field_put(GITS_BASER_INNER_CACHE, GIC_CACHE_RAWAWB) |
				  field_put(GITS_BASER_SHAREABILITY, GIC_SHARE_INNER));
	now = hal_mmio_read64(reg);
	if (field_get(GITS_BASER_SHAREABILITY, now) != GIC_SHARE_NONE)
		return now;
	/* Not shareable, hence not coherent if cacheable. */
	its->shareable = false;
	hal_mmio_write64(reg, value | field_put(GITS_BASER_INNER_CACHE, GIC_CACHE_NON_CACHEABLE));
	return hal_mmio_read64(reg);
}

/* Largest page the register takes: the field may be read-only. */
static int probe_page_size(phys_addr_t reg, uint64_t baser, unsigned *page_size)
{
	for (unsigned size = 3; size-- > 0;) {
		const uint64_t value = (baser & ~(GITS_BASER_VALID | GITS_BASER_PAGE_SIZE | GITS_BASER_INDIRECT)) |
				       field_put(GITS_BASER_PAGE_SIZE, size);

		hal_mmio_write64(reg, value);
		if (field_get(GITS_BASER_PAGE_SIZE, hal_mmio_read64(reg)) == size) {
			*page_size = size;
			return 0;
		}
	}
	return ERR_UNSUPPORTED;
}

static bool probe_indirect(phys_addr_t reg, unsigned page_size)
{
	hal_mmio_write64(reg, GITS_BASER_INDIRECT | field_put(GITS_BASER_PAGE_SIZE, page_size));
	return hal_mmio_read64(reg) & GITS_BASER_INDIRECT;
}

/* What one table is to hold, and what became of it. */
struct table {
	uint64_t ids;
	bool may_be_indirect;
	phys_addr_t address;
	uint32_t page, entry_size;
	bool indirect;
	uint64_t capacity;
};

static int set_up(struct its *its, unsigned n, struct table *table)
{
	const phys_addr_t reg = its->base + GITS_BASER(n);
	const uint64_t baser = hal_mmio_read64(reg);
	uint64_t pages, entries, wanted, now, address;
	unsigned page_size;
	int status = probe_page_size(reg, baser, &page_size);

	if (status)
		return status;
	table->page = page_bytes(page_size);
	table->entry_size = (uint32_t)field_get(GITS_BASER_ENTRY_SIZE, baser) + 1;
	/* Two levels pay when a flat table is larger than a level-1 page and one level-2 page. */
	table->indirect = table->may_be_indirect && table->ids * table->entry_size > 2u * table->page &&
			  probe_indirect(reg, page_size);
	entries = table->page / table->entry_size; /* in a page that the ITS indexes by entries */
	if (table->indirect)
		pages = align_up((table->ids + entries - 1) / entries * LEVEL1_ENTRY_SIZE, table->page) / table->page;
	else
		pages = align_up(table->ids * table->entry_size, table->page) / table->page;
	if (pages > MAX_PAGES)
		pages = MAX_PAGES;
	if (table->indirect)
		table->capacity = pages * (table->page / LEVEL1_ENTRY_SIZE) * entries;
	else
		table->capacity = pages * table->page / table->entry_size;
	if (table->capacity > table->ids)
		table->capacity = table->ids;

	table->address = page_alloc(pages * table->page, table->page);
	if (!table->address)
		return ERR_NO_MEMORY;
	status = encode_address(table->address, table->page, &address);
	if (status)
		return status;
	wanted = GITS_BASER_VALID | (table->indirect ? GITS_BASER_INDIRECT : 0) | address |
		 field_put(GITS_BASER_PAGE_SIZE, page_size) | field_put(GITS_BASER_SIZE, pages - 1);
	now = its_write_base(its, reg, wanted);
	/* Anything else than the attributes must have stuck. */
	if ((now ^ wanted) &
	    (GITS_BASER_VALID | GITS_BASER_INDIRECT | GITS_BASER_ADDRESS | GITS_BASER_PAGE_SIZE | GITS_BASER_SIZE))
		return ERR_UNSUPPORTED;
	return 0;
}

static int set_up_devices(struct its *its, unsigned n)
{
	struct table table = {.ids = UINT64_C(1) << its->device_bits, .may_be_indirect = true};
	const int status = set_up(its, n, &table);

	if (status)
		return status;
	its->device_table.address = table.address;
	its->device_table.page_size = table.page;
	its->device_table.entry_size = table.entry_size;
	its->device_table.indirect = table.indirect;
	its->device_table.capacity = table.capacity;
	return 0;
}

static int set_up_collections(struct its *its, unsigned n)
{
	/* Only the ICIDs that are used need entries: one per CPU. */
	struct table table = {.ids = its->gic->cpu_count};
	const int status = set_up(its, n, &table);

	if (status)
		return status;
	its->collections += (uint32_t)table.capacity;
	return 0;
}

int its_tables_init(struct its *its)
{
	for (unsigned n = 0; n < GITS_BASER_COUNT; n++) {
		int status = 0;

		switch (field_get(GITS_BASER_TYPE, hal_mmio_read64(its->base + GITS_BASER(n)))) {
		case GITS_TYPE_DEVICES:
			status = set_up_devices(its, n);
			break;
		case GITS_TYPE_COLLECTIONS:
			status = set_up_collections(its, n);
			break;
		default: /* unimplemented, or of GICv4: stays invalid */
			break;
		}
		if (status)
			return status;
	}
	return its->device_table.address ? 0 : ERR_UNSUPPORTED;
}

int its_tables_cover(struct its *its, uint32_t device_id)
{
	const uint32_t per_page = its->device_table.page_size / its->device_table.entry_size;
	phys_addr_t entry, page;

	if (device_id >= its->device_table.capacity)
		return ERR_RANGE;
	if (!its->device_table.indirect)
		return 0;
	entry = its->device_table.address + (uint64_t)(device_id / per_page) * LEVEL1_ENTRY_SIZE;
	if (hal_mem_read64(entry) & GITS_LEVEL1_VALID)
		return 0;
	page = page_alloc(its->device_table.page_size, its->device_table.page_size);
	if (!page)
		return ERR_NO_MEMORY;
	hal_dsb(); /* the zeroes before the pointer to them */
	hal_mem_write64(entry, GITS_LEVEL1_VALID | (page & GITS_LEVEL1_ADDRESS));
	hal_dsb();
	return 0;
}
