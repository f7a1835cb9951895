// Banks and bus. Under load the waiting is held against queueing theory: random addresses make each bank a queue with
// Poisson arrivals and fixed service (M/D/1), whose mean waiting is r / (2 - 2r) services at the load r
// (Pollaczek-Khinchine).
#include "memory/dram_timing.h"

#include "memory/sparse_memory.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace iovp {
namespace {

using sc_core::SC_NS;
using sc_core::sc_time;

dram_timing::parameters eight_banks()
{
    return {0, 8, sc_time(40, SC_NS)};
}

TEST(DramTiming, OneAccessWaitsForNothing)
{
    dram_timing d({16, 8, sc_time(40, SC_NS)});
    EXPECT_EQ(d.take(0, 1000, 0, 64), 1000U + 4000);
    dram_timing without_bus(eight_banks());
    EXPECT_EQ(without_bus.take(0, 1000, 0, 64), 1000U);
    EXPECT_EQ(without_bus.take(0, 1000, 64, 7 * 64), 1000U) << "neighbours are in other banks";
}

TEST(DramTiming, ABankIsBusyForItsCycle)
{
    dram_timing d(eight_banks());
    d.take(0, 1000, 0, 64);
    EXPECT_EQ(d.take(0, 11000, 0, 64), 41000U);
    EXPECT_EQ(d.take(0, 11000, 64, 64), 11000U);
    EXPECT_EQ(d.take(0, 11000, 32, 64), 81000U) << "two lines: the first waits longer";
    EXPECT_EQ(d.take(0, 200000, 0, 64), 200000U);
}

// 64 steps of 4 KiB: without upper bits in the choice all would be in one bank.
TEST(DramTiming, StridesOfAPowerOfTwoAreSpread)
{
    dram_timing d({0, 64, sc_time(40, SC_NS)});
    std::uint64_t last = 0;
    for (std::uint64_t i = 0; i < 64; ++i)
        last = std::max(last, d.take(0, 0, i * 4096, 64));
    EXPECT_EQ(last, 0U);
}

class UnderLoad : public testing::TestWithParam<double> {};

TEST_P(UnderLoad, WaitsAsAQueueWithFixedService)
{
    const double load = GetParam();
    constexpr unsigned banks = 128;
    constexpr double cycle = 45750; // ps
    dram_timing d({0, banks, sc_time(cycle, sc_core::SC_PS)});
    std::mt19937_64 random(7);
    std::exponential_distribution<double> gap(load * banks / cycle);
    double t = 0, waited = 0;
    constexpr unsigned count = 400000;
    for (unsigned i = 0; i < count; ++i) {
        t += gap(random);
        const auto arrival = static_cast<time_ps>(t);
        waited += double(d.take(arrival, arrival, (random() >> 40) * 64, 64) - arrival);
    }
    const double expected = load / (2 - 2 * load) * cycle;
    EXPECT_NEAR(waited / count, expected, 0.03 * expected);
}

// The loads of 50, 90 and 126 GB/s on 128 banks of 45.75 ns (179 GB/s).
INSTANTIATE_TEST_SUITE_P(DramTiming, UnderLoad, testing::Values(0.279, 0.503, 0.704));

TEST(DramTiming, TheBusIsTheLimitOfTheWhole)
{
    dram_timing d({16, 8, sc_time(40, SC_NS)});
    time_ps end = 0;
    for (unsigned i = 0; i < 8; ++i)
        end = d.take(0, 0, i * 64, 64);
    EXPECT_EQ(end, 8U * 4000) << "8 lines of 4 ns";
}

} // namespace
} // namespace iovp
