#include "oracle.h"

#include <algorithm>
#include <cstdio>

namespace iovp::oracle {

namespace {

using u64 = std::uint64_t;
using words8 = std::array<u64, 8>;

u64 cut(u64 word, unsigned high, unsigned low)
{
    const u64 shifted = word >> low;
    return high - low == 63 ? shifted : shifted & ((u64(1) << (high - low + 1)) - 1);
}

/// Bits [high:low] of a 512-bit structure, numbered as chapter 5 does; no field crosses a 64-bit word.
u64 cut(const words8& w, unsigned high, unsigned low)
{
    return cut(w[low / 64], high % 64, low % 64);
}

bool exceeds(u64 address, unsigned bits)
{
    return bits < 64 && (address >> bits) != 0;
}

u64 reversed(u64 v)
{
    u64 r = 0;
    for (int i = 0; i < 8; ++i)
        r = (r << 8) | ((v >> (8 * i)) & 0xff);
    return r;
}

// 7.3: event numbers.
constexpr unsigned c_bad_streamid = 0x02, f_ste_fetch = 0x03, c_bad_ste = 0x04, f_stream_disabled = 0x06,
                   c_bad_substreamid = 0x08, f_cd_fetch = 0x09, c_bad_cd = 0x0a, f_walk_eabt = 0x0b,
                   f_translation = 0x10, f_addr_size = 0x11, f_access = 0x12, f_permission = 0x13;

// 7.3 CLASS.
constexpr unsigned class_cd = 0, class_tt = 1, class_in = 2;

enum class world : std::uint8_t { el1, el2, el2_e2h };

struct fault {
    unsigned number = 0; ///< 0: none
    unsigned stage = 1;
    unsigned cls = class_in;
    u64 ipa = 0;
    u64 fetch = 0;
    bool tt_write = false;
    explicit operator bool() const { return number != 0; }
};

/// What an access needs of a page.
struct need {
    bool write = false, execute = false, privileged = false;
    bool structure = false; ///< a CD, L1CD or stage-1 descriptor: S2PTW applies
    bool dirties = true;    ///< may make a descriptor writable-dirty
};

struct half {
    bool off = false; ///< effective EPD
    unsigned granule = 12, tsz = 16;
    u64 ttb = 0;
    bool tbi = false, had = false;
};

struct stage1 {
    world regime = world::el1;
    half t[2];
    unsigned ips = 48;
    u64 mair = 0;
    bool big = false, affd = false, ha = false, hd = false, wxn = false, pan = false, record = true, abort = true;
};

struct stage2 {
    unsigned granule = 12, tsz = 16, ps = 48;
    int start = 0;
    u64 ttb = 0;
    bool big = false, affd = false, ha = false, hd = false, ptw = false, fwb = false, record = true;
};

unsigned low_bit(unsigned granule, int level)
{
    return granule + unsigned(3 - level) * (granule - 3);
}

unsigned size_code(u64 code)
{
    constexpr unsigned sizes[] = {32, 36, 40, 42, 44, 48, 48, 48}; // 52 and more are not covered
    return sizes[code];
}

unsigned granule_tg0(u64 code)
{
    return code == 0 ? 12 : code == 1 ? 16 : code == 2 ? 14 : 0;
}

unsigned granule_tg1(u64 code)
{
    return code == 1 ? 14 : code == 2 ? 12 : code == 3 ? 16 : 0;
}

// ---- 13.1: attributes ------------------------------------------------------------------------------------------

/// D24 MAIR_ELx with 5.4 MAIR's table of reserved values.
attributes from_mair(unsigned attr, unsigned sh)
{
    attributes a;
    a.sh = sh;
    const unsigned high = attr >> 4, low = attr & 15;
    if (high == 0) {
        a.what = static_cast<type>(low >> 2);
        return a;
    }
    const auto level = [](unsigned code) {
        level_attributes l;
        if (code == 4)
            return l; // 0b0100: Non-cacheable
        l.policy = (code & 4) != 0 ? cache::wb : cache::wt;
        l.tr = (code & 8) == 0;
        l.ra = (code & 2) != 0;
        l.wa = (code & 1) != 0;
        return l;
    };
    a.outer = level(high);
    a.inner = level(low == 0 ? 3 : low); // 5.4: reserved, Normal-iWT Transient with RW = 0b11
    return a;
}

/// 5.2 MemAttr: D8.6.5's encoding, reserved values Device-nGnRnE; hints are the caller's.
attributes from_memattr(unsigned memattr)
{
    attributes a;
    const unsigned outer = memattr >> 2, inner = memattr & 3;
    if (outer == 0) {
        a.what = static_cast<type>(inner);
    } else if (inner == 0) {
        a.what = type::nGnRnE;
    } else {
        a.outer.policy = static_cast<cache>(outer - 1);
        a.inner.policy = static_cast<cache>(inner - 1);
    }
    return a;
}

bool cacheable(const attributes& a)
{
    return a.what == type::normal && (a.inner.policy != cache::nc || a.outer.policy != cache::nc);
}

/// 13.1.5, D8.6.7.1: outer is stronger than inner, inner than non-shareable.
unsigned stronger_share(unsigned a, unsigned b)
{
    if (a == 2 || b == 2)
        return 2;
    return a == 3 || b == 3 ? 3 : 0;
}

struct overrides {
    bool mt = false;
    unsigned memattr = 0, alloc = 0, sh = 1, priv = 0, inst = 0;
};

/// 13.1.4.
attributes replace(const attributes& in, const overrides& o, bool& hints_free)
{
    attributes a = consistent(in);
    if (o.mt) {
        const attributes given = from_memattr(o.memattr);
        a.what = given.what;
        const auto level = [](level_attributes was, cache now, bool normal_before) {
            if (!normal_before || was.policy == cache::nc) { // no hints supplied: RA, WA, nTR
                was.ra = was.wa = true;
                was.tr = false;
            }
            was.policy = now;
            return was;
        };
        const bool normal_before = in.what == type::normal;
        a.inner = level(a.inner, given.inner.policy, normal_before);
        a.outer = level(a.outer, given.outer.policy, normal_before);
    }
    if ((o.alloc & 8) != 0) {
        for (level_attributes* l : {&a.inner, &a.outer}) {
            l->ra = (o.alloc & 4) != 0;
            l->wa = (o.alloc & 2) != 0;
            l->tr = (o.alloc & 1) != 0;
        }
        if (!o.mt)
            hints_free = true; // 5.2 ALLOCCFG: CONSTRAINED UNPREDICTABLE whether it has any effect
    }
    if (o.sh != 1 && cacheable(a))
        a.sh = o.sh;
    return consistent(a);
}

/// 13.4.2: stage 1 replaces all but the hints, which combine where the input type has them.
attributes through_stage1(const attributes& in, const attributes& s1, bool& hints_free)
{
    attributes a = consistent(s1);
    if (!cacheable(in))
        return a;
    const auto level = [](level_attributes now, const level_attributes& before) {
        now.ra = now.ra && before.ra;
        now.wa = now.wa && before.wa;
        now.tr = now.tr || before.tr;
        return now;
    };
    // The text speaks of the input type as one: with one level cacheable and the other not, it leaves the latter open.
    if ((in.inner.policy == cache::nc) != (in.outer.policy == cache::nc))
        hints_free = true;
    a.inner = level(a.inner, in.inner);
    a.outer = level(a.outer, in.outer);
    return consistent(a);
}

/// 13.1.5 and 13.1.6, D8.6.5 and D8.6.6.
attributes through_stage2(const attributes& in, unsigned memattr, unsigned sh, bool fwb, bool& share_free)
{
    attributes a = in;
    const bool came_cacheable = cacheable(in);
    const auto device = [&a](unsigned t) { a.what = std::min(a.what, static_cast<type>(t)); };
    const auto all = [&a](cache c) {
        a.inner.policy = c;
        a.outer.policy = c;
    };
    if (!fwb) {
        const attributes s2 = from_memattr(memattr);
        if (s2.what != type::normal)
            device(unsigned(s2.what));
        a.inner.policy = std::min(a.inner.policy, s2.inner.policy);
        a.outer.policy = std::min(a.outer.policy, s2.outer.policy);
    } else if ((memattr & 4) == 0) {
        device(memattr & 3);
    } else {
        switch (memattr & 3) {
        case 0: device(0); break; // reserved: taken as Device-nGnRnE like the other reserved values
        case 1: all(cache::nc); break;
        case 2:
            for (level_attributes* l : {&a.inner, &a.outer}) {
                if (in.what != type::normal || l->policy == cache::nc) { // R TBQKG
                    l->ra = l->wa = true;
                    l->tr = false;
                }
            }
            a.what = type::normal;
            all(cache::wb);
            break;
        default: break;
        }
    }
    if (cacheable(a)) {
        if (!came_cacheable) // R NSCNC: it is IMPLEMENTATION DEFINED what shareability enters stage 2
            share_free = true;
        a.sh = stronger_share(a.sh, sh); // 0b01, reserved, counts as non-shareable
    }
    return consistent(a);
}

// ---- The translation of one access --------------------------------------------------------------------------------

class run {
public:
    run(const machine& h, memory& mem, const access& what, bool update)
        : hw(h)
        , m(mem)
        , a(what)
        , may_update(update)
    {
    }

