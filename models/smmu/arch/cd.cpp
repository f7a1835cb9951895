#include "smmu/arch/cd.h"

#include "smmu/arch/sizes.h"

namespace iovp::smmu {

namespace {

/// Whether the half is in use: EPD is IGNORED where there is one half, which then is TTB0 (5.4 CD.EPD0).
bool walks(bool epd, vmsa::regime world, unsigned half)
{
    if (!vmsa::has_two_privileges(world))
        return half == 0;
    return !epd;
}

/// CD.DS as it counts for VMSAv8-64 tables; for a 64K half it has no meaning.
bool effective_ds(const cd& c, const features& f)
{
    return f.ds && cd::aa64::of(c.words) && cd::ds::of(c.words);
}

/// CDTxSZInvalid(), GranuleSupported() and CDTTBxOutOfRange() of 5.4.2 for VMSAv8-64.
bool half_illegal(std::optional<vmsa::granule> tg, std::uint64_t tsz, std::uint64_t ttb, bool ds, unsigned output_bits,
                  const features& f)
{
    if (!tg || !f.walks().supports(*tg))
        return true;
    const bool wide = f.va52 && (*tg == vmsa::granule::k64 || ds);
    if (tsz < (wide ? vmsa::min_tsz_52 : vmsa::min_tsz) || tsz > vmsa::max_tsz(f.walks(), *tg))
        return true;
    return beyond(ttb, table_base_bits(true, *tg, ds, output_bits));
}

/// What CD.TxSZ says of an input range: 64 - this bits. VMSAv8-32 uses [2:0], below 32.
unsigned effective_tsz(const cd& c, std::uint64_t txsz)
{
    return static_cast<unsigned>(cd::aa64::of(c.words) ? txsz : 32 + (txsz & 7));
}

} // namespace

bool cd_illegal(const cd& c, const ste& s, const features& f, vmsa::regime world, security_state state, bool nsstalld)
{
    const bool secure = state == security_state::secure;
    const auto& w = c.words;
    if (!cd::v::of(w))
        return true;
    // CD.S: 5.5
    if (cd::s::of(w) && ste::s1stalld::of(s.words))
        return true;
    const unsigned stall_model = secure ? f.stall_model : f.non_secure_stall_model(nsstalld);
    if (stall_model != 0 && cd::s::of(w) != (stall_model == 2))
        return true;
    // CD.A with TERM_MODEL 1
    if (!f.raz_wi_model && !cd::a::of(w))
        return true;
    const bool half0 = walks(cd::epd0::of(w), world, 0);
    const bool half1 = walks(cd::epd1::of(w), world, 1);
    // CD.ENDI
    if ((half0 || half1) && !f.mixed_endian && cd::endi::of(w))
        return true;
    // CD.AA64: VMSAv8-32 where it is implemented, for EL1 and EL2 without E2H; no VMSAv8-64 stage 1 on a VMSAv8-32
    // stage 2
    const bool aarch64 = cd::aa64::of(w);
    if (!aarch64 && secure && world == vmsa::regime::el2)
        return true;
    if (!aarch64 && (!f.aarch32_tables || world == vmsa::regime::el2_host || world == vmsa::regime::el3))
        return true;
    if (aarch64 && s.stage2_enabled() && !ste::s2aa64::of(s.words))
        return true;
    // CD.HA, CD.HD: IGNORED with VMSAv8-32
    if (aarch64 && (cd::ha::of(w) || cd::hd::of(w)) && f.htt_update == 0)
        return true;
    if (aarch64 && cd::hd::of(w) && f.htt_update == 1)
        return true;
    // CD.ASID
    if (vmsa::has_two_privileges(world) && !f.asid16 && (cd::asid::of(w) >> 8) != 0)
        return true;
    // CD.TxSZ, CD.TGx, CD.TTBx
    const std::uint64_t ttb0 = cd::ttb0::of(w) << 4;
    const std::uint64_t ttb1 = cd::ttb1::of(w) << 4;
    if (!aarch64)
        return (half0 && beyond(ttb0, lpae_output_bits)) || (half1 && beyond(ttb1, lpae_output_bits));
    const unsigned output_bits = effective_size(cd::ips::of(w), f.output_bits);
    const bool ds = effective_ds(c, f);
    if (half0 && half_illegal(decode_tg0(cd::tg0::of(w)), cd::t0sz::of(w), ttb0, ds, output_bits, f))
        return true;
    return half1 && half_illegal(decode_tg1(cd::tg1::of(w)), cd::t1sz::of(w), ttb1, ds, output_bits, f);
}

vmsa::stage1_regime stage1_of(const cd& c, const features& f, vmsa::regime world, security_state state)
{
    const auto& w = c.words;
    const bool aarch64 = cd::aa64::of(w);
    vmsa::stage1_regime r;
    r.world = world;
    r.aarch32 = !aarch64;
    r.ds = effective_ds(c, f);
    r.output_bits = aarch64 ? effective_size(cd::ips::of(w), f.output_bits) : lpae_output_bits;
    r.mair = w[3];
    r.big_endian = cd::endi::of(w);
    r.affd = cd::affd::of(w);
    r.ha = aarch64 && f.htt_update >= 1 && cd::ha::of(w);
    r.hd = aarch64 && f.htt_update >= 2 && cd::hd::of(w);
    r.wxn = cd::wxn::of(w);
    r.uwxn = cd::uwxn::of(w);
    r.pan = cd::pan::of(w) && vmsa::has_two_privileges(world);
    r.secure = state == security_state::secure;
    r.half[0].non_secure_table = r.secure && cd::nscfg0::of(w);
    r.half[1].non_secure_table = r.secure && cd::nscfg1::of(w);

    vmsa::stage1_half& low = r.half[0];
    low.disabled = !walks(cd::epd0::of(w), world, 0);
    low.tg = aarch64 ? decode_tg0(cd::tg0::of(w)).value_or(vmsa::granule::k4) : vmsa::granule::k4;
    low.tsz = effective_tsz(c, cd::t0sz::of(w));
    low.ttb = cd::ttb0::of(w) << 4;
    low.top_byte_ignored = aarch64 && cd::tbi0::of(w); // VMSAv8-32: VA[63:32] are zero (3.4.1)
    low.hierarchical_disable = cd::had0::of(w);
    low.unprivileged_fault = aarch64 && f.e0pd && cd::e0pd0::of(w);
    low.sh = static_cast<std::uint8_t>(cd::sh0::of(w));
    low.walk =
        vmsa::decode_walk_attributes(static_cast<unsigned>(cd::ir0::of(w)), static_cast<unsigned>(cd::or0::of(w)),
                                     static_cast<unsigned>(cd::sh0::of(w)));

    vmsa::stage1_half& high = r.half[1];
    high.disabled = !walks(cd::epd1::of(w), world, 1);
    high.tg = aarch64 ? decode_tg1(cd::tg1::of(w)).value_or(vmsa::granule::k4) : vmsa::granule::k4;
    high.tsz = effective_tsz(c, cd::t1sz::of(w));
    high.ttb = cd::ttb1::of(w) << 4;
    high.top_byte_ignored = aarch64 && cd::tbi1::of(w) && vmsa::has_two_privileges(world);
    high.hierarchical_disable = cd::had1::of(w);
    high.unprivileged_fault = aarch64 && f.e0pd && cd::e0pd1::of(w);
    high.sh = static_cast<std::uint8_t>(cd::sh1::of(w));
    high.walk =
        vmsa::decode_walk_attributes(static_cast<unsigned>(cd::ir1::of(w)), static_cast<unsigned>(cd::or1::of(w)),
                                     static_cast<unsigned>(cd::sh1::of(w)));
    return r;
}

} // namespace iovp::smmu
