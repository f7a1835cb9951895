#include "common/occupancy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace iovp {
namespace {

TEST(Occupancy, TakesTheFirstGapThatIsLongEnough)
{
    occupancy o;
    EXPECT_EQ(o.take(0, 100, 10), 110u);
    EXPECT_EQ(o.take(0, 120, 10), 130u);
    EXPECT_EQ(o.take(0, 0, 10), 10u);
    EXPECT_EQ(o.intervals(), 3u);
    EXPECT_EQ(o.take(0, 95, 11), 141u); // neither the 5 before 100 nor the 10 before 120
    EXPECT_EQ(o.take(0, 105, 10), 120u);
    EXPECT_EQ(o.intervals(), 2u); // 100 to 141 is one now
    EXPECT_EQ(o.take(0, 90, 10), 100u);
    EXPECT_EQ(o.intervals(), 2u);
    EXPECT_EQ(o.take(0, 90, 1), 142u);
    EXPECT_EQ(o.take(0, 90, 0), 90u); // nothing to transfer takes nothing
}

TEST(Occupancy, ForgetsThePast)
{
    occupancy o;
    for (time_ps t = 0; t < 10000; t += 20)
        o.take(t, t + 5, 10);
    EXPECT_LE(o.intervals(), 2u);
    EXPECT_EQ(o.take(10000, 10000, 10), 10010u);
}

// Against a picture of the time axis, one flag per unit.
TEST(Occupancy, AgreesWithASimplePicture)
{
    std::mt19937 random(7);
    occupancy o;
    std::vector<bool> taken(40000);
    time_ps now = 0;
    for (unsigned n = 0; n < 2000; ++n) {
        now += random() % 4;
        const time_ps arrival = now + random() % 200;
        const time_ps duration = 1 + random() % 7;
        time_ps start = arrival;
        for (time_ps t = start; t < start + duration; ++t)
            if (taken.at(t))
                start = t + 1;
        std::fill_n(taken.begin() + static_cast<std::ptrdiff_t>(start), duration, true);
        ASSERT_EQ(o.take(now, arrival, duration), start + duration) << n;
    }
}

TEST(Occupancy, AnInitiatorThatNeverWaitsKeepsABoundedNumberOfIntervals)
{
    occupancy o;
    constexpr time_ps step = 10, length = 4;
    for (time_ps i = 1; i <= 100000; ++i)
        ASSERT_EQ(o.take(0, i * step, length), i * step + length);
    EXPECT_LE(o.intervals(), occupancy::most_intervals);
    // The youngest gaps are there still; those of long ago have closed.
    EXPECT_EQ(o.take(0, 99999 * step + length, 2), 99999 * step + length + 2);
    EXPECT_GT(o.take(0, step + length, 2), 90000 * step);
}

} // namespace
} // namespace iovp
