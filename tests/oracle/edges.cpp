#include "edges.h"

#include "scenario_parts.h"

#include <algorithm>

namespace iovp::oracle {

namespace {

/// S2T0SZ with a start level that it allows, so that only its own limits decide.
void stage2_size(scenario& s, const stream& st, unsigned t0sz, choices& c)
{
    const unsigned g = st.second->granule();
    const unsigned input = 64 - t0sz;
    put(s, st.ste, 165, 160, t0sz);
    const bool ds = st.second->ds();
    std::vector<unsigned> fitting; // SL0 with SL0_2 above
    for (unsigned sl0 = 0; sl0 < (ds && g == 12 ? 5 : 4); ++sl0) {
        const int start = sl0 == 4 ? -1 : g == 12 ? (sl0 == 3 ? 3 : 2 - int(sl0)) : 3 - int(sl0);
        const unsigned low = low_bit(g, start);
        if (input > low && input - low <= g + 1)
            fitting.push_back(sl0);
    }
    if (fitting.empty())
        return;
    const unsigned sl0 = c.of(fitting);
    put(s, st.ste, 167, 166, sl0 & 3);
    if (ds && g == 12)
        put(s, st.ste, 194, 194, sl0 >> 2);
}

/// The stage-2 page under a CD, an L1CD or a stage-1 table: rights, dirty and accessed states; and what the STE says of
/// hardware updates.
void structure_page(scenario& s, stream& st, choices& c)
{
    table& t = *st.second;
    std::vector<u64> pages;
    for (const table::leaf& l : t.leaves())
        if (l.from < 0x80000000)
            pages.push_back(l.at);
    if (pages.empty())
        return;
    for (unsigned k = 1 + c.below(3); k > 0; --k) {
        const u64 at = c.of(pages);
        u64 d = t.get(at) & ~(u64(3) << 6 | u64(1) << 10 | u64(1) << 51);
        d |= u64(c.of({1U, 3U, 1U, 0U, 2U})) << 6; // S2AP
        d |= u64(!c.chance(20)) << 10;             // AF
        d |= u64(c.chance(70)) << 51;              // DBM
        t.put(at, d);
    }
    put(s, st.ste, 186, 186, 1); // S2R
    if (s.hw.httu == 0)
        return;
    put(s, st.ste, 184, 184, !c.chance(20));
    put(s, st.ste, 183, 183, s.hw.httu == 2 && !c.chance(30));
    for (const stream::context& x : st.contexts) { // and leaves that stage 1 updates
        put(s, x.cd, 43, 43, 1);
        put(s, x.cd, 42, 42, s.hw.httu == 2);
        for (const auto& h : x.half)
            if (h)
                for (const table::leaf& l : h->leaves())
                    if (c.chance(60))
                        h->put(l.at, (h->get(l.at) & ~(u64(1) << 10)) | u64(1) << 7 | u64(1) << 51);
    }
}

void context_edge(scenario& s, stream::context& x, choices& c)
{
    const unsigned h = x.half[0] ? 0 : 1;
    switch (c.below(10)) {
    default: // sizes
        put(s, x.cd, 16 * h + 5, 16 * h, c.of({15U, 16U, 17U, 39U, 40U, 47U, 48U, 49U, 11U, 12U, 13U}));
        break;
    case 2: // no half walks: ENDI means nothing
        put(s, x.cd, 14, 14, 1);
        put(s, x.cd, 30, 30, 1);
        put(s, x.cd, 15, 15, c.below(2));
        break;
    case 3: put(s, x.cd, 14, 14, 1); break; // EPD0: IGNORED where EL2 has one half
    case 4:                                 // HD means nothing without HA
        put(s, x.cd, 43, 43, 0);
        put(s, x.cd, 42, 42, 1);
        break;
    case 5: // bits of TTB below the table's alignment, which is 64 bytes at least where 52 bits are put out
        if (s.hw.oas == 52)
            put(s, x.cd, 34, 32, 6);
        put(s, x.cd, 64 * (h + 1) + 51, 64 * (h + 1) + 4,
            get(s, x.cd, 64 * (h + 1) + 51, 64 * (h + 1) + 4) | (c.chance(50) ? 3 : c.raw() & 0xff));
        break;
    case 8: put(s, x.cd, 186, 186, !(get(s, x.cd, 186, 186) != 0)); break;
    case 9: put(s, x.cd, 64 * h + 66, 64 * h + 66, 1); break; // E0PD
    case 6: put(s, x.cd, 44, 44, 1); break;
    case 7: // reserved shareability
        for (const table::leaf& l : x.half[h] ? x.half[h]->leaves() : std::vector<table::leaf>())
            x.half[h]->put(l.at, (x.half[h]->get(l.at) & ~(u64(3) << 8)) | u64(1) << 8);
        break;
    }
}

void stage2_edge(scenario& s, stream& st, choices& c)
{
    const unsigned oas = std::min(s.hw.oas, st.second->ds() || st.second->granule() == 16 ? 52U : 48U);
    switch (c.below(12)) {
    default: structure_page(s, st, c); break;
    case 1: put(s, st.ste, 185, 185, 1); break; // S2S
    case 2:
    case 3: stage2_size(s, st, std::max(12U, 64 - oas) - c.below(2) + c.below(2), c); break;
    case 4: stage2_size(s, st, c.of({39U, 40U, 47U, 48U, 49U}), c); break;
    case 5: { // bits of S2TTB below the alignment of the concatenated tables
        if (s.hw.oas == 52)
            put(s, st.ste, 178, 176, 6);
        u64 size = u64(8) << (st.second->input() - low_bit(st.second->granule(), st.second->start()));
        if (s.hw.oas == 52 && !st.second_aarch32)
            size = std::max<u64>(size, 64);
        put(s, st.ste, 243, 196, get(s, st.ste, 243, 196) | ((c.word() & (size - 1)) >> 4));
        break;
    }
    case 7: put(s, st.ste, 195, 195, !st.second->ds()); break;
    case 8: put(s, st.ste, 178, 176, c.of({5U, 6U, 7U, 0U})); break;
    case 6: // S2HD means nothing without S2HA
        put(s, st.ste, 184, 184, 0);
        put(s, st.ste, 183, 183, 1);
        break;
    }
}

} // namespace

void to_the_edge(scenario& s, choices& c)
{
    stream& st = s.streams[c.below(static_cast<unsigned>(s.streams.size()))];
    if (!st.contexts.empty() && c.below(8) == 7)
        put(s, st.ste, 91, 91, 1); // S1STALLD
    else if (st.second && (st.contexts.empty() || c.chance(55)))
        stage2_edge(s, st, c);
    else if (!st.contexts.empty())
        context_edge(s, st.contexts[c.below(static_cast<unsigned>(st.contexts.size()))], c);
}

} // namespace iovp::oracle
