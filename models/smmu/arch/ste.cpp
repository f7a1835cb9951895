#include "smmu/arch/ste.h"

#include "smmu/arch/sizes.h"

#include <algorithm>

namespace iovp::smmu {

ste_config ste::configuration() const
{
    const std::uint64_t c = config::of(words);
    return c < 4 ? ste_config::abort : static_cast<ste_config>(c); // 0b0xx behaves as 0b000
}

smmu::s1dss ste::default_substream() const
{
    const std::uint64_t d = s1dss::of(words);
    return d == 3 ? smmu::s1dss::terminate : static_cast<smmu::s1dss>(d); // 0b11 behaves as 0b00
}

bool ste::substreams_enabled(const features& f) const
{
    return f.substream_id_bits != 0 && s1cdmax::of(words) != 0;
}

namespace {

/// IgnoreSTESTRW() of 5.2.2, Non-secure.
bool strw_ignored(const ste& s, const features& f)
{
    if (!f.stage1 || !f.hypervisor)
        return true; // RES0
    return s.configuration() != ste_config::stage1;
}

/// IgnoreSTES2VMID() of 5.2.2, Non-secure.
bool s2vmid_ignored(const ste& s, const features& f)
{
    if (s.configuration() == ste_config::abort || s.configuration() == ste_config::bypass || !f.stage2)
        return true;
    return ste::strw::of(s.words) != 0 && !strw_ignored(s, f);
}

} // namespace

bool ste_illegal(const ste& s, const features& f)
{
    const auto& w = s.words;
    const ste_config config = s.configuration();
    if (!ste::v::of(w))
        return true;
    if (config == ste_config::abort)
        return false;
    if (s.stage1_enabled() && !f.stage1)
        return true;
    if (s.stage2_enabled() && !f.stage2)
        return true;
    // STE.EATS: ATS is not implemented, the field is IGNORED.
    // STE.STRW
    if (!strw_ignored(s, f) && (ste::strw::of(w) & 1) != 0)
        return true;

    if (s.stage1_enabled()) {
        // STE.S1STALLD: the Stall model is not configurable (STALL_MODEL 0b01).
        if (ste::s1stalld::of(w))
            return true;
        // STE.S1CDMax
        if (f.substream_id_bits != 0 && ste::s1cdmax::of(w) > f.substream_id_bits)
            return true;
        // STE.S1Fmt; 0b11 behaves as 0b00
        const std::uint64_t s1fmt = ste::s1fmt::of(w);
        if (s.substreams_enabled(f) && !f.cd_two_level && (s1fmt == 1 || s1fmt == 2))
            return true;
        // STE.S1ContextPtr: a PA beyond OAS, or an IPA beyond IAS (3.4.3; for the IPA C_BAD_STE is one of the choices)
        if (beyond(ste::s1contextptr::of(w) << 6, s.stage2_enabled() ? f.page_table_ipa_bits() : f.output_bits))
            return true;
    }

    if (s.stage2_enabled()) {
        // STE.S2S: no stall
        if (ste::s2s::of(w))
            return true;
        // STE.S2AA64: VMSAv8-32 is not implemented
        if (!ste::s2aa64::of(w))
            return true;
        // STE.S2HA, STE.S2HD
        if ((ste::s2ha::of(w) || ste::s2hd::of(w)) && f.htt_update == 0)
            return true;
        if (ste::s2hd::of(w) && f.htt_update == 1)
            return true;
        // STE.S2TG
        const auto tg = decode_tg0(ste::s2tg::of(w));
        if (!tg || !f.walks().supports(*tg))
            return true;
        // STE.S2TTB: beyond the effective S2PS
        if (beyond(ste::s2ttb::of(w) << 4, effective_size(ste::s2ps::of(w), f.output_bits)))
            return true;
        // STE.S2T0SZ: STES2T0SZInvalid()
        const auto t0sz = static_cast<unsigned>(ste::s2t0sz::of(w));
        const unsigned smallest = std::max(16U, 64 - f.page_table_ipa_bits());
        if (t0sz < smallest || t0sz > vmsa::max_tsz(f.walks(), *tg))
            return true;
        // STE.S2SL0 consistent with S2T0SZ and S2TG; level 3 with 4K granules needs small tables (D8.2.9)
        const auto sl0 = static_cast<unsigned>(ste::s2sl0::of(w));
        const int start = vmsa::stage2_start_level(*tg, sl0);
        if (start < 0 || !vmsa::stage2_start_level_fits(*tg, t0sz, start))
            return true;
        if (*tg == vmsa::granule::k4 && start == 3 && !f.small_tables)
            return true;
        // STE.S2ENDI
        if (!f.mixed_endian && ste::s2endi::of(w))
            return true;
    }

    // STE.S2VMID
    return !s2vmid_ignored(s, f) && !f.vmid16 && (ste::s2vmid::of(w) >> 8) != 0;
}

vmsa::regime stream_world(const ste& s, const features& f, bool e2h)
{
    if (strw_ignored(s, f) || ste::strw::of(s.words) != 0b10)
        return vmsa::regime::el1;
    return e2h ? vmsa::regime::el2_host : vmsa::regime::el2;
}

vmsa::stage2_regime stage2_of(const ste& s, const features& f)
{
    const auto& w = s.words;
    vmsa::stage2_regime r;
    r.tg = decode_tg0(ste::s2tg::of(w)).value_or(vmsa::granule::k4);
    r.tsz = static_cast<unsigned>(ste::s2t0sz::of(w));
    r.start_level = vmsa::stage2_start_level(r.tg, static_cast<unsigned>(ste::s2sl0::of(w)));
    r.ttb = ste::s2ttb::of(w) << 4;
    r.output_bits = effective_size(ste::s2ps::of(w), f.output_bits);
    r.walk =
        vmsa::decode_walk_attributes(static_cast<unsigned>(ste::s2ir0::of(w)), static_cast<unsigned>(ste::s2or0::of(w)),
                                     static_cast<unsigned>(ste::s2sh0::of(w)));
    r.big_endian = ste::s2endi::of(w);
    r.affd = ste::s2affd::of(w);
    r.ha = f.htt_update >= 1 && ste::s2ha::of(w);
    r.hd = f.htt_update >= 2 && ste::s2hd::of(w);
    r.protected_walk = ste::s2ptw::of(w) && s.configuration() == ste_config::nested;
    r.force_write_back = f.force_write_back && ste::s2fwb::of(w);
    return r;
}

} // namespace iovp::smmu
