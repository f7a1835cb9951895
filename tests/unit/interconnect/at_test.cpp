// The interconnect in the approximately timed style, with a protocol checker on every link.
#include "interconnect/interconnect.h"
#include "memory/sparse_memory.h"

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

sparse_memory::parameters latency_only(double latency_ns, unsigned outstanding)
{
    sparse_memory::parameters p;
    p.size = 0x10000;
    p.page_size = 4096;
    p.bandwidth_bytes_per_ns = 0;
    p.read_latency = p.write_latency = ns(latency_ns);
    p.outstanding = outstanding;
    return p;
}

/// Two devices, one memory of 50 ns that takes one access at a time, one of 20 ns.
struct bench : sc_core::sc_module, tlm::tlm_analysis_if<transaction_trace> {
    explicit bench(const sc_core::sc_module_name& name = "bench")
        : sc_module(name)
    {
        for (auto& device : devices)
            links.bind(device.socket, bus.upstream);
        links.bind(bus.downstream, narrow.socket);
        links.bind(bus.downstream, wide.socket);
        bus.map("narrow", 0x10000, 0x10000, 0);
        bus.map("wide", 0x20000, 0x10000, 1);
    }
    void write(const transaction_trace& t) override { traces.push_back(t); }

    sc_core::sc_vector<test::at_initiator> devices{"device", 2};
    test::checked_links links;
    interconnect bus{"bus", {}};
    sparse_memory narrow{"narrow", latency_only(50, 1)};
    sparse_memory wide{"wide", latency_only(20, 8)};
    std::vector<transaction_trace> traces;
};

TEST(InterconnectAt, RoutesBothWaysInTheTimeOfLt)
{
    bench b;
    test::in_thread([&] {
        EXPECT_EQ(b.devices[0].finish(b.devices[0].write(0x10040, 8)), ns(60));
        auto& r = b.devices[1].read(0x10040, 8);
        EXPECT_EQ(b.devices[1].finish(r), ns(60));
        EXPECT_EQ(r.data[7], 0x5a);
        EXPECT_EQ(r.payload.get_address(), 0x10040u);
        EXPECT_EQ(b.devices[1].finish(b.devices[1].read(0x20040, 8)), ns(30));
        std::uint64_t value = 0;
        sc_time delay;
        EXPECT_TRUE(transport(b.devices[0].socket, tlm::TLM_READ_COMMAND, 0x10040, &value, 8, {}, delay));
        EXPECT_EQ(delay, ns(60));
        EXPECT_EQ(value, 0x5a5a5a5a5a5a5a5au);
    });
}

TEST(InterconnectAt, AHoleIsAnAddressErrorAfterItsLatency)
{
    bench b;
    test::in_thread([&] {
        for (const std::uint64_t address : {std::uint64_t(0x8000), std::uint64_t(0x1fffc)}) { // nothing, across the end
            auto& t = b.devices[0].read(address, 8);
            EXPECT_EQ(b.devices[0].finish(t), ns(10));
            EXPECT_EQ(t.payload.get_response_status(), tlm::TLM_ADDRESS_ERROR_RESPONSE);
        }
    });
}

// Three requests for the memory that takes one: they queue on its link; the other memory is free.
TEST(InterconnectAt, RequestsForOneTargetQueue)
{
    bench b;
    test::in_thread([&] {
        auto& first = b.devices[0].read(0x10000, 8);
        auto& second = b.devices[1].read(0x10000, 8);
        auto& third = b.devices[0].read(0x10000, 8);
        auto& other = b.devices[1].read(0x20000, 8); // behind the second on its own link
        for (auto* t : {&first, &third})
            b.devices[0].finish(*t);
        b.devices[1].finish(second);
        b.devices[1].finish(other);
        EXPECT_EQ(first.end - first.begin, ns(60));
        EXPECT_EQ(second.end - first.end, ns(50));
        EXPECT_EQ(third.end - second.end, ns(50));
        EXPECT_EQ(first.accept, first.begin); // what the interconnect takes is pipelined
        EXPECT_EQ(second.accept, first.end);
        EXPECT_EQ(third.accept, second.end);
        EXPECT_EQ(other.begin, second.accept);
    });
}

// Responses of two memories for one device come one at a time.
TEST(InterconnectAt, ResponsesForOneInitiatorQueue)
{
    bench b;
    b.devices[0].ends_at_once = false;
    b.devices[0].response_time = ns(100);
    test::in_thread([&] {
        auto& slow = b.devices[0].read(0x10000, 8);
        auto& quick = b.devices[0].read(0x20000, 8);
        b.devices[0].finish(slow);
        EXPECT_THAT(b.devices[0].order, ElementsAre(&quick, &slow));
        EXPECT_EQ(slow.end - quick.end, ns(100));
        sc_core::wait(ns(200));
        EXPECT_EQ(b.devices[0].freed, 2u);
    });
}

TEST(InterconnectAt, TraceAndStagesAreThoseOfLt)
{
    bench b;
    b.bus.trace.bind(b);
    test::in_thread([&] {
        latency_record record(latency_record::kind::dma_read, 0);
        transaction_attributes with;
        with.latency = &record;
        with.requester = 0x108;
        b.devices[1].finish(b.devices[1].read(0x20008, 8, with));
        ASSERT_EQ(record.spans().size(), 2u);
        EXPECT_EQ(record.spans()[0].what, stage::interconnect);
        EXPECT_EQ(record.spans()[0].end, 10000u);
        EXPECT_EQ(record.end(), 30000u);
        ASSERT_EQ(b.traces.size(), 1u);
        EXPECT_EQ(b.traces[0].start, 0u);
        EXPECT_EQ(b.traces[0].end, 30000u);
        EXPECT_EQ(b.traces[0].initiator, 1u);
        EXPECT_EQ(b.traces[0].address, 0x20008u);
    });
}

} // namespace
} // namespace iovp
