#include "smmu/arch/event_record.h"

namespace iovp::smmu {

namespace {

using words = std::array<std::uint64_t, 4>;

/// The first dword of every record (7.3): event number, SSV, SubstreamID, StreamID.
event_record start(event_type t, const request& r)
{
    event_record e;
    event_record::number::put(e.words, static_cast<std::uint64_t>(t));
    if (r.substream) {
        event_record::ssv::put(e.words, 1);
        event_record::substream::put(e.words, r.substream->value());
    }
    event_record::stream::put(e.words, r.stream.value());
    return e;
}

void put_access(event_record& e, const request& r)
{
    event_record::pnu::put(e.words, r.what.privileged);
    event_record::ind::put(e.words, r.what.instruction && !r.what.write); // InD == 0 when RnW == 0
    event_record::rnw::put(e.words, !r.what.write);
    event_record::input_addr::put(e.words, r.address);
}

event_record with_fetch(event_record e, physical_address fetch)
{
    event_record::fetch_addr::put(e.words, fetch.value() >> 3);
    return e;
}

event_type type_of(vmsa::fault_kind k)
{
    switch (k) {
    case vmsa::fault_kind::translation: return event_type::f_translation;
    case vmsa::fault_kind::address_size: return event_type::f_addr_size;
    case vmsa::fault_kind::access_flag: return event_type::f_access;
    case vmsa::fault_kind::permission: return event_type::f_permission;
    case vmsa::fault_kind::walk_abort: break;
    }
    return event_type::f_walk_eabt;
}

} // namespace

const char* event_name(event_type t)
{
    switch (t) {
    case event_type::f_uut: return "F_UUT";
    case event_type::c_bad_streamid: return "C_BAD_STREAMID";
    case event_type::f_ste_fetch: return "F_STE_FETCH";
    case event_type::c_bad_ste: return "C_BAD_STE";
    case event_type::f_bad_ats_treq: return "F_BAD_ATS_TREQ";
    case event_type::f_stream_disabled: return "F_STREAM_DISABLED";
    case event_type::f_transl_forbidden: return "F_TRANSL_FORBIDDEN";
    case event_type::c_bad_substreamid: return "C_BAD_SUBSTREAMID";
    case event_type::f_cd_fetch: return "F_CD_FETCH";
    case event_type::c_bad_cd: return "C_BAD_CD";
    case event_type::f_walk_eabt: return "F_WALK_EABT";
    case event_type::f_translation: return "F_TRANSLATION";
    case event_type::f_addr_size: return "F_ADDR_SIZE";
    case event_type::f_access: return "F_ACCESS";
    case event_type::f_permission: return "F_PERMISSION";
    case event_type::f_tlb_conflict: return "F_TLB_CONFLICT";
    case event_type::f_cfg_conflict: return "F_CFG_CONFLICT";
    case event_type::e_page_request: return "E_PAGE_REQUEST";
    case event_type::f_vms_fetch: return "F_VMS_FETCH";
    }
    return "UNKNOWN";
}

event_record c_bad_streamid(const request& r)
{
    return start(event_type::c_bad_streamid, r);
}

event_record f_ste_fetch(const request& r, physical_address fetch)
{
    return with_fetch(start(event_type::f_ste_fetch, r), fetch);
}

event_record c_bad_ste(const request& r)
{
    return start(event_type::c_bad_ste, r);
}

event_record f_bad_ats_treq(const request& r, std::uint8_t span)
{
    event_record e = start(event_type::f_bad_ats_treq, r);
    event_record::span::put(e.words, span);
    event_record::requested_read::put(e.words, 1); // always for PCIe
    event_record::requested_write::put(e.words, r.what.write);
    event_record::requested_execute::put(e.words, r.what.instruction);
    event_record::requested_privileged::put(e.words, r.what.privileged);
    event_record::input_addr::put(e.words, r.address & ~std::uint64_t(0xfff));
    return e;
}

event_record f_stream_disabled(const request& r)
{
    return start(event_type::f_stream_disabled, r);
}

event_record f_transl_forbidden(const request& r)
{
    event_record e = start(event_type::f_transl_forbidden, r);
    event_record::rnw::put(e.words, !r.what.write);
    event_record::input_addr::put(e.words, r.address);
    return e;
}

event_record c_bad_substreamid(const request& r)
{
    // 7.3.9: only raised for a transaction with a SubstreamID; the record has no SSV.
    event_record e = start(event_type::c_bad_substreamid, r);
    event_record::ssv::put(e.words, 0);
    return e;
}

event_record f_cd_fetch(const request& r, physical_address fetch)
{
    return with_fetch(start(event_type::f_cd_fetch, r), fetch);
}

event_record c_bad_cd(const request& r)
{
    return start(event_type::c_bad_cd, r);
}

event_record f_uut(const request& r, std::uint16_t reason)
{
    event_record e = start(event_type::f_uut, r);
    event_record::reason::put(e.words, reason);
    put_access(e, r);
    return e;
}

event_record translation_event(const request& r, const vmsa::fault& f)
{
    event_record e = start(type_of(f.kind), r);
    put_access(e, r);
    event_record::s2::put(e.words, f.stage == 2);
    event_record::cls::put(e.words, static_cast<std::uint64_t>(f.cls));
    if (f.kind == vmsa::fault_kind::walk_abort)
        return with_fetch(e, f.fetch_address);
    // IPA is UNKNOWN, zero here, for stage 1. NSIPA is zero but for stage 2 of a Secure stream (7.3).
    if (f.has_ipa) {
        event_record::ipa::put(e.words, f.ipa.value() >> 12);
        event_record::nsipa::put(e.words, f.non_secure_ipa);
    }
    // 7.3.16: TTRnW is valid when CLASS is TTD, UNKNOWN (zero here) otherwise.
    if (f.kind == vmsa::fault_kind::permission && f.stage == 2 && f.cls == vmsa::fault_class::ttd)
        event_record::ttrnw::put(e.words, !f.ttd_write);
    return e;
}

bool may_merge(const event_record& previous, const event_record& next, bool mev)
{
    const event_type t = previous.type();
    const bool before_ste = t == event_type::f_uut || t == event_type::c_bad_streamid || t == event_type::f_ste_fetch ||
                            t == event_type::c_bad_ste;
    if (!mev && !before_ste)
        return false;
    switch (t) {
    case event_type::f_transl_forbidden:
    case event_type::f_walk_eabt:
    case event_type::f_translation:
    case event_type::f_addr_size:
    case event_type::f_access:
    case event_type::f_permission: {
        if (event_record::stall::of(previous.words) || event_record::stall::of(next.words))
            return false;
        event_record a = previous;
        event_record b = next;
        a.words[2] &= ~std::uint64_t(0xfff); // InputAddr[11:0] are ignored
        b.words[2] &= ~std::uint64_t(0xfff);
        return a == b;
    }
    default: return previous == next;
    }
}

} // namespace iovp::smmu
