#include "scenario_parts.h"

#include <algorithm>

namespace iovp::oracle {

namespace {

int start1(unsigned granule, unsigned input)
{
    int level = 3;
    while (low_bit(granule, level) + granule - 3 < input)
        --level;
    return level;
}

/// Reaches a stage-1 structure at an IPA: maps its stage-2 page when it is not yet.
u64 through(scenario& s, stream& st, choices& c, u64 ipa, bool ns)
{
    table& t = st.of_space(ns);
    const u64 size = u64(1) << t.granule();
    const u64 page = ipa & ~(size - 1);
    const auto known = st.held.find({page, ns});
    if (known != st.held.end())
        return known->second | (ipa & (size - 1));
    const u64 pa = s.space.take(size);
    const u64 physical = st.out_ns[ns ? 1 : 0] ? pa : pa | secure_space;
    st.held[{page, ns}] = physical;
    u64 bits = 0x7fc; // AF, inner shareable, S2AP read/write, write-back
    if (c.chance(10))
        bits = stage2_bits(c);
    t.map(page, pa, 3, bits);
    return physical | (ipa & (size - 1));
}

void fill_cd(scenario& s, stream& st, stream::context& x, choices& c)
{
    const machine& hw = s.hw;
    std::array<u64, 8> w{};
    const bool el2 = one_privilege(s, st);
    const bool big = hw.mixed_endian && c.chance(15);
    unsigned ips = st.config == 7 ? std::min(hw.oas, narrowest(st)) : hw.oas;
    if (c.chance(20))
        ips = c.of({32U, 36U, 40U, 48U, 52U});
    ips = std::max(32U, ips);
    const bool ds = hw.ds && c.chance(70);
    const bool el2_64 = st.strw == 2 && s.hw.e2h;
    x.aarch32 =
        st.second_aarch32 || (hw.aarch32 && st.strw != 1 && !(st.secure && st.strw != 0) && !el2_64 && c.chance(35));
    if (x.aarch32)
        ips = std::min(hw.oas, 40U);
    const unsigned only = c.below(6); // 1, 2: one half; otherwise both
    for (unsigned h = 0; h < 2; ++h) {
        if (h == 1 && el2)
            break;
        if ((h == 0 && only == 2 && !el2) || (h == 1 && only == 1)) {
            put(w, h == 0 ? 14 : 30, h == 0 ? 14 : 30, 1);
            continue;
        }
        const unsigned g = x.aarch32 ? 12 : c.of(granules(hw));
        const unsigned smallest = hw.stt ? (g == 16 ? 17 : 16) : 25;
        unsigned input = c.of({48U, 39U, 42U, 36U, 32U, 30U, 25U, 21U, 17U, 16U, 47U, 43U, 52U, 49U, 49U, 50U, 51U});
        if (!hw.va52 || widest(g, ds) != 52)
            input = std::min(input, 48U);
        if (x.aarch32)
            input = 32 - c.of({0U, 1U, 2U, 3U, 7U, 5U});
        input = std::max(input, smallest);
        const auto reach = [&s, &st, &c](u64 at, bool ns) {
            return st.config == 7 ? through(s, st, c, at, ns) : ns ? at : at | secure_space;
        };
        const unsigned room = std::min({ips, hw.oas, widest(g, ds), st.config == 7 ? narrowest(st) : 64});
        const bool ns = !st.secure || c.chance(25);
        const table::format f{
            g, ds && g != 16, g == 16 && hw.oas == 52, big, far_bit(c, room), ns, st.secure && c.chance(40)};
        put(w, 64 * (h + 1), 64 * (h + 1), st.secure ? ns : c.below(2)); // NSCFG
        x.half[h] =
            std::make_unique<table>(s.mem, st.config == 7 ? s.ipa_space : s.space, reach, f, input, start1(g, input));
        x.tbi[h] = c.chance(25);
        const unsigned at = 16 * h;
        put(w, at + 5, at, x.aarch32 ? (32 - input) | c.below(8) << 3 : 64 - input);
        put(w, at + 7, at + 6, h == 0 ? (g == 12 ? 0 : g == 16 ? 1 : 2) : (g == 12 ? 2 : g == 16 ? 3 : 1));
        put(w, at + 9, at + 8, c.of({1U, 0U, 2U, 3U}));
        put(w, at + 11, at + 10, c.of({1U, 0U, 2U, 3U}));
        put(w, at + 13, at + 12, c.of({3U, 0U, 2U}));
        put(w, 38 + h, 38 + h, x.tbi[h]);
        put(w, 64 * (h + 1) + 1, 64 * (h + 1) + 1, c.chance(15)); // HAD
        put(w, 64 * (h + 1) + 51, 64 * (h + 1) + 4, x.half[h]->root() >> 4);
        put(w, 64 * h + 66, 64 * h + 66, c.chance(hw.e0pd ? 8 : 30)); // E0PD
    }
    if (el2) { // what is ignored there
        put(w, 30, 16, c.raw() & 0x7fff);
        put(w, 14, 14, c.chance(30));
    }
    put(w, 186, 186, hw.ds ? ds : c.below(2));
    put(w, 15, 15, big);
    put(w, 31, 31, 1);
    put(w, 34, 32, code_of(ips));
    put(w, 35, 35, c.chance(15));
    put(w, 36, 36, c.chance(15));
    put(w, 37, 37, c.chance(15));
    put(w, 40, 40, c.chance(20));
    put(w, 41, 41, !x.aarch32);
    if (hw.httu >= 1 && c.chance(60)) {
        put(w, 43, 43, 1);
        put(w, 42, 42, hw.httu == 2 && c.chance(70));
    }
    put(w, 45, 45, !c.chance(15));                    // R
    put(w, 46, 46, !hw.term_raz_wi || !c.chance(20)); // A
    put(w, 63, 48, x.asid);
    constexpr unsigned kinds[] = {0xff, 0x44, 0x00, 0x04, 0x08, 0x0c, 0xbb, 0x77, 0xf4, 0x4f, 0xee, 0x3b, 0xdd};
    for (unsigned i = 0; i < 8; ++i) {
        const unsigned mair = c.chance(10) ? c.below(256) : kinds[c.below(13)];
        put(w, 192 + 8 * i + 7, 192 + 8 * i, mair);
    }
    store(s, x.cd, w);
}

} // namespace

void random_contexts(scenario& s, stream& st, choices& c, std::array<u64, 8>& w)
{
    const machine& hw = s.hw;
    const bool nested = st.config == 7;
    allocator& space = nested ? s.ipa_space : s.space;
    const auto reach = [&](u64 at) {
        return nested ? through(s, st, c, at, !st.secure) : st.secure ? at | secure_space : at;
    };
    const unsigned largest = std::min(hw.ssidsize, 12U);
    st.cdmax = c.chance(40) && largest != 0 ? 1 + c.below(largest) : 0;
    unsigned fmt = st.cdmax != 0 && hw.cd2l ? c.of({0U, 1U, 2U}) : 0;
    if (fmt == 0 && st.cdmax > 8)
        st.cdmax = 8;
    const unsigned dss = c.of({2U, 1U, 0U, 3U});
    put(w, 63, 59, st.cdmax);
    put(w, 5, 4, st.cdmax == 0 ? c.below(4) : fmt == 0 && hw.cd2l ? c.of({0U, 3U}) : fmt);
    put(w, 65, 64, dss);
    put(w, 67, 66, c.below(4));
    put(w, 69, 68, c.below(4));
    put(w, 71, 70, c.of({3U, 0U, 2U}));
    const unsigned split = fmt == 1 ? 6 : 10;
    u64 base = 0;
    if (fmt == 0)
        base = space.take(u64(64) << st.cdmax);
    else
        base = space.take(std::max(u64(64), u64(8) << (st.cdmax > split ? st.cdmax - split : 0)));
    put(w, 55, 6, base >> 6);

    // Without ASIDs the substreams would share their TLB entries.
    const unsigned count = st.cdmax == 0 || one_privilege(s, st) ? 1 : 1 + c.below(2);
    std::map<u64, u64> leaves;
    for (unsigned i = 0; i < count; ++i) {
        const std::uint32_t ss = i == 0 ? 0 : 1 + c.below((1U << st.cdmax) - 1);
        st.contexts.emplace_back();
        stream::context& x = st.contexts.back();
        x.substream = ss;
        x.asid = static_cast<std::uint16_t>(1 + st.id * 4 + i);
        if (hw.asid16)
            x.asid = static_cast<std::uint16_t>(x.asid | 0x1200);
        u64 at = base + u64(ss) * 64;
        if (fmt != 0) {
            u64& leaf = leaves[ss >> split];
            x.cd_l1 = reach(base + (ss >> split) * 8);
            if (leaf == 0) {
                leaf = space.take(split == 6 ? 0x1000 : 0x10000);
                s.mem.set(x.cd_l1, leaf | 1);
                s.structures.push_back(x.cd_l1);
            }
            at = leaf + (ss & ((1U << split) - 1)) * 64;
        }
        x.cd = reach(at);
        fill_cd(s, st, x, c);
    }
}

} // namespace iovp::oracle
