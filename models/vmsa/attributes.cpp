#include "vmsa/attributes.h"

#include <algorithm>

namespace iovp::vmsa {

namespace {

constexpr memory_attributes device(memory_type t)
{
    return {t, {}, {}, shareability::outer};
}

/// One nibble of a MAIR byte for Normal memory (D24.2 MAIR_EL1); never 0b0000 for the outer one.
cache_attributes decode_nibble(unsigned n)
{
    const bool read = (n & 2) != 0;
    const bool write = (n & 1) != 0;
    switch (n >> 2) {
    case 0:
        if (n == 0)
            return {cacheability::write_through, true, true, true}; // 5.4 MAIR: reserved inner 0b0000
        return {cacheability::write_through, read, write, true};
    case 1:
        if ((n & 3) == 0)
            return {}; // 0b0100: Non-cacheable
        return {cacheability::write_back, read, write, true};
    case 2: return {cacheability::write_through, read, write, false};
    default: return {cacheability::write_back, read, write, false};
    }
}

shareability decode_sh(unsigned sh)
{
    switch (sh & 3) {
    case 2: return shareability::outer;
    case 3: return shareability::inner;
    default: return shareability::non_shareable; // 0b01 is reserved
    }
}

cache_attributes decode_rgn(unsigned rgn)
{
    switch (rgn & 3) {
    case 1: return {cacheability::write_back, true, true, false};
    case 2: return {cacheability::write_through, true, false, false};
    case 3: return {cacheability::write_back, true, false, false};
    default: return {};
    }
}

/// 13.1.7: no hints without a cache, no transience without allocation.
cache_attributes normalised(cache_attributes c)
{
    if (c.policy == cacheability::non_cacheable)
        return {};
    if (!c.read_allocate && !c.write_allocate)
        c.transient = false;
    return c;
}

/// 13.1.5: the weaker policy wins; allocation is anded, transience ored, both from cacheable sides only.
cache_attributes combine(const cache_attributes& a, const cache_attributes& b)
{
    if (a.policy == cacheability::non_cacheable || b.policy == cacheability::non_cacheable)
        return {};
    return {std::min(a.policy, b.policy), a.read_allocate && b.read_allocate, a.write_allocate && b.write_allocate,
            a.transient || b.transient};
}

/// Outer is stronger than inner, inner than non-shareable.
shareability combine(shareability a, shareability b)
{
    if (a == shareability::outer || b == shareability::outer)
        return shareability::outer;
    if (a == shareability::inner || b == shareability::inner)
        return shareability::inner;
    return shareability::non_shareable;
}

/// Two bits of MemAttr for one cache level of Normal memory: 1 NC, 2 WT, 3 WB.
cache_attributes decode_s2_cache(unsigned bits)
{
    switch (bits & 3) {
    case 2: return {cacheability::write_through, true, true, false};
    case 3: return {cacheability::write_back, true, true, false};
    default: return {};
    }
}

memory_attributes force_write_back(const memory_attributes& s1, unsigned memattr, shareability sh)
{
    // D8.6.6, table D8-100: MemAttr[2] == 0 is Device memory, combined with stage 1.
    if ((memattr & 4) == 0)
        return vmsa::combine(s1, device(static_cast<memory_type>(memattr & 3)));
    // Table D8-101.
    memory_attributes m = s1;
    m.share = combine(s1.share, sh);
    switch (memattr & 3) {
    case 1: // Normal becomes Non-cacheable, Device stays
        if (s1.type == memory_type::normal)
            m.inner = m.outer = {};
        break;
    case 2: { // Normal Write-Back, whatever stage 1 says; its allocation hints where it has some
        const auto write_back = [&](const cache_attributes& c) {
            if (s1.type != memory_type::normal || c.policy == cacheability::non_cacheable)
                return cache_attributes{cacheability::write_back, true, true, false};
            return cache_attributes{cacheability::write_back, c.read_allocate, c.write_allocate, c.transient};
        };
        m.inner = write_back(s1.inner);
        m.outer = write_back(s1.outer);
        m.type = memory_type::normal;
        // Stage-1 Device and Non-cacheable are outer shareable by definition; what stage 2 forces is stage 2's choice.
        if (s1.type != memory_type::normal)
            m.share = sh;
        break;
    }
    case 3: break;                                      // stage 1's
    default: return device(memory_type::device_nGnRnE); // 0b100 is reserved
    }
    return vmsa::normalised(m);
}

} // namespace

memory_attributes normalised(memory_attributes m)
{
    m.inner = normalised(m.inner);
    m.outer = normalised(m.outer);
    if (m.type != memory_type::normal) {
        m.inner = m.outer = {};
        m.share = shareability::outer;
    } else if (m.inner.policy == cacheability::non_cacheable && m.outer.policy == cacheability::non_cacheable) {
        m.share = shareability::outer;
    }
    return m;
}

memory_attributes decode_mair(std::uint8_t attribute, unsigned sh)
{
    const unsigned high = attribute >> 4;
    const unsigned low = attribute & 0xf;
    // 0b0000dd00 is Device; 5.4 MAIR: 0b0000ddxx reserved, the same Device type.
    if (high == 0)
        return device(static_cast<memory_type>(low >> 2));
    return normalised({memory_type::normal, decode_nibble(low), decode_nibble(high), decode_sh(sh)});
}

memory_attributes decode_walk_attributes(unsigned irgn, unsigned orgn, unsigned sh)
{
    return normalised({memory_type::normal, decode_rgn(irgn), decode_rgn(orgn), decode_sh(sh)});
}

memory_attributes combine(const memory_attributes& a, const memory_attributes& b)
{
    if (a.type != memory_type::normal || b.type != memory_type::normal)
        return device(std::min(a.type, b.type)); // nGnRnE is the strongest and the smallest
    return normalised(
        {memory_type::normal, combine(a.inner, b.inner), combine(a.outer, b.outer), combine(a.share, b.share)});
}

memory_attributes decode_memattr(unsigned memattr, unsigned sh)
{
    // D8.6.5 table D8-96; 0b0100, 0b1000 and 0b1100 are reserved and read as Device-nGnRnE (5.2 STE.MemAttr).
    const unsigned outer = (memattr >> 2) & 3;
    const unsigned inner = memattr & 3;
    if (outer == 0)
        return device(static_cast<memory_type>(inner));
    if (inner == 0)
        return device(memory_type::device_nGnRnE);
    return normalised({memory_type::normal, decode_s2_cache(inner), decode_s2_cache(outer), decode_sh(sh)});
}

memory_attributes combine(const memory_attributes& stage1, const stage2_memory& stage2)
{
    if (stage2.force_write_back)
        return force_write_back(stage1, stage2.memattr & 7U, decode_sh(stage2.sh));
    return combine(stage1, decode_memattr(stage2.memattr, stage2.sh));
}

memory_attributes structure_memory(const memory_attributes& own, const stage2_memory& stage2, bool device_walk_normal)
{
    const memory_attributes m = combine(own, stage2);
    if (device_walk_normal && m.type != memory_type::normal)
        return normalised({memory_type::normal, {}, {}, shareability::outer});
    return m;
}

} // namespace iovp::vmsa
