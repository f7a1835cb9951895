#include "traffic/request_sequence.h"

#include <gmock/gmock.h>

#include <map>
#include <vector>

using namespace iovp;
using namespace iovp::traffic;
using testing::ElementsAre;

static std::vector<std::uint64_t> addresses(const workload& w)
{
    request_sequence s(w);
    std::vector<std::uint64_t> all;
    for (request r; s.next(r);)
        all.push_back(r.address);
    return all;
}

TEST(RequestSequence, SequentialGoesUpAndBeginsAgain)
{
    workload w;
    w.order = pattern::sequential;
    w.window_base = 0x1000;
    w.window_size = 200; // three places of 64 bytes
    w.count = 5;
    EXPECT_THAT(addresses(w), ElementsAre(0x1000, 0x1040, 0x1080, 0x1000, 0x1040));
}

TEST(RequestSequence, AlignmentIsTheDistanceBetweenPlaces)
{
    workload w;
    w.order = pattern::sequential;
    w.window_size = 8192 + 64;
    w.alignment = 4096;
    w.count = 4;
    EXPECT_THAT(addresses(w), ElementsAre(0, 4096, 8192, 0));
}

TEST(RequestSequence, ListIsRepeatedWithSizesAndDirections)
{
    workload w;
    w.order = pattern::list;
    w.list = {{0x5000, 8, true}, {0x100, 0, false}};
    w.count = 3;
    request_sequence s(w);
    request r;
    ASSERT_TRUE(s.next(r));
    EXPECT_EQ(r.address, 0x5000U);
    EXPECT_EQ(r.size, 8U);
    EXPECT_TRUE(r.write);
    ASSERT_TRUE(s.next(r));
    EXPECT_EQ(r.address, 0x100U);
    EXPECT_EQ(r.size, 64U);
    EXPECT_FALSE(r.write);
    ASSERT_TRUE(s.next(r));
    EXPECT_EQ(r.address, 0x5000U);
    EXPECT_FALSE(s.next(r));
}

// 4096 places, 400,000 draws: about 98 each. Chance of a place beyond 30..200 is below 10^-9.
TEST(RequestSequence, RandomReachesEveryPlaceOfTheWindowAndNoOther)
{
    workload w;
    w.window_base = 0x10000;
    w.window_size = 4096 * 64;
    w.count = 400000;
    std::map<std::uint64_t, unsigned> seen;
    for (const std::uint64_t a : addresses(w))
        ++seen[a];
    EXPECT_EQ(seen.size(), 4096U);
    for (const auto& [address, times] : seen) {
        EXPECT_EQ(address % 64, 0U);
        EXPECT_GE(address, 0x10000U);
        EXPECT_LT(address, 0x10000U + 4096 * 64);
        EXPECT_GT(times, 30U);
        EXPECT_LT(times, 200U);
    }
}

TEST(RequestSequence, TheSeedDecides)
{
    workload w;
    w.count = 100;
    const auto first = addresses(w);
    EXPECT_EQ(addresses(w), first);
    w.seed = 2;
    EXPECT_NE(addresses(w), first);
}

TEST(RequestSequence, ReadShareAndSources)
{
    workload w;
    w.count = 100000;
    w.read_share = 0.25;
    w.sources = {{stream_id(1), {}}, {stream_id(2), substream_id(3)}};
    request_sequence s(w);
    unsigned reads = 0, second = 0;
    for (request r; s.next(r);) {
        reads += !r.write;
        second += r.from->stream == stream_id(2);
    }
    EXPECT_NEAR(reads, 25000, 1000); // 7 standard deviations
    EXPECT_NEAR(second, 50000, 1200);
}
