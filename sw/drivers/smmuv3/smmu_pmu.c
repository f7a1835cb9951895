#include "drivers/smmuv3/smmu_pmu.h"

#include "drivers/smmuv3/smmu_pmu_regs.h"
#include "lib/errors.h"
#include "lib/poll.h"

static uint64_t bit(unsigned n)
{
	return UINT64_C(1) << n;
}

static uint64_t largest_value(const struct smmu_pmu *pmu)
{
	return UINT64_MAX >> (64 - pmu->counter_bits);
}

static phys_addr_t counter_address(const struct smmu_pmu *pmu, unsigned n)
{
	return pmu->counters + PMCG_EVCNTR + (pmu->counter_bits <= 32 ? 4 : 8) * n;
}

/* 10.5: a 64-bit access need not be atomic. The upper half must be the same before and after. */
static uint64_t read_counter(const struct smmu_pmu *pmu, unsigned n)
{
	const phys_addr_t at = counter_address(pmu, n);
	uint32_t upper, lower, again;

	if (pmu->counter_bits <= 32)
		return hal_mmio_read32(at);
	again = hal_mmio_read32(at + 4);
	do {
		upper = again;
		lower = hal_mmio_read32(at);
		again = hal_mmio_read32(at + 4);
	} while (again != upper);
	return (uint64_t)upper << 32 | lower;
}

/* The counter is disabled. */
static void write_counter(const struct smmu_pmu *pmu, unsigned n, uint64_t value)
{
	if (pmu->counter_bits <= 32)
		hal_mmio_write32(counter_address(pmu, n), (uint32_t)value);
	else
		hal_mmio_write64(counter_address(pmu, n), value);
}

static bool size_exists(unsigned bits)
{
	return bits == 32 || bits == 36 || bits == 40 || bits == 44 || bits == 48 || bits == 64;
}

int smmu_pmu_init(struct smmu_pmu *pmu, const struct iort_pmcg *where)
{
	uint32_t cfgr;

	*pmu = (struct smmu_pmu){.page0 = where->page0, .counters = where->page0};
	(void)hal_bus_error();
	cfgr = hal_mmio_read32(pmu->page0 + PMCG_CFGR);
	if (hal_bus_error())
		return ERR_BUS;
	if (cfgr & PMCG_CFGR_RELOC_CTRS) {
		if (!where->page1 || where->page1 == where->page0)
			return ERR_MALFORMED;
		pmu->counters = where->page1;
	}
	pmu->counter_count = PMCG_CFGR_NCTR(cfgr) + 1;
	pmu->counter_bits = PMCG_CFGR_SIZE(cfgr) + 1;
	if (!size_exists(pmu->counter_bits))
		return ERR_MALFORMED;
	pmu->shared_filter = cfgr & PMCG_CFGR_SID_FILTER_TYPE;
	pmu->has_msi = cfgr & PMCG_CFGR_MSI;
	pmu->ceid[0] = hal_mmio_read64(pmu->page0 + PMCG_CEID0);
	pmu->ceid[1] = hal_mmio_read64(pmu->page0 + PMCG_CEID1);
	/* Reset values are UNKNOWN: nothing may count, and no old overflow may be left. */
	hal_mmio_write32(pmu->page0 + PMCG_CR, 0);
	hal_mmio_write64(pmu->page0 + PMCG_CNTENCLR0, UINT64_MAX);
	hal_mmio_write64(pmu->page0 + PMCG_INTENCLR0, UINT64_MAX);
	hal_mmio_write64(pmu->counters + PMCG_OVSCLR0, UINT64_MAX);
	if (smmu_pmu_enable_interrupt(pmu, false))
		return ERR_TIMEOUT;
	if (pmu->has_msi)
		hal_mmio_write64(pmu->page0 + PMCG_IRQ_CFG0, 0);
	hal_mmio_write32(pmu->page0 + PMCG_CR, PMCG_CR_E);
	return hal_bus_error() ? ERR_BUS : 0;
}

bool smmu_pmu_counts(const struct smmu_pmu *pmu, uint16_t event)
{
	return event >= 128 || (pmu->ceid[event / 64] & bit(event % 64));
}

/* 10.4: with SPAN the lowest zero bit and the ones below it mean "anything"; all ones mean every stream. */
static uint32_t match_of(const struct smmu_pmu_filter *filter, uint32_t *type)
{
	*type = 0;
	if (!filter->all_streams && !filter->ignored)
		return filter->stream_id;
	*type = PMCG_EVTYPER_FILTER_SID_SPAN;
	if (filter->all_streams)
		return UINT32_MAX;
	return (filter->stream_id & (uint32_t) ~(bit(filter->ignored) - 1)) | (uint32_t)(bit(filter->ignored - 1) - 1);
}

static int find_free(const struct smmu_pmu *pmu)
{
	for (unsigned n = 0; n < pmu->counter_count; n++)
		if (!(pmu->used & bit(n)))
			return (int)n;
	return ERR_NO_MEMORY;
}

static int take_counter(struct smmu_pmu *pmu, uint32_t type, uint32_t match)
{
	if (pmu->shared_filter && pmu->used && (pmu->shared_type != type || pmu->shared_match != match))
		return ERR_BUSY;
	pmu->shared_type = type;
	pmu->shared_match = match;
	return find_free(pmu);
}

