#include "changes.h"

#include "invalidations.h"

#include <algorithm>

namespace iovp::oracle {

namespace {

using u64 = std::uint64_t;

u64 as_stored(const table& t, u64 d)
{
    if (!t.big())
        return d;
    u64 r = 0;
    for (unsigned i = 0; i < 64; i += 8)
        r |= ((d >> i) & 0xff) << (56 - i);
    return r;
}

/// Another descriptor for a leaf: unmapped, mapped again, moved, other rights or attributes.
u64 another(u64 old, const table& t, int level, u64 fresh_bits, u64 fresh_target, choices& c)
{
    const u64 inside = t.leaf_size(level) - 1;
    const u64 page = level == 3 ? 3 : 1;
    switch (c.below(5)) {
    case 1: return (old & 1) != 0 ? old & ~u64(1) : old | page;
    case 2: return old ^ u64(1) << (6 + c.below(2));
    case 3: return old ^ u64(1) << c.of({10U, 2U, 3U, 53U, 54U, 51U});
    case 4: return (old & 0x0000fffffffff000 & ~inside) | fresh_bits | page;
    default: return (fresh_target & 0x0000ffffffffffff & ~inside) | (old & (0xffff000000000fff)) | page;
    }
}

void change_stage1(scenario& s, stream& st, choices& c, change& x)
{
    stream::context& k = st.contexts[c.below(static_cast<unsigned>(st.contexts.size()))];
    const unsigned h = k.half[0] && (!k.half[1] || c.below(2) == 0) ? 0 : 1;
    if (!k.half[h] || k.half[h]->leaves().empty())
        return;
    const table& t = *k.half[h];
    const table::leaf& l = c.of(t.leaves());
    const u64 old = t.get(l.at);
    const u64 d = another(old, t, l.level, stage1_bits(c, false), target(c, s.hw.oas), c);
    const bool global = (old & 0x800) == 0;
    u64 va = l.from + (c.word() & (t.leaf_size(l.level) - 1)); // any address inside
    va = full_address(k, h, va);
    x.what = "a stage-1 leaf";
    x.writes.push_back({l.at, as_stored(t, d)});
    if ((old & 1) != 0 || c.chance(50)) // 3.17: what faulted is not cached
        invalidate_stage1(x, s, st, k, va, global, c);
    const u64 base = va & ~(t.leaf_size(l.level) - 1);
    for (auto& command : x.commands) {
        const u64 op = command.first & 0xff;
        if ((op == 0x12 || op == 0x13 || op == 0x22 || op == 0x23 || op == 0x52 || op == 0x53 || op == 0x1a) &&
            c.chance(60))
            narrow(command, t, l, base, s.hw, c);
    }
}

void change_stage2(scenario& s, stream& st, choices& c, change& x)
{
    const table& t = st.of_space(!st.secure || c.chance(50));
    if (t.leaves().empty())
        return;
    const table::leaf& l = c.of(t.leaves());
    const bool holds_structures = l.from < 0x80000000 && st.config == 7;
    const u64 old = t.get(l.at);
    u64 d = another(old, t, l.level, stage2_bits(c), target(c, s.hw.oas), c);
    if (holds_structures && c.chance(90)) // keep most structures in place
        d = (d & ~u64(0x0000fffffffff000)) | (old & 0x0000fffffffff000);
    x.what = "a stage-2 leaf";
    x.writes.push_back({l.at, as_stored(t, d)});
    const u64 vm = u64(st.vmid) << 32;
    if (holds_structures) { // CDs were fetched through it
        invalidate_all(x, s);
        return;
    }
    if ((old & 1) == 0 && c.chance(50))
        return;
    if (st.secure) {
        x.commands.push_back({s.hw.sel2 && c.chance(50) ? 0x58 | vm : snh_all(s), 0, true}); // S_S12_VMALL
        return;
    }
    switch (c.below(4)) {
    case 1: x.commands.push_back({0x28 | vm, 0}); break; // S12_VMALL
    case 2:
        x.commands.push_back(
            {0x2a | vm, ((l.from + (c.word() & (t.leaf_size(l.level) - 1))) & 0x000ffffffffff000) | c.below(2)});
        if (c.chance(60))
            narrow(x.commands.back(), t, l, l.from, s.hw, c);
        if (st.config == 7 || !s.hw.s1p)
            x.commands.push_back({s.hw.s1p ? 0x10 | vm : nsnh_all, 0});
        break;
    default: x.commands.push_back({nsnh_all, 0}); break;
    }
}

/// A bit of the CD that does not change its ASID.
void change_cd(scenario& s, stream& st, choices& c, change& x)
{
    stream::context& k = st.contexts[c.below(static_cast<unsigned>(st.contexts.size()))];
    unsigned bit = c.of({46U, 45U, 35U, 36U, 40U, 38U, 39U, 14U, 30U, 31U, 33U, 65U, 129U, 42U, 43U, 41U, 0U});
    if (bit == 0)
        bit = c.chance(50) ? 192 + c.below(64) : c.below(48);
    const u64 at = k.cd + bit / 64 * 8;
    x.what = "a CD, bit " + std::to_string(bit);
    x.writes.push_back({at, s.mem.get(at) ^ u64(1) << bit % 64});
    const u64 sid = u64(st.id) << 32 | (st.secure ? ssec : 0);
    const u64 ss = st.cdmax == 0 ? 0 : 1U << 11 | u64(k.substream) << 12;
    switch (c.below(4)) {
    case 1: x.commands.push_back({0x05 | sid | ss, c.below(2)}); break;
    case 2: x.commands.push_back({0x06 | sid, 0}); break;
    case 3: x.commands.push_back({0x03 | sid, c.below(2)}); break;
    default: x.commands.push_back({cfgi_all | (st.secure ? ssec : 0), 31}); break;
    }
    x.commands.back().secure = st.secure;
    if (bit == 45 || bit == 46) // 5.4.1: A, R, S need no TLB invalidation
        return;
    if (st.secure)
        invalidate_tlbs(x, s);
    else if (st.strw == 2)
        x.commands.push_back({el2_all, 0});
    else
        x.commands.push_back({c.below(2) == 0 ? nsnh_all : 0x10 | u64(s.hw.s2p ? st.vmid : 0) << 32, 0});
}

/// A bit of the STE, none of those that would make two streams share a TLB tag.
void change_ste(scenario& s, stream& st, choices& c, change& x)
{
    unsigned bit = c.of({0U,   1U,   2U,   3U,   64U, 65U,  100U, 108U, 109U, 112U, 113U, 114U,
                         115U, 181U, 182U, 186U, 89U, 185U, 162U, 166U, 176U, 179U, 61U,  511U});
    if (bit == 511)
        bit = c.of({96U,  97U,  98U,  99U,  101U, 102U, 103U, 104U, 160U, 161U, 163U, 174U,
                    177U, 180U, 183U, 184U, 59U,  60U,  4U,   5U,   83U,  92U,  93U});
    const u64 at = st.ste + bit / 64 * 8;
    x.what = "an STE, bit " + std::to_string(bit);
    x.writes.push_back({at, s.mem.get(at) ^ u64(1) << bit % 64});
    const u64 sid = u64(st.id) << 32 | (st.secure ? ssec : 0);
    switch (c.below(4)) {
    case 1: x.commands.push_back({0x03 | sid, c.below(2)}); break;
    case 2: x.commands.push_back({0x04 | (sid & ~u64(0xf00000000)), 3}); break; // 16 streams
    default: x.commands.push_back({cfgi_all | (st.secure ? ssec : 0), 31}); break;
    }
    x.commands.back().secure = st.secure;
    if (bit < 4 || (bit >= 160 && bit != 186 && bit != 185) || bit == 89)
        invalidate_tlbs(x, s);
}

} // namespace

change any_change(scenario& s, choices& c)
{
    change x;
    stream& st = s.streams[c.below(static_cast<unsigned>(s.streams.size()))];
    x.stream = st.id;
    x.secure = st.secure;
    switch (c.below(12)) {
    default:
        if (!st.contexts.empty())
            change_stage1(s, st, c, x);
        else if (st.second)
            change_stage2(s, st, c, x);
        break;
    case 4:
    case 5:
        if (st.second)
            change_stage2(s, st, c, x);
        break;
    case 6:
        if (!st.contexts.empty())
            change_cd(s, st, c, x);
        break;
    case 7: change_ste(s, st, c, x); break;
    case 8: { // a table or leaf descriptor, anything
        const auto all = s.descriptors();
        if (all.empty())
            break;
        const u64 at = c.of(all);
        x.what = "a descriptor";
        x.any_stream = true;
        // Not the global bit: what becomes global would serve another stream of the same VMID.
        const unsigned bit = c.below(64);
        x.writes.push_back({at, s.mem.get(at) ^ (u64(bit == 11 || bit == 51 ? 0 : 1) << bit)});
        invalidate_all(x, s);
        break;
    }
    case 10:
    case 11: { // a table or page is taken away, or comes back
        const auto all = s.descriptors();
        if (all.empty())
            break;
        const u64 at = c.of(all);
        x.what = "a descriptor's valid bit";
        x.any_stream = true;
        const bool big = (s.mem.get(at) >> 56 & 1) != 0 && (s.mem.get(at) & 1) == 0;
        x.writes.push_back({at, s.mem.get(at) ^ (u64(1) << (big ? 56 : 0))});
        if (c.chance(50)) {
            invalidate_all(x, s);
        } else { // the configuration stays
            invalidate_tlbs(x, s);
            if (std::any_of(s.streams.begin(), s.streams.end(), [](const stream& o) { return o.config == 7; }))
                invalidate_configuration(x, s); // CDs were fetched through stage 2
        }
        break;
    }
    case 9: { // L1STD, L1CD, or another word of a structure
        u64 at = c.of(s.structures);
        for (const stream& other : s.streams) {
            if (at >= other.ste && at < other.ste + 64)
                return x;
            for (const stream::context& k : other.contexts)
                if (at >= k.cd && at < k.cd + 64)
                    return x;
        }
        x.what = "a level-1 descriptor";
        x.any_stream = true;
        x.writes.push_back({at, s.mem.get(at) ^ u64(1) << c.of({0U, 1U, 2U, 3U, 4U, 13U, 20U})});
        invalidate_all(x, s);
        break;
    }
    }
    if (!s.hw.hyp || !s.hw.s1p) { // CMD_TLBI_EL2_* would be CERROR_ILL (4.4.2)
        auto& k = x.commands;
        for (std::size_t i = 0; i < k.size();)
            if ((k[i].first & 0xff) == el2_all && !k[i].secure)
                k.erase(k.begin() + static_cast<std::ptrdiff_t>(i));
            else
                ++i;
    }
    return x;
}

} // namespace iovp::oracle
