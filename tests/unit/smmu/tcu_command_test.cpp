#include "bench.h"

#include <gmock/gmock.h>

#include <algorithm>

using namespace iovp;
using namespace iovp::test;
using testing::ElementsAre;
using testing::IsEmpty;

static constexpr std::uint64_t cmd_sync = 0x46;

TEST(CommandQueue, ConsumesInOrderAndWraps)
{
    bench b;
    in_thread([&] {
        b.enable();
        for (int i = 0; i < 5; ++i) {
            for (int j = 0; j < 6; ++j)
                b.push(0x30); // CMD_TLBI_NSNH_ALL
            b.ring();
            b.settle(2000);
            EXPECT_EQ(b.reg(0x9c), b.produced);
        }
        EXPECT_EQ(b.tcu.commands().count(), 30U);
        EXPECT_EQ(b.reg(0x60), 0U);
    });
}

TEST(CommandQueue, NothingIsConsumedBeforeItIsEnabled)
{
    bench b;
    in_thread([&] {
        b.set_reg(0x90, bench::command_base | 3, 8);
        b.push(cmd_sync);
        b.ring();
        b.settle();
        EXPECT_EQ(b.reg(0x9c), 0U);
        b.set_reg(0x20, 0x8);
        b.settle();
        EXPECT_EQ(b.reg(0x9c), 1U);
    });
}

TEST(CommandQueue, IllegalCommandStopsAndAcknowledgeResumes_7_1)
{
    bench b;
    in_thread([&] {
        b.enable(1);
        b.push(0x30);
        b.push(0xff);
        b.push(0x30);
        b.ring();
        b.settle();
        EXPECT_EQ(b.reg(0x9c), 0x01000001U); // CERROR_ILL at index 1
        EXPECT_EQ(b.reg(0x60), 0x1U);
        b.memory.set(bench::command_base + 16, 0x30);
        b.set_reg(0x64, 0x1);
        b.settle();
        EXPECT_EQ(b.reg(0x9c) & 0xfffff, 3U);
        EXPECT_EQ(b.tcu.commands().count(), 3U);
    });
}

TEST(CommandQueue, CommandsOfAbsentFeaturesAreIllegal)
{
    bench b;
    in_thread([&] {
        b.enable();
        std::uint32_t error = 0;
        // ATC_INV, PRI_RESP, RESUME, STALL_TERM, TLBI_EL3_ALL, TLBI_S_EL2_ALL, reserved, SYNC with CS 3
        for (const std::uint64_t c : {0x40, 0x41, 0x44, 0x45, 0x18, 0x50, 0x00, 0x3046}) {
            const std::uint32_t at = b.produced;
            b.push(c);
            b.ring();
            b.settle();
            EXPECT_EQ(b.reg(0x9c), 0x01000000U | at) << std::hex << c;
            error ^= 1;
            EXPECT_EQ(b.reg(0x60), error);
            b.memory.set(bench::command_base + (at & 7) * 16, 0x30);
            b.set_reg(0x64, error);
            b.settle();
        }
    });
}

TEST(CommandQueue, AbortedFetch_7_1)
{
    bench b;
    in_thread([&] {
        b.enable();
        b.memory.aborting.insert(bench::command_base >> 12);
        b.push(0x30);
        b.ring();
        b.settle();
        EXPECT_EQ(b.reg(0x9c), 0x02000000U); // CERROR_ABT
        EXPECT_EQ(b.reg(0x60), 0x1U);
        b.memory.aborting.clear();
        b.set_reg(0x64, 0x1);
        b.settle();
        EXPECT_EQ(b.reg(0x9c) & 0xfffff, 1U);
    });
}

TEST(CommandQueue, InconsistentIndexesConsumeNothing_3_5_1)
{
    bench b;
    in_thread([&] {
        b.enable();
        b.set_reg(0x98, 0xd);
        b.settle();
        EXPECT_EQ(b.reg(0x9c), 0U);
        EXPECT_EQ(b.reg(0x60), 0U);
    });
}

TEST(CommandQueue, SyncSignalsByMsiWithTheSmmusDeviceId_4_7_3)
{
    smmu::tcu::parameters p;
    p.msi_device = device_id(0x77);
    bench b(p);
    in_thread([&] {
        b.enable();
        // CS = IRQ, MSH inner, MSIAttr Device-nGnRE, data 0xabcd1234
        b.run(cmd_sync | 1 << 12 | 3 << 22 | 1 << 24 | 0xabcd1234ULL << 32, bench::msi_page + 0x40);
        EXPECT_EQ(b.memory.word(bench::msi_page + 0x40), 0xabcd1234U);
        const auto& log = b.memory.log;
        const auto msi = std::find_if(log.begin(), log.end(),
                                      [](const auto& a) { return a.address >> 12 == bench::msi_page >> 12; });
        ASSERT_NE(msi, log.end());
        EXPECT_EQ(msi->size, 4U);
        EXPECT_EQ(msi->with.device, device_id(0x77));
        EXPECT_EQ(msi->with.memory.type, memory_type::device_nGnRE);
        EXPECT_EQ(b.reg(0x60), 0U);
    });
}

TEST(CommandQueue, SyncPulsesItsWireWhateverTheMsiAddress)
{
    bench b;
    in_thread([&] {
        b.enable();
        b.push(cmd_sync | 1 << 12);
        b.ring();
        sc_core::wait(sc_core::sc_time(1, sc_core::SC_US), b.cmd_sync_irq.posedge_event());
        EXPECT_TRUE(b.cmd_sync_irq.read());
        EXPECT_EQ(b.reg(0x9c), b.produced); // consumption is observable before the interrupt
        b.settle();
        EXPECT_FALSE(b.cmd_sync_irq.read());
        EXPECT_EQ(b.memory.count(0, true), 0U);
    });
}

TEST(CommandQueue, AbortedSyncMsiIsAGlobalError)
{
    bench b;
    in_thread([&] {
        b.enable(1);
        b.memory.aborting.insert(bench::msi_page >> 12);
        b.run(cmd_sync | 1 << 12 | 1ULL << 32, bench::msi_page);
        b.settle();
        EXPECT_EQ(b.reg(0x60), 0x10U);
    });
}

TEST(Gerror, MsiAndWireAndItsOwnAbort_7_5)
{
    bench b;
    in_thread([&] {
        b.set_reg(0x68, bench::msi_page, 8);
        b.set_reg(0x70, 0x99);
        b.enable(1);
        unsigned pulses = 0;
        b.push(0xff);
        b.ring();
        sc_core::wait(sc_core::sc_time(1, sc_core::SC_US), b.gerror_irq.posedge_event());
        pulses += b.gerror_irq.read();
        b.settle();
        EXPECT_EQ(pulses, 1U);
        EXPECT_EQ(b.memory.word(bench::msi_page), 0x99U);
        // the same error again after acknowledge, its MSI aborted: MSI_GERROR_ABT_ERR, not announced
        b.memory.aborting.insert(bench::msi_page >> 12);
        b.set_reg(0x64, 0x1);
        b.settle();
        EXPECT_EQ(b.reg(0x60), 0x80U);
        EXPECT_EQ(b.memory.count(bench::msi_page >> 12, true), 2U);
    });
}

TEST(Gerror, NoInterruptWhileDisabled)
{
    bench b;
    in_thread([&] {
        b.set_reg(0x68, bench::msi_page, 8);
        b.enable(0);
        b.push(0xff);
        b.ring();
        b.settle();
        EXPECT_EQ(b.reg(0x60), 0x1U);
        EXPECT_EQ(b.memory.count(bench::msi_page >> 12, true), 0U);
    });
}
