#include "traffic/traffic_generator.h"

#include "common/systemc/attributes.h"
#include "common/systemc/time.h"
#include "support/checked_links.h"
#include "support/in_thread.h"

#include <gmock/gmock.h>
#include <tlm_utils/simple_target_socket.h>

#include <algorithm>
#include <vector>

using namespace iovp;
using namespace iovp::traffic;
using sc_core::SC_NS;
using sc_core::sc_time;
using testing::ElementsAre;

namespace {

/// Answers after `latency`, annotated; refuses one address.
struct target : sc_core::sc_module {
    tlm_utils::simple_target_socket<target, 64> socket{"socket"};
    sc_time latency{100, SC_NS};
    std::uint64_t refused = ~0ULL;
    unsigned in_flight = 0, most = 0;
    bool waits = false;
    std::vector<time_ps> arrivals; ///< local times
    std::vector<transaction_attributes> with;

    explicit target(sc_core::sc_module_name name)
        : sc_module(name)
    {
        socket.register_b_transport(this, &target::b_transport);
    }
    void b_transport(tlm::tlm_generic_payload& t, sc_time& delay)
    {
        arrivals.push_back(local_ps(delay));
        with.push_back(attributes::of(t));
        most = std::max(most, ++in_flight);
        if (waits)
            wait(latency);
        else
            delay += latency;
        --in_flight;
        if (auto* r = attributes::of(t).latency)
            r->until(local_ps(delay), stage::memory);
        t.set_response_status(t.get_address() == refused ? tlm::TLM_ADDRESS_ERROR_RESPONSE : tlm::TLM_OK_RESPONSE);
    }
};

struct bench {
    traffic_generator generator{"generator"};
    target memory{"memory"};
    test::checked_links links;
    bench() { links.bind(generator.socket, memory.socket); }
};

} // namespace

TEST(TrafficGenerator, OneInFlightIsOneAfterAnother)
{
    bench b;
    test::in_thread([&] {
        workload w;
        w.count = 4;
        b.generator.run(w);
        EXPECT_THAT(b.memory.arrivals, ElementsAre(0, 100000U, 200000U, 300000U));
        const auto& n = b.generator.counts();
        EXPECT_EQ(n.reads, 4U);
        EXPECT_EQ(n.writes, 0U);
        EXPECT_EQ(n.bytes, 256U);
        EXPECT_EQ(n.end - n.begin, 400000U);
        EXPECT_EQ(n.longest, 100000U);
        EXPECT_DOUBLE_EQ(n.mean_latency_ns(), 100);
        EXPECT_DOUBLE_EQ(n.gbps(), 256 * 8 / 400.0);
        EXPECT_FALSE(b.generator.busy());
    });
}

TEST(TrafficGenerator, SeveralOutstandingAreSeveralCallers)
{
    bench b;
    b.memory.waits = true;
    test::in_thread([&] {
        workload w;
        w.count = 12;
        w.outstanding = 4;
        b.generator.run(w);
        EXPECT_EQ(b.memory.most, 4U);
        EXPECT_EQ(sc_core::sc_time_stamp(), sc_time(300, SC_NS)); // 12 requests, 4 at a time
    });
}

TEST(TrafficGenerator, TheRateIsCapped)
{
    bench b;
    test::in_thread([&] {
        workload w;
        w.count = 5;
        w.outstanding = 5;
        w.requests_per_second = 40e6; // 25 ns
        b.generator.run(w);
        EXPECT_THAT(b.memory.arrivals, ElementsAre(0, 25000U, 50000U, 75000U, 100000U));
    });
}

TEST(TrafficGenerator, ASecondWorkloadCountsAnew)
{
    bench b;
    test::in_thread([&] {
        workload w;
        w.count = 3;
        b.generator.run(w);
        w.read_share = 0;
        w.count = 2;
        b.generator.run(w);
        EXPECT_EQ(b.generator.counts().reads, 0U);
        EXPECT_EQ(b.generator.counts().writes, 2U);
        EXPECT_EQ(b.generator.counts().begin, 300000U);
        EXPECT_EQ(b.generator.counts().end, 500000U);
    });
}

