#include "scenario.h"

namespace iovp::oracle {

using u64 = std::uint64_t;

access any_access(const scenario& s, choices& c)
{
    access a;
    const stream& st = s.streams[c.below(static_cast<unsigned>(s.streams.size()))];
    a.stream = st.id;
    a.secure = st.secure;
    a.ns = !st.secure || c.chance(50);
    if (c.chance(3))
        a.stream = c.raw() & 0xffff;
    if (!st.contexts.empty()) {
        const stream::context& x = st.contexts[c.below(static_cast<unsigned>(st.contexts.size()))];
        a.substream = x.substream;
        a.ssv = st.cdmax != 0 && (x.substream != 0 || c.chance(30));
    }
    if (c.chance(6)) {
        a.ssv = true;
        a.substream = c.of({0U, 1U, 2U, 0x3ffU, 0xfffffU, 0x40U});
    }
    if (!a.ssv)
        a.substream = 0;
    const unsigned what = c.below(20);
    if (!st.inputs.empty())
        a.address = c.of(st.inputs);
    else
        a.address = target(c, s.hw.oas);
    switch (what) {
    default: a.address += c.raw() & 0xfff; break;
    case 10:
    case 11: a.address += c.raw() & 0x3ffff; break;
    case 12: a.address += c.raw() & 0x3fffffff; break;
    case 13: a.address -= 1 + c.below(0x2000); break;
    case 14: a.address ^= u64(c.below(255) + 1) << 56; break;
    case 15: a.address ^= u64(1) << c.below(64); break;
    case 16: a.address = c.word(); break;
    }
    if (st.config >= 5 && !st.contexts.empty() && c.chance(15))
        a.address = (a.address & ~(u64(0xff) << 56)) | u64(c.below(256)) << 56;
    a.write = c.chance(40);
    a.instruction = c.chance(25);
    a.privileged = c.chance(50);
    // Incoming attributes.
    const auto level = [&c](cache p) { return level_attributes{p, !c.chance(30), !c.chance(30), c.chance(20)}; };
    switch (c.below(6)) {
    default:
        a.memory.inner = {cache::wb, true, true, false};
        a.memory.outer = a.memory.inner;
        a.memory.sh = 3;
        break;
    case 2: a.memory.what = static_cast<type>(c.below(4)); break;
    case 3: break; // Normal non-cacheable
    case 4:
        a.memory.inner = level(c.of({cache::wb, cache::wt}));
        a.memory.outer = level(c.of({cache::wb, cache::wt}));
        a.memory.sh = c.of({3U, 0U, 2U});
        break;
    case 5:
        a.memory.inner = level(c.of({cache::wb, cache::wt, cache::nc}));
        a.memory.outer = level(c.of({cache::wb, cache::wt, cache::nc}));
        a.memory.sh = c.of({3U, 0U, 2U});
        break;
    }
    a.memory = consistent(a.memory);
    return a;
}

} // namespace iovp::oracle
