#ifndef IOVP_DRIVERS_ITS_INTERNAL_H
#define IOVP_DRIVERS_ITS_INTERNAL_H

#include "drivers/its/its.h"

/* Allocates the tables that the GITS_BASER<n> ask for; the ITS is disabled. */
int its_tables_init(struct its *its);

/* Provides the device table's entry: with an indirect table, the level-2 page. */
int its_tables_cover(struct its *its, uint32_t device_id);

/* Allocates the command queue; the ITS is disabled. */
int its_queue_init(struct its *its);

/* Issues commands and waits until they are executed. With the lock held.
 * ERR_COMMAND: one was refused (the others were executed); ERR_TIMEOUT. */
int its_issue(struct its *its, const struct its_command *commands, unsigned count);

/* How commands name that CPU's redistributor. */
uint64_t its_rdbase(const struct its *its, unsigned cpu);

/* The cacheability and shareability fields, which CBASER and BASER<n> have at the same place. Writes `value` with the
 * best that the ITS accepts and returns what it reads back; clears its->shareable when it is not shareable. */
uint64_t its_write_base(struct its *its, phys_addr_t reg, uint64_t value);

#endif
