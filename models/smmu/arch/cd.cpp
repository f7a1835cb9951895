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

bool half_illegal(std::optional<vmsa::granule> tg, std::uint64_t tsz, std::uint64_t ttb, unsigned output_bits,
                  const features& f)
{
    if (!tg || !f.walks().supports(*tg))
        return true;
    if (tsz < vmsa::min_tsz || tsz > vmsa::max_tsz(f.walks(), *tg))
        return true;
    return beyond(ttb, output_bits);
}

} // namespace

bool cd_illegal(const cd& c, const ste& s, const features& f, vmsa::regime world)
{
    const auto& w = c.words;
    if (!cd::v::of(w))
        return true;
    // CD.S: the Stall model is not implemented (also with STE.S1STALLD).
    if (cd::s::of(w))
        return true;
    // CD.A with TERM_MODEL 1
    if (!f.raz_wi_model && !cd::a::of(w))
        return true;
    const bool half0 = walks(cd::epd0::of(w), world, 0);
    const bool half1 = walks(cd::epd1::of(w), world, 1);
    // CD.ENDI
    if ((half0 || half1) && !f.mixed_endian && cd::endi::of(w))
        return true;
    // CD.AA64: VMSAv8-32 is not implemented; nor is a VMSAv8-64 stage 1 on a VMSAv8-32 stage 2
    if (!cd::aa64::of(w))
        return true;
    if (s.stage2_enabled() && !ste::s2aa64::of(s.words))
        return true;
    // CD.HA, CD.HD
    if ((cd::ha::of(w) || cd::hd::of(w)) && f.htt_update == 0)
        return true;
    if (cd::hd::of(w) && f.htt_update == 1)
        return true;
    // CD.ASID
    if (vmsa::has_two_privileges(world) && !f.asid16 && (cd::asid::of(w) >> 8) != 0)
        return true;
    // CD.TxSZ, CD.TGx, CD.TTBx
    const unsigned output_bits = effective_size(cd::ips::of(w), f.output_bits);
    if (half0 && half_illegal(decode_tg0(cd::tg0::of(w)), cd::t0sz::of(w), cd::ttb0::of(w) << 4, output_bits, f))
        return true;
    return half1 && half_illegal(decode_tg1(cd::tg1::of(w)), cd::t1sz::of(w), cd::ttb1::of(w) << 4, output_bits, f);
}

vmsa::stage1_regime stage1_of(const cd& c, const ste&, const features& f, vmsa::regime world)
{
    const auto& w = c.words;
    vmsa::stage1_regime r;
    r.world = world;
    r.output_bits = effective_size(cd::ips::of(w), f.output_bits);
    r.mair = w[3];
    r.big_endian = cd::endi::of(w);
    r.affd = cd::affd::of(w);
    r.ha = f.htt_update >= 1 && cd::ha::of(w);
    r.hd = f.htt_update >= 2 && cd::hd::of(w);
    r.wxn = cd::wxn::of(w);
    r.uwxn = cd::uwxn::of(w);
    r.pan = cd::pan::of(w) && vmsa::has_two_privileges(world);

    vmsa::stage1_half& low = r.half[0];
    low.disabled = !walks(cd::epd0::of(w), world, 0);
    low.tg = decode_tg0(cd::tg0::of(w)).value_or(vmsa::granule::k4);
    low.tsz = static_cast<unsigned>(cd::t0sz::of(w));
    low.ttb = cd::ttb0::of(w) << 4;
    low.top_byte_ignored = cd::tbi0::of(w);
    low.hierarchical_disable = cd::had0::of(w);
    low.walk =
        vmsa::decode_walk_attributes(static_cast<unsigned>(cd::ir0::of(w)), static_cast<unsigned>(cd::or0::of(w)),
                                     static_cast<unsigned>(cd::sh0::of(w)));

    vmsa::stage1_half& high = r.half[1];
    high.disabled = !walks(cd::epd1::of(w), world, 1);
    high.tg = decode_tg1(cd::tg1::of(w)).value_or(vmsa::granule::k4);
    high.tsz = static_cast<unsigned>(cd::t1sz::of(w));
    high.ttb = cd::ttb1::of(w) << 4;
    high.top_byte_ignored = cd::tbi1::of(w) && vmsa::has_two_privileges(world);
    high.hierarchical_disable = cd::had1::of(w);
    high.walk =
        vmsa::decode_walk_attributes(static_cast<unsigned>(cd::ir1::of(w)), static_cast<unsigned>(cd::or1::of(w)),
                                     static_cast<unsigned>(cd::sh1::of(w)));
    return r;
}

} // namespace iovp::smmu