    verdict go()
    {
        verdict v = start();
        v.anything = anything;
        return v;
    }

private:
    verdict start()
    {
        if (a.write)
            a.instruction = false; // 13.1.2
        if (!hw.smmuen)
            return global_bypass();

        // 3.3.1, 7.3.3: the StreamID's range.
        const unsigned log2size = std::min(unsigned(cut(hw.strtab_base_cfg, 5, 0)), hw.sidsize);
        if (log2size < 32 && (a.stream >> log2size) != 0)
            return bad_streamid();
        const bool two_level = hw.two_level_table && cut(hw.strtab_base_cfg, 17, 16) == 1;
        u64 base = hw.strtab_base & 0x00ffffffffffffc0; // ADDR[55:6]
        u64 at = 0;
        if (!two_level) {
            base &= ~((u64(64) << log2size) - 1); // 6.3.24: aligned to the table's size
            at = base + u64(a.stream) * 64;
        } else {
            unsigned split = unsigned(cut(hw.strtab_base_cfg, 10, 6));
            if (split != 8 && split != 10)
                split = 6;
            const unsigned l1 = log2size > split ? log2size - split : 0;
            base &= ~(std::max(u64(64), u64(8) << l1) - 1);
            const u64 descriptor = base + u64(a.stream >> split) * 8;
            if (m.aborts(descriptor) || exceeds(descriptor, hw.oas))
                return fetch_abort(f_ste_fetch, descriptor);
            const u64 l1std = m.get(descriptor);
            const unsigned span = unsigned(cut(l1std, 4, 0));
            const u64 index = cut(a.stream, split - 1, 0);
            if (span == 0 || span > 11 || span > split + 1 || index >= (u64(1) << (span - 1)))
                return bad_streamid();
            at = (cut(l1std, 55, 6) << 6 & ~((u64(64) << (span - 1)) - 1)) + index * 64; // 5.1 L2Ptr
        }
        // 3.4.3 (5): beyond the OAS, truncation or F_STE_FETCH; the models that we check choose the latter.
        if (m.aborts(at) || exceeds(at, hw.oas))
            return fetch_abort(f_ste_fetch, at);
        for (unsigned i = 0; i < 8; ++i)
            ste[i] = m.get(at + 8 * i);
        return with_ste();
    }

