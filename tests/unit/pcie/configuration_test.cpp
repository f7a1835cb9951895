#include "pcie_bench.h"

namespace iovp::pcie::test {
namespace {

using iovp::test::in_thread;

TEST(PcieConfiguration, BusZeroHoldsTheRootPortsAndNothingElse)
{
    bench b;
    in_thread([&] {
        EXPECT_EQ(b.config(bench::port0, 0x00, 4), 0x10501234u);
        EXPECT_EQ(b.config(bench::port1, 0x00, 4), 0x10501234u);
        EXPECT_EQ(b.config(bench::port0, 0x0a, 2), 0x0604u);
        EXPECT_EQ(b.config(bench::port0, 0x0e, 1), 0x01u);
        EXPECT_EQ(b.config(0x00, 0x00, 4), all_ones);
        EXPECT_EQ(b.config(bench::port0 + 1, 0x00, 2), 0xffffu);
        EXPECT_EQ(b.config(0x18, 0x00, 1), 0xffu);
    });
}

TEST(PcieConfiguration, DevicesAnswerOnceTheBusIsNumbered)
{
    bench b;
    in_thread([&] {
        EXPECT_EQ(b.config(bench::a0, 0x00, 4), all_ones);
        b.configure(bench::port0, 0x18, 4, 0x010100);
        EXPECT_EQ(b.config(bench::a0, 0x00, 4), 0x10511234u);
        EXPECT_EQ(b.config(bench::a0, 0x0e, 1), 0x80u); // multi-function
        EXPECT_EQ(b.config(bench::a1, 0x00, 2), 0x1234u);
        EXPECT_EQ(b.config(bench::port0, 0x1e, 2), 0u);
        EXPECT_EQ(b.config(bench::a0 + 2, 0x00, 4), all_ones); // no such function
        EXPECT_EQ(b.config(bench::port0, 0x1e, 2), 0x2000u);   // received master abort
        b.configure(bench::port0, 0x1e, 2, 0x2000);
        EXPECT_EQ(b.config(bench::port0, 0x1e, 2), 0u);
        EXPECT_EQ(b.config(0x108, 0x00, 4), all_ones); // device 1 of the link
        EXPECT_EQ(b.config(bench::b0, 0x00, 4), all_ones);
        b.configure(bench::port1, 0x18, 4, 0x020200);
        EXPECT_EQ(b.config(bench::b0, 0x00, 4), 0x10511234u);
        EXPECT_EQ(b.config(bench::b0, 0x0e, 1), 0x00u);
    });
}

TEST(PcieConfiguration, BarsShowTheirSizeAndType)
{
    bench b;
    in_thread([&] {
        b.configure(bench::port0, 0x18, 4, 0x010100);
        b.configure(bench::a0, 0x10, 4, all_ones);
        EXPECT_EQ(b.config(bench::a0, 0x10, 4), 0xfffe0000u); // 128 KiB, 32 bits
        b.configure(bench::a0, 0x14, 4, all_ones);
        EXPECT_EQ(b.config(bench::a0, 0x14, 4), 0u); // BAR1 is not there
        b.configure(bench::a0, 0x18, 4, all_ones);
        b.configure(bench::a0, 0x1c, 4, all_ones);
        EXPECT_EQ(b.config(bench::a0, 0x18, 4), 0xfffff004u); // 4 KiB, 64 bits
        EXPECT_EQ(b.config(bench::a0, 0x1c, 4), all_ones);
        EXPECT_EQ(b.config(bench::a1, 0x10, 4), 0u); // the other function has its own
    });
}

TEST(PcieConfiguration, CapabilitiesAreLinked)
{
    bench b;
    in_thread([&] {
        b.configure(bench::port0, 0x18, 4, 0x010100);
        EXPECT_EQ(b.config(bench::a0, 0x06, 2) & 0x10, 0x10u);
        const unsigned express = b.capability(bench::a0, 0x10);
        EXPECT_EQ(b.config(bench::a0, express + 2, 2), 0x0002u);      // version 2, endpoint
        EXPECT_EQ(b.config(bench::a0, express + 4, 4) & 7, 1u);       // 256 bytes
        EXPECT_EQ(b.config(bench::a0, express + 8, 2) >> 12 & 7, 2u); // MRRS 512
        const unsigned msix = b.capability(bench::a0, 0x11);
        EXPECT_EQ(b.config(bench::a0, msix + 2, 2), 15u);
        EXPECT_EQ(b.config(bench::a0, msix + 4, 4), 2u);
        EXPECT_EQ(b.config(bench::a0, msix + 8, 4), 0x802u);
        const unsigned port = b.capability(bench::port0, 0x10);
        EXPECT_EQ(b.config(bench::port0, port + 2, 2), 0x0042u); // root port
    });
}

TEST(PcieConfiguration, BytesHalvesAndWordsAndNothingElse)
{
    bench b;
    in_thread([&] {
        EXPECT_EQ(b.config(bench::port0, 0x01, 1), 0x12u);
        EXPECT_EQ(b.config(bench::port0, 0x02, 2), 0x1050u);
        b.configure(bench::port0, 0x19, 1, 5);
        EXPECT_EQ(b.config(bench::port0, 0x18, 4), 0x00000500u);
        EXPECT_EQ(b.config(bench::port0, 0x01, 2), 0xffffu); // misaligned
        std::uint64_t eight = 0;
        EXPECT_TRUE(b.access(b.ecam, false, bench::ecam_address(bench::port0, 0), &eight, 8));
        EXPECT_EQ(eight, ~std::uint64_t(0));
        b.configure(bench::port0, 0x00, 4, 0); // read-only
        EXPECT_EQ(b.config(bench::port0, 0x00, 4), 0x10501234u);
    });
}

TEST(PcieConfiguration, AccessesTakeTime)
{
    bench b;
    in_thread([&] {
        const sc_time before = sc_core::sc_time_stamp();
        b.config(bench::port0, 0, 4);
        EXPECT_EQ(sc_core::sc_time_stamp() - before, sc_time(20, SC_NS)); // the root complex, both ways
        b.configure(bench::port0, 0x18, 4, 0x010100);
        const sc_time then = sc_core::sc_time_stamp();
        b.config(bench::a0, 0, 4);
        const sc_time there = sc_core::sc_time_stamp() - then;
        // 2 x 10 ns root complex, 2 x 170 ns flight, 20 ns device, and 48 bytes at 14.5 bytes/ns
        EXPECT_GT(there, sc_time(383, SC_NS));
        EXPECT_LT(there, sc_time(384, SC_NS));
    });
}

TEST(PcieRouting, MemoryNeedsWindowAndBothEnables)
{
    bench b;
    in_thread([&] {
        std::uint32_t value = 0;
        EXPECT_FALSE(b.access(b.mmio, false, 0, &value, 4)); // nothing is programmed
        b.number();
        EXPECT_EQ(b.load(bench::bar0_a0, 4), 0x444d4131u);
        EXPECT_EQ(b.load(bench::bar0_b0, 4), 0x444d4131u);
        EXPECT_FALSE(b.access(b.mmio, false, 0x0002'0000, &value, 4)); // in the window, in no BAR
        EXPECT_FALSE(b.access(b.mmio, false, 0x0020'0000, &value, 4)); // in no window
        b.configure(bench::a0, 0x04, 2, 0x4);
        EXPECT_FALSE(b.access(b.mmio, false, 0, &value, 4)); // function's memory enable
        b.configure(bench::a0, 0x04, 2, 0x6);
        EXPECT_TRUE(b.access(b.mmio, false, 0, &value, 4));
        b.configure(bench::port0, 0x04, 2, 0x4);
        EXPECT_FALSE(b.access(b.mmio, false, 0, &value, 4)); // port's memory enable
        b.configure(bench::port0, 0x04, 2, 0x6);
        b.configure(bench::port0, 0x20, 4, 0x00005010); // base above limit
        EXPECT_FALSE(b.access(b.mmio, false, 0, &value, 4));
    });
}

TEST(PcieRouting, A64BitWindowUsesTheUpperRegisters)
{
    root_port port({0x1234, 0x1050, 256, 1, false});
    port.space.write(0x04, 2, 0x2);
    port.space.write(0x24, 4, 0x00100000); // limit 0x001x.xxxx, base 0x000x.xxxx
    port.space.write(0x28, 4, 0x80);
    port.space.write(0x2c, 4, 0x80);
    EXPECT_TRUE(port.forwards(0x80'0000'0000));
    EXPECT_TRUE(port.forwards(0x80'001f'ffff));
    EXPECT_FALSE(port.forwards(0x80'0020'0000));
    EXPECT_FALSE(port.forwards(0x0));
}

} // namespace
} // namespace iovp::pcie::test
