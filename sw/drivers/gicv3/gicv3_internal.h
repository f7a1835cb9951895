#ifndef IOVP_DRIVERS_GICV3_INTERNAL_H
#define IOVP_DRIVERS_GICV3_INTERNAL_H

#include "drivers/gicv3/gicv3.h"

/* The configuration table, shared by all redistributors; every LPI disabled. */
int gicv3_lpi_init(struct gicv3 *gic, uint32_t gicd_typer);

/* One redistributor's pending table, then EnableLPIs. */
int gicv3_lpi_cpu_init(struct gicv3 *gic, struct gicv3_cpu *cpu);

#endif
