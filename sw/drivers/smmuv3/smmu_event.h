#ifndef IOVP_SMMU_EVENT_H
#define IOVP_SMMU_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Event queue records (7.3): 32 bytes. */

enum smmu_event_type {
	SMMU_F_UUT = 0x01,
	SMMU_C_BAD_STREAMID = 0x02,
	SMMU_F_STE_FETCH = 0x03,
	SMMU_C_BAD_STE = 0x04,
	SMMU_F_BAD_ATS_TREQ = 0x05,
	SMMU_F_STREAM_DISABLED = 0x06,
	SMMU_F_TRANSL_FORBIDDEN = 0x07,
	SMMU_C_BAD_SUBSTREAMID = 0x08,
	SMMU_F_CD_FETCH = 0x09,
	SMMU_C_BAD_CD = 0x0A,
	SMMU_F_WALK_EABT = 0x0B,
	SMMU_F_TRANSLATION = 0x10,
	SMMU_F_ADDR_SIZE = 0x11,
	SMMU_F_ACCESS = 0x12,
	SMMU_F_PERMISSION = 0x13,
	SMMU_F_TLB_CONFLICT = 0x20,
	SMMU_F_CFG_CONFLICT = 0x21,
	SMMU_E_PAGE_REQUEST = 0x24,
	SMMU_F_VMS_FETCH = 0x25,
	SMMU_IMPDEF_EVENT_FIRST = 0xE0,
	SMMU_IMPDEF_EVENT_LAST = 0xEF,
};

enum smmu_event_class { SMMU_CLASS_CD = 0, SMMU_CLASS_TTD = 1, SMMU_CLASS_IN = 2, SMMU_CLASS_RESERVED = 3 };

/* A decoded record. Fields that the type does not have are zero (7.3.2 to 7.3.21). */
struct smmu_event {
	uint64_t raw[4];
	uint8_t type; /* enum smmu_event_type, or a number reserved by 7.3.21 */
	bool known;   /* the type is one of 7.3 */
	uint32_t stream_id;
	bool ssv; /* substream_id is valid */
	uint32_t substream_id;
	bool stall;
	uint16_t stag;	    /* when stall */
	uint16_t reason;    /* IMPLEMENTATION DEFINED cause */
	bool gpcf;	    /* granule protection check fault */
	bool rnw, ind, pnu; /* read; instruction; privileged */
	bool s2;	    /* stage 2 fault */
	enum smmu_event_class event_class;
	bool ttrnw; /* F_PERMISSION with class TTD: the descriptor access was a read */
	uint64_t input_addr;
	uint64_t ipa;	      /* when s2, page aligned; F_TLB_CONFLICT too */
	uint64_t fetch_addr;  /* *_FETCH, F_WALK_EABT */
	uint8_t span;	      /* E_PAGE_REQUEST: in units of 4 KiB */
	uint8_t page_request; /* E_PAGE_REQUEST: pR pW pX uR uW uX in bits 5..0 */
};

void smmu_event_decode(const uint64_t raw[4], struct smmu_event *event);
/* "F_TRANSLATION"; "RESERVED" for what 7.3 does not name. */
const char *smmu_event_name(uint8_t type);

#ifdef __cplusplus
}
#endif

#endif
