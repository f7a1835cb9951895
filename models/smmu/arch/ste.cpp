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

bool ste::effective_s2ds(const features& f) const
{
    return f.ds && s2aa64::of(words) && s2ds::of(words) && decode_tg0(s2tg::of(words)) != vmsa::granule::k64;
}

ats_mode ste::effective_eats(const features& f, bool ats_check) const
{
    if (!f.ats || configuration() == ste_config::abort || configuration() == ste_config::bypass)
        return ats_mode::off;
    switch (eats::of(words)) {
    case 1: return ats_mode::full;
    case 2: return ats_check ? ats_mode::split_stage : ats_mode::off;
    default: return ats_mode::off; // 0b11 is reserved without IDR3.DPT
    }
}

unsigned ste::effective_s2t0sz() const
{
    const auto t0sz = static_cast<unsigned>(s2t0sz::of(words));
    if (s2aa64::of(words))
        return t0sz;
    return (t0sz & 8) != 0 ? 16 + (t0sz & 0xf) : 32 + (t0sz & 0xf);
}

namespace {

/// S2TG as it counts: 4K with VMSAv8-32 tables.
std::optional<vmsa::granule> stage2_granule(const ste& s)
{
    return ste::s2aa64::of(s.words) ? decode_tg0(ste::s2tg::of(s.words)) : vmsa::granule::k4;
}

/// CalcPARange() of 5.2.2.
unsigned stage2_output_bits(const ste& s, const features& f)
{
    return ste::s2aa64::of(s.words) ? effective_size(ste::s2ps::of(s.words), f.output_bits) : lpae_output_bits;
}

/// The start level of {S2SL0_2, S2SL0}; VMSAv8-32: SL0 0 and 1 are levels 2 and 1, 2 and 3 are reserved.
int stage2_start(const ste& s, const features& f, vmsa::granule tg)
{
    auto sl = static_cast<unsigned>(ste::s2sl0::of(s.words));
    if (!ste::s2aa64::of(s.words))
        return sl < 2 ? 2 - static_cast<int>(sl) : vmsa::reserved_start_level;
    const bool ds = s.effective_s2ds(f);
    if (ds && ste::s2sl0_2::of(s.words))
        sl |= 4;
    return vmsa::stage2_start_level(tg, sl, ds);
}

/// IgnoreSTESTRW() of 5.2.2.
bool strw_ignored(const ste& s, const features& f, security_state state)
{
    if (!f.stage1 || (state == security_state::non_secure && !f.hypervisor))
        return true; // RES0
    return s.configuration() != ste_config::stage1;
}

/// IgnoreSTES2VMID() of 5.2.2.
bool s2vmid_ignored(const ste& s, const features& f, security_state state)
{
    const bool secure = state == security_state::secure;
    if (s.configuration() == ste_config::abort || s.configuration() == ste_config::bypass)
        return true;
    if (secure ? !f.secure_stage2 : !f.stage2)
        return true;
    if (ste::strw::of(s.words) != 0 && !strw_ignored(s, f, state))
        return true;
    return secure && s.configuration() == ste_config::stage1;
}

/// A Secure STE as S_S2TTB's tables see it: what is specific to them (5.2 STE.S_S2TTB) stands in the fields of S2TTB.
/// `secure_ipa` false: as S2TTB's tables see it. S2DS is RES0 when either uses 64K granules.
ste seen_by_tables(const ste& s, bool secure_ipa)
{
    ste v = s;
    const auto is_64k = [](std::uint64_t tg) { return decode_tg0(tg) == vmsa::granule::k64; };
    if (is_64k(ste::s2tg::of(s.words)) || is_64k(ste::s_s2tg::of(s.words)))
        ste::s2ds::put(v.words, 0);
    if (secure_ipa) {
        ste::s2t0sz::put(v.words, ste::s_s2t0sz::of(s.words));
        ste::s2sl0::put(v.words, ste::s_s2sl0::of(s.words));
        ste::s2sl0_2::put(v.words, ste::s_s2sl0_2::of(s.words));
        ste::s2tg::put(v.words, ste::s_s2tg::of(s.words));
        ste::s2ttb::put(v.words, ste::s_s2ttb::of(s.words));
    }
    return v;
}

/// The conditions of 5.2.2 on S2TG, S2TTB, S2T0SZ and S2SL0.
bool stage2_tables_illegal(const ste& s, const features& f)
{
    const auto& w = s.words;
    const bool aarch64 = ste::s2aa64::of(w);
    // STE.S2TG
    const auto tg = stage2_granule(s);
    if (!tg || !f.walks().supports(*tg))
        return true;
    // STE.S2TTB: STES2TTBOutOfRange()
    const bool ds = s.effective_s2ds(f);
    if (beyond(ste::s2ttb::of(w) << 4, table_base_bits(aarch64, *tg, ds, stage2_output_bits(s, f))))
        return true;
    // STE.S2T0SZ: STES2T0SZInvalid()
    const unsigned t0sz = s.effective_s2t0sz();
    if (aarch64) {
        const bool wide = *tg == vmsa::granule::k64 || ds;
        const unsigned smallest = std::max(wide ? vmsa::min_tsz_52 : vmsa::min_tsz, 64 - f.page_table_ipa_bits());
        if (t0sz < smallest || t0sz > vmsa::max_tsz(f.walks(), *tg))
            return true;
    }
    // STE.S2SL0 consistent with S2T0SZ and S2TG; level 3 with 4K granules needs small tables (table D8-24)
    const int start = stage2_start(s, f, *tg);
    if (start == vmsa::reserved_start_level || !vmsa::stage2_start_level_fits(*tg, t0sz, start, ds))
        return true;
    return *tg == vmsa::granule::k4 && start == 3 && !f.small_tables;
}

} // namespace

