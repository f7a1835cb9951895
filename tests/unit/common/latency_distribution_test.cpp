#include "common/latency_distribution.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace iovp {
namespace {

TEST(LatencyDistribution, NothingIsNothing)
{
    const latency_distribution d;
    EXPECT_EQ(d.count(), 0u);
    EXPECT_EQ(d.mean(), 0.0);
    EXPECT_EQ(d.min(), 0u);
    EXPECT_EQ(d.quantile(500), 0u);
    EXPECT_TRUE(d.places().empty());
}

TEST(LatencyDistribution, SmallDurationsAreExact)
{
    latency_distribution d;
    for (time_ps t = 1; t <= 200; ++t)
        d.add(t);
    EXPECT_EQ(d.count(), 200u);
    EXPECT_EQ(d.sum(), 20100u); // n (n + 1) / 2
    EXPECT_DOUBLE_EQ(d.mean(), 100.5);
    EXPECT_EQ(d.min(), 1u);
    EXPECT_EQ(d.max(), 200u);
    EXPECT_EQ(d.quantile(0), 1u);
    EXPECT_EQ(d.quantile(500), 100u);
    EXPECT_EQ(d.quantile(501), 101u); // 100.2 of 200: the 101st
    EXPECT_EQ(d.quantile(900), 180u);
    EXPECT_EQ(d.quantile(990), 198u);
    EXPECT_EQ(d.quantile(999), 200u);
    EXPECT_EQ(d.quantile(1000), 200u);
}

TEST(LatencyDistribution, EveryPlaceBeginsWhereTheLastEndsAndIsNarrowerThanTheBound)
{
    for (unsigned bit = 0; bit < 64; ++bit)
        for (const time_ps near : {time_ps(0), time_ps(1)}) {
            const time_ps t = (time_ps(1) << bit) - near;
            latency_distribution d;
            d.add(t);
            ASSERT_EQ(d.places().size(), 1u);
            const auto p = d.places()[0];
            EXPECT_LE(p.first, t);
            EXPECT_GE(p.last, t);
            EXPECT_LE(p.last - p.first, p.first / 128) << t;
            if (p.last == ~time_ps(0))
                continue;
            latency_distribution next;
            next.add(p.last + 1);
            EXPECT_EQ(next.places()[0].first, p.last + 1);
        }
}

TEST(LatencyDistribution, NoQuantileIsAboveTheMaximum)
{
    latency_distribution d;
    d.add(1000001); // its place ends at 1003519
    EXPECT_EQ(d.quantile(500), 1000001u);
    EXPECT_EQ(d.quantile(1000), 1000001u);
}

// Against the sorted list itself.
TEST(LatencyDistribution, QuantilesKeepTheirBound)
{
    std::mt19937_64 random(4);
    std::lognormal_distribution<double> latency(13.0, 1.5);
    std::vector<time_ps> all;
    latency_distribution d;
    time_ps sum = 0;
    for (unsigned i = 0; i < 20011; ++i) {
        all.push_back(static_cast<time_ps>(latency(random)));
        d.add(all.back());
        sum += all.back();
    }
    std::sort(all.begin(), all.end());
    EXPECT_EQ(d.sum(), sum);
    EXPECT_EQ(d.min(), all.front());
    EXPECT_EQ(d.max(), all.back());
    for (const unsigned per_mille : {1u, 100u, 500u, 900u, 990u, 999u, 1000u}) {
        const std::size_t rank = (all.size() * per_mille + 999) / 1000;
        const time_ps exact = all[rank - 1];
        EXPECT_GE(d.quantile(per_mille), exact) << per_mille;
        EXPECT_LE(d.quantile(per_mille), exact + exact / 128) << per_mille;
    }
}

TEST(LatencyDistribution, AddingTwoIsAddingAll)
{
    latency_distribution a, b, all;
    for (time_ps t = 0; t < 1000; ++t) {
        (t % 3 == 0 ? a : b).add(t * t);
        all.add(t * t);
    }
    a.add(b);
    EXPECT_EQ(a.count(), all.count());
    EXPECT_EQ(a.sum(), all.sum());
    EXPECT_EQ(a.min(), 0u);
    EXPECT_EQ(a.max(), 998001u);
    for (unsigned q = 0; q <= 1000; q += 10)
        EXPECT_EQ(a.quantile(q), all.quantile(q));
}

} // namespace
} // namespace iovp
