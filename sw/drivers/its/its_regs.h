#ifndef IOVP_DRIVERS_ITS_REGS_H
#define IOVP_DRIVERS_ITS_REGS_H

/* GICv3 ITS registers and table formats by their names in the architecture (Arm IHI 0069). */

#include "drivers/gicv3/gicv3_regs.h"

#define GITS_CTLR 0x0000
#define GITS_CTLR_ENABLED (1u << 0)
#define GITS_CTLR_QUIESCENT (1u << 31)
#define GITS_TYPER 0x0008
#define GITS_TYPER_PHYSICAL (UINT64_C(1) << 0)
#define GITS_TYPER_ITT_ENTRY_SIZE FIELD(7, 4) /* bytes, minus one */
#define GITS_TYPER_ID_BITS FIELD(12, 8)	      /* of an EventID, minus one */
#define GITS_TYPER_DEVBITS FIELD(17, 13)      /* of a DeviceID, minus one */
#define GITS_TYPER_PTA (UINT64_C(1) << 19)
#define GITS_TYPER_HCC FIELD(31, 24)
#define GITS_TYPER_CIDBITS FIELD(35, 32)
#define GITS_TYPER_CIL (UINT64_C(1) << 36)
#define GITS_CBASER 0x0080
#define GITS_CWRITER 0x0088
#define GITS_CWRITER_RETRY (UINT64_C(1) << 0)
#define GITS_CREADR 0x0090
#define GITS_CREADR_STALLED (UINT64_C(1) << 0)
#define GITS_QUEUE_OFFSET FIELD(19, 5) /* of CWRITER and CREADR, in place: a byte offset */
#define GITS_BASER(n) (0x0100u + 8u * (n))
#define GITS_BASER_COUNT 8
#define GITS_TRANSLATER 0x10040

#define GITS_BASER_VALID (UINT64_C(1) << 63) /* also of CBASER */
#define GITS_BASER_INDIRECT (UINT64_C(1) << 62)
#define GITS_BASER_INNER_CACHE FIELD(61, 59) /* also of CBASER */
#define GITS_BASER_TYPE FIELD(58, 56)
#define GITS_BASER_OUTER_CACHE FIELD(55, 53)
#define GITS_BASER_ENTRY_SIZE FIELD(52, 48) /* bytes, minus one */
#define GITS_BASER_ADDRESS FIELD(47, 12)
#define GITS_BASER_SHAREABILITY FIELD(11, 10) /* also of CBASER */
#define GITS_BASER_PAGE_SIZE FIELD(9, 8)
#define GITS_BASER_SIZE FIELD(7, 0) /* pages, minus one; of CBASER in units of 4 KiB */
#define GITS_CBASER_ADDRESS FIELD(51, 12)

enum { GITS_TYPE_DEVICES = 1, GITS_TYPE_COLLECTIONS = 4 };

/* Level 1 of an indirect table: 8 bytes an entry. */
#define GITS_LEVEL1_VALID (UINT64_C(1) << 63)
#define GITS_LEVEL1_ADDRESS FIELD(51, 12)

#endif
