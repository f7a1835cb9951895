// The TBU in the approximately timed style, with an interconnect and memory behind it; every link is checked.
#include "path_bench.h"

#include <gmock/gmock.h>

using namespace iovp;
using namespace iovp::test;
using sc_core::SC_NS;
using sc_core::sc_time;
using testing::ElementsAre;

namespace {

constexpr auto rd = tlm::TLM_READ_COMMAND;
constexpr auto wr = tlm::TLM_WRITE_COMMAND;
constexpr std::uint64_t va = path_bench::va;

sc_time ns(double n)
{
    return {n, SC_NS};
}

sparse_memory::parameters round_memory()
{
    sparse_memory::parameters m = path_bench::small_memory();
    m.bandwidth_bytes_per_ns = 16; // 64 bytes in 4 ns
    m.write_latency = ns(60);
    return m;
}

} // namespace

// Micro-TLB 1 ns, interconnect 10 ns, 64 bytes at 16 B/ns, memory 95 or 60 ns; a main-TLB look-up adds 3 ns.
TEST(AtTbu, AHitTakesTheSumOfTheParametersInEitherStyle)
{
    smmu::tbu::parameters q;
    q.micro_tlb_entries = 4;
    path_bench b(q, path_bench::many_slots(), round_memory());
    in_thread([&] {
        b.set_up(8);
        const auto a = path_bench::of_stream(5);
        for (std::uint64_t page = 0; page < 8; ++page)
            b.lt(rd, va + page * 0x1000, 64, a);
        const auto main_hits = [&] { return b.tbu.counts().main_lookups - b.tbu.counts().main_misses; };
        EXPECT_EQ(b.at(rd, va + 0x7040, 64, a), ns(110));
        EXPECT_EQ(b.lt(rd, va + 0x7040, 64, a), ns(110));
        EXPECT_EQ(b.at(wr, va + 0x7080, 64, a), ns(75));
        EXPECT_EQ(b.lt(wr, va + 0x7080, 64, a), ns(75));
        EXPECT_EQ(main_hits(), 0U);
        EXPECT_EQ(b.at(rd, va + 0x0040, 64, a), ns(113));
        EXPECT_EQ(b.lt(rd, va + 0x1040, 64, a), ns(113));
        EXPECT_EQ(b.at(wr, va + 0x2040, 64, a), ns(78));
        EXPECT_EQ(b.lt(wr, va + 0x3040, 64, a), ns(78));
        EXPECT_EQ(main_hits(), 4U);
        EXPECT_EQ(b.tbu.counts().requests, 8U);
    });
}

struct one_in_flight {
    const char* name;
    std::uint32_t stream;
    std::uint64_t offset;
    unsigned size;
    tlm::tlm_command command;
};
class AtEqualsLt : public testing::TestWithParam<one_in_flight> {};
INSTANTIATE_TEST_SUITE_P(Each, AtEqualsLt,
                         testing::Values(one_in_flight{"MissStage1Read", 5, 0, 64, rd},
                                         one_in_flight{"MissNestedRead", 6, 0, 64, rd},
                                         one_in_flight{"MissNestedWrite", 6, 0, 64, wr},
                                         one_in_flight{"AbortUnmapped", 5, 0x100000, 8, rd},
                                         one_in_flight{"AcrossPages", 5, 0xfe0, 64, rd},
                                         one_in_flight{"AcrossPagesNestedWrite", 6, 0xff0, 4200, wr},
                                         one_in_flight{"AcrossIntoNothing", 6, 0x3fe0, 64, rd}),
                         [](const auto& p) { return p.param.name; });

// Cold and warm, twice each: the style is all that differs.
TEST_P(AtEqualsLt, ToThePicosecond)
{
    path_bench b({}, path_bench::many_slots(), round_memory());
    in_thread([&] {
        b.set_up(4);
        const one_in_flight& x = GetParam();
        const auto a = path_bench::of_stream(x.stream);
        std::array<std::array<sc_time, 2>, 2> took;
        std::array<std::array<bool, 2>, 2> ok{};
        for (std::size_t style = 0; style < 2; ++style) {
            b.run(0x30);     // TLBI_NSNH_ALL
            b.run(0x04, 31); // CFGI_ALL
            for (std::size_t warm = 0; warm < 2; ++warm) {
                b.settle();
                took[warm][style] = style == 0 ? b.lt(x.command, va + x.offset, x.size, a, &ok[warm][style])
                                               : b.at(x.command, va + x.offset, x.size, a, &ok[warm][style]);
            }
        }
        for (std::size_t warm = 0; warm < 2; ++warm) {
            EXPECT_EQ(took[warm][0], took[warm][1]);
            EXPECT_EQ(ok[warm][0], ok[warm][1]);
        }
        EXPECT_GT(took[0][0], took[1][0]);
        EXPECT_EQ(ok[0][0], x.offset < 0x3fc1);
    });
}

