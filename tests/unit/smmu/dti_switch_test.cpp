// Several TBUs on one link to the TCU.
#include "dti_bench.h"

#include "smmu/dti/dti_switch.h"

#include <gmock/gmock.h>

using namespace iovp;
using namespace iovp::test;
using testing::ElementsAre;
using msg = fake_tbu::message;

namespace {

smmu::dti_switch::parameters switched()
{
    smmu::dti_switch::parameters p;
    p.cycles = 2;
    p.link.beat_bytes = 4; // a request or response: 5 beats, an invalidation 4, the rest 1
    return p;
}

smmu::tcu::parameters with_stall()
{
    smmu::tcu::parameters p;
    p.feature.stall_model = 0;
    p.feature.stall_max = 8;
    return p;
}

/// A TBU directly on the TCU and two behind a switch. Their own links have 20-byte beats and 8 cycles.
struct switch_bench : dti_bench {
    smmu::dti_switch hub{"hub", switched()};
    fake_tbu direct{"direct"};
    fake_tbu one{"one"};
    fake_tbu two{"two"};

    switch_bench()
        : dti_bench(with_stall())
    {
        direct.socket.bind(tcu.dti);
        hub.dti.bind(tcu.dti);
        one.socket.bind(hub.tbus);
        two.socket.bind(hub.tbus);
    }
    void begin()
    {
        bypass_stream(1);
        enable();
        EXPECT_EQ(direct.connect(8), 8U);
        EXPECT_EQ(one.connect(8), 8U);
        EXPECT_EQ(two.connect(8), 8U);
        direct.ask(1, 0x1000); // the STE is cached from now on
    }
};

// To the switch, through it, to the TCU; and back.
constexpr double there = 8 + 2 + 12, back = 12 + 2 + 8;

} // namespace

TEST(DtiSwitch, AddsItsCyclesAndTheSharedLink)
{
    switch_bench b;
    in_thread([&] {
        b.begin();
        EXPECT_EQ(b.direct.number, 0U);
        EXPECT_EQ(b.one.number, 1U);
        EXPECT_EQ(b.two.number, 2U);
        EXPECT_EQ(b.direct.ask(1, 0x1000), 8 + 3 + 8);
        EXPECT_EQ(b.one.ask(1, 0x1000), there + 3 + back);
        EXPECT_EQ(b.two.ask(1, 0x1000), there + 3 + back);
        EXPECT_EQ(b.two.ask(2, 0x1000), there + 3 + 10 + back - 4); // a fault has one beat
    });
}

TEST(DtiSwitch, TbusShareTheLinkToTheTcu)
{
    switch_bench b;
    in_thread([&] {
        b.begin();
        fake_tbu::question first, second;
        b.one.ask(first, 1, 0x1000);
        b.two.ask(second, 1, 0x1000);
        b.settle();
        EXPECT_EQ(first.arrived, there + 3 + back);
        EXPECT_EQ(second.arrived, there + 3 + back + 5);
    });
}

// At the switch: three of the first TBU at 10, 11 and 12, one of the second at 12. The link takes one at 10, 15,
// 20, 25.
TEST(DtiSwitch, ArbitratesRoundRobin)
{
    switch_bench b;
    in_thread([&] {
        b.begin();
        fake_tbu::question many[3], single;
        for (unsigned i = 0; i < 3; ++i)
            b.one.ask(many[i], 1, 0x1000, i);
        b.two.ask(single, 1, 0x1000, 2);
        b.settle();
        EXPECT_EQ(many[0].arrived, there + 3 + back);
        EXPECT_EQ(single.arrived, there + 3 + back + 5);
        EXPECT_EQ(many[1].arrived, there + 3 + back + 10);
        EXPECT_EQ(many[2].arrived, there + 3 + back + 15);
    });
}

// Each TBU has its own message on the shared link: 4 beats of an invalidation, 1 of a sync.
TEST(DtiSwitch, InvalidationAndSyncGoToEachTbuOverTheSharedLink)
{
    switch_bench b;
    in_thread([&] {
        b.begin();
        b.push(0x30);
        b.push(0x46);
        const double zero = sc_core::sc_time_stamp() / sc_core::sc_time(1, sc_core::SC_NS);
        const auto at = b.run_commands(2);
        const double tlbi = dti_bench::before_first;
        const double last = 4 + 11 + 2 + 8; // of the second TBU
        EXPECT_EQ(at[0], tlbi + last + 8 + 2 + 8);
        const double sync = at[0] + dti_bench::before_next;
        EXPECT_EQ(at[1], sync + (1 + 8 + 2 + 8) + 8 + 2 + 8);
        EXPECT_THAT(b.direct.heard, ElementsAre(msg{'i', zero + tlbi + 8}, msg{'s', zero + sync + 8}));
        EXPECT_THAT(b.one.heard, ElementsAre(msg{'i', zero + tlbi + last - 4}, msg{'s', zero + sync + 18}));
        EXPECT_THAT(b.two.heard, ElementsAre(msg{'i', zero + tlbi + last}, msg{'s', zero + sync + 19}));
    });
}

