#ifndef IOVP_LIB_POLL_H
#define IOVP_LIB_POLL_H

#include <stdbool.h>
#include <stdint.h>

#include "hal/hal.h"

/*
 * A busy wait with an end. Use:
 *	struct poll p = poll_start(POLL_DEFAULT_US);
 *	while (!ready())
 *		if (poll_expired(&p))
 *			return ERR_TIMEOUT;
 */
struct poll {
	uint64_t start;
	uint64_t ticks;
};

/* One second, as Linux waits for the GIC and the SMMU. Long, because it only ends a wait that has no hope. */
#define POLL_DEFAULT_US 1000000u

struct poll poll_start(uint64_t microseconds);
bool poll_expired(const struct poll *poll);

/* Waits until (register & mask) == value. 0 or ERR_TIMEOUT. */
int poll_mmio32(phys_addr_t addr, uint32_t mask, uint32_t value, uint64_t microseconds);

/* Lets at least that time pass. */
void delay_us(uint64_t microseconds);

#endif