static void start_counter(struct smmu_pmu *pmu, unsigned n, const struct smmu_pmu_filter *filter, uint32_t type,
			  uint32_t match)
{
	const uint64_t mask = largest_value(pmu);

	pmu->overflows[n] = 0;
	pmu->first[n] = filter->period ? (mask - filter->period + 1) & mask : 0;
	write_counter(pmu, n, pmu->first[n]);
	/* The filter that all counters share is that of counter 0, whether it counts or not. */
	if (pmu->shared_filter) {
		const uint32_t event0 = hal_mmio_read32(pmu->page0 + PMCG_EVTYPER(0)) & PMCG_EVTYPER_EVENT;

		hal_mmio_write32(pmu->page0 + PMCG_EVTYPER(0), (n ? event0 : filter->event) | type);
		hal_mmio_write32(pmu->page0 + PMCG_SMR(0), match);
	} else {
		hal_mmio_write32(pmu->page0 + PMCG_SMR(n), match);
	}
	if (n || !pmu->shared_filter)
		hal_mmio_write32(pmu->page0 + PMCG_EVTYPER(n), filter->event | (pmu->shared_filter ? 0 : type));
	hal_mmio_write64(pmu->counters + PMCG_OVSCLR0, bit(n));
	hal_mmio_write64(pmu->page0 + PMCG_INTENSET0, bit(n));
	pmu->used |= bit(n);
	hal_mmio_write64(pmu->page0 + PMCG_CNTENSET0, bit(n));
}

int smmu_pmu_start(struct smmu_pmu *pmu, const struct smmu_pmu_filter *filter)
{
	uint32_t type, match;
	bool irqs;
	int n;

	if (!smmu_pmu_counts(pmu, filter->event))
		return ERR_UNSUPPORTED;
	if (filter->period > largest_value(pmu) || filter->ignored > 31)
		return ERR_RANGE;
	match = match_of(filter, &type);
	irqs = spin_lock(&pmu->lock);
	n = take_counter(pmu, type, match);
	if (n >= 0)
		start_counter(pmu, (unsigned)n, filter, type, match);
	spin_unlock(&pmu->lock, irqs);
	return n;
}

/* Under the lock. The overflows that are seen here bring no interrupt with something to do any more: count them. */
static uint64_t take_overflows(struct smmu_pmu *pmu)
{
	const uint64_t seen = hal_mmio_read64(pmu->counters + PMCG_OVSCLR0) & pmu->used;

	if (seen)
		hal_mmio_write64(pmu->counters + PMCG_OVSCLR0, seen);
	for (unsigned n = 0; n < pmu->counter_count; n++)
		if (seen & bit(n))
			pmu->overflows[n]++;
	return seen;
}

static void tell(struct smmu_pmu *pmu, uint64_t overflowed)
{
	for (unsigned n = 0; pmu->on_overflow && n < pmu->counter_count; n++)
		if (overflowed & bit(n))
			pmu->on_overflow(pmu->context, pmu, n);
}

/* Under the lock. A counter that wraps between the two reads has OVS set then: read it again. */
static uint64_t current_value(struct smmu_pmu *pmu, unsigned n, uint64_t *overflowed)
{
	uint64_t value = read_counter(pmu, n);

	*overflowed = take_overflows(pmu);
	if (*overflowed & bit(n))
		value = read_counter(pmu, n);
	value -= pmu->first[n];
	/* With 64 bits the overflows are beyond the type, and the difference is right without them. */
	return pmu->counter_bits == 64 ? value : value + (pmu->overflows[n] << pmu->counter_bits);
}

int smmu_pmu_read(struct smmu_pmu *pmu, unsigned counter, uint64_t *value)
{
	uint64_t overflowed = 0;
	bool irqs;
	int status = ERR_INVALID;

	irqs = spin_lock(&pmu->lock);
	if (counter < pmu->counter_count && (pmu->used & bit(counter))) {
		*value = current_value(pmu, counter, &overflowed);
		status = 0;
	}
	spin_unlock(&pmu->lock, irqs);
	tell(pmu, overflowed);
	return status;
}

int smmu_pmu_stop(struct smmu_pmu *pmu, unsigned counter, uint64_t *value)
{
	uint64_t last, overflowed = 0;
	bool irqs;
	int status = ERR_INVALID;

	irqs = spin_lock(&pmu->lock);
	if (counter < pmu->counter_count && (pmu->used & bit(counter))) {
		hal_mmio_write64(pmu->page0 + PMCG_CNTENCLR0, bit(counter));
		hal_mmio_write64(pmu->page0 + PMCG_INTENCLR0, bit(counter));
		last = current_value(pmu, counter, &overflowed);
		if (value)
			*value = last;
		pmu->used &= ~bit(counter);
		status = 0;
	}
	spin_unlock(&pmu->lock, irqs);
	tell(pmu, overflowed);
	return status;
}

int smmu_pmu_set_msi(struct smmu_pmu *pmu, phys_addr_t address, uint32_t data, uint32_t attributes)
{
	if (!pmu->has_msi)
		return ERR_UNSUPPORTED;
	hal_mmio_write64(pmu->page0 + PMCG_IRQ_CFG0, address);
	hal_mmio_write32(pmu->page0 + PMCG_IRQ_CFG1, data);
	hal_mmio_write32(pmu->page0 + PMCG_IRQ_CFG2, attributes);
	return 0;
}

int smmu_pmu_enable_interrupt(struct smmu_pmu *pmu, bool on)
{
	const uint32_t wanted = on ? PMCG_IRQ_CTRL_IRQEN : 0;

	hal_mmio_write32(pmu->page0 + PMCG_IRQ_CTRL, wanted);
	return poll_mmio32(pmu->page0 + PMCG_IRQ_CTRLACK, PMCG_IRQ_CTRL_IRQEN, wanted, POLL_DEFAULT_US);
}

void smmu_pmu_handle_interrupt(struct smmu_pmu *pmu)
{
	const bool irqs = spin_lock(&pmu->lock);
	const uint64_t overflowed = take_overflows(pmu);

	if (overflowed)
		pmu->interrupts++;
	spin_unlock(&pmu->lock, irqs);
	tell(pmu, overflowed);
}
