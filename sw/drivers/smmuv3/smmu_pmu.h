#ifndef IOVP_SMMU_PMU_H
#define IOVP_SMMU_PMU_H

/*
 * Counters of an SMMU's Performance Monitor Counter Group (IHI 0070 chapter 10). What a group counts for which streams
 * is IMPLEMENTATION DEFINED: who wants a device's transactions counts in every group of its SMMU and adds up.
 */

#include <stdbool.h>
#include <stdint.h>

#include "drivers/acpi/iort.h"
#include "hal/hal.h"
#include "lib/spinlock.h"

enum { SMMU_PMU_MAX_COUNTERS = 64 };

enum smmu_pmu_event {
	SMMU_PMU_CYCLES = 0,
	SMMU_PMU_TRANSACTION = 1, /* or translation request */
	SMMU_PMU_TLB_MISS = 2,
	SMMU_PMU_CONFIG_MISS = 3,
	SMMU_PMU_WALK_ACCESS = 4,
	SMMU_PMU_CONFIG_ACCESS = 5,
	SMMU_PMU_ATS_REQUEST = 6,
	SMMU_PMU_ATS_TRANSLATED = 7,
};

struct smmu_pmu {
	phys_addr_t page0;
	phys_addr_t counters; /* page 1, or page 0 where nothing is relocated */
	unsigned counter_count;
	unsigned counter_bits;
	bool shared_filter; /* one StreamID filter for all counters */
	bool has_msi;
	uint64_t ceid[2];
	uint64_t used;				   /* counters that are started */
	uint32_t shared_type, shared_match;	   /* the filter, while shared and in use */
	uint64_t overflows[SMMU_PMU_MAX_COUNTERS]; /* of each counter since it was started */
	uint64_t first[SMMU_PMU_MAX_COUNTERS];	   /* value at the start */
	uint64_t interrupts;			   /* that found an overflow */
	/* May be NULL. In interrupt context, once for each overflow, in order of the counters. */
	void (*on_overflow)(void *context, struct smmu_pmu *pmu, unsigned counter);
	void *context;
	struct spinlock lock;
};

struct smmu_pmu_filter {
	uint16_t event;	    /* enum smmu_pmu_event, or an IMPLEMENTATION DEFINED one */
	bool all_streams;   /* otherwise: */
	uint32_t stream_id; /* StreamID, */
	unsigned ignored;   /* of which so many low bits may be anything, 0..31 */
	uint64_t period;    /* not 0: the first overflow comes after so many events */
};

/* Reads what the group can do and stops all of it: nothing counts, no interrupt. ERR_MALFORMED: counters in page 1, but
 * the firmware knows none, or a size that does not exist; ERR_BUS. */
int smmu_pmu_init(struct smmu_pmu *pmu, const struct iort_pmcg *where);

/* Architected events: CEID tells. IMPLEMENTATION DEFINED ones: true, for nothing tells. */
bool smmu_pmu_counts(const struct smmu_pmu *pmu, uint16_t event);

/* Starts a free counter from 0 and returns its number. ERR_UNSUPPORTED: the group does not count the event;
 * ERR_NO_MEMORY: no counter is free; ERR_BUSY: the only filter is in use for other streams; ERR_RANGE: the period. */
int smmu_pmu_start(struct smmu_pmu *pmu, const struct smmu_pmu_filter *filter);
/* Stops it and gives it back; *value (may be NULL) is what it counted. ERR_INVALID: it was not started. */
int smmu_pmu_stop(struct smmu_pmu *pmu, unsigned counter, uint64_t *value);
/* What it has counted so far, overflows included. */
int smmu_pmu_read(struct smmu_pmu *pmu, unsigned counter, uint64_t *value);

/* Where overflows go as MSIs; only while interrupts are off. ERR_UNSUPPORTED: the group has none. */
int smmu_pmu_set_msi(struct smmu_pmu *pmu, phys_addr_t address, uint32_t data, uint32_t attributes);
/* Returns when the group has taken it. ERR_TIMEOUT. */
int smmu_pmu_enable_interrupt(struct smmu_pmu *pmu, bool on);
/* For the interrupt of the group, wired or MSI. */
void smmu_pmu_handle_interrupt(struct smmu_pmu *pmu);

#endif
