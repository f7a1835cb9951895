#include "common/occupancy_statistics.h"
#include "common/systemc/occupancy_probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <stdexcept>
#include <string>
#include <systemc>

namespace iovp {
namespace {

using testing::ElementsAre;

// 0 for 100 ps, 3 for 200 ps, 1 for 700 ps: 3*200 + 1*700 = 1300 over 1000 ps.
TEST(OccupancyStatistics, WeightsEachLevelByItsTime)
{
    occupancy_statistics s(5000);
    s.changed(5100, 3);
    s.changed(5300, 1);
    s.until(6000);
    EXPECT_EQ(s.duration(), 1000u);
    EXPECT_EQ(s.level_time(), 1300u);
    EXPECT_DOUBLE_EQ(s.mean(), 1.3);
    EXPECT_EQ(s.max(), 3u);
    EXPECT_THAT(s.time_at(), ElementsAre(100, 700, 0, 200));
}

TEST(OccupancyStatistics, ALevelThatLastsNoTimeIsSeenByTheMaximumAlone)
{
    occupancy_statistics s;
    s.changed(100, 9);
    s.changed(100, 2);
    s.until(200);
    EXPECT_EQ(s.max(), 9u);
    EXPECT_EQ(s.level_time(), 200u);
    EXPECT_THAT(s.time_at(), ElementsAre(100, 0, 100));
}

TEST(OccupancyStatistics, StartsAtTheLevelThatIsThere)
{
    occupancy_statistics s(0, 4);
    s.until(10);
    EXPECT_EQ(s.level_time(), 40u);
    EXPECT_EQ(s.max(), 4u);
}

TEST(OccupancyStatistics, NoTimeNoMean)
{
    EXPECT_EQ(occupancy_statistics().mean(), 0.0);
}

TEST(OccupancyStatistics, TimeDoesNotGoBack)
{
    occupancy_statistics s;
    s.changed(100, 1);
    EXPECT_THROW(s.changed(99, 2), std::logic_error);
}

// The width begins at 1000 ps. Level 2 from 500 to 2500: 1000 in the first stretch, 2000, 1000.
TEST(OccupancyStatistics, TheSeriesSplitsAtTheBordersOfItsStretches)
{
    occupancy_statistics s(0, 0, 4);
    s.changed(500, 2);
    s.changed(2500, 0);
    s.until(3500);
    EXPECT_EQ(s.stretch_width(), 1000u);
    ASSERT_EQ(s.series().size(), 4u);
    EXPECT_EQ(s.series()[0].level_time, 1000u);
    EXPECT_EQ(s.series()[1].level_time, 2000u);
    EXPECT_EQ(s.series()[2].level_time, 1000u);
    EXPECT_EQ(s.series()[3].level_time, 0u);
    EXPECT_EQ(s.series()[0].max, 2u);
    EXPECT_EQ(s.series()[3].max, 0u);
}

// The same, then level 5 from 3500 to 9000: 9 ns need stretches of 4 ns when there are 4 of them (2 ns would give 5).
TEST(OccupancyStatistics, TheSeriesHalvesWhenItIsFull)
{
    occupancy_statistics s(0, 0, 4);
    s.changed(500, 2);
    s.changed(2500, 0);
    s.changed(3500, 5);
    s.until(9000);
    EXPECT_EQ(s.stretch_width(), 4000u);
    ASSERT_EQ(s.series().size(), 3u);
    EXPECT_EQ(s.series()[0].level_time, 4000u + 5 * 500);
    EXPECT_EQ(s.series()[1].level_time, 5u * 4000);
    EXPECT_EQ(s.series()[2].level_time, 5u * 1000);
    EXPECT_EQ(s.series()[0].max, 5u);
}

TEST(OccupancyStatistics, TheSeriesAddsUpToTheWholeAndStaysBounded)
{
    occupancy_statistics s(777, 1, 16);
    time_ps now = 777;
    for (unsigned i = 0; i < 5000; ++i)
        s.changed(now += 1 + (i * 7919) % 3001, (i * 31) % 17);
    const auto& series = s.series();
    EXPECT_LE(series.size(), 16u);
    EXPECT_GT(series.size(), 8u);
    const std::uint64_t sum = std::accumulate(series.begin(), series.end(), std::uint64_t(0),
                                              [](std::uint64_t n, const auto& x) { return n + x.level_time; });
    EXPECT_EQ(sum, s.level_time());
    EXPECT_EQ(std::accumulate(s.time_at().begin(), s.time_at().end(), time_ps(0)), s.duration());
    std::uint64_t by_level = 0;
    for (std::size_t level = 0; level < s.time_at().size(); ++level)
        by_level += level * s.time_at()[level];
    EXPECT_EQ(by_level, s.level_time());
}

struct resource : sc_core::sc_module {
    occupancy_probe in_use{"slots", 8};
    SC_HAS_PROCESS(resource);
    explicit resource(sc_core::sc_module_name name)
        : sc_module(name)
    {
        SC_THREAD(run);
    }
    void run()
    {
        using sc_core::SC_NS;
        wait(1, SC_NS);
        in_use.set(3);
        wait(2, SC_NS);
        in_use.set(1);
        wait(3, SC_NS);
        finished = true;
    }
    bool finished = false;
};

TEST(OccupancyProbe, TellsItsListenerSimulationTimeAndLevel)
{
    resource r("top");
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
    const auto all = occupancy_probe::all();
    ASSERT_EQ(all.size(), 1u);
    EXPECT_EQ(all[0], &r.in_use);
    EXPECT_STREQ(all[0]->name(), "top.slots");
    EXPECT_EQ(all[0]->capacity(), 8u);
    occupancy_statistics s;
    all[0]->listen(&s);
    sc_core::sc_start(7, sc_core::SC_NS);
    s.until(6000);
    ASSERT_TRUE(r.finished);
    EXPECT_EQ(s.level_time(), 3u * 2000 + 1u * 3000);
    EXPECT_EQ(s.max(), 3u);
}

TEST(OccupancyProbe, KeepsItsLevelWhenNobodyListens)
{
    resource r("top");
    sc_core::sc_start(2, sc_core::SC_NS);
    EXPECT_EQ(r.in_use.level(), 3u);
    r.in_use.listen(nullptr);
    sc_core::sc_start(2, sc_core::SC_NS);
    EXPECT_EQ(r.in_use.level(), 1u);
}

} // namespace
} // namespace iovp