    // -- 13.2, 3.4
    verdict global_bypass()
    {
        if (cut(hw.gbpa, 20, 20) != 0 || exceeds(a.address, hw.oas))
            return terminate(); // no event
        overrides o;
        if (hw.attr_types_ovr) {
            o.mt = cut(hw.gbpa, 4, 4) != 0;
            o.memattr = unsigned(cut(hw.gbpa, 3, 0));
            o.alloc = unsigned(cut(hw.gbpa, 11, 8));
            o.sh = unsigned(cut(hw.gbpa, 13, 12));
        }
        if (hw.attr_perms_ovr) {
            o.priv = unsigned(cut(hw.gbpa, 17, 16));
            o.inst = unsigned(cut(hw.gbpa, 19, 18));
        }
        apply_permissions(o);
        verdict v;
        v.end = verdict::kind::pass;
        v.pa = a.address;
        v.memory = replace(a.memory, o, v.hints_free);
        if (o.mt) // the CONSTRAINED UNPREDICTABLE case is the STE's alone
            v.hints_free = false;
        return pass(v);
    }

    verdict with_ste()
    {
        if (cut(ste, 0, 0) == 0)
            return terminate(simple(c_bad_ste));
        const unsigned config = unsigned(cut(ste, 3, 1));
        if (config < 4)
            return terminate(); // 5.2 Config: report abort, no event
        if (ste_illegal(config))
            return terminate(simple(c_bad_ste));
        const bool s1 = (config & 1) != 0, s2 = (config & 2) != 0;

        overrides o;
        if (hw.attr_types_ovr) {
            o.mt = cut(ste, 100, 100) != 0;
            o.memattr = unsigned(cut(ste, 99, 96));
            o.alloc = unsigned(cut(ste, 104, 101));
            o.sh = unsigned(cut(ste, 109, 108));
        }
        if (hw.attr_perms_ovr) {
            o.priv = unsigned(cut(ste, 113, 112));
            o.inst = unsigned(cut(ste, 115, 114));
        }
        apply_permissions(o);
        verdict v;
        v.memory = replace(a.memory, o, v.hints_free);

        if (s2)
            read_stage2();

        // 5.2 S1CDMax, S1DSS; 7.3.9, 7.3.7.
        const unsigned cdmax = hw.ssidsize == 0 ? 0 : unsigned(cut(ste, 63, 59));
        const unsigned dss = unsigned(cut(ste, 65, 64));
        bool use_s1 = s1;
        u64 index = 0;
        if (a.ssv) {
            if (!s1 || cdmax == 0 || (a.substream >> cdmax) != 0)
                return terminate(bad_substreamid(a.substream));
            if (dss == 2 && a.substream == 0)
                return terminate(simple(f_stream_disabled));
            index = a.substream;
        } else if (s1 && cdmax != 0) {
            if (dss == 0 || dss == 3)
                return terminate(simple(f_stream_disabled));
            if (dss == 1)
                use_s1 = false;
        }

        u64 ipa = a.address;
        if (use_s1) {
            verdict ended;
            if (!find_cd(index, cdmax, s2, ended))
                return ended;
            if (cut(cd, 31, 31) == 0 || cd_illegal(config))
                return terminate(simple(c_bad_cd));
            read_stage1();
            attributes s1_memory;
            if (const fault f = walk1(s2, ipa, s1_memory, v))
                return faulted(f);
            v.memory = through_stage1(v.memory, s1_memory, v.hints_free);
        } else if (exceeds(a.address, hw.oas)) {
            // 3.4: stage 1 bypassed, the input is beyond the IAS (which is the OAS): a stage 1 Address Size fault.
            fault f;
            f.number = f_addr_size;
            return terminate(translation_record(f));
        }
        u64 pa = ipa;
        if (s2) {
            need n;
            n.write = a.write;
            n.execute = a.instruction;
            n.privileged = a.privileged;
            unsigned memattr = 0, sh = 0;
            if (const fault f = walk2(ipa, n, class_in, pa, memattr, sh, &v.page_log2))
                return faulted(f);
            v.memory = through_stage2(v.memory, memattr, sh, two.fwb, v.share_free);
        }
        v.end = verdict::kind::pass;
        v.translated = use_s1 || s2;
        v.pa = pa;
        return pass(v);
    }

