#include "guest/guest.h"
#include "lib/errors.h"

static uint64_t align_up_to(uint64_t value, uint64_t align)
{
	return (value + align - 1) & ~(align - 1);
}

static phys_addr_t pool_alloc(void *context, size_t bytes, size_t align)
{
	struct guest *guest = context;
	const uint64_t end = guest->config.pool_ipa + guest->config.pool_size;
	uint64_t ipa = 0;

	for (unsigned i = 0; i < guest->pool_free_count && !ipa; i++) {
		if (guest->pool_free[i].size != bytes || guest->pool_free[i].ipa & (align - 1))
			continue;
		ipa = guest->pool_free[i].ipa;
		guest->pool_free[i] = guest->pool_free[--guest->pool_free_count];
	}
	if (!ipa) {
		const uint64_t at = align_up_to(guest->pool_next, align);

		if (at < guest->pool_next || at > end || bytes > end - at)
			return 0;
		ipa = at;
		guest->pool_next = at + bytes;
	}
	hal_mem_fill(ipa, 0, bytes);
	return ipa;
}

/* When the list is full the memory is lost to the guest, which is its own loss. */
static void pool_free(void *context, phys_addr_t ipa, size_t bytes)
{
	struct guest *guest = context;

	if (guest->pool_free_count < GUEST_POOL_FREE) {
		guest->pool_free[guest->pool_free_count].ipa = ipa;
		guest->pool_free[guest->pool_free_count++].size = bytes;
	}
}

static uint64_t table_read(void *context, phys_addr_t addr)
{
	(void)context;
	return hal_mem_read64(addr);
}

static void table_write(void *context, phys_addr_t addr, uint64_t descriptor)
{
	(void)context;
	hal_mem_write64(addr, descriptor);
}

static unsigned log2_of(uint64_t power_of_two)
{
	unsigned n = 0;

	while (power_of_two >>= 1)
		n++;
	return n;
}

static void table_invalidate(void *context, uint64_t iova, uint64_t size, uint64_t step, bool leaf)
{
	struct guest *guest = context;

	if (guest->attached)
		(void)hal_hvc(GUEST_HVC_INV_VA, guest->config.asid, iova, size / step, HVC_INV(log2_of(step), leaf));
}

static const struct iopt_ops guest_pt_ops = {
    .read = table_read,
    .write = table_write,
    .alloc = pool_alloc,
    .free = pool_free,
    .invalidate = table_invalidate,
};

int guest_map_rmr(struct guest *guest, bool map)
{
	const struct guest_config *c = &guest->config;

	if (map)
		return iopt_map(&guest->pt, c->rmr_base, c->rmr_base, c->rmr_size,
				IOPT_READ | IOPT_WRITE | IOPT_DEVICE);
	return iopt_unmap(&guest->pt, c->rmr_base, c->rmr_size) == c->rmr_size ? 0 : ERR_NOT_FOUND;
}

int guest_init(struct guest *guest, const struct guest_config *config)
{
	struct iopt_config tables = {.stage = 1};
	struct smmu_cd_config cd_config;
	struct smmu_entry cd;
	int result;

	*guest = (struct guest){.config = *config, .pool_next = config->pool_ipa};
	tables.granule_log2 = config->granule_log2 ? config->granule_log2 : 12;
	tables.input_bits = config->input_bits ? config->input_bits : 32;
	tables.output_bits = config->ipa_bits ? config->ipa_bits : 40;
	if (!guest->config.asid)
		guest->config.asid = 1;
	guest->iova_next = config->iova_base ? config->iova_base : 0x40000000;
	result = iopt_init(&guest->pt, &tables, &guest_pt_ops, guest);
	if (result)
		return result;
	guest->cd_table = pool_alloc(guest, 64, 64);
	if (!guest->cd_table)
		return ERR_NO_MEMORY;
	cd_config = iopt_stage1_config(&guest->pt, guest->config.asid);
	cd = smmu_make_cd(&cd_config);
	/* No STE points here yet: any order will do (3.21.3). */
	for (unsigned i = 0; i < SMMU_ENTRY_DWORDS; i++)
		hal_mem_write64(guest->cd_table + 8 * i, cd.dw[i]);
	if (config->map_rmr && config->rmr_size)
		result = guest_map_rmr(guest, true);
	hal_dsb();
	return result;
}

int64_t guest_attach(struct guest *guest, unsigned device)
{
	const int64_t result = (int64_t)hal_hvc(GUEST_HVC_ATTACH_NESTED, device, guest->cd_table, HVC_S1(0, 0, 0), 0);

	if (result >= 0)
		guest->attached = true;
	return result;
}

int64_t guest_detach(struct guest *guest, unsigned device)
{
	(void)guest; /* others may still be attached: go on invalidating */
	return (int64_t)hal_hvc(GUEST_HVC_DETACH, device, 0, 0, 0);
}

int guest_dma_map_at(struct guest *guest, uint64_t iova, uint64_t ipa, uint64_t size, unsigned prot)
{
	return iopt_map(&guest->pt, iova, ipa, size, prot);
}

uint64_t guest_dma_map(struct guest *guest, uint64_t ipa, uint64_t size, unsigned prot)
{
	const uint64_t granule = 1ull << guest->pt.config.granule_log2;
	const uint64_t page = ipa & ~(granule - 1);
	const uint64_t bytes = align_up_to(ipa + size - page, granule);
	const uint64_t iova = guest->iova_next;

	if (!size || iopt_map(&guest->pt, iova, page, bytes, prot))
		return 0;
	guest->iova_next = iova + bytes;
	return iova + (ipa - page);
}

void guest_dma_unmap(struct guest *guest, uint64_t iova, uint64_t size)
{
	const uint64_t granule = 1ull << guest->pt.config.granule_log2;
	const uint64_t page = iova & ~(granule - 1);

	if (size)
		(void)iopt_unmap(&guest->pt, page, align_up_to(iova + size - page, granule));
}

int64_t guest_msi_request(struct guest *guest, unsigned device, uint32_t vector, unsigned cpu)
{
	(void)guest;
	return (int64_t)hal_hvc(GUEST_HVC_MSI_VECTOR, device, vector, cpu, 0);
}

int64_t guest_device(struct guest *guest, unsigned device, uint64_t operation, uint64_t a, uint64_t b)
{
	(void)guest;
	return (int64_t)hal_hvc(GUEST_HVC_DEVICE, device, operation, a, b);
}

int64_t guest_memory_notice(struct guest *guest, uint64_t ipa, uint64_t size, bool online)
{
	(void)guest;
	return (int64_t)hal_hvc(online ? GUEST_HVC_MEMORY_ONLINE : GUEST_HVC_MEMORY_OFFLINE, ipa, size, 0, 0);
}
