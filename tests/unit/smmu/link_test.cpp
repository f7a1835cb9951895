// The time of DTI links: latency, width, occupancy; what the TCU sends to all of its TBUs.
#include "dti_bench.h"

#include "smmu/dti/link.h"
#include "smmu/dti/message_size.h"

#include <gmock/gmock.h>

using namespace iovp;
using namespace iovp::test;
using smmu::dti::direction;
using testing::DoubleEq;
using testing::ElementsAre;
using msg = fake_tbu::message;

namespace {

double ns(const sc_core::sc_time& t)
{
    return t / sc_core::sc_time(1, sc_core::SC_NS);
}

/// 8 cycles to the TCU, 20 to the TBU.
smmu::dti::link_parameters wide(unsigned beat_bytes)
{
    smmu::dti::link_parameters p;
    p.response_cycles = 20;
    p.beat_bytes = beat_bytes;
    return p;
}

/// When a message that is ready at `local` ns arrives.
double arrival(smmu::dti::link& l, direction d, unsigned bytes, double local = 0)
{
    sc_core::sc_time delay(local, sc_core::SC_NS);
    l.send(d, bytes, delay);
    return ns(delay);
}

/// One TBU, connected, on a link with beats of so many bytes; stream 1 bypasses.
struct link_bench : dti_bench {
    fake_tbu tbu;

    explicit link_bench(unsigned beat_bytes)
        : tbu("tbu", of_beats(beat_bytes))
    {
        tbu.socket.bind(tcu.dti);
    }
    void begin()
    {
        bypass_stream(1);
        enable();
        EXPECT_EQ(tbu.connect(8), 8U);
    }
    static smmu::dti::link_parameters of_beats(unsigned bytes)
    {
        smmu::dti::link_parameters p;
        p.beat_bytes = bytes;
        return p;
    }
};

} // namespace

TEST(DtiLink, AloneTakesItsLatencyAndTheBeatsAfterTheFirst)
{
    const struct {
        unsigned beat_bytes, bytes;
        double cycles;
    } rows[] = {{20, 20, 8}, {20, 1, 8}, {10, 20, 9}, {10, 16, 9}, {10, 10, 8}, {4, 20, 12},
                {4, 16, 11}, {4, 4, 8},  {1, 20, 27}, {1, 16, 23}, {1, 4, 11},  {1, 1, 8}};
    for (const auto& r : rows) {
        smmu::dti::link l(wide(r.beat_bytes));
        EXPECT_EQ(arrival(l, direction::to_tcu, r.bytes), r.cycles) << r.beat_bytes << " " << r.bytes;
        EXPECT_EQ(arrival(l, direction::to_tbu, r.bytes), r.cycles + 12) << "the directions do not meet";
    }
}

TEST(DtiLink, CarriesOneMessageACycleAndABeatACycle)
{
    smmu::dti::link full(wide(20));
    for (int i = 0; i < 4; ++i)
        EXPECT_EQ(arrival(full, direction::to_tcu, 1 + 6 * i), 8 + i);
    smmu::dti::link narrow(wide(4));
    EXPECT_EQ(arrival(narrow, direction::to_tbu, 20), 24);    // leaves at 0 to 5
    EXPECT_EQ(arrival(narrow, direction::to_tbu, 16), 28);    // 5 to 9
    EXPECT_EQ(arrival(narrow, direction::to_tbu, 1), 29);     // 9 to 10
    EXPECT_EQ(arrival(narrow, direction::to_tbu, 4, 9), 30);  // is ready at 9, waits for 1
    EXPECT_EQ(arrival(narrow, direction::to_tbu, 4, 50), 70); // nobody before it
    EXPECT_EQ(arrival(narrow, direction::to_tbu, 4, 20), 40); // asks later for an earlier local time
    EXPECT_EQ(arrival(narrow, direction::to_tcu, 4), 8);
}

TEST(DtiLink, ClockScalesLatencyAndBeats)
{
    smmu::dti::link_parameters p = wide(10);
    p.clock_period = sc_core::sc_time(2.5, sc_core::SC_NS);
    smmu::dti::link l(p);
    EXPECT_EQ(arrival(l, direction::to_tcu, 20), 22.5);
    EXPECT_EQ(arrival(l, direction::to_tcu, 20), 27.5);
}

// A translation alone: request, 3 cycles for the configuration cache, 10 ns for the STE, response.
TEST(TcuLinks, TranslationTakesTheLinkTwiceAndAFaultIsShort)
{
    link_bench b(4);
    in_thread([&] {
        b.begin();
        EXPECT_EQ(b.tbu.ask(1, 0x1000), 12 + 3 + 10 + 12);
        EXPECT_EQ(b.tbu.ask(1, 0x1000), 12 + 3 + 12);
        EXPECT_EQ(b.tbu.ask(2, 0x1000), 12 + 3 + 10 + 8); // C_BAD_STE: DTI_TBU_TRANS_FAULT
    });
}

