#ifndef IOVP_DRIVERS_ITS_H
#define IOVP_DRIVERS_ITS_H

/*
 * GICv3 Interrupt Translation Service: turns a device's MSI (DeviceID, EventID) into an LPI on a CPU. Collection n is
 * CPU n. Every function returns after the ITS has executed its commands.
 */

#include <stdbool.h>
#include <stdint.h>

#include "drivers/gicv3/gicv3.h"
#include "drivers/its/its_command.h"
#include "lib/spinlock.h"

enum {
	ITS_MAX_DEVICES = 64,
	ITS_QUEUE_SIZE = 0x1000, /* bytes: 128 commands, of which 127 wait at most */
};

struct its_device {
	uint32_t device_id;
	unsigned event_bits; /* 0: free slot */
	phys_addr_t itt;
	phys_addr_t events; /* 8 bytes an event: what is mapped, see its.c */
};

struct its {
	struct gicv3 *gic;
	phys_addr_t base;
	struct spinlock lock;

	unsigned itt_entry_size; /* bytes */
	unsigned event_bits, device_bits;
	bool pta; /* commands name a redistributor by its address, not by its processor number */
	uint32_t collections;

	struct {
		phys_addr_t address;
		uint32_t page_size, entry_size;
		bool indirect;
		uint64_t capacity; /* DeviceIDs below it have an entry, or can get one */
	} device_table;
	bool shareable; /* tables and queue, as the ITS accepted them */

	phys_addr_t queue;
	uint32_t write; /* byte offset of the next command */

	bool mapped[GICV3_MAX_CPUS]; /* collections */
	struct its_device devices[ITS_MAX_DEVICES];

	uint64_t command_errors;
	struct its_command refused; /* the last command that stopped the queue */
};

/* Takes over the ITS at `base` (its control frame): tables, queue, enable, and the collection of each CPU on which
 * gicv3_cpu_init() has run (so run it at least on the caller first). ERR_UNSUPPORTED: no physical LPIs, or no device
 * table; ERR_INVALID: no CPU ready; ERR_NO_MEMORY, ERR_TIMEOUT, ERR_COMMAND. */
int its_init(struct its *its, struct gicv3 *gic, phys_addr_t base);

/* Maps the collection of a CPU that came up after its_init(). No error when it is mapped already. */
int its_cpu_init(struct its *its, unsigned cpu);

/* Physical address of GITS_TRANSLATER: the MSI doorbell. */
phys_addr_t its_doorbell(const struct its *its);

/* Makes EventIDs 0..events-1 (rounded up to a power of two, at least 2) of a device mappable.
 * ERR_BUSY: mapped before; ERR_RANGE: DeviceID or number of events beyond this ITS; ERR_NO_MEMORY. */
int its_map_device(struct its *its, uint32_t device_id, uint32_t events);
/* Discards what is mapped and forgets the device. */
int its_unmap_device(struct its *its, uint32_t device_id);

/* MAPTI; the LPI's configuration is read afresh. ERR_NOT_FOUND: device; ERR_RANGE: event, INTID or CPU; ERR_BUSY: event
 * already mapped; ERR_INVALID: that CPU has no collection yet. */
int its_map_event(struct its *its, uint32_t device_id, uint32_t event_id, uint32_t intid, unsigned cpu);
/* MOVI: to another CPU, pending state included. ERR_NOT_FOUND: not mapped. */
int its_move_event(struct its *its, uint32_t device_id, uint32_t event_id, unsigned cpu);
/* INV: after gicv3_lpi_configure(). */
int its_invalidate_event(struct its *its, uint32_t device_id, uint32_t event_id);
/* DISCARD: a pending interrupt is lost with it. */
int its_unmap_event(struct its *its, uint32_t device_id, uint32_t event_id);
/* INT and CLEAR: makes an event pending as if the device had written it, or takes that back. */
int its_set_pending(struct its *its, uint32_t device_id, uint32_t event_id, bool pending);

#endif