    void apply_permissions(const overrides& o)
    {
        if (o.priv >= 2)
            a.privileged = o.priv == 3;
        if (o.inst >= 2 && !a.write)
            a.instruction = o.inst == 3;
    }

    // -- 5.2.2 SteIllegal(), for a Non-secure STE.
    bool ste_illegal(unsigned config) const
    {
        const bool s1 = (config & 1) != 0, s2 = (config & 2) != 0;
        if ((s1 && !hw.s1p) || (s2 && !hw.s2p))
            return true;
        const bool strw_unused = !hw.s1p || !hw.hyp || s2 || config == 4;
        const unsigned strw = unsigned(cut(ste, 95, 94));
        if (!strw_unused && (strw & 1) != 0)
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
            if (exceeds(cut(ste, 55, 6) << 6, hw.oas))
                return true;
        }
        if (s2) {
            if (cut(ste, 185, 185) != 0) // S2S, STALL_MODEL is 0b01
                return true;
            if (cut(ste, 179, 179) == 0) // S2AA64 selects VMSAv8-32 LPAE
                return true;
            const bool ha = cut(ste, 184, 184) != 0, hd = cut(ste, 183, 183) != 0;
            if (((ha || hd) && hw.httu == 0) || (hd && hw.httu == 1))
                return true;
            const unsigned g = granule_tg0(cut(ste, 175, 174));
            if (!supported(g))
                return true;
            const unsigned ps = std::min(size_code(cut(ste, 178, 176)), hw.oas);
            if (exceeds(cut(ste, 243, 196) << 4, ps))
                return true;
            const unsigned t0sz = unsigned(cut(ste, 165, 160));
            if (t0sz < std::max(16U, 64 - hw.oas) || t0sz > largest_tsz(g))
                return true;
            const unsigned sl0 = unsigned(cut(ste, 167, 166));
            const int start = start_level2(g, sl0);
            if (start < 0 || !fits(g, 64 - t0sz, start))
                return true;
            if (!hw.mixed_endian && cut(ste, 180, 180) != 0)
                return true;
        }
        const bool vmid_ignored = !hw.s2p || config == 4 || (strw != 0 && !strw_unused);
        return !vmid_ignored && !hw.vmid16 && cut(ste, 143, 136) != 0;
    }

    unsigned largest_tsz(unsigned granule) const { return !hw.stt ? 39 : granule == 16 ? 47 : 48; }
    bool supported(unsigned granule) const
    {
        return (granule == 12 && hw.gran4) || (granule == 14 && hw.gran16) || (granule == 16 && hw.gran64);
    }

    /// D8.2.9: tables D8-19, D8-29, D8-38 without DS; -1: reserved.
    int start_level2(unsigned granule, unsigned sl0) const
    {
        if (granule == 12)
            return sl0 < 3 ? int(2 - sl0) : hw.stt ? 3 : -1;
        return sl0 < 3 ? int(3 - sl0) : -1;
    }

    /// D8.2.9: tables D8-21 to D8-41: the first look-up resolves at least one bit, at most four more than one table
    /// has.
    static bool fits(unsigned granule, unsigned input, int start)
    {
        const unsigned low = low_bit(granule, start);
        return input > low && input - low <= granule - 3 + 4 && input <= 48;
    }

