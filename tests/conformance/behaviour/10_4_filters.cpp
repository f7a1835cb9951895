// 10.4: which streams a counter counts, against a count that is made bit by bit from the words of the text.

#include "unit/pmcg/pmcg_bench.h"

#include <string>

using namespace iovp;
using namespace iovp::test;

namespace {

constexpr std::uint32_t span = 1U << 29, secure_sid = 1U << 30;

/// 10.4, first table and the text below it; `bits`: the size of SMRn.STREAMID.
bool counted(unsigned bits, bool has_span, std::uint32_t smr, bool filter_secure, bool observes_secure,
             std::uint32_t stream, bool stream_is_secure)
{
    std::string pattern, number; // most significant bit first
    for (unsigned i = bits; i-- > 0;) {
        pattern += (smr >> i & 1) != 0 ? '1' : '0';
        number += (stream >> i & 1) != 0 ? '1' : '0';
    }
    const bool all_ones = pattern.find('0') == std::string::npos;
    if (has_span && all_ones) // AllSIDManySECSID
        return !stream_is_secure || observes_secure;
    const bool selects_secure = filter_secure && observes_secure;
    if (stream_is_secure != selects_secure)
        return false;
    if (!has_span) // ExactSID
        return pattern == number;
    const std::size_t zero = pattern.rfind('0'); // bit Y - 1; above it all must match
    return pattern.substr(0, zero) == number.substr(0, zero);
}

} // namespace

TEST(Filters_10_4, EveryFilterAndStreamOfSmallSizes)
{
    for (const bool secure_impl : {false, true})
        for (unsigned bits = 1; bits <= 5; ++bits)
            for (std::uint32_t smr = 0; smr < 1U << bits; ++smr)
                for (unsigned mode = 0; mode < 8; ++mode) {
                    smmu::pmcg_features f;
                    f.stream_id_bits = bits;
                    f.secure_impl = secure_impl;
                    plain_group g(f);
                    const bool has_span = (mode & 1) != 0, filter_secure = (mode & 2) != 0, so = (mode & 4) != 0;
                    if (so)
                        g.set_reg(0xdf8, 7, 4, true);
                    g.program(3, 2 | (has_span ? span : 0) | (filter_secure ? secure_sid : 0), smr);
                    std::uint64_t expected = 0;
                    for (std::uint32_t sid = 0; sid < 1U << bits; ++sid)
                        for (const bool secure : {false, true}) {
                            g.occurs(2, sid, secure);
                            g.occurs(1, sid, secure); // another event
                            expected += counted(bits, has_span, smr, filter_secure, so && secure_impl, sid, secure);
                            ASSERT_EQ(g.value(3), expected)
                                << bits << " bits, SMR " << smr << ", mode " << mode << ", StreamID " << sid << secure;
                        }
                }
}

TEST(Filters_10_4, TheExamplesOfTheText)
{
    smmu::pmcg_features f;
    f.stream_id_bits = 32;
    const auto matches = [&f](std::uint32_t smr, std::uint32_t sid) {
        plain_group g(f);
        g.program(0, 1 | span, smr);
        g.occurs(1, sid);
        return g.value(0) == 1;
    };
    for (unsigned low = 0; low < 16; ++low)
        EXPECT_TRUE(matches(0x001bf7f7, 0x001bf7f0 | low));
    EXPECT_FALSE(matches(0x001bf7f7, 0x001bf7e0));
    EXPECT_TRUE(matches(0x001bf7f6, 0x001bf7f6));
    EXPECT_TRUE(matches(0x001bf7f6, 0x001bf7f7));
    EXPECT_FALSE(matches(0x001bf7f6, 0x001bf7f5));
    for (unsigned low = 0; low < 1024; ++low)
        EXPECT_TRUE(matches(0x001bf5ff, 0x001bf400 | low));
    EXPECT_FALSE(matches(0x001bf5ff, 0x001bf800));
    EXPECT_FALSE(matches(0x001bf5ff, 0x001bf3ff));
    EXPECT_TRUE(matches(0xffffffff, 0x12345678)); // all streams, of every state
    EXPECT_TRUE(matches(0x7fffffff, 0x92345678)); // all streams, of one
}

TEST(Filters_10_4, StreamIdsLargerThanTheGroupsAreTruncated_10_4_1)
{
    smmu::pmcg_features f;
    f.stream_id_bits = 16;
    plain_group g(f);
    g.program(0, 1, 0x12345);
    EXPECT_EQ(g.reg(0xa00), 0x2345U);
    g.occurs(1, 0x12345);
    EXPECT_EQ(g.value(0), 1U);
    g.occurs(1, 0x12344);
    EXPECT_EQ(g.value(0), 1U);
}

TEST(Filters_10_4, OneFilterForAllCountersIsThatOfCounterZero)
{
    smmu::pmcg_features f;
    f.shared_filter = true;
    f.secure_impl = true;
    plain_group g(f);
    g.set_reg(0xdf8, 7, 4, true);
    g.program(0, 1, 5);
    g.program(1, 2 | span | secure_sid, 0xffff);
    EXPECT_EQ(g.reg(0x404), 2U); // RES0: no filter of its own
    EXPECT_EQ(g.reg(0xa04), 0U);
    g.occurs(2, 5);
    g.occurs(2, 6);
    g.occurs(2, 5, true);
    EXPECT_EQ(g.value(1), 1U);
    g.set_reg(0x400, 1 | secure_sid);
    g.occurs(2, 5);
    g.occurs(2, 5, true);
    g.occurs(2, 5, true);
    EXPECT_EQ(g.value(1), 3U);
}

TEST(Filters_10_4, EveryCounterHasItsOwn)
{
    smmu::pmcg_features f;
    f.counters = 64;
    plain_group g(f);
    for (unsigned n = 0; n < 64; ++n)
        g.program(n, 1, n);
    for (unsigned n = 0; n < 64; ++n)
        for (unsigned i = 0; i <= n; ++i)
            g.occurs(1, n);
    for (unsigned n = 0; n < 64; ++n)
        EXPECT_EQ(g.value(n), n + 1);
}

// 10.3: the clock is of no stream; no filter keeps it out.
TEST(Filters_10_4, CyclesAreNeverFiltered)
{
    smmu::pmcg_features f;
    f.secure_impl = true;
    plain_group g(f);
    g.program(0, 0, 77);
    g.program(1, secure_sid, 77);
    EXPECT_EQ(g.frame.counters().elapse(5), 0U);
    EXPECT_EQ(g.value(0), 5U);
    EXPECT_EQ(g.value(1), 5U);
}
