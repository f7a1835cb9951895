// The cache in front of memory: what hits, what leaves, what each takes. Expected times are sums of the parameters.
#include "memory/sparse_memory.h"

#include "common/systemc/time.h"
#include "common/systemc/transport.h"
#include "support/at_initiator.h"
#include "support/in_thread.h"
#include "support/protocol_checker.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace iovp {
namespace {

using sc_core::SC_NS;
using sc_core::sc_time;

sc_time ns(double n)
{
    return {n, SC_NS};
}

/// 8 lines in 4 sets of 2 ways: lines 0, 4, 8 share a set. A line takes 4 ns of DRAM's bus.
sparse_memory::parameters cached()
{
    sparse_memory::parameters p;
    p.size = 1 << 20;
    p.read_latency = ns(95);
    p.write_latency = ns(60);
    p.bandwidth_bytes_per_ns = 16;
    p.cache.size = 512;
    p.cache.ways = 2;
    p.cache.hit_latency = ns(29);
    return p;
}

constexpr std::uint64_t line(unsigned n)
{
    return n * 64;
}

struct bench {
    explicit bench(const sparse_memory::parameters& p = cached())
        : memory("memory", p)
    {
        device.socket.bind(checker.target);
        checker.initiator.bind(memory.socket);
    }
    /// How long a loosely timed access takes that begins `ahead` of the simulated time.
    sc_time access(tlm::tlm_command command, std::uint64_t address, unsigned size, const sc_time& ahead,
                   const transaction_attributes& with)
    {
        std::vector<unsigned char> data(size, 0x77);
        sc_time delay = ahead;
        EXPECT_TRUE(transport(device.socket, command, address, data.data(), size, with, delay));
        return delay - ahead;
    }
    sc_time read(std::uint64_t address, unsigned size = 8, const transaction_attributes& with = {})
    {
        return alone([&] { return access(tlm::TLM_READ_COMMAND, address, size, {}, with); });
    }
    sc_time write(std::uint64_t address, unsigned size = 64, const transaction_attributes& with = {})
    {
        return alone([&] { return access(tlm::TLM_WRITE_COMMAND, address, size, {}, with); });
    }
    /// Nothing of it is left under way.
    template <class Access>
    static sc_time alone(const Access& a)
    {
        const sc_time took = a();
        sc_core::wait(ns(1000));
        return took;
    }
    const system_cache::statistics& counts() const { return memory.cache_counts(); }

