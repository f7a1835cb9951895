#ifndef IOVP_LIB_SPINLOCK_H
#define IOVP_LIB_SPINLOCK_H

#include <stdbool.h>

#include "hal/hal.h"

/*
 * Mutual exclusion between CPUs, and against this CPU's own interrupt handler. Not recursive. A zeroed lock is free.
 * Waiting goes through the HAL, so that the other CPU makes progress when both are one host thread.
 */
struct spinlock {
	bool taken;
};

/* Returns whether interrupts were enabled: hand it to spin_unlock(). */
static inline bool spin_lock(struct spinlock *lock)
{
	const bool irqs = hal_irq_disable();

	while (__atomic_test_and_set(&lock->taken, __ATOMIC_ACQUIRE))
		(void)hal_counter();
	return irqs;
}

static inline void spin_unlock(struct spinlock *lock, bool irqs)
{
	__atomic_clear(&lock->taken, __ATOMIC_RELEASE);
	if (irqs)
		hal_irq_enable();
}

#endif