TEST(AtTbu, DataGoesWhereTheTableSays)
{
    path_bench b;
    in_thread([&] {
        b.set_up(4);
        const auto a = path_bench::of_stream(6);
        auto& w = b.device.start(wr, va + 0xffe, {1, 2, 3, 4}, a);
        b.device.finish(w);
        auto& r = b.device.read(va + 0xffc, 8, a);
        b.device.finish(r);
        EXPECT_THAT(r.data, ElementsAre(0, 0, 1, 2, 3, 4, 0, 0));
        EXPECT_EQ(r.payload.get_address(), va + 0xffc);
        EXPECT_EQ(b.device.freed, 2U); // nobody keeps a reference
    });
}

// Hit-under-miss: the miss holds nobody of another ID.
TEST(AtTbu, AHitOvertakesAMiss)
{
    path_bench b;
    in_thread([&] {
        b.set_up(4);
        const auto a = path_bench::of_stream(6);
        b.at(rd, va, 64, a);
        auto& miss = b.device.read(va + 0x1000, 64, a);
        b.settle(20);
        auto& hit = b.device.read(va + 0x40, 64, a);
        b.device.finish(miss);
        EXPECT_THAT(b.device.order, testing::ElementsAre(testing::_, &hit, &miss));
        EXPECT_EQ(hit.end - hit.begin, ns(1 + 10 + 95) + sc_time(376, sc_core::SC_PS)); // 64 B at 170 B/ns
    });
}

TEST(AtTbu, AStalledTransactionWaitsAndGoesOnAfterResume)
{
    smmu::tcu::parameters p = path_bench::many_slots();
    p.feature.stall_model = 0;
    p.feature.stall_max = 8;
    path_bench b({}, p);
    in_thread([&] {
        b.set_up(4);
        b.set_bits(bench::cd_base + 5 * 64, 1ULL << 44); // CD.S
        const auto a = path_bench::of_stream(5);
        auto& t = b.device.read(va + 0x5000, 64, a);
        b.settle(3000);
        EXPECT_TRUE(t.accepted);
        EXPECT_FALSE(t.done);
        const auto events = b.events();
        ASSERT_EQ(events.size(), 1U);
        b.map1(b.root, va + 0x5000, path_bench::ram_base + 0x5000);
        b.run(0x44 | 1ULL << 12 | 5ULL << 32, events[0][1] & 0xffff); // CMD_RESUME, retry
        b.device.finish(t);
        EXPECT_TRUE(t.ok());
    });
}

// 4.7.3: CMD_SYNC waits for an AT transaction that is downstream.
TEST(AtTbu, CmdSyncWaitsForItsResponse)
{
    sparse_memory::parameters slow = path_bench::small_memory();
    slow.read_latency = sc_time(20, sc_core::SC_US);
    path_bench b({}, path_bench::many_slots(), slow);
    in_thread([&] {
        b.set_up(4);
        const auto a = path_bench::of_stream(5);
        b.at(rd, va, 64, a);
        auto& t = b.device.read(va, 64, a);
        b.push(0x46);
        b.ring();
        b.settle(19900);
        EXPECT_EQ(b.reg(0x9c), 0U);
        EXPECT_FALSE(t.done);
        b.settle(1000);
        EXPECT_EQ(b.reg(0x9c), 1U);
        EXPECT_TRUE(t.done);
    });
}

// Slots: two misses inside; the third request is accepted when one has left.
TEST(AtTbu, FullSlotsHoldTheNextRequestBack)
{
    smmu::tbu::parameters q;
    q.slots = q.tokens = q.hazards = 2;
    path_bench b(q);
    in_thread([&] {
        b.set_up(8);
        const auto a = path_bench::of_stream(6);
        b.at(rd, va, 64, a);
        auto& first = b.device.read(va + 0x1000, 64, a);
        auto& second = b.device.read(va + 0x2000, 64, a);
        auto& third = b.device.read(va + 0x3000, 64, a);
        auto& hit = b.device.read(va + 0x40, 64, a); // behind it on the link
        b.settle(30);
        EXPECT_TRUE(first.accepted);
        EXPECT_TRUE(second.accepted);
        EXPECT_FALSE(third.accepted);
        EXPECT_EQ(b.tbu.waiting().used(), 2U);
        b.device.finish(third);
        b.device.finish(hit);
        // It leaves for downstream 105.376 ns (interconnect and memory) before its end.
        const sc_time left = first.end - ns(10 + 95) - sc_time(376, sc_core::SC_PS);
        EXPECT_EQ(third.accept, left);
        EXPECT_GE(hit.begin, third.accept);
        EXPECT_EQ(b.tbu.waiting().used(), 0U);
    });
}