    // -- 5.4.2 CdIllegal()
    bool cd_illegal(unsigned config) const
    {
        if (!hw.term_raz_wi && cut(cd, 46, 46) == 0)
            return true;
        if (cut(cd, 44, 44) != 0) // S, STALL_MODEL is 0b01
            return true;
        const world w = stream_world(config);
        const bool off0 = w != world::el2 && cut(cd, 14, 14) != 0;
        const bool off1 = w == world::el2 || cut(cd, 30, 30) != 0;
        if ((!off0 || !off1) && !hw.mixed_endian && cut(cd, 15, 15) != 0)
            return true;
        if (cut(cd, 41, 41) == 0) // AA64 selects VMSAv8-32 LPAE
            return true;
        const bool ha = cut(cd, 43, 43) != 0, hd = cut(cd, 42, 42) != 0;
        if (((ha || hd) && hw.httu == 0) || (hd && hw.httu == 1))
            return true;
        if (w != world::el2 && !hw.asid16 && cut(cd, 63, 56) != 0)
            return true;
        const unsigned ips = std::min(size_code(cut(cd, 34, 32)), hw.oas);
        const auto bad = [&](unsigned g, u64 tsz, u64 ttb) {
            return !supported(g) || tsz < 16 || tsz > largest_tsz(g) || exceeds(ttb, ips);
        };
        if (!off0 && bad(granule_tg0(cut(cd, 7, 6)), cut(cd, 5, 0), cut(cd, 115, 68) << 4))
            return true;
        return !off1 && bad(granule_tg1(cut(cd, 23, 22)), cut(cd, 21, 16), cut(cd, 179, 132) << 4);
    }

    world stream_world(unsigned config) const
    {
        // 5.2 STRW
        if (config != 5 || !hw.hyp || cut(ste, 95, 94) == 0)
            return world::el1;
        return hw.e2h ? world::el2_e2h : world::el2;
    }

    void read_stage2()
    {
        two.granule = granule_tg0(cut(ste, 175, 174));
        two.tsz = unsigned(cut(ste, 165, 160));
        two.ps = std::min(size_code(cut(ste, 178, 176)), hw.oas);
        two.start = start_level2(two.granule, unsigned(cut(ste, 167, 166)));
        two.ttb = cut(ste, 243, 196) << 4;
        two.big = cut(ste, 180, 180) != 0;
        two.affd = cut(ste, 181, 181) != 0;
        two.ptw = cut(ste, 182, 182) != 0;
        two.ha = cut(ste, 184, 184) != 0;
        two.hd = two.ha && cut(ste, 183, 183) != 0;
        two.record = cut(ste, 186, 186) != 0;
        two.fwb = hw.fwb && cut(ste, 89, 89) != 0;
    }

    void read_stage1()
    {
        one.regime = stream_world(unsigned(cut(ste, 3, 1)));
        const bool el2 = one.regime == world::el2;
        one.t[0] = {!el2 && cut(cd, 14, 14) != 0, granule_tg0(cut(cd, 7, 6)), unsigned(cut(cd, 5, 0)),
                    cut(cd, 115, 68) << 4,        cut(cd, 38, 38) != 0,       hw.had && cut(cd, 65, 65) != 0};
        one.t[1] = {el2 || cut(cd, 30, 30) != 0, granule_tg1(cut(cd, 23, 22)), unsigned(cut(cd, 21, 16)),
                    cut(cd, 179, 132) << 4,      cut(cd, 39, 39) != 0,         hw.had && cut(cd, 129, 129) != 0};
        one.ips = std::min(size_code(cut(cd, 34, 32)), hw.oas);
        one.mair = cd[3];
        one.big = cut(cd, 15, 15) != 0;
        one.affd = cut(cd, 35, 35) != 0;
        one.ha = cut(cd, 43, 43) != 0;
        one.hd = one.ha && cut(cd, 42, 42) != 0;
        one.wxn = cut(cd, 36, 36) != 0;
        one.pan = !el2 && cut(cd, 40, 40) != 0;
        one.record = cut(cd, 45, 45) != 0;
        one.abort = cut(cd, 46, 46) != 0;
    }

    // -- 3.3.2, 5.3: the CD of a substream; false: `ended` is the verdict.
    bool find_cd(u64 index, unsigned cdmax, bool s2, verdict& ended)
    {
        const unsigned fmt = cdmax == 0 ? 0 : unsigned(cut(ste, 5, 4));
        u64 at = cut(ste, 55, 6) << 6;
        // 5.2 S1Fmt: bits that are RES0 because of S1CDMax are CONSTRAINED UNPREDICTABLE when set.
        const unsigned split = fmt == 1 ? 6 : 10;
        const unsigned size_log2 = cdmax == 0             ? 6
                                   : fmt == 0 || fmt == 3 ? cdmax + 6
                                   : cdmax > split        ? cdmax - split + 3
                                                          : 6;
        if (size_log2 > 6 && cut(at, size_log2 - 1, 6) != 0)
            anything = true;
        if (fmt == 1 || fmt == 2) {
            words8 l1cd{};
            if (!fetch(at + (index >> split) * 8, 1, s2, l1cd, ended))
                return false;
            if (cut(l1cd[0], 0, 0) == 0 || exceeds(cut(l1cd[0], 55, 12) << 12, hw.oas)) {
                ended = terminate(bad_substreamid(a.ssv ? a.substream : 0));
                return false;
            }
            at = (cut(l1cd[0], 55, 12) << 12) + cut(index, split - 1, 0) * 64;
            if (fmt == 2 && cut(l1cd[0], 15, 12) != 0) // RES0
                anything = true;
        } else {
            at += index * 64;
        }
        return fetch(at, 8, s2, cd, ended);
    }

