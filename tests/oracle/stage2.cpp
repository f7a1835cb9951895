#include "scenario_parts.h"

#include <algorithm>

namespace iovp::oracle {

namespace {

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

} // namespace

void random_stage2(scenario& s, stream& st, choices& c, std::array<u64, 8>& w)
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

} // namespace iovp::oracle
