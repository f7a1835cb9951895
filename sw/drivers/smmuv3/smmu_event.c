#include "drivers/smmuv3/smmu_event.h"

#include <stddef.h>

enum {
	HAS_SSV = 1 << 0,
	HAS_ACCESS = 1 << 1, /* RnW, InD, PnU */
	HAS_INPUT = 1 << 2,
	HAS_FAULT = 1 << 3, /* S2, CLASS */
	HAS_STALL = 1 << 4,
	HAS_IPA = 1 << 5,
	HAS_FETCH = 1 << 6,
	HAS_REASON = 1 << 7,
	HAS_GPCF = 1 << 8,
	HAS_RNW = 1 << 9, /* RnW alone */
	SSID_ALWAYS = 1 << 10,
};

struct layout {
	uint8_t type;
	uint16_t has;
	const char *name;
};

static const struct layout layouts[] = {
    {SMMU_F_UUT, HAS_SSV | HAS_ACCESS | HAS_INPUT | HAS_REASON, "F_UUT"},
    {SMMU_C_BAD_STREAMID, HAS_SSV, "C_BAD_STREAMID"},
    {SMMU_F_STE_FETCH, HAS_SSV | HAS_FETCH | HAS_REASON | HAS_GPCF, "F_STE_FETCH"},
    {SMMU_C_BAD_STE, HAS_SSV, "C_BAD_STE"},
    {SMMU_F_BAD_ATS_TREQ, HAS_SSV | HAS_INPUT, "F_BAD_ATS_TREQ"},
    {SMMU_F_STREAM_DISABLED, 0, "F_STREAM_DISABLED"},
    {SMMU_F_TRANSL_FORBIDDEN, HAS_INPUT | HAS_RNW, "F_TRANSL_FORBIDDEN"},
    {SMMU_C_BAD_SUBSTREAMID, SSID_ALWAYS, "C_BAD_SUBSTREAMID"},
    {SMMU_F_CD_FETCH, HAS_SSV | HAS_FETCH | HAS_REASON | HAS_GPCF, "F_CD_FETCH"},
    {SMMU_C_BAD_CD, HAS_SSV, "C_BAD_CD"},
    {SMMU_F_WALK_EABT, HAS_SSV | HAS_ACCESS | HAS_INPUT | HAS_FAULT | HAS_FETCH | HAS_REASON | HAS_GPCF, "F_WALK_EABT"},
    {SMMU_F_TRANSLATION, HAS_SSV | HAS_ACCESS | HAS_INPUT | HAS_FAULT | HAS_STALL | HAS_IPA, "F_TRANSLATION"},
    {SMMU_F_ADDR_SIZE, HAS_SSV | HAS_ACCESS | HAS_INPUT | HAS_FAULT | HAS_STALL | HAS_IPA, "F_ADDR_SIZE"},
    {SMMU_F_ACCESS, HAS_SSV | HAS_ACCESS | HAS_INPUT | HAS_FAULT | HAS_STALL | HAS_IPA, "F_ACCESS"},
    {SMMU_F_PERMISSION, HAS_SSV | HAS_ACCESS | HAS_INPUT | HAS_FAULT | HAS_STALL | HAS_IPA, "F_PERMISSION"},
    {SMMU_F_TLB_CONFLICT, HAS_SSV | HAS_ACCESS | HAS_INPUT | HAS_FAULT | HAS_IPA | HAS_REASON, "F_TLB_CONFLICT"},
    {SMMU_F_CFG_CONFLICT, HAS_SSV | HAS_REASON, "F_CFG_CONFLICT"},
    {SMMU_E_PAGE_REQUEST, HAS_SSV | HAS_INPUT, "E_PAGE_REQUEST"},
    {SMMU_F_VMS_FETCH, HAS_SSV | HAS_FETCH | HAS_REASON | HAS_GPCF, "F_VMS_FETCH"},
};

static const struct layout *layout_of(uint8_t type)
{
	for (unsigned i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++)
		if (layouts[i].type == type)
			return &layouts[i];
	return NULL;
}

static bool bit(const uint64_t raw[4], unsigned n)
{
	return (raw[n / 64] >> (n % 64)) & 1;
}

void smmu_event_decode(const uint64_t raw[4], struct smmu_event *event)
{
	const uint8_t type = (uint8_t)(raw[0] & 0xFF);
	const struct layout *layout = layout_of(type);
	const unsigned has = layout ? layout->has : 0;

	*event = (struct smmu_event){.type = type, .known = layout != NULL};
	for (unsigned i = 0; i < 4; i++)
		event->raw[i] = raw[i];
	if (!layout) {
		event->known = type >= SMMU_IMPDEF_EVENT_FIRST && type <= SMMU_IMPDEF_EVENT_LAST;
		return;
	}

	event->stream_id = (uint32_t)(raw[0] >> 32);
	if (has & HAS_SSV)
		event->ssv = bit(raw, 11);
	if (has & SSID_ALWAYS) /* 7.3.9: no SSV qualifier */
		event->ssv = true;
	if (event->ssv)
		event->substream_id = (uint32_t)(raw[0] >> 12) & 0xFFFFF;
	if (has & HAS_STALL) {
		event->stall = bit(raw, 95);
		event->stag = event->stall ? (uint16_t)raw[1] : 0;
	}
	if (has & HAS_REASON)
		event->reason = (uint16_t)raw[1];
	if (has & HAS_GPCF)
		event->gpcf = bit(raw, 80);
	if (has & HAS_ACCESS) {
		event->pnu = bit(raw, 97);
		event->ind = bit(raw, 98);
	}
	if (has & (HAS_ACCESS | HAS_RNW))
		event->rnw = bit(raw, 99);
	if (has & HAS_FAULT) {
		event->s2 = bit(raw, 103);
		event->event_class = (enum smmu_event_class)((raw[1] >> 40) & 3);
	}
	if (type == SMMU_F_PERMISSION && event->event_class == SMMU_CLASS_TTD)
		event->ttrnw = bit(raw, 108);
	if (has & HAS_INPUT)
		event->input_addr = raw[2];
	if ((has & HAS_IPA) && (event->s2 || type == SMMU_F_TLB_CONFLICT))
		event->ipa = raw[3] & 0x00FFFFFFFFFFF000ull;
	if (has & HAS_FETCH)
		event->fetch_addr = raw[3] & 0x00FFFFFFFFFFFFF8ull;
	if (type == SMMU_E_PAGE_REQUEST) {
		event->input_addr = raw[2] & ~0xFFFull;
		event->span = (uint8_t)(raw[1] >> 44);
		event->page_request = (uint8_t)((raw[1] >> 33) & 0x3F);
	}
}

const char *smmu_event_name(uint8_t type)
{
	const struct layout *layout = layout_of(type);

	if (layout)
		return layout->name;
	return type >= SMMU_IMPDEF_EVENT_FIRST && type <= SMMU_IMPDEF_EVENT_LAST ? "IMPDEF_EVENT" : "RESERVED";
}