    bool fetch(u64 at, unsigned count, bool s2, words8& to, verdict& ended)
    {
        u64 pa = at;
        if (s2) {
            need n;
            n.structure = true;
            n.dirties = false; // 3.13.3.1: never for the fetch of an L1CD or CD
            n.privileged = true;
            unsigned memattr = 0, sh = 0;
            if (const fault f = walk2(at, n, class_cd, pa, memattr, sh, nullptr)) {
                ended = faulted(f);
                return false;
            }
        }
        if (m.aborts(pa)) {
            ended = fetch_abort(f_cd_fetch, pa);
            return false;
        }
        for (unsigned i = 0; i < count; ++i)
            to[i] = m.get(pa + 8 * i);
        return true;
    }

    // -- D8.3.1: 0 invalid, 1 table, 2 leaf.
    static unsigned kind(u64 d, unsigned granule, int level)
    {
        if ((d & 1) == 0)
            return 0;
        if (level == 3)
            return (d & 2) != 0 ? 2 : 0;
        if ((d & 2) != 0)
            return 1;
        const bool block = granule == 12 ? level == 1 || level == 2 : level == 2;
        return block ? 2 : 0;
    }

    u64 load(u64 at, bool big) const { return big ? reversed(m.get(at)) : m.get(at); }
    void store(u64 at, bool big, u64 d) const
    {
        if (may_update)
            m.set(at, big ? reversed(d) : d);
    }

    // -- D8.2, D8.4, D8.5: stage 2.
    fault walk2(u64 ipa, const need& n, unsigned cls, u64& pa, unsigned& memattr, unsigned& sh, unsigned* page)
    {
        fault f;
        f.stage = 2;
        f.cls = cls;
        f.ipa = ipa;
        f.tt_write = n.write;
        const auto failed = [&f](unsigned number) {
            f.number = number;
            return f;
        };
        const unsigned input = 64 - two.tsz;
        if (exceeds(ipa, input))
            return failed(f_translation);
        u64 table = two.ttb & ~((u64(8) << (input - low_bit(two.granule, two.start))) - 1);
        u64 above = input;
        for (int level = two.start;; ++level) {
            const unsigned low = low_bit(two.granule, level);
            const u64 at = table + cut(ipa, unsigned(above) - 1, low) * 8;
            above = low;
            if (m.aborts(at)) {
                f.fetch = at;
                return failed(f_walk_eabt);
            }
            const u64 d = load(at, two.big);
            const unsigned k = kind(d, two.granule, level);
            if (k == 0)
                return failed(f_translation);
            const unsigned from = k == 1 ? two.granule : low;
            const u64 address = cut(d, 47, from) << from;
            if (exceeds(address, two.ps))
                return failed(f_addr_size);
            if (k == 1) {
                table = address;
                continue;
            }
            u64 updated = d;
            if (cut(d, 10, 10) == 0) {
                if (two.ha)
                    updated |= u64(1) << 10;
                else if (!two.affd)
                    return failed(f_access);
            }
            // D8.4.2: S2AP and XN.
            bool w = cut(d, 7, 7) != 0;
            if (!w && n.write && two.hd && n.dirties && cut(d, 51, 51) != 0) {
                w = true;
                updated |= u64(1) << 7;
            }
            const unsigned xn = hw.xnx ? unsigned(cut(d, 54, 53)) : cut(d, 54, 54) != 0 ? 2 : 0;
            const bool x = xn == 0 || (xn == 1 && !n.privileged) || (xn == 3 && n.privileged);
            const bool granted = n.write ? w : n.execute ? x : cut(d, 6, 6) != 0;
            if (!granted)
                return failed(f_permission);
            memattr = unsigned(cut(d, 5, 2));
            sh = unsigned(cut(d, 9, 8));
            if (n.structure && two.ptw && is_device(memattr))
                return failed(f_permission); // 5.2 S2PTW
            if (updated != d)
                store(at, two.big, updated);
            pa = address | cut(ipa, low - 1, 0);
            if (page != nullptr)
                *page = std::min(*page, low);
            return {};
        }
    }

    /// The stage-2 type alone: D8.6.5, D8.6.6.
    bool is_device(unsigned memattr) const
    {
        if (two.fwb)
            return (memattr & 4) == 0 || (memattr & 3) == 0;
        return from_memattr(memattr).what != type::normal;
    }