TEST(DtiSwitch, TokensBelongToEachTbu)
{
    switch_bench b;
    in_thread([&] {
        b.enable();
        EXPECT_EQ(b.one.connect(200), 200U);
        EXPECT_EQ(b.two.connect(100), 56U);
        b.one.socket->disconnect(b.one.number);
        b.run(0x30);
        EXPECT_TRUE(b.one.heard.empty());
        EXPECT_EQ(b.two.heard.size(), 2U);
        EXPECT_EQ(b.one.connect(300), 200U);
    });
}

// 4.7.1: the release finds the TBU that holds the transaction.
TEST(DtiSwitch, AReleaseReachesTheTbuThatHoldsTheTransaction)
{
    switch_bench b;
    in_thread([&] {
        b.begin();
        b.stage1_stream(5, b.new_table(), 7);                 // nothing mapped
        b.set_bits(bench_base::cd_base + 5 * 64, 1ULL << 44); // CD.S
        fake_tbu::question q;
        b.two.ask(q, 5, 0x1000);
        b.settle(2000);
        ASSERT_TRUE(q.answer.stalled);
        const auto all = b.events();
        ASSERT_EQ(all.size(), 1U);
        b.push(0x44 | 5ULL << 32, all[0][1] & 0xffff); // CMD_RESUME, terminate
        const double zero = sc_core::sc_time_stamp() / sc_core::sc_time(1, sc_core::SC_NS);
        const auto at = b.run_commands(1);
        b.settle();
        EXPECT_EQ(at[0], dti_bench::before_first + 8); // it has left the TCU's link
        EXPECT_THAT(b.two.heard, ElementsAre(msg{'r', zero + dti_bench::before_first + 8 + 2 + 8}));
        EXPECT_EQ(b.two.last_release.ticket, *q.answer.stalled);
        EXPECT_TRUE(b.one.heard.empty());
    });
}

TEST(DtiSwitch, SwitchesCascade)
{
    dti_bench b;
    smmu::dti_switch upper("upper", {});
    smmu::dti_switch lower("lower", {});
    fake_tbu x("x"), y("y"), z("z");
    x.socket.bind(upper.tbus);
    lower.dti.bind(upper.tbus);
    y.socket.bind(lower.tbus);
    z.socket.bind(lower.tbus);
    upper.dti.bind(b.tcu.dti);
    in_thread([&] {
        b.bypass_stream(1);
        b.enable();
        x.connect(4);
        y.connect(4);
        z.connect(4);
        EXPECT_EQ(z.number, 2U);
        x.ask(1, 0x1000);
        EXPECT_EQ(x.ask(1, 0x1000), 2 * (8 + 1 + 8) + 3);
        EXPECT_EQ(z.ask(1, 0x1000), 2 * (8 + 1 + 8 + 1 + 8) + 3);
        b.run(0x30);
        for (const fake_tbu* t : {&x, &y, &z})
            EXPECT_EQ(t->heard.size(), 2U);
    });
}

// Not part of the protocol: looks from outside pass the switch without time, and are what memory says.
TEST(DtiSwitch, FunctionalTranslationsPass)
{
    switch_bench b;
    in_thread([&] {
        b.begin();
        const std::uint64_t root = b.new_table();
        b.stage1_stream(3, root, 7);
        b.map1(root, 0x5000, 0x123000);
        const sc_core::sc_time before = sc_core::sc_time_stamp();
        const auto ask = [&](std::uint64_t address) {
            smmu::request q;
            q.stream = stream_id(3);
            q.address = address;
            return b.two.socket->translate_functional(q);
        };
        const auto mapped = ask(0x5678);
        ASSERT_TRUE(std::holds_alternative<smmu::translated>(mapped));
        EXPECT_EQ(std::get<smmu::translated>(mapped).out.pa.value(), 0x123678U);
        EXPECT_TRUE(std::holds_alternative<smmu::terminated>(ask(0x6000)));
        EXPECT_EQ(sc_core::sc_time_stamp(), before);
        EXPECT_TRUE(b.events().empty());
    });
}