    test::at_initiator device{"device"};
    test::protocol_checker checker{"checker"};
    sparse_memory memory;
};

transaction_attributes with(cacheability policy, bool read_allocate, bool write_allocate)
{
    transaction_attributes a;
    a.memory.outer = {policy, read_allocate, write_allocate, false};
    return a;
}

TEST(SystemCache, AMissTakesDramAndALineThenHits)
{
    bench b;
    test::in_thread([&] {
        EXPECT_EQ(b.read(line(1) + 8), ns(4 + 95));
        EXPECT_EQ(b.read(line(1) + 56), ns(29));
        EXPECT_EQ(b.read(line(2)), ns(4 + 95));
        EXPECT_EQ(b.counts().lookups, 3U);
        EXPECT_EQ(b.counts().hits, 1U);
        EXPECT_EQ(b.counts().fills, 2U);
    });
}

TEST(SystemCache, TheSlowestLineCounts)
{
    bench b;
    test::in_thread([&] {
        b.read(line(1));
        EXPECT_EQ(b.read(line(1), 128), ns(4 + 95)); // line 2 is missing
        EXPECT_EQ(b.read(line(1), 128), ns(29));
        EXPECT_EQ(b.read(line(3), 128), ns(8 + 95)) << "two lines, one bus";
        b.read(line(7));
        EXPECT_EQ(b.read(line(6), 128), ns(4 + 95)) << "the first is missing";
    });
}

TEST(SystemCache, TheLeastRecentlyUsedLineOfASetLeaves)
{
    bench b;
    test::in_thread([&] {
        b.read(line(0));
        b.read(line(4));
        b.read(line(0));
        b.read(line(8)); // instead of line 4
        EXPECT_EQ(b.read(line(0)), ns(29));
        EXPECT_EQ(b.read(line(8)), ns(29));
        EXPECT_EQ(b.read(line(4)), ns(99));
        EXPECT_EQ(b.read(line(1)), ns(99)) << "other sets are empty";
        EXPECT_EQ(b.counts().write_backs, 0U);
    });
}

TEST(SystemCache, AWholeLineIsTakenWithoutAFillAndWrittenBackWhenItLeaves)
{
    bench b;
    test::in_thread([&] {
        EXPECT_EQ(b.write(line(0)), ns(29));
        EXPECT_EQ(b.counts().fills, 0U);
        EXPECT_EQ(b.read(line(0)), ns(29));
        b.read(line(4));
        // Line 0 leaves when line 8 comes: its 4 ns of the bus follow those of line 8, and line 1 waits for both.
        const sc_time first = b.access(tlm::TLM_READ_COMMAND, line(8), 8, {}, {});
        EXPECT_EQ(first, ns(4 + 95));
        EXPECT_EQ(b.counts().write_backs, 1U);
        EXPECT_EQ(b.access(tlm::TLM_READ_COMMAND, line(1), 8, {}, {}), ns(4 + 4 + 4 + 95));
        sc_core::wait(ns(1000));
        EXPECT_EQ(b.read(line(0)), ns(99));
        EXPECT_EQ(b.counts().write_backs, 1U) << "what replaced it was clean";
    });
}

TEST(SystemCache, AWriteThatHitsMakesItsLineDirty)
{
    bench b;
    test::in_thread([&] {
        b.read(line(0));
        b.write(line(0), 8);
        b.read(line(4));
        b.read(line(8));
        EXPECT_EQ(b.counts().write_backs, 1U);
    });
}

TEST(SystemCache, APartOfALineIsFilledBehindTheWriter)
{
    bench b;
    test::in_thread([&] {
        EXPECT_EQ(b.access(tlm::TLM_WRITE_COMMAND, line(0), 8, {}, {}), ns(29));
        EXPECT_EQ(b.counts().fills, 1U);
        EXPECT_EQ(b.access(tlm::TLM_READ_COMMAND, line(0), 8, ns(10), {}), ns(99 - 10)) << "waits for the fill";
        EXPECT_EQ(b.access(tlm::TLM_WRITE_COMMAND, line(0), 8, ns(10), {}), ns(29));
    });
}

TEST(SystemCache, DisabledBytesMakeAWriteAPart)
{
    bench b;
    test::in_thread([&] {
        std::array<unsigned char, 64> data{};
        std::array<unsigned char, 2> enables{0xff, 0};
        tlm::tlm_generic_payload p;
        p.set_command(tlm::TLM_WRITE_COMMAND);
        p.set_address(0);
        p.set_data_ptr(data.data());
        p.set_data_length(64);
        p.set_streaming_width(64);
        p.set_byte_enable_ptr(enables.data());
        p.set_byte_enable_length(2);
        sc_time delay;
        b.device.socket->b_transport(p, delay);
        EXPECT_EQ(b.counts().fills, 1U);
    });
}

TEST(SystemCache, WriteThroughKeepsDramUpToDate)
{
    auto p = cached();
    p.cache.write_back = false;
    bench b(p);
    test::in_thread([&] {
        EXPECT_EQ(b.access(tlm::TLM_WRITE_COMMAND, line(0), 64, {}, {}), ns(29));
        EXPECT_EQ(b.access(tlm::TLM_READ_COMMAND, line(1), 8, {}, {}), ns(4 + 4 + 95)) << "after the write";
        sc_core::wait(ns(1000));
        b.read(line(4));
        b.read(line(8));
        EXPECT_EQ(b.counts().write_backs, 0U);
    });
}

// The attribute does for one access what the parameter does for all.
TEST(SystemCache, WriteThroughMemoryIsNeverDirty)
{
    bench b;
    test::in_thread([&] {
        b.write(line(0), 64, with(cacheability::write_through, true, true));
        b.read(line(4));
        b.read(line(8));
        EXPECT_EQ(b.counts().write_backs, 0U);
        EXPECT_EQ(b.counts().fills, 2U);
    });
}

TEST(SystemCache, AttributesDecideWhatComesIn)
{
    bench b;
    transaction_attributes device;
    device.memory = device_memory();
    const auto non_cacheable = with(cacheability::non_cacheable, false, false);
    test::in_thread([&] {
        EXPECT_EQ(b.read(line(0), 32, non_cacheable), ns(2 + 95)) << "32 bytes, no line";
        EXPECT_EQ(b.read(line(0), 32, device), ns(2 + 95));
        EXPECT_EQ(b.read(line(0), 32, with(cacheability::write_back, false, true)), ns(2 + 95));
        EXPECT_EQ(b.write(line(0), 32, with(cacheability::write_back, true, false)), ns(2 + 60));
        EXPECT_EQ(b.counts().fills, 0U);
        EXPECT_EQ(b.read(line(0), 32, with(cacheability::write_back, true, false)), ns(4 + 95));
        EXPECT_EQ(b.read(line(0), 32, non_cacheable), ns(29)) << "what is there serves everybody";
    });
}

TEST(SystemCache, ALineOnItsWayIsWaitedFor)
{
    bench b;
    test::in_thread([&] {
        EXPECT_EQ(b.access(tlm::TLM_READ_COMMAND, line(0), 8, ns(100), {}), ns(99));
        EXPECT_EQ(b.access(tlm::TLM_READ_COMMAND, line(0) + 8, 8, ns(130), {}), ns(69));
        EXPECT_EQ(b.access(tlm::TLM_READ_COMMAND, line(0), 8, ns(180), {}), ns(29)) << "came at 199";
        EXPECT_EQ(b.access(tlm::TLM_READ_COMMAND, line(0), 8, ns(50), {}), ns(99)) << "of an earlier local time";
        EXPECT_EQ(b.counts().fills, 1U);
    });
}

TEST(SystemCache, ThePortServesOneAccessAtATime)
{
    auto p = cached();
    p.cache.bandwidth_bytes_per_ns = 32;
    bench b(p);
    test::in_thread([&] {
        b.read(line(0), 64);
        EXPECT_EQ(b.read(line(0), 64), ns(2 + 29));
        EXPECT_EQ(b.access(tlm::TLM_READ_COMMAND, line(0), 64, {}, {}), ns(2 + 29));
        EXPECT_EQ(b.access(tlm::TLM_READ_COMMAND, line(0), 64, {}, {}), ns(4 + 29));
    });
}

TEST(SystemCache, DebugAndPointersSeeTheDataAndLeaveItAlone)
{
    bench b;
    test::in_thread([&] {
        b.write(line(0));
        std::array<unsigned char, 8> data{};
        tlm::tlm_generic_payload p;
        p.set_command(tlm::TLM_READ_COMMAND);
        p.set_address(line(0));
        p.set_data_ptr(data.data());
        p.set_data_length(8);
        p.set_streaming_width(8);
        EXPECT_EQ(b.device.socket->transport_dbg(p), 8U);
        EXPECT_EQ(data[7], 0x77) << "a dirty line";
        p.set_address(line(1));
        b.device.socket->transport_dbg(p);
        tlm::tlm_dmi dmi;
        p.set_address(line(0));
        ASSERT_TRUE(b.device.socket->get_direct_mem_ptr(p, dmi));
        EXPECT_EQ(dmi.get_dmi_ptr()[7], 0x77);
        EXPECT_EQ(dmi.get_read_latency(), ns(29));
        EXPECT_EQ(dmi.get_write_latency(), ns(29));
        dmi.get_dmi_ptr()[line(1)] = 0x12;
        EXPECT_EQ(b.counts().lookups, 1U);
        EXPECT_EQ(b.read(line(1)), ns(99));
        p.set_address(line(1));
        b.device.socket->transport_dbg(p);
        EXPECT_EQ(data[0], 0x12);
    });
}

TEST(SystemCache, AtTakesWhatLtTakes)
{
    bench b;
    test::in_thread([&] {
        const auto at = [&b](bool write, std::uint64_t address, unsigned size) {
            const sc_time took = b.device.finish(write ? b.device.write(address, size) : b.device.read(address, size));
            sc_core::wait(ns(1000));
            return took;
        };
        EXPECT_EQ(at(false, line(0), 8), ns(99));
        EXPECT_EQ(at(false, line(0), 8), ns(29));
        EXPECT_EQ(at(true, line(1), 64), ns(29));
        EXPECT_EQ(at(false, line(1), 128), ns(99));
        auto& first = b.device.read(line(5), 8);
        auto& second = b.device.read(line(5) + 8, 8); // of the same line, at the same time
        b.device.finish(first);
        b.device.finish(second);
        EXPECT_EQ(first.end - first.begin, ns(99));
        EXPECT_EQ(second.end - second.begin, ns(99));
        EXPECT_EQ(b.counts().fills, 3U);
    });
}

TEST(SystemCache, RecordsSayWhatServed)
{
    bench b;
    test::in_thread([&] {
        for (const stage expected : {stage::memory, stage::system_cache}) {
            latency_record r(latency_record::kind::dma_read, to_ps(sc_core::sc_time_stamp()));
            transaction_attributes a;
            a.latency = &r;
            b.read(line(0), 8, a);
            ASSERT_EQ(r.spans().size(), 1U);
            EXPECT_EQ(r.spans()[0].what, expected);
        }
    });
}

TEST(SystemCache, ItsParametersAreChecked)
{
    const auto refused = [](const sparse_memory::parameters& p) {
        EXPECT_THROW(sparse_memory("m", p), sc_core::sc_report);
    };
    auto p = cached();
    p.cache.size = 500;
    refused(p);
    p = cached();
    p.cache.ways = 0;
    refused(p);
    p = cached();
    p.cache.bandwidth_bytes_per_ns = -1;
    refused(p);
    p = cached();
    p.banks = 3;
    p.bank_cycle = ns(1);
    refused(p);
    p = cached();
    p.banks = 4; // without a cycle
    refused(p);
}

} // namespace
} // namespace iovp
