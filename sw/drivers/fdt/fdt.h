#ifndef IOVP_FDT_H
#define IOVP_FDT_H

/* Reads a flattened device tree (Devicetree Specification 0.4, chapter 5) with #address-cells and #size-cells of 2. */

#include "hal/hal.h"

#define FDT_MAGIC 0xd00dfeed

struct fdt {
	phys_addr_t base;
	uint64_t structure, strings; /* offsets */
	uint64_t end;		     /* of the structure block */
};

/* 0, or ERR_NOT_FOUND (no tree there), ERR_MALFORMED. */
int fdt_init(struct fdt *fdt, phys_addr_t base);

/* The node number `index` from 0 whose property is the string, or a list that has it ("compatible", "device_type"). A
 * node is named by a positive offset; ERR_NOT_FOUND. */
int64_t fdt_find(const struct fdt *fdt, const char *property, const char *value, unsigned index);
/* A property's bytes: the number of them, and where; ERR_NOT_FOUND. */
int64_t fdt_property(const struct fdt *fdt, int64_t node, const char *name, phys_addr_t *at);
/* Entry `index` of "reg". 0 or ERR_NOT_FOUND. */
int fdt_reg(const struct fdt *fdt, int64_t node, unsigned index, uint64_t *base, uint64_t *size);
/* Cell `index` of a property. 0 or ERR_NOT_FOUND. */
int fdt_cell(const struct fdt *fdt, int64_t node, const char *name, unsigned index, uint32_t *value);

#endif
