#ifndef IOVP_DRIVERS_GICV3_REGS_H
#define IOVP_DRIVERS_GICV3_REGS_H

/* GICv3 registers by their names in the architecture (Arm IHI 0069); written down here, shared with no model. */

#include "lib/bits.h"

#define GICD_CTLR 0x0000
#define GICD_CTLR_ENABLE_GRP1 (1u << 1) /* EnableGrp1 with one security state, EnableGrp1A for Non-secure with two */
#define GICD_CTLR_ARE (1u << 4)		/* ARE, or ARE_NS */
#define GICD_CTLR_RWP (1u << 31)
#define GICD_TYPER 0x0004
#define GICD_TYPER_ITLINES FIELD(4, 0)
#define GICD_TYPER_LPIS (1u << 17)
#define GICD_TYPER_NUM_LPIS FIELD(15, 11)
#define GICD_TYPER_IDBITS FIELD(23, 19)
#define GICD_IGROUPR 0x0080
#define GICD_ISENABLER 0x0100
#define GICD_ICENABLER 0x0180
#define GICD_ICPENDR 0x0280
#define GICD_ICACTIVER 0x0380
#define GICD_IPRIORITYR 0x0400
#define GICD_ICFGR 0x0c00
#define GICD_IROUTER 0x6000
#define GIC_PIDR2 0xffe8 /* the same place in every frame */
#define GIC_PIDR2_ARCHREV FIELD(7, 4)

#define GICR_CTLR 0x0000
#define GICR_CTLR_ENABLE_LPIS (1u << 0)
#define GICR_CTLR_RWP (1u << 3)
#define GICR_TYPER 0x0008
#define GICR_TYPER_PLPIS (UINT64_C(1) << 0)
#define GICR_TYPER_VLPIS (UINT64_C(1) << 1)
#define GICR_TYPER_LAST (UINT64_C(1) << 4)
#define GICR_TYPER_PROCESSOR FIELD(23, 8)
#define GICR_WAKER 0x0014
#define GICR_WAKER_PROCESSOR_SLEEP (1u << 1)
#define GICR_WAKER_CHILDREN_ASLEEP (1u << 2)
#define GICR_PROPBASER 0x0070
#define GICR_PENDBASER 0x0078
#define GICR_PENDBASER_PTZ (UINT64_C(1) << 62)
#define GICR_PENDBASER_ADDRESS FIELD(51, 16)
#define GICR_PROPBASER_IDBITS FIELD(4, 0)
#define GICR_PROPBASER_ADDRESS FIELD(51, 12)
/* Of both. */
#define GICR_BASER_INNER_CACHE FIELD(9, 7)
#define GICR_BASER_SHAREABILITY FIELD(11, 10)
#define GICR_BASER_OUTER_CACHE FIELD(58, 56)

#define GICR_FRAME_SIZE UINT64_C(0x10000)
#define GICR_SGI_FRAME GICR_FRAME_SIZE /* after RD_base; same offsets there as in the distributor's first 32 INTIDs */

/* Memory attributes of tables, in the BASER registers of redistributor and ITS. */
enum {
	GIC_CACHE_NON_CACHEABLE = 1,
	GIC_CACHE_RAWAWB = 7,
	GIC_SHARE_NONE = 0,
	GIC_SHARE_INNER = 1,
};

#define ICC_CTLR_CBPR (UINT64_C(1) << 0)
#define ICC_CTLR_EOIMODE (UINT64_C(1) << 1)
#define ICC_SRE_SRE (UINT64_C(1) << 0)

/* LPI configuration table: one byte per LPI. */
#define LPI_CONFIG_ENABLE 0x01u
#define LPI_CONFIG_RES1 0x02u
#define LPI_CONFIG_PRIORITY 0xfcu

#endif
