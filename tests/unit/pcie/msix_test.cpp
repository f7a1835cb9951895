#include "pcie_bench.h"

namespace iovp::pcie::test {
namespace {

using iovp::test::in_thread;

constexpr std::uint64_t doorbell = 0x24;

void settle()
{
    sc_core::wait(sc_time(2, sc_core::SC_US));
}

TEST(PcieMsix, ADoorbellSendsTheVectorsMessageWithTheFunctionsDeviceId)
{
    bench b;
    in_thread([&] {
        b.number();
        b.enable_msix(bench::a1, bench::bar2_a1, 3, 0x4'0040 + 0x1000, 0x1234);
        b.store(bench::bar0_a1 + doorbell, 4, 3);
        settle();
        ASSERT_EQ(b.memory0.list.size(), 1u);
        EXPECT_TRUE(b.memory0.list[0].write);
        EXPECT_EQ(b.memory0.list[0].address, 0x4'1040u);
        EXPECT_EQ(b.memory0.list[0].size, 4u);
        EXPECT_EQ(b.memory0.list[0].device, device_id(0x20101));
        EXPECT_EQ(b.memory0.bytes[0x4'1040] | b.memory0.bytes[0x4'1041] << 8, 0x1234);
    });
}

TEST(PcieMsix, VectorsAreMaskedAtResetAndPendingBitsHoldThem)
{
    bench b;
    in_thread([&] {
        b.number();
        EXPECT_EQ(b.load(bench::bar2_a0 + 12, 4), 1u);
        const unsigned control = b.capability(bench::a0, 0x11) + 2;
        b.configure(bench::a0, control, 2, 0x8000);
        b.store(bench::bar2_a0 + 16, 8, 0x5000);
        b.store(bench::bar2_a0 + 24, 4, 9);
        b.store(bench::bar0_a0 + doorbell, 4, 1);
        settle();
        EXPECT_TRUE(b.memory0.list.empty());
        EXPECT_EQ(b.load(bench::bar2_a0 + 0x800, 8), 2u);
        b.store(bench::bar2_a0 + 28, 4, 0); // unmask
        settle();
        EXPECT_EQ(b.memory0.list.size(), 1u);
        EXPECT_EQ(b.load(bench::bar2_a0 + 0x800, 8), 0u);
        b.configure(bench::a0, control, 2, 0xc000); // function mask
        b.store(bench::bar0_a0 + doorbell, 4, 1);
        b.store(bench::bar0_a0 + doorbell, 4, 1); // two raises of a pending vector are one message
        settle();
        EXPECT_EQ(b.memory0.list.size(), 1u);
        b.configure(bench::a0, control, 2, 0x8000);
        settle();
        EXPECT_EQ(b.memory0.list.size(), 2u);
    });
}

TEST(PcieMsix, DisabledOrUnknownVectorsSendNothing)
{
    bench b;
    in_thread([&] {
        b.number();
        b.store(bench::bar0_a0 + doorbell, 4, 0); // MSI-X is disabled
        b.enable_msix(bench::a0, bench::bar2_a0, 0, 0x5000, 1);
        b.store(bench::bar0_a0 + doorbell, 4, 16);
        b.store(bench::bar0_a0 + doorbell, 4, 0xffffffff);
        settle();
        EXPECT_TRUE(b.memory0.list.empty());
        EXPECT_EQ(b.load(bench::bar2_a0 + 0x800, 8), 0u);
    });
}

TEST(PcieMsix, WithoutBusMasterEnableTheMessageWaits)
{
    bench b;
    in_thread([&] {
        b.number();
        b.enable_msix(bench::a0, bench::bar2_a0, 0, 0x5000, 1);
        b.configure(bench::a0, 0x04, 2, 0x2);
        b.store(bench::bar0_a0 + doorbell, 4, 0);
        settle();
        EXPECT_TRUE(b.memory0.list.empty());
        b.configure(bench::a0, 0x04, 2, 0x6);
        settle();
        EXPECT_EQ(b.memory0.list.size(), 1u);
    });
}

TEST(PcieMsix, DataIsInMemoryBeforeTheInterrupt)
{
    bench b;
    b.memory0.data_latency = sc_time(3, sc_core::SC_US); // slow data, quick interrupt
    in_thread([&] {
        b.number();
        b.enable_msix(bench::a0, bench::bar2_a0, 0, 0x5000, 1);
        b.start(bench::bar0_a0, 0x1000, 0, 0x200, 2 | 4);
        wait(sc_time(10, sc_core::SC_US));
        ASSERT_EQ(b.memory0.list.size(), 5u);
        EXPECT_EQ(b.memory0.list[4].address, 0x5000u);
        // four writes with relaxed ordering overlap; the message comes after the last one's effect
        EXPECT_LT(b.memory0.list[3].when - b.memory0.list[0].when, sc_time(100, SC_NS));
        EXPECT_GE(b.memory0.list[4].when, b.memory0.list[3].when + sc_time(3, sc_core::SC_US));
    });
}

TEST(PcieMsix, ARefusedMessageIsCountedAndItsRecordClosed)
{
    bench b;
    latency_log log;
    b.memory0.refuse_first = 0x5000;
    b.memory0.refuse_last = 0x5003;
    in_thread([&] {
        b.number();
        b.a.set_latency_log(&log);
        b.enable_msix(bench::a0, bench::bar2_a0, 0, 0x5000, 1);
        b.enable_msix(bench::a0, bench::bar2_a0, 1, 0x6000, 1);
        b.store(bench::bar0_a0 + doorbell, 4, 0);
        b.store(bench::bar0_a0 + doorbell, 4, 1);
        settle();
        EXPECT_EQ(b.load(bench::bar0_a0 + 0x28, 4), 1u);
        EXPECT_EQ(b.load(bench::bar0_a0 + 0x30, 8), 0x5000u);
    });
    ASSERT_EQ(log.records().size(), 2u);
    EXPECT_TRUE(log.records()[0].aborted);
    EXPECT_TRUE(log.records()[0].closed());
    EXPECT_FALSE(log.records()[1].aborted);
    EXPECT_FALSE(log.records()[1].closed()); // goes on in the GIC
    EXPECT_EQ(log.records()[1].what, latency_record::kind::msi);
}

} // namespace
} // namespace iovp::pcie::test
