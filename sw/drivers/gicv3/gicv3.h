#ifndef IOVP_DRIVERS_GICV3_H
#define IOVP_DRIVERS_GICV3_H

/*
 * GICv3 with affinity routing, Group 1 of one security state: distributor, redistributors, CPU interface, LPIs.
 * The ITS is drivers/its. CPU numbers are those of struct acpi_gic: the order of the MADT's enabled GICC entries.
 */

#include <stdbool.h>
#include <stdint.h>

#include "drivers/acpi/acpi.h"
#include "lib/spinlock.h"

enum {
	GICV3_MAX_CPUS = ACPI_MAX_CPUS,
	GICV3_FIRST_PPI = 16,
	GICV3_FIRST_SPI = 32,
	GICV3_END_SPI = 1020,
	GICV3_FIRST_LPI = 8192,
	GICV3_LPI_SLOTS = 1024, /* LPIs this driver can hand out and dispatch, from GICV3_FIRST_LPI on */
	GICV3_PRIORITY = 0xa0,	/* of every interrupt unless asked otherwise; lower is more urgent */
};

typedef void (*gicv3_handler)(void *context, uint32_t intid);

struct gicv3_cpu {
	uint64_t affinity;
	phys_addr_t rd_base;
	uint16_t processor; /* GICR_TYPER.Processor_Number */
	phys_addr_t pending_table;
	bool ready; /* gicv3_cpu_init() has run there */
};

struct gicv3 {
	phys_addr_t gicd;
	unsigned spi_end; /* first INTID that is no SPI of this distributor */
	bool has_lpis;
	unsigned id_bits; /* INTIDs have that many bits as far as this driver goes */
	uint32_t lpi_end; /* first INTID past the configuration table */
	phys_addr_t property_table;
	bool lpi_shareable; /* the redistributors accepted cacheable, shareable LPI tables */
	unsigned cpu_count;
	struct gicv3_cpu cpus[GICV3_MAX_CPUS];
	struct spinlock lock;
	struct gicv3_slot {
		gicv3_handler handler;
		void *context;
	} wired[GICV3_END_SPI], lpis[GICV3_LPI_SLOTS];
	uint64_t lpi_used[GICV3_LPI_SLOTS / 64];
	/* What the handler met, over all CPUs. */
	uint64_t handled, spurious, unhandled;
	uint32_t last_unhandled; /* INTID */
};

/* Distributor, redistributor discovery, LPI configuration table; by one CPU, once, after page_alloc_init(). The struct
 * is large: static memory. ERR_UNSUPPORTED: no GICv3/v4; ERR_NOT_FOUND: a CPU without redistributor; ERR_NO_MEMORY;
 * ERR_TIMEOUT. */
int gicv3_init(struct gicv3 *gic, const struct acpi_gic *tables);

/* The calling CPU's redistributor, LPI pending table and CPU interface; by each CPU for itself, the first one included,
 * with interrupts masked. ERR_NOT_FOUND: not in the MADT; ERR_UNSUPPORTED: no system register interface. */
int gicv3_cpu_init(struct gicv3 *gic);

/* Number of the calling CPU, or ERR_NOT_FOUND. */
int gicv3_this_cpu(const struct gicv3 *gic);

/* Routes an SPI to a CPU and enables it. ERR_RANGE: no such SPI or CPU. */
int gicv3_spi_enable(struct gicv3 *gic, uint32_t intid, bool edge, unsigned cpu);
int gicv3_spi_disable(struct gicv3 *gic, uint32_t intid);

/* A PPI (16..31) of the calling CPU. */
int gicv3_ppi_enable(struct gicv3 *gic, uint32_t intid, bool edge);

/* Sends SGI 0..15 to one CPU. */
int gicv3_send_sgi(struct gicv3 *gic, uint32_t intid, unsigned cpu);

/* `count` LPIs in a row, aligned to `count` rounded up to a power of two (as MSI wants it); first INTID, or a negative
 * error. */
int64_t gicv3_lpi_alloc(struct gicv3 *gic, unsigned count);
int gicv3_lpi_free(struct gicv3 *gic, uint32_t intid, unsigned count);

/* Writes the LPI's configuration byte: the two low priority bits do not exist. Redistributors may hold the old one
 * until its_invalidate_event(). ERR_RANGE: outside the table. */
int gicv3_lpi_configure(struct gicv3 *gic, uint32_t intid, uint8_t priority, bool enable);

/* NULL removes it. An interrupt without handler is acknowledged, counted and ended. ERR_RANGE: not dispatched here. */
int gicv3_register_handler(struct gicv3 *gic, uint32_t intid, gicv3_handler handler, void *context);

/* Acknowledges one interrupt, calls its handler, ends it. `gic` is a struct gicv3: give both to hal_irq_set_handler().
 */
void gicv3_handle_irq(void *gic);

#endif
