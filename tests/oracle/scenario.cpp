#include "scenario.h"

#include <algorithm>

namespace iovp::oracle {

namespace {

using u64 = std::uint64_t;

void put(std::array<u64, 8>& w, unsigned high, unsigned low, u64 value)
{
    const unsigned at = low % 64, size = high - low + 1;
    const u64 mask = (size == 64 ? ~u64(0) : (u64(1) << size) - 1) << at;
    w[low / 64] = (w[low / 64] & ~mask) | ((value << at) & mask);
}

unsigned code_of(unsigned bits)
{
    constexpr unsigned sizes[] = {32, 36, 40, 42, 44, 48, 52};
    unsigned code = 0;
    while (code < 6 && sizes[code] < bits)
        ++code;
    return code;
}

unsigned low_bit(unsigned granule, int level)
{
    return granule + unsigned(3 - level) * (granule - 3);
}

int start1(unsigned granule, unsigned input)
{
    int level = 3;
    while (low_bit(granule, level) + granule - 3 < input)
        --level;
    return level;
}

void store(scenario& s, u64 at, const std::array<u64, 8>& w)
{
    for (unsigned i = 0; i < 8; ++i) {
        s.mem.set(at + 8 * i, w[i]);
        s.structures.push_back(at + 8 * i);
    }
}

std::vector<unsigned> granules(const machine& hw)
{
    std::vector<unsigned> g;
    if (hw.gran4)
        g.push_back(12);
    if (hw.gran16)
        g.push_back(14);
    if (hw.gran64)
        g.push_back(16);
    return g;
}

void features(machine& hw, choices& c, const limits& l)
{
    hw.smmuen = !l.disabled || !c.chance(3);
    hw.e2h = c.chance(30);
    hw.recinvsid = !c.chance(20);
    if (c.chance(30)) {
        hw.gbpa = (c.raw() & 0xf3f1f) | c.of({0U, 0U, 0U, 1U << 20});
    } else {
        hw.gbpa = 0x1000;
    }
    if (l.hardware_update)
        hw.httu = c.of({0U, 0U, 1U, 2U, 2U});
    if (!l.random_features)
        return;
    hw.oas = c.of({44U, 48U, 42U, 40U, 36U, 32U, 52U, 52U, 52U});
    switch (c.below(4)) {
    case 1: hw.va52 = true; break;
    case 2:
    case 3:
        hw.minor = 3;
        hw.ds = hw.va52 = !c.chance(15);
        break;
    default: break;
    }
    if (c.chance(40)) {
        hw.asid16 = !c.chance(20);
        hw.vmid16 = !c.chance(20);
        hw.cd2l = !c.chance(15);
        hw.mixed_endian = !c.chance(20);
        hw.term_raz_wi = !c.chance(20);
        hw.ssidsize = c.of({10U, 0U, 1U, 6U, 8U, 20U});
        hw.attr_types_ovr = !c.chance(20);
        hw.attr_perms_ovr = !c.chance(20);
        hw.fwb = hw.minor >= 2 || !c.chance(20);
        hw.stt = !c.chance(25);
        switch (c.below(8)) {
        case 1: hw.gran16 = false; break;
        case 2: hw.gran64 = false; break;
        case 3: hw.gran4 = false; break;
        default: break;
        }
        switch (c.below(10)) { // 6.3.4: XNX and HAD may only be absent with their stage; Hyp needs both stages (6.3.1)
        case 1:
            hw.s2p = hw.hyp = false;
            hw.xnx = c.chance(50);
            break;
        case 2:
            hw.s1p = hw.hyp = false;
            hw.ssidsize = 0;
            hw.had = c.chance(50);
            break;
        default: break;
        }
    }
    hw.ats = c.chance(40);
    hw.aarch32 = hw.gran4 && c.chance(35);
    hw.e0pd = hw.minor == 3 || c.chance(20);
    hw.ptwnnc = hw.s2p && (hw.minor == 3 || c.chance(20));
    if (l.secure && hw.s1p && c.chance(60)) {
        hw.secure_impl = true;
        hw.sel2 = hw.s2p && c.chance(70);
        hw.s_sidsize = 16;
        control_registers& r = hw.secure;
        r.smmuen = !l.disabled || !c.chance(3);
        r.e2h = hw.sel2 && c.chance(40);
        r.recinvsid = !c.chance(20);
        r.sif = c.chance(30);
        r.gbpa = c.chance(30) ? (c.raw() & 0xfff1f) | c.of({0U, 0U, 0U, 1U << 20}) : 0x1000;
    }
    if (!hw.gran64 && !hw.ds) { // 6.3.6
        hw.va52 = false;
        hw.oas = std::min(hw.oas, 48U);
    }
}

/// The most bits that the tables of a granule hold.
unsigned widest(unsigned granule, bool ds)
{
    return granule == 16 || ds ? 52 : 48;
}

/// A bit for the addresses of tables, so that some stand where only large descriptors reach: below 2^bits.
u64 far_bit(choices& c, unsigned bits)
{
    return c.chance(30) && bits > 32 ? u64(1) << (bits - 1 - c.below(bits > 48 ? 4 : 1)) : 0;
}

bool one_privilege(const scenario& s, const stream& st)
{
    return st.strw == 1 || (st.strw == 2 && !(st.secure ? s.hw.secure.e2h : s.hw.e2h));
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

/// The tables of one IPA space of stage 2, and the fields that say where they are.
std::unique_ptr<table> stage2_tables(scenario& s, const stream& st, choices& c, std::array<u64, 8>& w, bool own,
                                     bool walk_ns, bool ds, unsigned reached, bool big)
{
    const machine& hw = s.hw;
    std::vector<unsigned> fitting = granules(hw);
    if (ds) // RES0 with a 64K granule
        fitting.erase(std::remove(fitting.begin(), fitting.end(), 16U), fitting.end());
    const unsigned g = c.of(fitting);
    // Input bits and start level: D8.2.9. Structures of stage 1 need 32 bits.
    const unsigned least = st.config == 7 ? 32 : hw.stt ? (g == 16 ? 17 : 16) : 25;
    std::vector<std::pair<unsigned, unsigned>> possible; // input, SL0 with SL0_2 above
    for (unsigned input = std::min(hw.oas, widest(g, ds)); input >= least; --input) {
        for (unsigned sl0 = 0; sl0 < 5; ++sl0) {
            int start = g == 12 ? 2 - int(sl0) : 3 - int(sl0);
            if (sl0 == 3) {
                if (g != 12 ? g != 14 || !ds : !hw.stt)
                    continue;
                start = g == 12 ? 3 : 0;
            }
            if (sl0 == 4) {
                if (g != 12 || !ds)
                    continue;
                start = -1;
            }
            const unsigned low = low_bit(g, start);
            if (input > low && input - low <= g + 1)
                possible.emplace_back(input, sl0);
        }
    }
    const auto chosen = c.of(possible);
    const unsigned input = chosen.first, sl0 = chosen.second;
    const int start = g == 12 ? (sl0 == 4 ? -1 : sl0 == 3 ? 3 : 2 - int(sl0)) : 3 - int(sl0);
    const table::format f{
        g, ds && g != 16, g == 16 && hw.oas == 52, big, far_bit(c, std::min(reached, widest(g, ds))), walk_ns};
    auto t = std::make_unique<table>(
        s.mem, s.space, [](u64 at, bool ns) { return ns ? at : at | secure_space; }, f, input, start);
    const unsigned sl0_2 = g == 12 && ds ? sl0 >> 2 : c.below(2);
    const unsigned tg = g == 12 ? 0 : g == 16 ? 1 : 2;
    if (own) {
        put(w, 293, 288, 64 - input);
        put(w, 295, 294, sl0 & 3);
        put(w, 386, 386, sl0_2);
        put(w, 303, 302, tg);
        put(w, 435, 388, t->root() >> 4);
    } else {
        put(w, 165, 160, 64 - input);
        put(w, 167, 166, sl0 & 3);
        put(w, 194, 194, sl0_2);
        put(w, 175, 174, tg);
        put(w, 243, 196, t->root() >> 4);
    }
    return t;
}

/// VMSAv8-32 LPAE: 25 to 40 bits of input (G5.5).
std::unique_ptr<table> stage2_lpae(scenario& s, const stream& st, choices& c, std::array<u64, 8>& w, bool big)
{
    const unsigned input = st.config == 7 ? 32 + c.below(9) : 25 + c.below(16);
    const bool one = input > 34 || (input > 30 && c.chance(50));
    const table::format f{12, false, false, big, far_bit(c, std::min(s.hw.oas, 40U))};
    auto t = std::make_unique<table>(
        s.mem, s.space, [](u64 at, bool) { return at; }, f, input, one ? 1 : 2);
    put(w, 165, 160, ((32 - input) & 15) | c.below(4) << 4);
    put(w, 167, 166, one);
    put(w, 175, 174, c.below(4));
    put(w, 194, 194, c.below(2));
    put(w, 243, 196, t->root() >> 4);
    return t;
}

void stage2_fields(scenario& s, stream& st, choices& c, std::array<u64, 8>& w)
{
    const machine& hw = s.hw;
    st.second_aarch32 = hw.aarch32 && !st.secure && c.chance(35);
    const bool ds = hw.ds && (hw.gran4 || hw.gran16) && c.chance(70);
    const bool big = hw.mixed_endian && c.chance(15);
    const unsigned ps = c.of({code_of(hw.oas), code_of(hw.oas), 0U, 1U, 5U, 6U, 7U});
    const unsigned reached = ps >= code_of(hw.oas) ? hw.oas : ps == 0 ? 32 : ps == 1 ? 36 : 48;
    bool walk_ns[2] = {true, true};
    if (st.secure) {
        const bool sw = c.chance(20), sa = c.chance(20), nsw = c.chance(50), nsa = c.chance(50);
        put(w, 384, 384, sw);
        put(w, 385, 385, sa);
        put(w, 192, 192, nsw);
        put(w, 193, 193, nsa);
        walk_ns[0] = sw;
        walk_ns[1] = nsw;
        st.out_ns[0] = sw || sa;
        st.out_ns[1] = sw || sa || nsw || nsa;
        st.second_secure = stage2_tables(s, st, c, w, true, walk_ns[0], ds, reached, big);
    }
    st.second = st.second_aarch32 ? stage2_lpae(s, st, c, w, big)
                                  : stage2_tables(s, st, c, w, false, walk_ns[1], ds, reached, big);
    put(w, 195, 195, hw.ds ? ds : c.below(2));
    put(w, 169, 168, c.of({1U, 0U, 2U, 3U}));
    put(w, 171, 170, c.of({1U, 0U, 2U, 3U}));
    put(w, 173, 172, c.of({3U, 0U, 2U}));
    put(w, 178, 176, ps);
    put(w, 179, 179, !st.second_aarch32); // S2AA64
    put(w, 180, 180, big);
    put(w, 181, 181, c.chance(15)); // S2AFFD
    put(w, 182, 182, c.chance(20)); // S2PTW
    if (hw.httu >= 1 && !st.second_aarch32 && c.chance(60)) {
        put(w, 184, 184, 1);
        put(w, 183, 183, hw.httu == 2 && c.chance(70));
    }
    put(w, 186, 186, !c.chance(15));                                // S2R
    put(w, 89, 89, !(st.second_aarch32 && hw.fwb) && c.chance(25)); // S2FWB
}

unsigned narrowest(const stream& st)
{
    return std::min(st.second->input(), st.of_space(false).input());
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

void contexts_of(scenario& s, stream& st, choices& c, std::array<u64, 8>& w)
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

} // namespace

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

std::vector<u64> scenario::descriptors() const
{
    std::vector<u64> all;
    for (const stream& st : streams) {
        for (const stream::context& x : st.contexts)
            for (const auto& h : x.half)
                if (h)
                    all.insert(all.end(), h->written().begin(), h->written().end());
        for (const auto& t : {st.second.get(), st.second_secure.get()})
            if (t != nullptr)
                all.insert(all.end(), t->written().begin(), t->written().end());
    }
    return all;
}

namespace {

/// The stream table of one state: linear or of two levels.
class stream_tables {
public:
    stream_tables(scenario& s, choices& c, const limits& l, control_registers& r, u64 space)
        : space_(space)
    {
        if (c.chance(50)) {
            split_ = c.of({6U, 8U, 10U});
            r.strtab_base = s.space.take(64);
            r.strtab_base_cfg = (split_ + 2) | split_ << 6 | 1U << 16;
        } else {
            r.strtab_base = s.space.take(u64(64) << l.linear_log2);
            r.strtab_base_cfg = l.linear_log2;
        }
        base_ = space | r.strtab_base;
    }

    void place(scenario& s, choices& c, stream& st, unsigned i)
    {
        if (split_ == 0) {
            st.id = 3 + 7 * i;
            st.ste = base_ + st.id * 64;
            return;
        }
        const unsigned upper = c.below(4);
        u64& leaf = leaves_[upper];
        if (leaf == 0) {
            leaf = s.space.take(u64(64) << split_);
            s.mem.set(base_ + upper * 8, leaf | (split_ + 1));
            s.structures.push_back(base_ + upper * 8);
        }
        st.id = (upper << split_) + 3 + 7 * i;
        st.ste = (space_ | leaf) + (3 + 7 * i) * 64;
    }

private:
    u64 space_, base_ = 0;
    unsigned split_ = 0;
    std::map<unsigned, u64> leaves_;
};

} // namespace

void build(scenario& s, choices& c, const limits& l)
{
    features(s.hw, c, l);
    machine& hw = s.hw;

    stream_tables tables[2] = {stream_tables(s, c, l, hw, 0), stream_tables(s, c, l, hw.secure, secure_space)};
    for (unsigned i = 0; i < l.streams; ++i) {
        s.streams.emplace_back();
        stream& st = s.streams.back();
        st.secure = hw.secure_impl && c.chance(60);
        tables[st.secure ? 1 : 0].place(s, c, st, i);
        st.config = c.of({5U, 7U, 7U, 6U, 5U, 4U});
        if (c.chance(2))
            st.config = c.below(8);
        if (!hw.s1p && st.config >= 4)
            st.config &= 6;
        if ((!hw.s2p || (st.secure && !hw.sel2)) && st.config >= 4 && !c.chance(st.secure ? 3 : 0))
            st.config &= 5;
        std::array<u64, 8> w{};
        put(w, 0, 0, 1);
        put(w, 3, 1, st.config);
        st.vmid = static_cast<std::uint16_t>(0x40 + i);
        if (l.same_vmid && st.config == 5 && c.chance(40))
            st.vmid = hw.vmid16 ? 0x180 : 0x40;
        put(w, 143, 128, st.vmid);
        put(w, 109, 108, c.of({1U, 1U, 0U, 2U, 3U}));
        put(w, 113, 112, c.of({0U, 0U, 1U, 2U, 3U}));
        put(w, 115, 114, c.of({0U, 0U, 1U, 2U, 3U}));
        if (c.chance(30)) {
            put(w, 100, 100, 1);
            put(w, 99, 96, c.below(16));
        }
        if (c.chance(20))
            put(w, 104, 101, c.below(16));
        put(w, 111, 110, c.below(4));                                                  // NSCFG
        put(w, 83, 83, c.chance(50));                                                  // MEV
        put(w, 93, 92, hw.ats ? (c.chance(80) ? 1 : c.of({0U, 3U, 2U})) : c.below(4)); // EATS, without ATS ignored
        if (st.config == 5 && st.secure) {
            // As below: one of each of these worlds at most.
            st.strw = c.of({0U, 0U, 1U, hw.sel2 ? 2U : 0U});
            for (const stream& o : s.streams)
                if (&o != &st && o.secure && o.strw == st.strw)
                    st.strw = 0;
        } else if (st.config == 5 && hw.hyp) {
            // One stream of the EL2 worlds at most: they have no VMID, EL2 no ASID either.
            const bool taken = std::any_of(s.streams.begin(), s.streams.end(),
                                           [](const stream& o) { return !o.secure && o.strw == 2; });
            if (!taken && c.chance(30))
                st.strw = 2;
        } else if (c.chance(30)) {
            put(w, 95, 94, c.below(4)); // ignored
        }
        if (st.strw != 0)
            put(w, 95, 94, st.strw);
        if (st.config == 6 || st.config == 7)
            stage2_fields(s, st, c, w);
        if (st.config == 5 || st.config == 7) {
            contexts_of(s, st, c, w);
            if (one_privilege(s, st))
                while (st.contexts.size() > 1)
                    st.contexts.pop_back();
        }
        store(s, st.ste, w);
        if (st.config >= 5) {
            const unsigned mappings = 1 + c.below(6);
            for (unsigned k = 0; k < mappings; ++k)
                map_something(s, st, c);
        }
    }
}

namespace {

/// A random value in one field of an STE or a CD (5.2, 5.4).
void corrupt_field(scenario& s, choices& c)
{
    struct range {
        unsigned high, low;
    };
    static const std::vector<range> ste{
        {0, 0},     {3, 1},     {5, 4},     {55, 6},    {63, 59},   {65, 64},   {89, 89},   {91, 91},   {93, 92},
        {95, 94},   {99, 96},   {100, 100}, {104, 101}, {109, 108}, {113, 112}, {115, 114}, {143, 128}, {165, 160},
        {165, 160}, {167, 166}, {167, 166}, {175, 174}, {178, 176}, {178, 176}, {179, 179}, {180, 180}, {181, 181},
        {182, 182}, {183, 183}, {184, 184}, {184, 183}, {185, 185}, {185, 185}, {186, 186}, {110, 110}, {111, 111},
        {192, 192}, {193, 193}, {384, 384}, {385, 385}, {386, 386}, {293, 288}, {295, 294}, {303, 302}, {435, 388},
        {194, 194}, {195, 195}, {195, 195}, {205, 196}, {239, 196}, {243, 240}};
    static const std::vector<range> cd{
        {5, 0},    {5, 0},     {7, 6},     {14, 14},   {15, 15},   {21, 16},   {23, 22},   {30, 30},
        {31, 31},  {34, 32},   {34, 32},   {35, 35},   {36, 36},   {37, 37},   {38, 38},   {39, 39},
        {40, 40},  {41, 41},   {42, 42},   {43, 42},   {44, 44},   {45, 45},   {46, 46},   {63, 48},
        {65, 65},  {66, 66},   {64, 64},   {128, 128}, {130, 130}, {179, 176}, {186, 186}, {186, 186},
        {111, 68}, {115, 112}, {129, 129}, {175, 132}, {199, 192}};
    const stream& st = s.streams[c.below(static_cast<unsigned>(s.streams.size()))];
    std::uint64_t at = st.ste;
    range r = c.of(ste);
    if (!st.contexts.empty() && c.chance(50)) {
        at = st.contexts[c.below(static_cast<unsigned>(st.contexts.size()))].cd;
        r = c.of(cd);
    }
    at += r.low / 64 * 8;
    std::array<u64, 8> w{};
    w[0] = s.mem.get(at);
    const unsigned size = r.high - r.low + 1;
    const bool tsz = size == 6 && (r.low == 0 || r.low == 16 || r.low == 160 || r.low == 288);
    const u64 value = tsz         ? c.of({11U, 12U, 13U, 15U, 16U, 17U, 20U, 24U, 25U, 39U, 40U, 47U, 48U, 49U, 0U})
                      : size == 1 ? ~(w[0] >> r.low % 64)
                      : size > 8  ? u64(1) << c.below(size)
                                  : c.word();
    put(w, r.low % 64 + size - 1, r.low % 64, value);
    s.mem.set(at, w[0]);
}

} // namespace

void restore_tags(scenario& s)
{
    const auto restore = [&s](u64 at, unsigned high, unsigned low, u64 value) {
        const u64 mask = (~u64(0) >> (63 - high + low)) << low;
        s.mem.set(at, (s.mem.get(at) & ~mask) | value << low);
    };
    for (const stream& st : s.streams) {
        restore(st.ste + 8, 31, 30, st.strw);
        restore(st.ste + 16, 15, 0, st.vmid);
        for (const stream::context& k : st.contexts)
            restore(k.cd, 63, 48, k.asid);
    }
}

void corrupt(scenario& s, choices& c)
{
    switch (c.below(8)) {
    default: corrupt_field(s, c); break;
    case 3: { // a bit of a structure
        const u64 at = c.of(s.structures);
        s.mem.set(at, s.mem.get(at) ^ u64(1) << c.below(64));
        break;
    }
    case 4:
    case 5: { // a bit of a descriptor
        const auto all = s.descriptors();
        if (!all.empty()) {
            const u64 at = c.of(all);
            s.mem.set(at, s.mem.get(at) ^ u64(1) << c.below(64));
        }
        break;
    }
    case 6: { // an external abort
        const auto all = s.descriptors();
        s.mem.aborting.insert((all.empty() || c.chance(40) ? c.of(s.structures) : c.of(all)) >> 12);
        break;
    }
    case 7: { // a word
        const u64 at = c.of(s.structures);
        s.mem.set(at, s.mem.get(at) ^ (c.word() & c.word() & c.word()));
        break;
    }
    }
}

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
