#include "run.h"

#include <algorithm>

/// 13.1: memory types, shareability, allocation hints.
namespace iovp::oracle {

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

} // namespace iovp::oracle
