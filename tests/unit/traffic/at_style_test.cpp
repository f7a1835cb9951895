// The generator in the approximately timed style, under the protocol checker.
#include "traffic/traffic_generator.h"

#include "common/systemc/time.h"
#include "memory/sparse_memory.h"
#include "support/in_thread.h"
#include "support/protocol_checker.h"

#include <gmock/gmock.h>

#include <vector>

using namespace iovp;
using namespace iovp::traffic;
using sc_core::SC_NS;
using sc_core::sc_time;
using testing::ElementsAre;

namespace {

/// Reads of 64 bytes take 99 ns alone, 4 of them of the bus.
sparse_memory::parameters memory_of(unsigned outstanding)
{
    sparse_memory::parameters p;
    p.size = 1 << 24;
    p.bandwidth_bytes_per_ns = 16;
    p.outstanding = outstanding;
    return p;
}

struct ended {
    std::uint64_t number;
    time_ps begin;
    time_ps end;
    bool operator==(const ended& e) const { return number == e.number && begin == e.begin && end == e.end; }
};
void PrintTo(const ended& e, std::ostream* out)
{
    *out << e.number << ": " << e.begin << ".." << e.end;
}

struct bench {
    explicit bench(unsigned outstanding = 256)
        : memory("memory", memory_of(outstanding))
    {
        generator.socket.bind(checker.target);
        checker.initiator.bind(memory.socket);
        generator.set_observer([this](const traffic_generator::completion& c) {
            ends.push_back({c.what.number, c.begin, c.end});
            bad += c.status != tlm::TLM_OK_RESPONSE ? 1 : 0;
        });
    }
    traffic_generator generator{"generator"};
    test::protocol_checker checker{"checker"};
    sparse_memory memory;
    std::vector<ended> ends;
    unsigned bad = 0;
};

workload at(unsigned outstanding, std::uint64_t count)
{
    workload w;
    w.coding = style::approximately_timed;
    w.outstanding = outstanding;
    w.count = count;
    return w;
}

} // namespace

TEST(TrafficAt, OneInFlightIsOneAfterAnother)
{
    bench b;
    test::in_thread([&] {
        b.generator.run(at(1, 3));
        EXPECT_THAT(b.ends, ElementsAre(ended{0, 0, 99000}, ended{1, 99000, 198000}, ended{2, 198000, 297000}));
        EXPECT_EQ(b.generator.counts().reads, 3U);
        EXPECT_EQ(b.generator.counts().latency_ps, 3U * 99000);
        EXPECT_EQ(b.checker.transactions(), 3U);
    });
}

// The same seed, the same requests; alone they take the same time.
TEST(TrafficAt, OneInFlightTakesWhatItTakesInLt)
{
    bench b;
    test::in_thread([&] {
        workload w = at(1, 200);
        w.read_share = 0.5;
        w.request_size = 200;
        b.generator.run(w);
        const std::vector<ended> approximately = b.ends;
        const time_ps start = to_ps(sc_core::sc_time_stamp());
        b.ends.clear();
        w.coding = style::loosely_timed;
        b.generator.run(w);
        ASSERT_EQ(b.ends.size(), approximately.size());
        for (std::size_t i = 0; i < b.ends.size(); ++i) {
            EXPECT_EQ(b.ends[i].begin - start, approximately[i].begin);
            EXPECT_EQ(b.ends[i].end - start, approximately[i].end);
        }
    });
}

TEST(TrafficAt, SeveralAreInFlightAndShareTheBus)
{
    bench b;
    test::in_thread([&] {
        b.generator.run(at(3, 4));
        EXPECT_THAT(b.ends, ElementsAre(ended{0, 0, 99000}, ended{1, 0, 103000}, ended{2, 0, 107000},
                                        ended{3, 99000, 99000 + 99000}));
    });
}

// Memory takes two at a time: the third request leaves when it is let in, and that is where its time begins.
TEST(TrafficAt, TheLinkHoldsRequestsBack)
{
    bench b(2);
    test::in_thread([&] {
        b.generator.run(at(4, 4));
        // The third is on the link from the beginning, the fourth when the third has been accepted.
        EXPECT_THAT(b.ends, ElementsAre(ended{0, 0, 99000}, ended{1, 0, 103000}, ended{2, 0, 99000 + 99000},
                                        ended{3, 99000, 103000 + 99000}));
    });
}

TEST(TrafficAt, TheRateIsCapped)
{
    bench b;
    test::in_thread([&] {
        workload w = at(8, 3);
        w.requests_per_second = 20e6;
        b.generator.run(w);
        EXPECT_THAT(b.ends, ElementsAre(ended{0, 0, 99000}, ended{1, 50000, 149000}, ended{2, 100000, 199000}));
    });
}

TEST(TrafficAt, RecordsAddUpAndErrorsAreCounted)
{
    bench b(2);
    latency_log log;
    b.generator.set_latency_log(&log);
    test::in_thread([&] {
        workload w = at(8, 50);
        w.order = pattern::list;
        w.list = {{0x1000, 64, false}, {0x2000, 64, true}, {1 << 24, 8, false}};
        b.generator.run(w);
        EXPECT_EQ(b.generator.counts().errors, 16U);
        EXPECT_EQ(b.bad, 16U);
        ASSERT_EQ(log.records().size(), 50U);
        std::vector<const latency_record*> by_number;
        for (const latency_record& r : log.records()) {
            EXPECT_TRUE(r.closed());
            EXPECT_TRUE(r.adds_up());
            by_number.push_back(&r);
        }
        for (const ended& e : b.ends) {
            EXPECT_EQ(by_number[e.number]->begin(), e.begin);
            EXPECT_EQ(by_number[e.number]->end(), e.end);
        }
    });
}

TEST(TrafficAt, ALaterWorkloadMayChangeTheStyle)
{
    bench b;
    test::in_thread([&] {
        workload w = at(4, 10);
        b.generator.run(w);
        EXPECT_FALSE(b.generator.busy());
        w.coding = style::loosely_timed;
        b.generator.run(w);
        w.coding = style::approximately_timed;
        w.outstanding = 16;
        b.generator.run(w);
        EXPECT_EQ(b.ends.size(), 30U);
        EXPECT_EQ(b.checker.transactions(), 30U);
    });
}

TEST(TrafficAt, AWorkloadOfNothingEnds)
{
    bench b;
    test::in_thread([&] {
        b.generator.run(at(4, 0));
        EXPECT_EQ(b.generator.counts().requests(), 0U);
    });
}

TEST(TrafficAt, AQuantumIsRefused)
{
    bench b;
    workload w = at(1, 1);
    w.quantum = sc_time(1, SC_NS);
    EXPECT_THROW(b.generator.start(w), sc_core::sc_report);
}
