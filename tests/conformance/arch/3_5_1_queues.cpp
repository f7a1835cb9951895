// 3.5.1: the four consistent states, the two inconsistent ones, every size of queue.

#include "smmu/arch/queue.h"

#include <gtest/gtest.h>

namespace iovp::test {
namespace {

using smmu::queue_arithmetic;

TEST(Queues_3_5_1, FullAndEmptyInEverySize)
{
    for (unsigned log2 = 0; log2 <= 19; ++log2) {
        const queue_arithmetic q(log2);
        const std::uint32_t wrap = 1U << log2;
        EXPECT_EQ(q.entries(), wrap);
        EXPECT_TRUE(q.empty(0, 0));
        EXPECT_TRUE(q.full(wrap, 0));
        EXPECT_TRUE(q.full(0, wrap));
        EXPECT_FALSE(q.empty(wrap, 0));
        EXPECT_EQ(q.used(wrap, 0), q.entries());
        EXPECT_EQ(q.next(2 * wrap - 1), 0U) << "index and flag wrap together";
        EXPECT_EQ(q.next(wrap - 1), wrap) << "the flag toggles";
        EXPECT_EQ(q.index(wrap), 0U);
        EXPECT_TRUE(q.wrap(wrap));
    }
}

TEST(Queues_3_5_1, PartiallyFullStates)
{
    const queue_arithmetic q(4);
    for (std::uint32_t prod = 0; prod < 32; ++prod)
        for (std::uint32_t cons = 0; cons < 32; ++cons) {
            const std::uint32_t wr = prod & 15, rd = cons & 15;
            const bool same_wrap = (prod >> 4) == (cons >> 4);
            const bool consistent = same_wrap ? wr >= rd : wr <= rd;
            // What lies between must be at most the queue; inconsistent states show as more.
            EXPECT_EQ(q.used(prod, cons) <= q.entries(), consistent) << prod << ' ' << cons;
            if (consistent) {
                EXPECT_EQ(q.used(prod, cons), same_wrap ? wr - rd : 16 + wr - rd);
            }
            EXPECT_EQ(q.empty(prod, cons), same_wrap && wr == rd);
            EXPECT_EQ(q.full(prod, cons), !same_wrap && wr == rd);
        }
}

TEST(Queues_3_5_1, BitsAboveTheWrapFlagAreNoPointer)
{
    const queue_arithmetic q(7);
    EXPECT_EQ(q.pointer(0x800fff80), 0x80U);
    EXPECT_TRUE(q.empty(0x80012345, 0x45));
    EXPECT_EQ(q.offset(0x123, 32), 0x23U * 32);
}

} // namespace
} // namespace iovp::test