    // -- The same of stage 1.
    fault walk1(bool s2, u64& ipa, attributes& memory, verdict& v)
    {
        fault f;
        const auto failed = [&f](unsigned number) {
            f.number = number;
            return f;
        };
        // 3.4.1: VA[55] selects the table, except where there is only one.
        const bool two_halves = one.regime != world::el2;
        const bool upper = two_halves && cut(a.address, 55, 55) != 0;
        const half& t = one.t[upper ? 1 : 0];
        const unsigned top = t.tbi ? 55 : 63;
        if (t.off)
            return failed(f_translation);
        const unsigned input = 64 - t.tsz;
        const u64 rest = cut(a.address, top, input);
        const u64 ones = (u64(1) << (top - input + 1)) - 1;
        if (rest != (upper ? ones : 0))
            return failed(f_translation);

        int level = 3;
        while (low_bit(t.granule, level) + t.granule - 3 < input)
            --level;
        u64 table = t.ttb & ~((u64(8) << (input - low_bit(t.granule, level))) - 1);
        unsigned above = input;
        bool no_el0 = false, read_only = false, uxn_table = false, pxn_table = false;
        for (;; ++level) {
            const unsigned low = low_bit(t.granule, level);
            const u64 where = table + cut(a.address, above - 1, low) * 8;
            above = low;
            u64 at = where;
            unsigned memattr = 0, sh = 0;
            need n;
            n.structure = true;
            n.privileged = true;
            if (s2) {
                if (const fault g = walk2(where, n, class_tt, at, memattr, sh, nullptr))
                    return g;
            }
            if (m.aborts(at)) {
                f.cls = class_tt;
                f.fetch = at;
                return failed(f_walk_eabt);
            }
            const u64 d = load(at, one.big);
            const unsigned k = kind(d, t.granule, level);
            if (k == 0)
                return failed(f_translation);
            const unsigned from = k == 1 ? t.granule : low;
            const u64 address = cut(d, 47, from) << from;
            if (exceeds(address, one.ips))
                return failed(f_addr_size);
            if (k == 1) {
                if (!t.had) { // D8.3.2
                    no_el0 = no_el0 || cut(d, 61, 61) != 0;
                    read_only = read_only || cut(d, 62, 62) != 0;
                    uxn_table = uxn_table || cut(d, 60, 60) != 0;
                    pxn_table = pxn_table || cut(d, 59, 59) != 0;
                }
                table = address;
                continue;
            }
            u64 updated = d;
            if (cut(d, 10, 10) == 0) {
                if (one.ha)
                    updated |= u64(1) << 10;
                else if (!one.affd)
                    return failed(f_access);
            }
            // D8.4.1, 13.4.1.
            const bool clean = one.hd && cut(d, 51, 51) != 0;
            const bool writable = (cut(d, 7, 7) == 0 || clean) && !read_only;
            const bool el0 = cut(d, 6, 6) != 0 && !no_el0;
            const bool uxn = cut(d, 54, 54) != 0 || uxn_table;
            const bool pxn = cut(d, 53, 53) != 0 || pxn_table;
            bool r = true, w = writable, x = true;
            if (!two_halves) {
                x = !uxn && !(one.wxn && writable);
            } else if (a.privileged) {
                const bool hidden = one.pan && el0;
                r = !hidden;
                w = writable && !hidden;
                x = !pxn && !(el0 && writable) && !(one.wxn && writable);
            } else {
                r = el0;
                w = writable && el0;
                x = !uxn && !(one.wxn && writable && el0);
            }
            if (!(a.write ? w : a.instruction ? x : r))
                return failed(f_permission);
            if (a.write && cut(d, 7, 7) != 0)
                updated &= ~(u64(1) << 7);
            if (updated != d) {
                if (s2) { // D8.5.2 R BDJJL: the update writes through stage 2
                    n.write = true;
                    if (const fault g = walk2(where, n, class_tt, at, memattr, sh, nullptr))
                        return g;
                }
                store(at, one.big, updated);
            }
            const unsigned index = unsigned(cut(d, 4, 2));
            memory = from_mair(unsigned(cut(one.mair, 8 * index + 7, 8 * index)), unsigned(cut(d, 9, 8)));
            if (memory.sh == 1) // reserved: the models say non-shareable
                memory.sh = 0;
            ipa = address | cut(a.address, low - 1, 0);
            v.page_log2 = std::min(v.page_log2, low);
            return {};
        }
    }

    // -- 7.3: records.
    verdict pass(verdict v) const
    {
        v.privileged = a.privileged;
        v.instruction = a.instruction;
        return v;
    }

    struct event {
        record words{}, mask{~u64(0), ~u64(0), ~u64(0), ~u64(0)};
    };

    event simple(unsigned number) const
    {
        event e;
        e.words[0] = number | u64(a.stream) << 32;
        if (a.ssv)
            e.words[0] |= u64(1) << 11 | u64(a.substream) << 12;
        else
            e.mask[0] &= ~(u64(0xfffff) << 12); // SubstreamID is UNKNOWN
        return e;
    }

