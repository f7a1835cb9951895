#include "scenario_parts.h"

namespace iovp::oracle {

u64 target(choices& c, unsigned bits)
{
    const u64 mask = (u64(1) << bits) - 1;
    const u64 any = c.word();
    return ((c.chance(50) ? any : any & 0xffffffff) & mask) | 0x80000000;
}

u64 stage1_bits(choices& c, bool global_allowed)
{
    u64 b = u64(c.of({1U, 1U, 0U, 2U, 3U})) << 6;
    b |= u64(c.of({3U, 0U, 2U})) << 8;
    b |= u64(!c.chance(8)) << 10;
    b |= u64(!global_allowed || !c.chance(30)) << 11;
    b |= u64(c.below(8)) << 2;
    b |= u64(c.chance(20)) << 53;
    b |= u64(c.chance(20)) << 54;
    b |= u64(c.chance(30)) << 51;
    if (c.chance(10))
        b |= u64(c.below(16)) << 55; // ignored
    return b;
}

u64 stage2_bits(choices& c)
{
    u64 b = u64(c.of({3U, 3U, 1U, 2U, 0U})) << 6;
    b |= u64(c.of({3U, 0U, 2U})) << 8;
    b |= u64(!c.chance(8)) << 10;
    b |= u64(c.of({15U, 15U, 5U, 0U, 1U, 2U, 3U, 6U, 7U, 9U, 10U, 11U, 13U, 14U})) << 2;
    if (c.chance(30))
        b |= u64(c.below(4)) << 53;
    b |= u64(c.chance(30)) << 51;
    return b;
}

u64 full_address(const stream::context& x, unsigned h, u64 inside)
{
    if (h == 0)
        return inside;
    return inside | (~((u64(1) << x.half[1]->input()) - 1) & (x.aarch32 ? 0xffffffff : ~u64(0)));
}

void map_something(scenario& s, stream& st, choices& c)
{
    const machine& hw = s.hw;
    const bool s1 = (st.config & 1) != 0;
    u64 ipa = 0;
    u64 size = 0x1000;
    bool ns = !st.secure || c.chance(50);
    if (s1) {
        stream::context& x = st.contexts[c.below(static_cast<unsigned>(st.contexts.size()))];
        unsigned h = c.below(2);
        if (!x.half[h])
            h = 1 - h;
        if (!x.half[h])
            return;
        table& t = *x.half[h];
        const unsigned output = st.config == 7 ? narrowest(st) : hw.oas;
        const int level = t.leaf_level(c);
        size = t.leaf_size(level);
        const u64 inside = (u64(1) << t.input()) - 1;
        u64 va = c.word() & inside;
        if (!st.inputs.empty() && c.chance(50)) // a neighbour, so that tables are shared
            va = (st.inputs[c.below(static_cast<unsigned>(st.inputs.size()))] + size * (1 + c.below(3))) & inside;
        va &= ~(size - 1);
        ipa = target(c, c.chance(4) ? 52 : output) & ~(size - 1);
        // A global page serves every context of the VMID; shared VMIDs are above.
        const bool global_allowed = (st.secure ? st.config == 7 : st.vmid < 0x100) && st.contexts.size() == 1;
        u64 bits = stage1_bits(c, global_allowed);
        if (st.secure)
            bits |= u64(c.chance(40)) << 5; // NS
        bool in_ns = true;
        if (t.map(va, ipa, level, bits, &in_ns))
            ns = !st.secure || in_ns || (bits & 1 << 5) != 0;
        if (c.chance(8) && !t.written().empty()) { // limits of the tables above
            const u64 at = c.of(t.written());
            if ((t.get(at) & 3) == 3)
                t.put(at, t.get(at) | u64(c.below(16)) << 59);
        }
        st.inputs.push_back(full_address(x, h, va));
    } else {
        const table* second = &st.of_space(ns);
        size = second->leaf_size(second->leaf_level(c));
        const u64 inside = (u64(1) << second->input()) - 1;
        ipa = c.word() & inside;
        if (!st.ipas.empty() && c.chance(50))
            ipa = (st.ipas.back() + 0x1000) & inside;
        st.inputs.push_back(ipa);
    }
    if (!st.second)
        return;
    table* second = &st.of_space(ns);
    const int level = second->leaf_level(c);
    const u64 block = second->leaf_size(level);
    // Below 2 GiB stand the stage-1 structures: only pages there.
    if (st.config == 7 && (ipa & ~(block - 1)) < 0x80000000)
        return;
    if (ipa >> second->input() != 0)
        return;
    if (!c.chance(6))
        second->map(ipa & ~(block - 1), target(c, hw.oas), level, stage2_bits(c));
    st.ipas.push_back(ipa);
    if (size > block && c.chance(50)) { // another piece of a big stage-1 page
        const u64 other = ipa + (c.word() & (size - 1) & ~(block - 1));
        second->map(other, target(c, hw.oas), level, stage2_bits(c));
        st.ipas.push_back(other);
    }
}

} // namespace iovp::oracle