TEST(TrafficGenerator, QuantumLetsLocalTimeRunAhead)
{
    bench b;
    test::in_thread([&] {
        workload w;
        w.count = 3;
        w.quantum = sc_time(1, sc_core::SC_US);
        b.generator.run(w);
        // Local times are those of the run without a quantum, and the end of the workload catches up with them.
        EXPECT_THAT(b.memory.arrivals, ElementsAre(0, 100000U, 200000U));
        EXPECT_EQ(sc_core::sc_time_stamp(), sc_time(300, SC_NS));
    });
}

TEST(TrafficGenerator, AttributesRecordsAndObserver)
{
    bench b;
    latency_log log;
    b.generator.set_latency_log(&log);
    b.memory.refused = 0x40;
    std::vector<tlm::tlm_response_status> ends;
    b.generator.set_observer([&](const traffic_generator::completion& c) {
        EXPECT_EQ(c.end - c.begin, 100000U);
        EXPECT_EQ(c.record, &log.records().at(c.what.number));
        ends.push_back(c.status);
    });
    test::in_thread([&] {
        workload w;
        w.order = pattern::sequential;
        w.count = 2;
        w.sources = {{stream_id(7), substream_id(9)}};
        b.generator.run(w);
        EXPECT_THAT(ends, ElementsAre(tlm::TLM_OK_RESPONSE, tlm::TLM_ADDRESS_ERROR_RESPONSE));
        EXPECT_EQ(b.generator.counts().errors, 1U);
        EXPECT_EQ(b.generator.counts().bytes, 64U);
        for (const transaction_attributes& a : b.memory.with) {
            EXPECT_EQ(a.stream, stream_id(7));
            EXPECT_EQ(a.substream, substream_id(9));
        }
        ASSERT_EQ(log.records().size(), 2U);
        const latency_record& r = log.records()[1];
        EXPECT_TRUE(r.closed());
        EXPECT_EQ(r.what, latency_record::kind::dma_read);
        EXPECT_EQ(r.iova, virtual_address(0x40));
        EXPECT_EQ(r.stream, stream_id(7));
        EXPECT_EQ(r.begin(), 100000U);
        EXPECT_EQ(r.end(), 200000U);
    });
}

TEST(TrafficGenerator, TagsGoRoundAndNobodyHasOneUnasked)
{
    bench b;
    test::in_thread([&] {
        workload w;
        w.count = 5;
        b.generator.run(w);
        w.requester = 0x0100;
        w.tags = 2;
        b.generator.run(w);
        std::vector<std::uint32_t> tags;
        std::vector<unsigned> requesters;
        for (const transaction_attributes& a : b.memory.with) {
            tags.push_back(a.transaction);
            requesters.push_back(a.requester);
        }
        EXPECT_THAT(tags, ElementsAre(0, 0, 0, 0, 0, 1, 2, 1, 2, 1));
        EXPECT_THAT(requesters, ElementsAre(0, 0, 0, 0, 0, 0x100, 0x100, 0x100, 0x100, 0x100));
    });
}

TEST(TrafficGenerator, ListsMixSizesAndDirections)
{
    bench b;
    test::in_thread([&] {
        workload w;
        w.order = pattern::list;
        w.list = {{0x5000, 4096, true}, {0x100, 8, false}};
        w.count = 2;
        b.generator.run(w);
        EXPECT_EQ(b.generator.counts().reads, 1U);
        EXPECT_EQ(b.generator.counts().writes, 1U);
        EXPECT_EQ(b.generator.counts().bytes, 4104U);
    });
}

TEST(TrafficGenerator, WrongWorkloadsAreRefused)
{
    bench b;
    const auto refused = [&b](auto change) {
        workload w;
        change(w);
        EXPECT_THROW(b.generator.start(w), sc_core::sc_report);
    };
    refused([](workload& w) { w.request_size = 0; });
    refused([](workload& w) { w.outstanding = 0; });
    refused([](workload& w) { w.window_size = 63; });
    refused([](workload& w) { w.read_share = 1.1; });
    refused([](workload& w) { w.requests_per_second = -1; });
    refused([](workload& w) { w.order = pattern::list; });
    refused([](workload& w) { w.requester = 1; });
    b.generator.start({});
    EXPECT_THROW(b.generator.start({}), sc_core::sc_report); // while busy
}
