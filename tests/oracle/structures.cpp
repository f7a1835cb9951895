#include "run.h"

#include <algorithm>

/// 5.2.2, 5.4.2: which structures are ILLEGAL; and what the fields of the others mean.
namespace iovp::oracle {

// -- 5.2.2 SteIllegal().
bool run::ste_illegal(unsigned config) const
{
    const bool s1 = (config & 1) != 0, s2 = (config & 2) != 0;
    if ((s1 && !hw.s1p) || (s2 && !hw.s2p) || (s2 && a.secure && !hw.sel2))
        return true;
    const bool strw_unused = !hw.s1p || (!a.secure && !hw.hyp) || s2 || config == 4;
    const unsigned strw = unsigned(cut(ste, 95, 94));
    if (!strw_unused && (a.secure ? strw == 3 || (strw == 2 && !hw.sel2 && config == 5) : (strw & 1) != 0))
        return true;
    if (hw.ats && !a.secure && config != 4 && cut(ste, 93, 92) == 2) // 5.2 EATS: NS1ATS
        return true;
    if (s1) {
        if (cut(ste, 91, 91) != 0) // S1STALLD, STALL_MODEL is 0b01
            return true;
        const unsigned cdmax = unsigned(cut(ste, 63, 59));
        const unsigned fmt = unsigned(cut(ste, 5, 4));
        if (hw.ssidsize != 0 && cdmax > hw.ssidsize)
            return true;
        if (hw.ssidsize != 0 && cdmax != 0 && !hw.cd2l && (fmt == 1 || fmt == 2))
            return true;
        if (exceeds(cut(ste, 55, 6) << 6, s2 ? hw.ias() : hw.oas))
            return true;
    }
    if (s2) {
        if (cut(ste, 185, 185) != 0) // S2S, STALL_MODEL is 0b01
            return true;
        const bool lpae = lpae2();
        if (lpae && (!hw.aarch32 || a.secure || (hw.fwb && cut(ste, 89, 89) != 0)))
            return true;
        const bool ha = cut(ste, 184, 184) != 0, hd = cut(ste, 183, 183) != 0;
        if (((ha || hd) && (lpae || hw.httu == 0)) || (hd && hw.httu == 1))
            return true;
        if (stage2_illegal(cut(ste, 165, 160), unsigned(cut(ste, 167, 166)), unsigned(cut(ste, 194, 194)),
                           granule_tg0(cut(ste, 175, 174)), cut(ste, 243, 196) << 4))
            return true;
        if (a.secure && stage2_illegal(cut(ste, 293, 288), unsigned(cut(ste, 295, 294)), unsigned(cut(ste, 386, 386)),
                                       granule_tg0(cut(ste, 303, 302)), cut(ste, 435, 388) << 4))
            return true;
        if (!hw.mixed_endian && cut(ste, 180, 180) != 0)
            return true;
    }
    const bool vmid_ignored =
        !hw.s2p || config == 4 || (strw != 0 && !strw_unused) || (a.secure && (!hw.sel2 || config == 5));
    return !vmid_ignored && !hw.vmid16 && cut(ste, 143, 136) != 0;
}

/// 5.2 S2AA64
bool run::lpae2() const
{
    return cut(ste, 179, 179) == 0;
}

/// 5.2 S2DS: RES0 where the tables of either IPA space have 64K granules.
bool run::stage2_ds() const
{
    return hw.ds && cut(ste, 195, 195) != 0 && granule_tg0(cut(ste, 175, 174)) != 16 &&
           !(a.secure && granule_tg0(cut(ste, 303, 302)) == 16);
}

/// Of the tables of one IPA space.
bool run::stage2_illegal(u64 tsz, unsigned sl0, unsigned sl0_2, unsigned tg, u64 ttb) const
{
    if (lpae2()) { // G5.5: table G5-5
        const unsigned input = 32 - unsigned(int((tsz & 15) ^ 8) - 8);
        return exceeds(ttb, 40) || sl0 > 1 || !fits(12, input, sl0 == 1 ? 1 : 2);
    }
    const unsigned ps = std::min(size_code(cut(ste, 178, 176)), hw.oas);
    const bool ds = stage2_ds();
    if (!supported(tg) || exceeds(ttb, ps) || (!wide(tg, ds) && exceeds(ttb, 48)))
        return true;
    if (tsz < std::max(wide(tg, ds) ? 12U : 16U, 64 - hw.ias()) || tsz > largest_tsz(tg))
        return true;
    const int start = start_level2(tg, sl0, sl0_2, ds);
    return start < -1 || !fits(tg, 64 - unsigned(tsz), start);
}

unsigned run::largest_tsz(unsigned granule) const
{
    return !hw.stt ? 39 : granule == 16 ? 47 : 48;
}

bool run::supported(unsigned granule) const
{
    return (granule == 12 && hw.gran4) || (granule == 14 && hw.gran16) || (granule == 16 && hw.gran64);
}

/// 52-bit addresses in the tables of this granule: the output of descriptors and the input of stage 2.
bool run::wide(unsigned granule, bool ds) const
{
    return granule == 16 || ds;
}

/// 5.4 T0SZ
unsigned run::smallest_tsz(unsigned granule, bool ds) const
{
    return hw.va52 && wide(granule, ds) ? 12 : 16;
}

/// D8.2.9: tables D8-19, D8-29, D8-38; -2: reserved.
int run::start_level2(unsigned granule, unsigned sl0, unsigned sl0_2, bool ds) const
{
    if (granule == 12) {
        if (ds && sl0_2 != 0)
            return sl0 == 0 ? -1 : -2;
        return sl0 < 3 ? int(2 - sl0) : hw.stt ? 3 : -2;
    }
    return sl0 < 3 ? int(3 - sl0) : granule == 14 && ds ? 0 : -2;
}

/// D8.2.9: tables D8-20 to D8-41: the first look-up resolves at least one bit, at most four more than one table has.
bool run::fits(unsigned granule, unsigned input, int start)
{
    const unsigned low = low_bit(granule, start);
    return input > low && input - low <= granule - 3 + 4;
}

// -- 5.4.2 CdIllegal()
bool run::cd_illegal(unsigned config) const
{
    if (!hw.term_raz_wi && cut(cd, 46, 46) == 0)
        return true;
    if (cut(cd, 44, 44) != 0) // S, STALL_MODEL is 0b01
        return true;
    const world w = stream_world(config);
    const bool off0 = w != world::one_privilege && cut(cd, 14, 14) != 0;
    const bool off1 = w == world::one_privilege || cut(cd, 30, 30) != 0;
    if ((!off0 || !off1) && !hw.mixed_endian && cut(cd, 15, 15) != 0)
        return true;
    const bool lpae = cut(cd, 41, 41) == 0;
    if (lpae && (!hw.aarch32 || w == world::el2_e2h || (w == world::one_privilege && a.secure)))
        return true;
    if (!lpae && (config & 2) != 0 && lpae2())
        return true;
    const bool ha = cut(cd, 43, 43) != 0, hd = cut(cd, 42, 42) != 0;
    if (!lpae && (((ha || hd) && hw.httu == 0) || (hd && hw.httu == 1)))
        return true;
    if (w != world::one_privilege && !hw.asid16 && cut(cd, 63, 56) != 0)
        return true;
    const unsigned ips = std::min(size_code(cut(cd, 34, 32)), hw.oas);
    const bool ds = hw.ds && cut(cd, 186, 186) != 0;
    const auto bad = [&](unsigned g, u64 tsz, u64 ttb) {
        if (lpae)
            return exceeds(ttb, 40);
        return !supported(g) || tsz < smallest_tsz(g, ds) || tsz > largest_tsz(g) || exceeds(ttb, ips) ||
               (!wide(g, ds) && exceeds(ttb, 48));
    };
    if (!off0 && bad(granule_tg0(cut(cd, 7, 6)), cut(cd, 5, 0), cut(cd, 115, 68) << 4))
        return true;
    return !off1 && bad(granule_tg1(cut(cd, 23, 22)), cut(cd, 21, 16), cut(cd, 179, 132) << 4);
}

world run::stream_world(unsigned config) const
{
    // 5.2 STRW
    const unsigned strw = unsigned(cut(ste, 95, 94));
    if (config != 5 || (!a.secure && !hw.hyp) || strw == 0)
        return world::el1;
    return regs.e2h && strw == 2 ? world::el2_e2h : world::one_privilege;
}

/// 5.2, 3.10.2.2. `ns`: the Non-secure IPA space.
stage2 run::read_stage2(bool ns) const
{
    stage2 t;
    const bool own = !ns && a.secure; // S_S2*
    t.granule = granule_tg0(own ? cut(ste, 303, 302) : cut(ste, 175, 174));
    t.tsz = unsigned(own ? cut(ste, 293, 288) : cut(ste, 165, 160));
    t.ps = std::min(size_code(cut(ste, 178, 176)), hw.oas);
    t.ds = stage2_ds();
    t.sh = unsigned(cut(ste, 173, 172));
    if (lpae2()) {
        t.aarch32 = true;
        t.granule = 12;
        t.tsz = 32 + unsigned(int((t.tsz & 15) ^ 8) - 8); // 64 - t.tsz bits of input
        t.ps = 40;
        t.ds = false;
    }
    t.start = start_level2(t.granule, unsigned(own ? cut(ste, 295, 294) : cut(ste, 167, 166)),
                           unsigned(own ? cut(ste, 386, 386) : cut(ste, 194, 194)), t.ds);
    t.ttb = (own ? cut(ste, 435, 388) : cut(ste, 243, 196)) << 4;
    t.big = cut(ste, 180, 180) != 0;
    t.affd = cut(ste, 181, 181) != 0;
    t.ptw = cut(ste, 182, 182) != 0;
    t.ha = cut(ste, 184, 184) != 0;
    t.hd = t.ha && cut(ste, 183, 183) != 0;
    t.record = cut(ste, 186, 186) != 0;
    t.fwb = hw.fwb && cut(ste, 89, 89) != 0;
    if (a.secure) {
        const bool sw = cut(ste, 384, 384) != 0, sa = sw || cut(ste, 385, 385) != 0;
        const bool nsw = cut(ste, 192, 192) != 0, nsa = sa || nsw || cut(ste, 193, 193) != 0;
        t.walk_ns = ns ? nsw : sw;
        t.out_ns = ns ? nsa : sa;
    }
    return t;
}

void run::read_stage1()
{
    one.regime = stream_world(unsigned(cut(ste, 3, 1)));
    const bool el2 = one.regime == world::one_privilege;
    one.t[0] = {!el2 && cut(cd, 14, 14) != 0, granule_tg0(cut(cd, 7, 6)), unsigned(cut(cd, 5, 0)),
                cut(cd, 115, 68) << 4,        cut(cd, 38, 38) != 0,       hw.had && cut(cd, 65, 65) != 0};
    one.t[1] = {el2 || cut(cd, 30, 30) != 0, granule_tg1(cut(cd, 23, 22)), unsigned(cut(cd, 21, 16)),
                cut(cd, 179, 132) << 4,      cut(cd, 39, 39) != 0,         hw.had && cut(cd, 129, 129) != 0};
    for (unsigned h = 0; h < 2; ++h) {
        one.t[h].ds = hw.ds && one.t[h].granule != 16 && cut(cd, 186, 186) != 0;
        one.t[h].sh = unsigned(cut(cd, 16 * h + 13, 16 * h + 12));
        one.t[h].ns = !a.secure || cut(cd, 64 * h + 64, 64 * h + 64) != 0;
        one.t[h].e0pd = hw.e0pd && !el2 && cut(cd, 64 * h + 66, 64 * h + 66) != 0;
    }
    one.ips = std::min(size_code(cut(cd, 34, 32)), hw.oas);
    if (cut(cd, 41, 41) == 0) {
        one.aarch32 = true;
        one.ips = 40;
        for (half& t : one.t) {
            t.granule = 12;
            t.tsz = 32 + (t.tsz & 7);
            t.ds = t.e0pd = false;
        }
    }
    one.mair = cd[3];
    one.big = cut(cd, 15, 15) != 0;
    one.affd = cut(cd, 35, 35) != 0;
    one.ha = !one.aarch32 && cut(cd, 43, 43) != 0;
    one.hd = one.ha && cut(cd, 42, 42) != 0;
    one.wxn = cut(cd, 36, 36) != 0;
    one.uwxn = one.aarch32 && cut(cd, 37, 37) != 0;
    one.pan = !el2 && cut(cd, 40, 40) != 0;
    one.record = cut(cd, 45, 45) != 0;
    one.abort = cut(cd, 46, 46) != 0;
}

} // namespace iovp::oracle
