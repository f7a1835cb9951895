// 3.5, 3.11, 3.18, 7.1: order of what becomes visible.

#include "unit/smmu/bench.h"

#include <gmock/gmock.h>

using namespace iovp;
using namespace iovp::test;
using testing::ElementsAre;
using testing::IsEmpty;

static constexpr std::uint64_t va = 0x123456000;

TEST(Queues_3_5_2, RecordIsInMemoryBeforeProdCoversIt)
{
    bench b;
    in_thread([&] {
        b.enable();
        b.memory.waiting_page = bench::event_base >> 12;
        std::uint64_t value;
        EXPECT_FALSE(b.read(80, va, value));
        while (!b.memory.arrived)
            b.settle(10);
        EXPECT_EQ(b.memory.word(bench::event_base), 80ULL << 32 | 2);
        EXPECT_EQ(b.reg(0x100a8), 0U) << "the write has not ended";
        b.memory.waiting_page = ~0ULL;
        b.memory.go.notify();
        b.settle();
        EXPECT_EQ(b.reg(0x100a8), 1U);
    });
}

TEST(Queues_3_5_4, CommittedRecordIsVisibleWhenEventqenFalls)
{
    bench b;
    in_thread([&] {
        b.enable();
        b.memory.waiting_page = bench::event_base >> 12;
        std::uint64_t value;
        EXPECT_FALSE(b.read(80, va, value));
        while (!b.memory.arrived)
            b.settle(10);
        b.set_reg(0x20, 0x9);
        b.settle(2000);
        EXPECT_EQ(b.reg(0x24), 0xdU) << "not acknowledged while the record is on its way";
        b.memory.waiting_page = ~0ULL;
        b.memory.go.notify();
        b.settle();
        EXPECT_EQ(b.reg(0x24), 0x9U);
        EXPECT_EQ(b.reg(0x100a8), 1U);
    });
}

TEST(Registers_6_3_9, CmdqenStopsConsumption)
{
    bench b;
    in_thread([&] {
        b.enable();
        b.memory.waiting_page = bench::command_base >> 12;
        b.push(0x30);
        b.push(0x30);
        b.ring();
        while (!b.memory.arrived)
            b.settle(10);
        b.set_reg(0x20, 0x5);
        b.settle(1000);
        EXPECT_EQ(b.reg(0x24), 0xdU) << "a command is in progress";
        b.memory.waiting_page = ~0ULL;
        b.memory.go.notify();
        b.settle(1000);
        EXPECT_EQ(b.reg(0x24), 0x5U);
        const std::uint64_t stopped = b.reg(0x9c);
        EXPECT_LE(stopped, 1U);
        b.settle(1000);
        EXPECT_EQ(b.reg(0x9c), stopped);
        b.set_reg(0x20, 0xd);
        b.settle(1000);
        EXPECT_EQ(b.reg(0x9c), 2U);
    });
}

TEST(Registers_6_3_11, QueueAccessesCarryCr1sAttributes)
{
    bench b;
    in_thread([&] {
        b.enable(); // QUEUE_IC, OC write-back; SH inner
        b.run(0x30);
        std::uint64_t value;
        EXPECT_FALSE(b.read(80, va, value));
        b.settle();
        unsigned seen = 0;
        for (const auto& a : b.memory.log) {
            if (a.address >> 12 != bench::command_base >> 12 && a.address >> 12 != bench::event_base >> 12)
                continue;
            ++seen;
            EXPECT_EQ(a.with.memory.type, memory_type::normal);
            EXPECT_EQ(a.with.memory.inner.policy, cacheability::write_back);
            EXPECT_EQ(a.with.memory.outer.policy, cacheability::write_back);
            EXPECT_EQ(a.with.memory.share, shareability::inner);
        }
        EXPECT_EQ(seen, 3U); // two commands, one record
    });
}

TEST(Reset_3_11, EverythingIsDisabled)
{
    bench b;
    in_thread([&] {
        EXPECT_EQ(b.reg(0x20), 0U);
        EXPECT_EQ(b.reg(0x24), 0U);
        EXPECT_EQ(b.reg(0x50), 0U);
        b.memory.set(0x80000000, 0x42);
        std::uint64_t value;
        EXPECT_TRUE(b.read(5, 0x80000000, value)); // GBPA: bypass
        EXPECT_EQ(value, 0x42U);
        EXPECT_FALSE(b.read(5, 1ULL << 44, value)); // beyond the OAS: aborted, no event
        b.push(0x30);
        b.ring();
        b.settle(1000);
        EXPECT_EQ(b.reg(0x9c), 0U);
        EXPECT_EQ(b.reg(0x100a8), 0U);
        EXPECT_EQ(b.reg(0x60), 0U);
        EXPECT_EQ(b.tcu.counts().configuration_reads, 0U);
    });
}

TEST(Interrupts_3_18, InformationComesBeforeTheInterrupt)
{
    bench b;
    in_thread([&] {
        b.enable(5);
        bool gerror_first = false, record_first = false;
        sc_core::sc_spawn([&] {
            sc_core::wait(b.gerror_irq.posedge_event());
            gerror_first = (b.reg(0x60) & 1) != 0 && b.reg(0x9c) >> 24 == 1;
        });
        sc_core::sc_spawn([&] {
            sc_core::wait(b.eventq_irq.posedge_event());
            record_first = b.reg(0x100a8) == 1 && b.memory.word(bench::event_base) == (80ULL << 32 | 2);
        });
        std::uint64_t value;
        EXPECT_FALSE(b.read(80, va, value));
        b.push(0xff);
        b.ring();
        b.settle(1000);
        EXPECT_TRUE(gerror_first);
        EXPECT_TRUE(record_first);
    });
}

TEST(Interrupts_3_18, DisablingWaitsForTheMsi)
{
    bench b;
    in_thread([&] {
        b.set_reg(0xb0, bench::msi_page, 8);
        b.enable(4);
        b.memory.waiting_page = bench::msi_page >> 12;
        std::uint64_t value;
        EXPECT_FALSE(b.read(80, va, value));
        while (!b.memory.arrived)
            b.settle(10);
        b.set_reg(0x50, 0);
        b.settle(1000);
        EXPECT_EQ(b.reg(0x54), 4U);
        b.memory.waiting_page = ~0ULL;
        b.memory.go.notify();
        b.settle(1000);
        EXPECT_EQ(b.reg(0x54), 0U);
    });
}

TEST(CommandErrors_7_1, ProdMayMoveBackWhileTheErrorIsActive)
{
    bench b;
    in_thread([&] {
        b.enable();
        b.push(0x30);
        b.push(0xff);
        b.push(0x30);
        b.push(0x30);
        b.ring();
        b.settle();
        EXPECT_EQ(b.reg(0x9c), 0x01000001U);
        b.set_reg(0x98, 1); // everything that was not consumed is withdrawn
        b.set_reg(0x64, 1);
        b.settle(1000);
        EXPECT_EQ(b.reg(0x9c) & 0xfffff, 1U);
        EXPECT_EQ(b.reg(0x60) ^ b.reg(0x64), 0U);
        EXPECT_EQ(b.tcu.commands().count(), 1U);
    });
}
