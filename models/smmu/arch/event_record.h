#pragma once

#include "common/bit_field.h"
#include "smmu/arch/request.h"
#include "vmsa/fault.h"

#include <array>
#include <cstdint>

namespace iovp::smmu {

/// Event numbers (7.3).
enum class event_type : std::uint8_t {
    f_uut = 0x01,
    c_bad_streamid = 0x02,
    f_ste_fetch = 0x03,
    c_bad_ste = 0x04,
    f_bad_ats_treq = 0x05,
    f_stream_disabled = 0x06,
    f_transl_forbidden = 0x07,
    c_bad_substreamid = 0x08,
    f_cd_fetch = 0x09,
    c_bad_cd = 0x0a,
    f_walk_eabt = 0x0b,
    f_translation = 0x10,
    f_addr_size = 0x11,
    f_access = 0x12,
    f_permission = 0x13,
    f_tlb_conflict = 0x20,
    f_cfg_conflict = 0x21,
    e_page_request = 0x24,
    f_vms_fetch = 0x25
};

/// A record as it stands in the Event queue: 32 bytes, little-endian (7.3).
struct event_record {
    std::array<std::uint64_t, 4> words{};

    using number = field<7, 0, 0>;
    using ssv = field<11, 11, 0>;
    using substream = field<31, 12, 0>;
    using stream = field<63, 32, 0>;
    using reason = field<15, 0, 1>; ///< IMPLEMENTATION DEFINED; the model writes 0
    using stag = field<15, 0, 1>;
    using stall = field<31, 31, 1>;
    using pnu = field<33, 33, 1>;
    using ind = field<34, 34, 1>;
    using rnw = field<35, 35, 1>;
    using nsipa = field<36, 36, 1>;
    using s2 = field<39, 39, 1>;
    using cls = field<41, 40, 1>;
    using ttrnw = field<44, 44, 1>;
    using span = field<3, 0, 1>; ///< F_BAD_ATS_TREQ: STUs, and the permissions that were asked for
    using requested_privileged = field<28, 28, 1>;
    using requested_execute = field<29, 29, 1>;
    using requested_write = field<30, 30, 1>;
    using requested_read = field<31, 31, 1>;
    using input_addr = field<63, 0, 2>;
    using ipa = field<55, 12, 3>;       ///< IPA bits [55:12]
    using fetch_addr = field<55, 3, 3>; ///< FetchAddr bits [55:3]

    event_type type() const { return static_cast<event_type>(number::of(words)); }

    friend bool operator==(const event_record& a, const event_record& b) { return a.words == b.words; }
    friend bool operator!=(const event_record& a, const event_record& b) { return !(a == b); }
};

/// Name of the event, "F_TRANSLATION"; "UNKNOWN" for another number.
const char* event_name(event_type t);

/// The builders take the request as translated: privileged and instruction after the STE's overrides, except where 7.3
/// says incoming.
event_record c_bad_streamid(const request& r);
event_record f_ste_fetch(const request& r, physical_address fetch);
event_record c_bad_ste(const request& r);
/// `r.what`: what the Translation Request asks for, as it came; `span`: STUs.
event_record f_bad_ats_treq(const request& r, std::uint8_t span);
event_record f_stream_disabled(const request& r);
event_record f_transl_forbidden(const request& r);
event_record c_bad_substreamid(const request& r);
event_record f_cd_fetch(const request& r, physical_address fetch);
event_record c_bad_cd(const request& r);
event_record f_uut(const request& r, std::uint16_t reason);

/// F_TRANSLATION, F_ADDR_SIZE, F_ACCESS, F_PERMISSION or F_WALK_EABT from a fault of the walk, never stalled.
event_record translation_event(const request& r, const vmsa::fault& f);

/// Whether `next` may be merged into `previous` (7.3.1): same record, but for what the event's definition ignores.
/// `mev`: STE.MEV of the stream; events that precede the STE may always merge.
bool may_merge(const event_record& previous, const event_record& next, bool mev);

} // namespace iovp::smmu