// Write data of 128 bytes: the second write of 64 fits, the third waits; reads need no room.
TEST(AtTbu, AFullWriteBufferHoldsTheNextWriteBack)
{
    smmu::tbu::parameters q;
    q.write_buffer_bytes = 128;
    path_bench b(q);
    in_thread([&] {
        b.set_up(8);
        const auto a = path_bench::of_stream(6);
        b.at(rd, va, 64, a);
        b.device.write(va + 0x1000, 64, a);
        b.device.read(va + 0x2000, 64, a);
        auto& second = b.device.write(va + 0x3000, 64, a);
        auto& third = b.device.write(va + 0x4000, 1, a);
        b.settle(30);
        EXPECT_TRUE(second.accepted);
        EXPECT_FALSE(third.accepted);
        EXPECT_EQ(b.tbu.waiting().buffered(), 128U);
        b.device.finish(third);
        EXPECT_TRUE(third.ok());
        b.device.finish(b.device.write(va + 0x5000, 4096, a)); // larger than the buffer: alone in it
        EXPECT_EQ(b.tbu.waiting().buffered(), 0U);
    });
}

// Memory that takes one access at a time: the TBU holds its own initiator back in turn.
TEST(AtTbu, BackPressureFromDownstreamReachesTheDevice)
{
    sparse_memory::parameters m = path_bench::small_memory();
    m.outstanding = 1;
    path_bench b({}, path_bench::many_slots(), m);
    in_thread([&] {
        b.set_up(1);
        const auto a = path_bench::of_stream(5);
        b.at(rd, va, 64, a);
        auto& first = b.device.read(va, 64, a);
        auto& second = b.device.read(va + 64, 64, a);
        auto& third = b.device.read(va + 128, 64, a);
        b.device.finish(third);
        EXPECT_EQ(second.accept, first.end);
        EXPECT_EQ(third.accept, second.end);
        EXPECT_THAT(b.device.order, ElementsAre(testing::_, &first, &second, &third));
    });
}

// A response that stays open for 50 ns holds the next ones of the link.
TEST(AtTbu, ResponsesComeOneAtATime)
{
    path_bench b;
    b.device.ends_at_once = false;
    b.device.response_time = ns(50);
    in_thread([&] {
        b.set_up(2);
        const auto a = path_bench::of_stream(5);
        b.at(rd, va, 64, a);
        b.settle();
        auto& first = b.device.read(va, 64, a);
        auto& second = b.device.read(va + 64, 64, a);
        auto& abort = b.device.read(va + 0x100000, 64, a);
        for (auto* t : {&first, &second, &abort})
            b.device.finish(*t);
        EXPECT_EQ(b.device.order[1], &abort); // no memory access
        EXPECT_GE(b.device.order[2]->end - b.device.order[1]->end, ns(50));
        EXPECT_EQ(b.device.order[3]->end - b.device.order[2]->end, ns(50));
        b.settle(); // END_RESP
    });
}

// An LT access while AT ones are under way, on the same socket.
TEST(AtTbu, BothStylesShareTheTbu)
{
    path_bench b;
    in_thread([&] {
        b.set_up(8);
        const auto a = path_bench::of_stream(6);
        b.at(rd, va, 64, a);
        auto& miss = b.device.read(va + 0x1000, 64, a);
        bool ok = false;
        b.lt(wr, va + 0x1040, 64, a, &ok);
        EXPECT_TRUE(ok);
        EXPECT_EQ(b.tbu.counts().merged, 1U); // into the AT miss
        b.device.finish(miss);
        EXPECT_TRUE(miss.ok());
    });
}

// The latency record's spans add up to what the initiator sees, also where the transaction waits for a link.
TEST(AtTbu, StagesAddUp)
{
    sparse_memory::parameters m = path_bench::small_memory();
    m.outstanding = 2;
    path_bench b({}, path_bench::many_slots(), m);
    in_thread([&] {
        b.set_up(8);
        latency_log log;
        std::vector<at_initiator::transfer*> all;
        for (std::uint64_t i = 0; i < 24; ++i) {
            auto a = path_bench::of_stream(i % 3 == 0 ? 5 : 6);
            a.latency = nullptr;
            all.push_back(&b.device.read(va + i % 8 * 0x1000, 64, a));
        }
        for (auto* t : all)
            b.device.finish(*t);
        b.settle();
        for (std::uint64_t i = 0; i < 8; ++i) {
            auto a = path_bench::of_stream(6);
            a.latency = log.begin(latency_record::kind::dma_read, to_ps(sc_core::sc_time_stamp()));
            auto& t = b.device.read(va + i * 0x1000, 64, a);
            b.device.finish(t);
            EXPECT_EQ(a.latency->end(), to_ps(t.end));
            std::uint64_t sum = 0;
            for (const auto& s : a.latency->spans())
                sum += s.end - s.start;
            EXPECT_EQ(sum, to_ps(t.end - t.begin));
        }
    });
}