TEST(TcuLinks, RequestsAndResponsesQueueForTheLink)
{
    link_bench b(4);
    in_thread([&] {
        b.begin();
        b.tbu.ask(1, 0x1000);
        fake_tbu::question q[3];
        for (unsigned i = 0; i < 3; ++i)
            b.tbu.ask(q[i], 1, 0x1000, i);
        b.settle();
        for (int i = 0; i < 3; ++i) {
            EXPECT_EQ(q[i].arrived, 12 + 3 + 12 + 5 * i);
            const auto& spans = q[i].record->spans();
            ASSERT_EQ(spans.size(), 3U);
            EXPECT_EQ(spans[0].what, stage::dti_request);
            EXPECT_EQ(spans[0].end - spans[0].start, 12000U + 4000U * static_cast<unsigned>(i));
            EXPECT_EQ(spans[2].what, stage::dti_response);
            EXPECT_EQ(spans[2].end - spans[2].start, 12000U);
        }
    });
}

TEST(TcuLinks, InvalidationAndSyncReachEachTbuByItsOwnLinkAndWaitForTheLast)
{
    dti_bench b;
    smmu::dti::link_parameters slow;
    slow.beat_bytes = 1;
    slow.response_cycles = 20;
    slow.request_cycles = 30;
    fake_tbu far("far", slow);
    fake_tbu near("near");
    far.socket.bind(b.tcu.dti);
    near.socket.bind(b.tcu.dti);
    in_thread([&] {
        b.enable();
        far.connect(8);
        near.connect(8);
        b.push(0x30); // CMD_TLBI_NSNH_ALL: 16 bytes
        b.push(0x46); // CMD_SYNC: 1 byte
        const double zero = sc_core::sc_time_stamp() / sc_core::sc_time(1, sc_core::SC_NS);
        const auto at = b.run_commands(2);
        const double tlbi = dti_bench::before_first;
        EXPECT_EQ(at[0], tlbi + (20 + 15) + 30);
        const double sync = at[0] + dti_bench::before_next;
        EXPECT_EQ(at[1], sync + 20 + 30);
        EXPECT_THAT(near.heard, ElementsAre(msg{'i', zero + tlbi + 8}, msg{'s', zero + sync + 8}));
        EXPECT_THAT(far.heard, ElementsAre(msg{'i', zero + tlbi + 35}, msg{'s', zero + sync + 20}));
    });
}

TEST(TcuLinks, InvalidationQueuesBehindResponses)
{
    link_bench b(1);
    in_thread([&] {
        b.begin();
        b.tbu.ask(1, 0x1000);
        // The invalidation is ready at 18. A question of 20 beats that leaves at -13 arrives at 14 and is answered from
        // 17 to 37.
        fake_tbu::question q;
        b.tbu.ask(q, 1, 0x1000);
        b.settle(13);
        b.push(0x30);
        const auto at = b.run_commands(1);
        EXPECT_EQ(at[0], 37 + (8 + 15) + 8);
        EXPECT_EQ(q.arrived, 13 + 17 + 27);
    });
}

TEST(TcuLinks, TokensComeBackWithADisconnectAndNobodyTellsTheTbuAnything)
{
    smmu::tcu::parameters p;
    p.slots = 256;
    dti_bench b(p);
    fake_tbu one("one");
    fake_tbu two("two");
    one.socket.bind(b.tcu.dti);
    two.socket.bind(b.tcu.dti);
    in_thread([&] {
        b.enable();
        EXPECT_EQ(one.connect(200), 200U);
        EXPECT_EQ(two.connect(100), 56U);
        one.socket->disconnect(one.number);
        one.answers = false;
        b.run(0x30);
        EXPECT_TRUE(one.heard.empty());
        EXPECT_EQ(two.heard.size(), 2U);
        two.socket->disconnect(two.number);
        EXPECT_EQ(two.connect(150), 150U);
        EXPECT_EQ(one.connect(200), 106U);
        one.answers = true;
        b.run(0x30);
        EXPECT_EQ(one.heard.size(), 2U);
    });
}

// One goes while an invalidation is on its way to it, and again while its acknowledge of a sync is due; the other
// works.
TEST(TcuLinks, ADisconnectUnderLoadHoldsNobodyUp)
{
    dti_bench b;
    smmu::dti::link_parameters slow;
    slow.response_cycles = 200;
    fake_tbu leaving("leaving", slow);
    fake_tbu staying("staying");
    leaving.socket.bind(b.tcu.dti);
    staying.socket.bind(b.tcu.dti);
    in_thread([&] {
        b.bypass_stream(1);
        b.enable();
        leaving.connect(8);
        staying.connect(8);
        leaving.answers = false;
        fake_tbu::question load[20];
        for (unsigned i = 0; i < 20; ++i)
            staying.ask(load[i], 1, 0x1000 * i, 30 * i);
        b.push(0x30);
        b.ring();
        b.settle(100); // the message is between TCU and TBU
        leaving.socket->disconnect(leaving.number);
        b.settle(400);
        EXPECT_EQ(b.reg(0x9c), b.produced);
        EXPECT_TRUE(leaving.heard.empty());

        EXPECT_EQ(leaving.connect(8), 8U);
        b.push(0x46);
        b.ring();
        b.settle(300);
        ASSERT_EQ(leaving.heard.size(), 1U);
        EXPECT_NE(b.reg(0x9c), b.produced) << "nobody has acknowledged";
        leaving.socket->disconnect(leaving.number);
        b.settle(100);
        EXPECT_EQ(b.reg(0x9c), b.produced);
        leaving.socket->sync_acknowledge(leaving.number); // too late, and for nothing
        for (const auto& q : load)
            EXPECT_GT(q.arrived, 0);
        EXPECT_EQ(staying.heard.size(), 2U);
        EXPECT_EQ(leaving.connect(1000), 256U - 8U) << "its tokens are back";
    });
}
