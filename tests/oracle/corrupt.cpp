#include "scenario_parts.h"

namespace iovp::oracle {

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

} // namespace iovp::oracle
