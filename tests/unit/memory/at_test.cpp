// sparse_memory in the approximately timed style, under the protocol checker.
#include "memory/sparse_memory.h"

#include "common/latency_record.h"
#include "common/systemc/time.h"
#include "common/systemc/transport.h"
#include "support/at_initiator.h"
#include "support/checked_links.h"
#include "support/in_thread.h"

#include <gmock/gmock.h>

namespace iovp {
namespace {

using sc_core::SC_NS;
using sc_core::sc_time;
using testing::ElementsAre;

sc_time ns(double n)
{
    return {n, SC_NS};
}

/// 64 bytes take 4 ns of the bus; reads 95 ns, writes 60 ns.
sparse_memory::parameters sixteen()
{
    sparse_memory::parameters p;
    p.size = 1 << 20;
    p.bandwidth_bytes_per_ns = 16;
    p.write_latency = ns(60);
    return p;
}

struct bench {
    explicit bench(const sparse_memory::parameters& p = sixteen())
        : memory("memory", p)
    {
        links.bind(device.socket, memory.socket);
    }
    test::at_initiator device{"device"};
    test::checked_links links;
    sparse_memory memory;
};

TEST(SparseMemoryAt, OneAccessTakesWhatItTakesInLt)
{
    bench b;
    test::in_thread([&] {
        EXPECT_EQ(b.device.finish(b.device.read(0, 64)), ns(99));
        EXPECT_EQ(b.device.finish(b.device.write(64, 64)), ns(64));
        std::array<unsigned char, 64> data;
        sc_time delay;
        EXPECT_TRUE(transport(b.device.socket, tlm::TLM_READ_COMMAND, 64, data.data(), 64, {}, delay));
        EXPECT_EQ(delay, ns(99));
        EXPECT_EQ(data[63], 0x5a); // what the AT write left
    });
}

TEST(SparseMemoryAt, AccessesOverlapAndQueueForTheBus)
{
    bench b;
    test::in_thread([&] {
        auto& first = b.device.read(0, 64);
        auto& second = b.device.read(64, 64);
        auto& write = b.device.write(128, 64);
        for (auto* t : {&first, &second, &write})
            b.device.finish(*t);
        EXPECT_EQ(first.accept, first.begin);
        EXPECT_EQ(second.end - second.begin, ns(103));
        EXPECT_EQ(write.end - write.begin, ns(72));
        EXPECT_THAT(b.device.order, ElementsAre(&write, &first, &second));
    });
}

TEST(SparseMemoryAt, NoMoreThanOutstandingAreInside)
{
    auto p = sixteen();
    p.outstanding = 2;
    bench b(p);
    test::in_thread([&] {
        auto& first = b.device.read(0, 64);
        auto& second = b.device.read(64, 64);
        auto& third = b.device.read(128, 64);
        auto& fourth = b.device.read(192, 64);
        b.device.finish(fourth);
        EXPECT_EQ(second.accept, second.begin);
        EXPECT_EQ(third.accept, first.end);
        EXPECT_EQ(third.end - first.end, ns(99));
        EXPECT_EQ(fourth.accept, second.end);
    });
}

TEST(SparseMemoryAt, AnOpenResponseHoldsTheNextBack)
{
    bench b;
    b.device.ends_at_once = false;
    b.device.response_time = ns(10);
    test::in_thread([&] {
        latency_record record(latency_record::kind::dma_read, 0);
        transaction_attributes with;
        with.latency = &record;
        auto& first = b.device.read(0, 64);
        auto& second = b.device.read(64, 64, with);
        b.device.finish(second);
        EXPECT_EQ(first.end - first.begin, ns(99));
        EXPECT_EQ(second.end - first.end, ns(10)); // its data were ready 4 ns after the first's
        ASSERT_EQ(record.spans().size(), 2u);
        EXPECT_EQ(record.spans()[1].what, stage::return_path);
        EXPECT_EQ(record.spans()[1].end - record.spans()[1].start, 6000u);
        sc_core::wait(ns(20)); // END_RESP
        EXPECT_EQ(b.device.freed, 2u);
    });
}

TEST(SparseMemoryAt, ErrorsAreAnsweredAtOnce)
{
    bench b;
    test::in_thread([&] {
        auto& beyond = b.device.read(1 << 20, 4);
        EXPECT_EQ(b.device.finish(beyond), ns(0));
        EXPECT_EQ(beyond.payload.get_response_status(), tlm::TLM_ADDRESS_ERROR_RESPONSE);
    });
}

} // namespace
} // namespace iovp