bool ste_illegal(const ste& s, const features& f, security_state state, bool nsstalld)
{
    const bool secure = state == security_state::secure;
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
    // 3.10.2.2: Secure stage 2 where it is implemented, never with VMSAv8-32 tables
    if (s.stage2_enabled() && secure && (!f.secure_stage2 || !ste::s2aa64::of(w)))
        return true;
    const unsigned stall_model = f.non_secure_stall_model(nsstalld);
    // STE.EATS; RES0 in Secure STEs (3.9)
    if (f.ats && !secure && config != ste_config::bypass) {
        if (ste::eats::of(w) == 2 && (config != ste_config::nested || ste::s2s::of(w) || !f.ats_split_stage))
            return true;
        if (ste::eats::of(w) == 1 && ste::s2s::of(w) && s.stage2_enabled())
            return true;
    }
    // STE.STRW
    if (!strw_ignored(s, f, state)) {
        const std::uint64_t strw = ste::strw::of(w);
        if (secure ? strw == 0b11 || (strw == 0b10 && !f.secure_stage2) : (strw & 1) != 0)
            return true;
    }

    if (s.stage1_enabled()) {
        // STE.S1STALLD: only where the Stall model is configurable (STALL_MODEL 0b00).
        if (ste::s1stalld::of(w) && (secure ? f.stall_model : stall_model) != 0)
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
        // STE.S2S: 5.5, by SMMU_IDR0.STALL_MODEL in either state
        if (stall_model != 0 && ste::s2s::of(w) != (stall_model == 2))
            return true;
        // STE.S2AA64
        const bool aarch64 = ste::s2aa64::of(w);
        if (!aarch64 && !f.aarch32_tables)
            return true;
        // STE.S2FWB
        if (!aarch64 && f.force_write_back && ste::s2fwb::of(w))
            return true;
        // STE.S2HA, STE.S2HD
        if ((ste::s2ha::of(w) || ste::s2hd::of(w)) && (!aarch64 || f.htt_update == 0))
            return true;
        if (ste::s2hd::of(w) && f.htt_update == 1)
            return true;
        // STE.S2TG, S2TTB, S2T0SZ, S2SL0, and their Secure equivalents
        if (secure ? stage2_tables_illegal(seen_by_tables(s, false), f) ||
                         stage2_tables_illegal(seen_by_tables(s, true), f)
                   : stage2_tables_illegal(s, f))
            return true;
        // STE.S2ENDI
        if (!f.mixed_endian && ste::s2endi::of(w))
            return true;
    }

    // STE.S2VMID
    return !s2vmid_ignored(s, f, state) && !f.vmid16 && (ste::s2vmid::of(w) >> 8) != 0;
}

vmsa::regime stream_world(const ste& s, const features& f, bool e2h, security_state state)
{
    if (strw_ignored(s, f, state))
        return vmsa::regime::el1;
    if (state == security_state::secure && ste::strw::of(s.words) == 0b01)
        return vmsa::regime::el3;
    if (ste::strw::of(s.words) != 0b10)
        return vmsa::regime::el1;
    return e2h ? vmsa::regime::el2_host : vmsa::regime::el2;
}

vmsa::stage2_regime stage2_of(const ste& s, const features& f)
{
    const auto& w = s.words;
    vmsa::stage2_regime r;
    r.aarch32 = !ste::s2aa64::of(w);
    r.ds = s.effective_s2ds(f);
    r.tg = stage2_granule(s).value_or(vmsa::granule::k4);
    r.tsz = s.effective_s2t0sz();
    r.start_level = stage2_start(s, f, r.tg);
    r.ttb = ste::s2ttb::of(w) << 4;
    r.output_bits = stage2_output_bits(s, f);
    r.sh = static_cast<std::uint8_t>(ste::s2sh0::of(w));
    r.walk =
        vmsa::decode_walk_attributes(static_cast<unsigned>(ste::s2ir0::of(w)), static_cast<unsigned>(ste::s2or0::of(w)),
                                     static_cast<unsigned>(ste::s2sh0::of(w)));
    r.big_endian = ste::s2endi::of(w);
    r.affd = ste::s2affd::of(w);
    r.ha = f.htt_update >= 1 && ste::s2ha::of(w);
    r.hd = f.htt_update >= 2 && ste::s2hd::of(w);
    r.protected_walk = ste::s2ptw::of(w) && s.configuration() == ste_config::nested;
    r.device_walk_normal = f.ptw_nnc;
    r.force_write_back = f.force_write_back && ste::s2fwb::of(w);
    return r;
}

secure_stage2 secure_stage2_of(const ste& s, const features& f)
{
    const bool s2sw = ste::s2sw::of(s.words);
    const bool s2nsw = ste::s2nsw::of(s.words);
    secure_stage2 r{stage2_of(seen_by_tables(s, true), f), stage2_of(seen_by_tables(s, false), f)};
    r.secure_ipa.non_secure_walk = s2sw;
    r.secure_ipa.non_secure_output = s2sw || ste::s2sa::of(s.words);
    r.non_secure_ipa.non_secure_walk = s2nsw;
    r.non_secure_ipa.non_secure_output = s2nsw || r.secure_ipa.non_secure_output || ste::s2nsa::of(s.words);
    return r;
}

bool vmid_tagged(const ste& s, const features& f, vmsa::regime world, security_state state)
{
    const bool implemented = state == security_state::secure ? f.secure_stage2 : f.stage2;
    return implemented && world == vmsa::regime::el1 && (s.stage1_enabled() || s.stage2_enabled());
}

} // namespace iovp::smmu
