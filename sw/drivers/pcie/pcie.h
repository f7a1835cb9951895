#ifndef IOVP_DRIVERS_PCIE_H
#define IOVP_DRIVERS_PCIE_H

/*
 * PCI Express: enumeration over ECAM, bus numbers, BARs and bridge windows, bus mastering. MSI-X is in msix.h.
 * All memory BARs, prefetchable or not, are placed in one 32-bit window; I/O BARs and expansion ROMs get no address.
 */

#include <stdbool.h>
#include <stdint.h>

#include "drivers/acpi/acpi.h"

enum { PCIE_MAX_FUNCTIONS = 64, PCIE_MAX_DEPTH = 8, PCIE_BARS = 6 };

/* CPU addresses from which BARs are given out; the root complex forwards them unchanged. Below 4 GiB. */
struct pcie_window {
	phys_addr_t base;
	uint64_t size;
};

struct pcie_bar {
	phys_addr_t base; /* 0: no address was given */
	uint64_t size;	  /* 0: not implemented, or the upper half of the BAR before it */
	bool is_64bit, prefetchable, is_io;
};

struct msix {
	uint16_t capability; /* offset in configuration space; 0: none */
	uint16_t vectors;
	phys_addr_t table, pba; /* 0 until msix_init() */
};

struct pcie_function {
	struct pcie *pcie;
	uint16_t segment;
	uint16_t rid; /* requester ID: bus 15:8, device 7:3, function 2:0 */
	uint16_t vendor, device;
	uint32_t class_code; /* 24 bits: base class, subclass, interface */
	bool is_bridge;
	uint8_t secondary, subordinate; /* of a bridge */
	int parent;			/* index of the bridge above in functions[]; -1 on the root bus */
	struct pcie_bar bars[PCIE_BARS];
	uint16_t express; /* offset of the PCI Express capability; 0: none */
	uint8_t port_type;
	struct msix msix;
};

struct pcie {
	struct acpi_mcfg_entry ecam;
	struct pcie_window window;
	phys_addr_t cursor; /* next free address of the window */
	unsigned count;
	struct pcie_function functions[PCIE_MAX_FUNCTIONS]; /* in the order of discovery: depth first */
};

/* Finds all functions of the segment's host bridge, numbers the buses, gives addresses to all memory BARs, opens the
 * bridges' windows around them, and enables memory decode (and bus mastering of bridges only).
 * ERR_INVALID: no ECAM, or a window that is empty or reaches above 4 GiB; ERR_NO_MEMORY: the window, functions[] or the
 * bus numbers are exhausted; ERR_MALFORMED: bridges deeper than PCIE_MAX_DEPTH. */
int pcie_enumerate(struct pcie *pcie, const struct acpi_mcfg_entry *ecam, const struct pcie_window *window);

/* The function with that requester ID, or NULL. */
struct pcie_function *pcie_find(struct pcie *pcie, uint16_t rid);

/* Sets or clears Bus Master Enable. */
int pcie_bus_master(struct pcie_function *function, bool enable);

uint8_t pcie_config_read8(const struct pcie_function *function, uint16_t offset);
uint16_t pcie_config_read16(const struct pcie_function *function, uint16_t offset);
uint32_t pcie_config_read32(const struct pcie_function *function, uint16_t offset);
void pcie_config_write8(const struct pcie_function *function, uint16_t offset, uint8_t value);
void pcie_config_write16(const struct pcie_function *function, uint16_t offset, uint16_t value);
void pcie_config_write32(const struct pcie_function *function, uint16_t offset, uint32_t value);

/* Offset of the first capability with that ID, or 0. */
uint16_t pcie_find_capability(const struct pcie_function *function, uint8_t id);

#endif
