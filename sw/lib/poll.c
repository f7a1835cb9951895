#include "lib/poll.h"

#include "lib/errors.h"

struct poll poll_start(uint64_t microseconds)
{
	const uint64_t frequency = hal_counter_frequency();
	struct poll poll = {.start = hal_counter()};

	/* Split so that neither a fast counter nor a long wait overflows; at least one tick. */
	poll.ticks = microseconds / 1000000u * frequency + microseconds % 1000000u * frequency / 1000000u + 1;
	return poll;
}

bool poll_expired(const struct poll *poll)
{
	/* A difference, so that a counter that wraps is no special case. */
	return hal_counter() - poll->start > poll->ticks;
}

int poll_mmio32(phys_addr_t addr, uint32_t mask, uint32_t value, uint64_t microseconds)
{
	const struct poll poll = poll_start(microseconds);

	for (;;) {
		/* Ask the clock first: a CPU that was away for long still gets one more look at the register. */
		const bool expired = poll_expired(&poll);

		if ((hal_mmio_read32(addr) & mask) == value)
			return 0;
		if (expired)
			return ERR_TIMEOUT;
	}
}

void delay_us(uint64_t microseconds)
{
	const struct poll poll = poll_start(microseconds);

	while (!poll_expired(&poll))
		hal_dmb();
}
