#include "run.h"

#include <algorithm>

/// D8.2 to D8.5: the walks of the two stages.
namespace iovp::oracle {

// -- D8.3.1: 0 invalid, 1 table, 2 leaf.
unsigned run::kind(u64 d, unsigned granule, int level, bool ds) const
{
    if ((d & 1) == 0)
        return 0;
    if (level == 3)
        return (d & 2) != 0 ? 2 : 0;
    if ((d & 2) != 0)
        return 1;
    const int first = granule == 12 ? (ds ? 0 : 1) : granule == 14 ? (ds ? 1 : 2) : hw.oas == 52 ? 1 : 2;
    return level >= first ? 2 : 0;
}

/// D8.3.1: the address in a descriptor: its bits [51:48] stand apart.
u64 run::address_in(u64 d, unsigned from, unsigned granule, bool ds) const
{
    if (ds)
        return cut(d, 49, from) << from | cut(d, 9, 8) << 50;
    const u64 address = cut(d, 47, from) << from;
    return granule == 16 && hw.oas == 52 ? address | cut(d, 15, 12) << 48 : address;
}

/// D8.2.5.2: aligned to its size, and to 64 bytes where 52 bits are output.
u64 run::table_base(u64 ttb, unsigned size_log2, unsigned output)
{
    return ttb & ~((u64(1) << (output == 52 ? std::max(size_log2, 6U) : size_log2)) - 1);
}

u64 run::load(place at, bool big) const
{
    const u64 d = m.get(at.in_memory());
    return big ? reversed(d) : d;
}

/// 6.3.39 HTTUI: whether what an update would have permitted is a fault is not said.
bool run::inhibited() const
{
    return asked != 0 && !may_update;
}

void run::update(place at, bool big, u64 d)
{
    anything = anything || inhibited();
    if (may_update)
        m.set(at.in_memory(), big ? reversed(d) : d);
}

// -- D8.2, D8.4, D8.5: stage 2.
fault run::walk2(place from_ipa, const need& n, unsigned cls, place& pa, unsigned& memattr, unsigned& sh,
                 unsigned* page)
{
    const stage2& s = two[from_ipa.ns ? 1 : 0];
    const u64 ipa = from_ipa.at;
    fault f;
    f.stage = 2;
    f.ns_ipa = a.secure && from_ipa.ns;
    f.cls = cls;
    f.ipa = ipa;
    f.tt_write = n.write;
    const auto failed = [&f](unsigned number) {
        f.number = number;
        return f;
    };
    const unsigned input = 64 - s.tsz;
    if (exceeds(ipa, input))
        return failed(f_translation);
    u64 table = table_base(s.ttb, input - low_bit(s.granule, s.start) + 3, s.ps);
    u64 above = input;
    for (int level = s.start;; ++level) {
        const unsigned low = low_bit(s.granule, level);
        const place at{table + cut(ipa, unsigned(above) - 1, low) * 8, s.walk_ns};
        above = low;
        anything = anything || exceeds(at.at, hw.oas); // 3.4.3: LPAE tables alone
        if (m.aborts(at.in_memory())) {
            f.fetch = at.at;
            return failed(f_walk_eabt);
        }
        const u64 d = load(at, s.big);
        const unsigned k = kind(d, s.granule, level, s.ds);
        if (k == 0)
            return failed(f_translation);
        const unsigned from = k == 1 ? s.granule : low;
        const u64 address = address_in(d, from, s.granule, s.ds);
        const u64 final = k == 1 ? address : address | cut(ipa, low - 1, 0); // 5.2 S2PS, 5.4 IPS
        if (exceeds(final, s.ps))
            return failed(f_addr_size);
        if (k == 1) {
            table = address;
            continue;
        }
        u64 updated = d;
        if (cut(d, 10, 10) == 0) {
            if (s.ha)
                updated |= u64(1) << 10;
            else if (!s.affd)
                return failed(f_access);
        }
        // D8.4.2: S2AP and XN.
        bool w = cut(d, 7, 7) != 0;
        if (!w && n.write && s.hd && n.dirties && cut(d, 51, 51) != 0) {
            w = true;
            updated |= u64(1) << 7;
        }
        const unsigned xn = hw.xnx ? unsigned(cut(d, 54, 53)) : cut(d, 54, 54) != 0 ? 2 : 0;
        const bool x = xn == 0 || (xn == 1 && !n.privileged) || (xn == 3 && n.privileged);
        const bool readable = cut(d, 6, 6) != 0;
        const bool granted = n.write ? w : n.execute ? x && (readable || !s.aarch32) : readable;
        if (!granted)
            return failed(f_permission);
        memattr = unsigned(cut(d, 5, 2));
        sh = s.ds ? s.sh : unsigned(cut(d, 9, 8));
        if (n.structure && s.ptw && is_device(memattr, s.fwb))
            return failed(f_permission); // 5.2 S2PTW
        if (updated != d)
            update(at, s.big, updated);
        pa = {address | cut(ipa, low - 1, 0), s.out_ns};
        if (s.aarch32) // 3.4: 40 bits, truncated to the OAS
            pa.at &= (u64(1) << hw.oas) - 1;
        if (page != nullptr)
            *page = std::min(*page, low);
        return {};
    }
}

/// The stage-2 type alone: D8.6.5, D8.6.6.
bool run::is_device(unsigned memattr, bool fwb)
{
    if (fwb)
        return (memattr & 4) == 0 || (memattr & 3) == 0;
    return from_memattr(memattr).what != type::normal;
}

/// The half whose range has the address (3.4.1); null: none.
const half* run::select(u64 address) const
{
    const bool two_halves = one.regime != world::one_privilege;
    if (one.aarch32) { // G5.5: table G5-2
        if (exceeds(address, 32))
            return nullptr;
        const unsigned n0 = one.t[0].tsz - 32, n1 = one.t[1].tsz - 32;
        if (two_halves && n1 != 0 && address >= (u64(1) << 32) - (u64(1) << (32 - n1)))
            return &one.t[1];
        if (!exceeds(address, 32 - n0))
            return &one.t[0];
        return two_halves && n1 == 0 ? &one.t[1] : nullptr;
    }
    // VA[55] selects the table, except where there is only one.
    const bool upper = two_halves && cut(address, 55, 55) != 0;
    const half& t = one.t[upper ? 1 : 0];
    const unsigned top = t.tbi ? 55 : 63, input = 64 - t.tsz;
    if (input > top) // a TSZ that is not used, or that leaves no bit to compare
        return &t;
    const u64 ones = (u64(1) << (top - input + 1)) - 1;
    return cut(address, top, input) == (upper ? ones : 0) ? &t : nullptr;
}

// -- The same of stage 1.
fault run::walk1(bool s2, place& ipa, attributes& memory, verdict& v)
{
    fault f;
    const auto failed = [&f](unsigned number) {
        f.number = number;
        return f;
    };
    const half* selected = select(a.address);
    if (selected == nullptr || selected->off || (selected->e0pd && !a.privileged)) // D8.2 R RFRSQ
        return failed(f_translation);
    const half& t = *selected;
    const bool two_halves = one.regime != world::one_privilege;
    const unsigned input = 64 - t.tsz;
    int level = 3;
    while (low_bit(t.granule, level) + t.granule - 3 < input)
        --level;
    u64 table = table_base(t.ttb, input - low_bit(t.granule, level) + 3, one.ips);
    unsigned above = input;
    bool ns = t.ns;
    bool no_el0 = false, read_only = false, uxn_table = false, pxn_table = false;
    for (;; ++level) {
        const unsigned low = low_bit(t.granule, level);
        const place where{table + cut(a.address, above - 1, low) * 8, ns};
        above = low;
        place at = where;
        unsigned memattr = 0, sh = 0;
        need n;
        n.structure = true;
        n.privileged = true;
        if (s2) {
            if (const fault g = walk2(where, n, class_tt, at, memattr, sh, nullptr))
                return g;
        }
        anything = anything || exceeds(at.at, hw.oas); // 3.4.3: LPAE tables alone
        if (m.aborts(at.in_memory())) {
            f.cls = class_tt;
            f.fetch = at.at;
            return failed(f_walk_eabt);
        }
        const u64 d = load(at, one.big);
        const unsigned k = kind(d, t.granule, level, t.ds);
        if (k == 0)
            return failed(f_translation);
        const unsigned from = k == 1 ? t.granule : low;
        const u64 address = address_in(d, from, t.granule, t.ds);
        const u64 final = k == 1 ? address : address | cut(a.address, low - 1, 0); // 5.2 S2PS, 5.4 IPS
        if (exceeds(final, one.ips))
            return failed(f_addr_size);
        if (k == 1) {
            if (!t.had) { // D8.3.2
                no_el0 = no_el0 || cut(d, 61, 61) != 0;
                read_only = read_only || cut(d, 62, 62) != 0;
                uxn_table = uxn_table || cut(d, 60, 60) != 0;
                pxn_table = pxn_table || cut(d, 59, 59) != 0;
            }
            ns = ns || cut(d, 63, 63) != 0; // D8.4.6.1
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
        const bool out_ns = ns || cut(d, 5, 5) != 0;
        bool r = true, w = writable, x = true;
        if (!two_halves) {
            x = !uxn && !(one.wxn && writable);
        } else if (a.privileged) {
            const bool hidden = one.pan && el0;
            r = !hidden;
            w = writable && !hidden;
            x = !pxn && !(one.wxn && writable);
            if (one.aarch32) // G5.6.3: XN too, and UWXN
                x = x && !uxn && !(one.uwxn && el0 && writable);
            else
                x = x && !(el0 && writable);
        } else {
            r = el0;
            w = writable && el0;
            x = !uxn && !(one.wxn && writable && el0) && (el0 || !one.aarch32);
        }
        if (regs.sif && out_ns) // 6.3.57
            x = false;
        if (!(a.write ? w : a.instruction ? x : r))
            return failed(f_permission);
        if (a.write && cut(d, 7, 7) != 0)
            updated &= ~(u64(1) << 7);
        if (updated != d) {
            anything = anything || inhibited();
            if (s2) { // D8.5.2 R BDJJL: the update writes through stage 2
                n.write = true;
                if (const fault g = walk2(where, n, class_tt, at, memattr, sh, nullptr))
                    return g;
            }
            update(at, one.big, updated);
        }
        const unsigned index = unsigned(cut(d, 4, 2));
        memory = from_mair(unsigned(cut(one.mair, 8 * index + 7, 8 * index)), t.ds ? t.sh : unsigned(cut(d, 9, 8)));
        if (memory.sh == 1) // reserved: the models say non-shareable
            memory.sh = 0;
        ipa = {address | cut(a.address, low - 1, 0), out_ns};
        v.page_log2 = std::min(v.page_log2, low);
        if (one.aarch32) {
            const u64 inside = (u64(1) << low) - 1;
            v.straddles = select(a.address & ~inside) != selected || select(a.address | inside) != selected;
        }
        return {};
    }
}

} // namespace iovp::oracle
