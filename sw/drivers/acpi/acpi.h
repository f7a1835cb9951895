#ifndef IOVP_DRIVERS_ACPI_H
#define IOVP_DRIVERS_ACPI_H

/*
 * The firmware tables that describe the I/O subsystem: RSDP -> XSDT -> MADT, MCFG, IORT (the last in iort.h).
 * Nothing in a table is believed before it is checked: every read is inside the table, every table adds up to zero.
 * Sources: ACPI 6.5, 5.2.5 (RSDP), 5.2.8 (XSDT), 5.2.12 (MADT); PCI Firmware 3.3, 4.1.2 (MCFG).
 */

#include <stdbool.h>
#include <stdint.h>

#include "hal/hal.h"

/* A table with a good length and checksum; address 0: absent. */
struct acpi_table {
	phys_addr_t address;
	uint32_t length;
	uint8_t revision;
};

struct acpi {
	struct acpi_table madt;
	struct acpi_table mcfg;
	struct acpi_table iort;
};

/* Finds and checks the tables. `rsdp` is the physical address from the boot hand-off.
 * ERR_MALFORMED: a bad signature or length; ERR_CHECKSUM; ERR_BUS: a pointer into nowhere. An absent table is no error
 * here: the functions that need it say ERR_NOT_FOUND. */
int acpi_init(struct acpi *acpi, phys_addr_t rsdp);

/* Reads `size` (1, 2, 4, 8) little-endian bytes at any alignment. ERR_MALFORMED beyond the table's end; *value is then
 * 0. */
int acpi_read(const struct acpi_table *table, uint64_t offset, unsigned size, uint64_t *value);

/* The XSDT's table with that signature, checked. Of several, the first. */
int acpi_find_table(phys_addr_t rsdp, const char signature[4], struct acpi_table *table);

enum { ACPI_MAX_CPUS = 16, ACPI_MAX_GICR = 16, ACPI_MAX_ITS = 8, ACPI_MAX_MCFG = 4 };

struct acpi_cpu {
	uint64_t affinity;     /* MPIDR_EL1's affinity fields, as hal_cpu_affinity() */
	uint32_t uid;	       /* ACPI processor UID */
	phys_addr_t gicr_base; /* 0: look into the redistributor regions */
};

struct acpi_gic {
	phys_addr_t gicd;
	uint8_t version; /* 0: to be read from GICD_PIDR2 */
	unsigned cpu_count;
	struct acpi_cpu cpus[ACPI_MAX_CPUS]; /* enabled ones, in the table's order: the driver's CPU numbers */
	unsigned gicr_count;
	struct {
		phys_addr_t base;
		uint32_t length;
	} gicr[ACPI_MAX_GICR];
	unsigned its_count;
	struct {
		uint32_t id;
		phys_addr_t base;
	} its[ACPI_MAX_ITS];
};

/* MADT. ERR_NOT_FOUND without a GICD, ERR_NO_MEMORY when there are more entries than the arrays hold. */
int acpi_gic(const struct acpi *acpi, struct acpi_gic *gic);

struct acpi_mcfg_entry {
	phys_addr_t base; /* of bus 0, also when start_bus is not 0 */
	uint16_t segment;
	uint8_t start_bus, end_bus;
};

struct acpi_mcfg {
	unsigned count;
	struct acpi_mcfg_entry entries[ACPI_MAX_MCFG];
};

/* MCFG. ERR_MALFORMED when a bus range is reversed. */
int acpi_mcfg(const struct acpi *acpi, struct acpi_mcfg *mcfg);

#endif
