#include "pcie_bench.h"

#include <numeric>

namespace iovp::pcie::test {
namespace {

using iovp::test::in_thread;
using testing::ElementsAre;

constexpr unsigned to_buffer = 0, to_memory = 2, interrupt = 4;
constexpr std::uint64_t done = 2, error = 4;
constexpr std::uint64_t buffer = 0x10000;

TEST(PcieDma, MemoryToBufferBringsTheBytesInReadsOfMrrsWithin4K)
{
    bench b;
    std::iota(b.memory0.bytes.begin(), b.memory0.bytes.end(), std::uint8_t(3));
    in_thread([&] {
        b.number();
        b.start(bench::bar0_a0, 0x1f80, 0x100, 0x300, to_buffer);
        EXPECT_EQ(b.finish(bench::bar0_a0), done);
        for (unsigned i = 0; i < 0x300; i += 8) {
            std::uint64_t expected = 0;
            std::memcpy(&expected, b.memory0.bytes.data() + 0x1f80 + i, 8);
            ASSERT_EQ(b.load(bench::bar0_a0 + buffer + 0x100 + i, 8), expected) << i;
        }
        EXPECT_EQ(b.load(bench::bar0_a0 + buffer + 0x400, 8), 0u);
        EXPECT_EQ(b.load(bench::bar0_a0 + 0x38, 4), 0x300u);
        EXPECT_THAT(b.sizes(b.memory0), ElementsAre(0x80, 0x200, 0x80)); // 4 KiB boundary, MRRS 512
        EXPECT_TRUE(b.memory1.list.empty());
    });
}

TEST(PcieDma, BufferToMemoryPostsWritesOfMpsWithin4K)
{
    bench b;
    in_thread([&] {
        b.number();
        for (unsigned i = 0; i < 0x180; i += 8)
            b.store(bench::bar0_b0 + buffer + i, 8, 0x0101010101010101 * (i / 8));
        b.start(bench::bar0_b0, 0x2fc0, 0, 0x180, to_memory);
        EXPECT_EQ(b.finish(bench::bar0_b0), done);
        // The read of STATUS has pushed the writes: memory holds them now.
        EXPECT_THAT(b.sizes(b.memory1), ElementsAre(0x40, 0x80, 0x80, 0x40)); // MPS 128 after reset
        for (unsigned i = 0; i < 0x180; ++i)
            ASSERT_EQ(b.memory1.bytes[0x2fc0 + i], i / 8) << i;
        b.memory1.list.clear();
        const unsigned control = b.capability(bench::b0, 0x10) + 8;
        b.configure(bench::b0, control, 2, (b.config(bench::b0, control, 2) & ~0xe0u) | 1u << 5); // MPS 256
        b.start(bench::bar0_b0, 0x3000, 0, 0x180, to_memory);
        EXPECT_EQ(b.finish(bench::bar0_b0), done);
        EXPECT_THAT(b.sizes(b.memory1), ElementsAre(0x100, 0x80));
    });
}

TEST(PcieDma, AReadOfStatusPushesPostedWrites)
{
    bench b;
    b.memory0.data_wait = sc_time(5, sc_core::SC_US); // as behind a TBU that has to walk
    in_thread([&] {
        b.number();
        b.store(bench::bar0_a0 + buffer, 8, 0x77);
        b.start(bench::bar0_a0, 0x1000, 0, 8, to_memory);
        EXPECT_EQ(b.finish(bench::bar0_a0), done);
        EXPECT_EQ(b.memory0.bytes[0x1000], 0x77);
    });
}

// The target waits for each write, as a TBU that misses: those with relaxed ordering wait together.
TEST(PcieDma, OnlyWritesWithRelaxedOrderingOverlapInATargetThatWaits)
{
    bench b;
    b.memory0.data_wait = sc_time(3, sc_core::SC_US);
    in_thread([&] {
        b.number();
        b.enable_msix(bench::a0, bench::bar2_a0, 0, 0x5000, 1);
        const auto transfer_time = [&](unsigned length) {
            b.memory0.list.clear();
            const sc_time before = sc_core::sc_time_stamp();
            b.start(bench::bar0_a0, 0x1000, 0, length, to_memory | interrupt);
            EXPECT_EQ(b.finish(bench::bar0_a0), done); // pushes them
            wait(sc_time(1, sc_core::SC_US));
            EXPECT_EQ(b.memory0.list.size(), length / 128 + 1);
            EXPECT_EQ(b.memory0.list.back().address, 0x5000u) << "the message comes after the data";
            EXPECT_GE(b.memory0.list.back().when, b.memory0.list[length / 128 - 1].when);
            return b.memory0.list.back().when - before;
        };
        EXPECT_LT(transfer_time(4 * 128), sc_time(4, sc_core::SC_US));
        const sc_time more_than_the_pool = transfer_time(17 * 128);
        EXPECT_GT(more_than_the_pool, sc_time(6, sc_core::SC_US));
        EXPECT_LT(more_than_the_pool, sc_time(8, sc_core::SC_US));
        const unsigned control = b.capability(bench::a0, 0x10) + 8;
        b.configure(bench::a0, control, 2, b.config(bench::a0, control, 2) & ~0x10u);
        EXPECT_GT(transfer_time(4 * 128), sc_time(12, sc_core::SC_US));
    });
}

TEST(PcieDma, IdentifiersComeFromTheRequesterOfEachFunction)
{
    bench b;
    in_thread([&] {
        b.number();
        b.start(bench::bar0_a0, 0x1000, 0, 4, to_memory);
        b.finish(bench::bar0_a0);
        b.start(bench::bar0_a1, 0x2000, 0, 4, to_buffer);
        b.finish(bench::bar0_a1);
        b.start(bench::bar0_b0, 0x3000, 0, 4, to_memory);
        b.finish(bench::bar0_b0);
        ASSERT_EQ(b.memory0.list.size(), 2u);
        EXPECT_EQ(b.memory0.list[0].requester, 0x100);
        EXPECT_EQ(b.memory0.list[0].stream, stream_id(0x10100));
        EXPECT_EQ(b.memory0.list[0].device, device_id(0x20100));
        EXPECT_EQ(b.memory0.list[1].requester, 0x101);
        EXPECT_EQ(b.memory0.list[1].stream, stream_id(0x10101));
        EXPECT_EQ(b.memory0.list[1].device, device_id(0x20101));
        ASSERT_EQ(b.memory1.list.size(), 1u);
        EXPECT_EQ(b.memory1.list[0].stream, stream_id(0x10200));
    });
}

TEST(PcieDma, WithoutBusMasterEnableNothingLeaves)
{
    bench b;
    in_thread([&] {
        b.number();
        b.configure(bench::a0, 0x04, 2, 0x2);
        b.start(bench::bar0_a0, 0x1000, 0, 64, to_buffer);
        EXPECT_EQ(b.finish(bench::bar0_a0), done | error);
        b.start(bench::bar0_a0, 0x1000, 0, 64, to_memory);
        EXPECT_EQ(b.finish(bench::bar0_a0), done | error);
        EXPECT_TRUE(b.memory0.list.empty());
        // The port's own enable: an Unsupported Request.
        b.configure(bench::a0, 0x04, 2, 0x6);
        b.configure(bench::port0, 0x04, 2, 0x2);
        b.start(bench::bar0_a0, 0x1000, 0, 64, to_buffer);
        EXPECT_EQ(b.finish(bench::bar0_a0), done | error);
        EXPECT_EQ(b.config(bench::a0, 0x06, 2) & 0xf900, 0x2000u); // received master abort
        EXPECT_TRUE(b.memory0.list.empty());
    });
}

TEST(PcieDma, ARefusedReadStopsTheEngineAndStillInterrupts)
{
    bench b;
    b.memory0.refuse_first = 0x1200;
    b.memory0.refuse_last = 0x13ff;
    in_thread([&] {
        b.number();
        b.enable_msix(bench::a0, bench::bar2_a0, 2, 0x8000, 77);
        b.store(bench::bar0_a0 + 0x20, 4, 2);
        b.start(bench::bar0_a0, 0x1000, 0, 0x600, to_buffer | interrupt);
        EXPECT_EQ(b.finish(bench::bar0_a0), done | error);
        EXPECT_EQ(b.config(bench::a0, 0x06, 2) & 0xf900, 0x1000u);    // received target abort
        EXPECT_EQ(b.config(bench::port0, 0x1e, 2) & 0xf900, 0x0800u); // signaled target abort
        EXPECT_EQ(b.load(bench::bar0_a0 + 0x2c, 4), 1u);
        EXPECT_EQ(b.load(bench::bar0_a0 + 0x28, 4), 0u);
        EXPECT_EQ(b.load(bench::bar0_a0 + 0x30, 8), 0x1200u);
        wait(sc_time(1, sc_core::SC_US));
        EXPECT_EQ(b.memory0.bytes[0x8000], 77);
        // and it can be used again
        b.start(bench::bar0_a0, 0x3000, 0, 0x10, to_buffer);
        EXPECT_EQ(b.finish(bench::bar0_a0), done);
    });
}

TEST(PcieDma, ARefusedPostedWriteIsCountedAndDoneAllTheSame)
{
    bench b;
    b.memory0.refuse_first = 0x1080;
    b.memory0.refuse_last = 0x10ff;
    in_thread([&] {
        b.number();
        b.store(bench::bar0_a0 + buffer, 8, ~std::uint64_t(0));
        b.store(bench::bar0_a0 + buffer + 0x100, 8, ~std::uint64_t(0));
        b.start(bench::bar0_a0, 0x1000, 0, 0x180, to_memory);
        EXPECT_EQ(b.finish(bench::bar0_a0), done);
        EXPECT_EQ(b.load(bench::bar0_a0 + 0x28, 4), 1u);
        EXPECT_EQ(b.load(bench::bar0_a0 + 0x30, 8), 0x1080u);
        EXPECT_EQ(b.config(bench::port0, 0x1e, 2) & 0xf900, 0x0800u);
        EXPECT_EQ(b.config(bench::a0, 0x06, 2) & 0xf900, 0u); // the requester of a posted write is not told
        EXPECT_EQ(b.memory0.bytes[0x1100], 0xff);             // later ones went on
    });
}

TEST(PcieDma, ALateErrorOfOneTransferIsNotTheNextOnesFirst)
{
    bench b;
    b.memory0.data_wait = sc_time(5, sc_core::SC_US); // the answer comes when the next transfer runs
    b.memory0.refuse_first = 0x1000;
    b.memory0.refuse_last = 0x10ff;
    in_thread([&] {
        b.number();
        b.start(bench::bar0_a0, 0x1000, 0, 8, to_memory);
        wait(sc_time(1, sc_core::SC_US)); // done, by posting it
        b.start(bench::bar0_a0, 0x3000, 0, 16, to_memory);
        EXPECT_EQ(b.finish(bench::bar0_a0), done);
        EXPECT_EQ(b.load(bench::bar0_a0 + 0x38, 4), 16u) << "the second transfer did not run";
        EXPECT_EQ(b.load(bench::bar0_a0 + 0x28, 4), 1u);
        EXPECT_EQ(b.load(bench::bar0_a0 + 0x30, 8), 0u);
        b.start(bench::bar0_a0, 0x1040, 0, 8, to_memory); // without a successor it is told
        EXPECT_EQ(b.finish(bench::bar0_a0), done);
        EXPECT_EQ(b.load(bench::bar0_a0 + 0x28, 4), 2u);
        EXPECT_EQ(b.load(bench::bar0_a0 + 0x30, 8), 0x1040u);
    });
}

TEST(PcieDma, BadLengthsAreErrorsAndZeroIsDone)
{
    bench b;
    in_thread([&] {
        b.number();
        b.start(bench::bar0_a0, 0x1000, 0xfff0, 0x11, to_memory);
        EXPECT_EQ(b.finish(bench::bar0_a0), done | error);
        b.start(bench::bar0_a0, 0x1000, 0xffffffff, 2, to_buffer);
        EXPECT_EQ(b.finish(bench::bar0_a0), done | error);
        b.start(bench::bar0_a0, 0x1000, 0, 0xffffffff, to_buffer);
        EXPECT_EQ(b.finish(bench::bar0_a0), done | error);
        b.start(bench::bar0_a0, 0x1000, 0x10000, 0, to_buffer);
        EXPECT_EQ(b.finish(bench::bar0_a0), done);
        b.store(bench::bar0_a0 + 0x0c, 4, 2); // write 1 to clear
        EXPECT_EQ(b.load(bench::bar0_a0 + 0x0c, 4), 0u);
        EXPECT_TRUE(b.memory0.list.empty());
    });
}

TEST(PcieDma, RecordsAddUpAndAreClosed)
{
    bench b;
    latency_log log;
    in_thread([&] {
        b.number();
        b.a.set_latency_log(&log);
        b.start(bench::bar0_a0, 0x1000, 0, 64, to_buffer);
        b.finish(bench::bar0_a0);
        b.start(bench::bar0_a0, 0x2000, 0, 64, to_memory);
        b.finish(bench::bar0_a0);
    });
    ASSERT_EQ(log.records().size(), 2u);
    const auto stages = [](const latency_record& r) {
        std::vector<stage> result;
        for (const stage_span& s : r.spans())
            result.push_back(s.what);
        return result;
    };
    EXPECT_THAT(stages(log.records()[0]),
                ElementsAre(stage::endpoint, stage::pcie_link, stage::root_complex, stage::memory, stage::pcie_link));
    EXPECT_THAT(stages(log.records()[1]),
                ElementsAre(stage::endpoint, stage::pcie_link, stage::root_complex, stage::memory));
    for (const latency_record& r : log.records()) {
        EXPECT_TRUE(r.closed());
        EXPECT_FALSE(r.aborted);
        EXPECT_EQ(r.stream, stream_id(0x10100));
    }
    EXPECT_EQ(log.records()[0].iova, virtual_address(0x1000));
    // 64-byte read on Gen4 x8: 10 + 24 B + 170 + 10 + 100 + 84 B + 170 ns, at 14.47 B/ns: 467.46 ns
    EXPECT_NEAR(static_cast<double>(log.records()[0].end() - log.records()[0].begin()), 467463.0, 5.0);
}

} // namespace
} // namespace iovp::pcie::test