    event bad_substreamid(u64 substream) const
    {
        event e;
        e.words[0] = c_bad_substreamid | u64(a.stream) << 32 | substream << 12;
        // "In this event, SubstreamID is always valid (there is no SSV qualifier)": bit 11 is RES0.
        return e;
    }

    event translation_record(const fault& f) const
    {
        event e = simple(f.number);
        e.words[1] = u64(a.privileged) << 33 | u64(a.instruction) << 34 | u64(!a.write) << 35;
        e.words[1] |= u64(f.stage == 2) << 39 | u64(f.cls) << 40;
        e.words[2] = a.address;
        if (f.number == f_walk_eabt) {
            e.words[3] = cut(f.fetch, 55, 3) << 3;
            return e;
        }
        if (f.stage == 2)
            e.words[3] = cut(f.ipa, 55, 12) << 12;
        else
            e.mask[3] = ~(((u64(1) << 44) - 1) << 12); // UNKNOWN
        if (f.number == f_permission) {
            if (f.stage == 2 && f.cls == class_tt)
                e.words[1] |= u64(!f.tt_write) << 44;
            else
                e.mask[1] &= ~(u64(1) << 44);
        }
        return e;
    }

    verdict terminate() const { return {}; }
    verdict terminate(const event& e) const
    {
        verdict v;
        v.has_event = true;
        v.event = e.words;
        v.defined = e.mask;
        return v;
    }

    verdict bad_streamid() const { return hw.recinvsid ? terminate(simple(c_bad_streamid)) : terminate(); }

    verdict fetch_abort(unsigned number, u64 at) const
    {
        event e = simple(number);
        e.words[3] = cut(at, 55, 3) << 3;
        e.mask[1] &= ~u64(0xffff); // Reason: IMPLEMENTATION DEFINED
        if (hw.oas < 56)           // 7.3.4: UNKNOWN in one sentence, RES0 in another
            e.mask[3] &= (u64(1) << hw.oas) - 1;
        return terminate(e);
    }

    /// 5.5: what CD.{A,R} and STE.S2R make of a fault.
    verdict faulted(const fault& f) const
    {
        event e = translation_record(f);
        if (f.number == f_walk_eabt) {
            e.mask[1] &= ~u64(0xffff); // Reason
            return terminate(e);
        }
        const bool recorded = f.stage == 2 ? two.record : one.record;
        verdict v = recorded ? terminate(e) : terminate();
        if (f.stage == 1 && !one.abort)
            v.end = verdict::kind::raz_wi;
        return v;
    }

    const machine& hw;
    memory& m;
    access a;
    bool may_update;
    bool anything = false;
    words8 ste{}, cd{};
    stage1 one;
    stage2 two;
};

} // namespace

attributes consistent(attributes a)
{
    if (a.what != type::normal) {
        a.inner = {};
        a.outer = {};
    }
    for (level_attributes* l : {&a.inner, &a.outer}) {
        if (l->policy == cache::nc)
            *l = {};
        if (!l->ra && !l->wa)
            l->tr = false;
    }
    if (!cacheable(a))
        a.sh = 2;
    return a;
}

verdict translate(const machine& hw, memory& m, const access& a, bool update)
{
    verdict v = run(hw, m, a, update).go();
    return v;
}

namespace {

std::string text(const attributes& a)
{
    char line[96];
    std::snprintf(line, sizeof line, "type %u i%u/%d%d%d o%u/%d%d%d sh %u", unsigned(a.what), unsigned(a.inner.policy),
                  a.inner.ra, a.inner.wa, a.inner.tr, unsigned(a.outer.policy), a.outer.ra, a.outer.wa, a.outer.tr,
                  a.sh);
    return line;
}

} // namespace

std::string describe(const verdict& v)
{
    char line[256];
    if (v.end == verdict::kind::pass) {
        std::snprintf(line, sizeof line, "pass, pa %llx, priv %d, inst %d, translated %d, ", (unsigned long long)v.pa,
                      v.privileged, v.instruction, v.translated);
        return line + text(v.memory) + (v.share_free ? " (sh free)" : "") + (v.hints_free ? " (hints free)" : "");
    }
    std::string s = v.end == verdict::kind::abort ? "abort" : "RAZ/WI";
    if (!v.has_event)
        return s + ", no event";
    std::snprintf(line, sizeof line, ", event %016llx %016llx %016llx %016llx", (unsigned long long)v.event[0],
                  (unsigned long long)v.event[1], (unsigned long long)v.event[2], (unsigned long long)v.event[3]);
    return s + line;
}

std::string describe(const access& a)
{
    char line[160];
    std::snprintf(line, sizeof line, "stream %u ssv %d/%u va %llx %s%s%s, ", a.stream, a.ssv, a.substream,
                  (unsigned long long)a.address, a.write ? "write" : "read", a.instruction ? " inst" : "",
                  a.privileged ? " priv" : "");
    return line + text(a.memory);
}

} // namespace iovp::oracle
