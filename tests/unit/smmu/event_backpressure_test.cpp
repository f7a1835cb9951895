// The event slots of the TCU when the queue in memory is slow.
#include "bench.h"

using namespace iovp;
using namespace iovp::test;

static constexpr std::uint64_t va = 0x12345000;

// 7.2: who cannot hand over its record waits; none is lost that the queue has room for. 4.7.3: a sync waits for the
// records of terminated transactions.
TEST(EventSlots, FullSlotsHoldTransactionsBackAndLoseNothing)
{
    smmu::tcu::parameters p;
    p.event_slots = 1;
    bench b(p);
    in_thread([&] {
        const std::uint64_t root = b.new_table();
        b.stage1_stream(5, root, 7);
        b.enable();
        b.memory.waiting_page = bench::event_base >> 12;
        std::array<bench::attempt, 3> a;
        for (std::uint64_t i = 0; i < a.size(); ++i)
            b.start(a[i], 5, va + i * 0x1000);
        b.settle(2000);
        unsigned ended = 0;
        for (const bench::attempt& x : a)
            ended += x.done;
        EXPECT_EQ(ended, 1U); // its record stands in the one slot
        b.push(0x46);
        b.ring();
        b.settle(2000);
        EXPECT_EQ(b.reg(0x9c), 0U);
        b.memory.waiting_page = ~0ULL;
        b.memory.go.notify();
        b.settle(2000);
        for (const bench::attempt& x : a) {
            EXPECT_TRUE(x.done);
            EXPECT_FALSE(x.ok);
        }
        EXPECT_EQ(b.reg(0x9c), 1U);
        EXPECT_EQ(b.events().size(), a.size());
    });
}

TEST(EventSlots, SyncWaitsForARecordUnderWay_4_7_3)
{
    bench b;
    in_thread([&] {
        const std::uint64_t root = b.new_table();
        b.stage1_stream(5, root, 7);
        b.enable();
        b.memory.waiting_page = bench::event_base >> 12;
        std::uint64_t value = 0;
        EXPECT_FALSE(b.read(5, va, value)); // ended, its record is being written
        b.push(0x46);
        b.ring();
        b.settle(2000);
        EXPECT_TRUE(b.memory.arrived);
        EXPECT_EQ(b.reg(0x9c), 0U);
        EXPECT_EQ(b.reg(0x100a8), 0U);
        b.memory.waiting_page = ~0ULL;
        b.memory.go.notify();
        b.settle(1000);
        EXPECT_EQ(b.reg(0x9c), 1U);
        EXPECT_EQ(b.events().size(), 1U);
    });
}

// 3.12.2.1, 7.2.1: transactions suppressed behind a record that finds no room are retried as it is.
TEST(StallRecords, SuppressedOnesOfARecordWithoutRoomAreRetried)
{
    smmu::tcu::parameters p;
    p.feature.stall_model = 0;
    p.feature.stall_max = 8;
    bench b(p);
    in_thread([&] {
        const std::uint64_t root = b.new_table();
        b.stage1_stream(5, root, 7);
        b.set_bits(bench::cd_base + 5 * 64, 1ULL << 44); // CD.S
        b.enable();
        std::uint64_t value = 0;
        for (std::uint32_t i = 0; i < 4; ++i) // fills the queue
            EXPECT_FALSE(b.read(70 + i, va, value));
        b.settle();
        bench::attempt one, two;
        b.start(one, b.device0, 5, va); // both fault in the same moment
        b.start(two, b.device1, 5, va + 8);
        b.settle(2000);
        EXPECT_FALSE(one.done || two.done);
        b.map1(root, va, 0x80000000);
        b.memory.set(0x80000000, 0x77);
        b.memory.set(0x80000008, 0x78);
        EXPECT_EQ(b.events().size(), 4U); // there is room now
        b.settle(2000);
        EXPECT_TRUE(one.done && one.ok);
        EXPECT_TRUE(two.done && two.ok);
        EXPECT_EQ(one.value, 0x77U);
        EXPECT_EQ(two.value, 0x78U);
        EXPECT_TRUE(b.events().empty());
    });
}
