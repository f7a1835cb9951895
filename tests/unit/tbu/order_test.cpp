// Order of departure by transaction ID, slots and buffers for loosely timed traffic, the main TLB's port, 4 KiB cuts.
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

transaction_attributes with_id(std::uint32_t sid, std::uint16_t requester, std::uint32_t tag)
{
    transaction_attributes a = path_bench::of_stream(sid);
    a.requester = requester;
    a.transaction = tag;
    return a;
}

} // namespace

// AXI: same ID and direction in order; other IDs and the other direction pass.
TEST(TbuOrder, SameIdLeavesInOrder)
{
    path_bench b;
    in_thread([&] {
        b.set_up(4);
        b.at(rd, va, 64, path_bench::of_stream(6));
        b.device.order.clear();
        auto& miss = b.device.read(va + 0x1000, 64, with_id(6, 1, 7));
        b.settle(10);
        auto& same = b.device.read(va, 64, with_id(6, 1, 7)); // hits
        auto& other = b.device.read(va, 64, with_id(6, 1, 8));
        auto& write = b.device.write(va, 64, with_id(6, 1, 7));
        auto& last = b.device.read(va, 64, with_id(6, 1, 7));
        for (auto* t : {&miss, &same, &other, &write, &last})
            b.device.finish(*t);
        EXPECT_THAT(b.device.order, ElementsAre(&other, &write, &miss, &same, &last));
    });
}

TEST(TbuOrder, TransactionsWithoutIdAndWithoutOrderPass)
{
    smmu::tbu::parameters q;
    q.ordered = false;
    path_bench b(q);
    in_thread([&] {
        b.set_up(4);
        b.at(rd, va, 64, path_bench::of_stream(6));
        b.device.order.clear();
        auto& miss = b.device.read(va + 0x1000, 64, with_id(6, 1, 7));
        b.settle(10);
        auto& hit = b.device.read(va, 64, with_id(6, 1, 7));
        b.device.finish(miss);
        b.device.finish(hit);
        EXPECT_THAT(b.device.order, ElementsAre(&hit, &miss));
    });
}

// The same rule for b_transport: the second call of the ID returns later.
TEST(TbuOrder, LooselyTimedCallsOfOneIdLeaveInOrder)
{
    path_bench b;
    in_thread([&] {
        b.set_up(4);
        b.lt(rd, va, 64, path_bench::of_stream(6));
        std::vector<int> ends;
        unsigned left = 3;
        const auto one = [&](int n, std::uint64_t address, std::uint32_t tag) {
            sc_core::sc_spawn([&, n, address, tag] {
                b.lt(rd, address, 64, with_id(6, 1, tag));
                ends.push_back(n);
                --left;
            });
            b.settle(2);
        };
        one(1, va + 0x1000, 7);
        one(2, va, 7);
        one(3, va, 8);
        while (left != 0)
            b.settle(10);
        EXPECT_THAT(ends, ElementsAre(3, 1, 2));
    });
}

// 4.7.3: those behind a stalled transaction of their ID hold no CMD_SYNC, and go by what the tables say when they
// leave.
TEST(TbuOrder, BehindAStalledTransactionNothingStaleLeaves)
{
    smmu::tcu::parameters p = path_bench::many_slots();
    p.feature.stall_model = 0;
    p.feature.stall_max = 8;
    path_bench b({}, p);
    in_thread([&] {
        b.set_up(4);
        b.set_bits(bench::cd_base + 5 * 64, 1ULL << 44); // CD.S
        b.at(wr, va + 0x3000, 8, path_bench::of_stream(5));
        b.at(rd, va, 8, path_bench::of_stream(5));
        auto& stalled = b.device.read(va + 0x5000, 8, with_id(5, 1, 7));
        b.settle(100);
        auto& hit = b.device.read(va, 8, with_id(5, 1, 7));
        b.settle(3000);
        EXPECT_FALSE(hit.done);
        b.map1(b.root, va, path_bench::ram_base + 0x3000); // another page
        b.run(0x12 | 7ULL << 48, va);                      // TLBI_NH_VA and CMD_SYNC
        EXPECT_FALSE(hit.done);
        const auto events = b.events();
        ASSERT_EQ(events.size(), 1U);
        b.map1(b.root, va + 0x5000, path_bench::ram_base + 0x2000);
        b.run(0x44 | 1ULL << 12 | 5ULL << 32, events[0][1] & 0xffff);
        b.device.finish(hit);
        EXPECT_TRUE(stalled.ok());
        EXPECT_EQ(hit.data[0], 0x5a);
    });
}

// Two slots: the third loosely timed miss begins when one has left.
TEST(TbuSlots, LooselyTimedCallsWaitForASlot)
{
    smmu::tbu::parameters q;
    q.slots = q.tokens = q.hazards = 2;
    path_bench b(q);
    in_thread([&] {
        b.set_up(8);
        b.lt(rd, va, 8, path_bench::of_stream(6));
        std::vector<sc_time> took(3);
        unsigned left = 3;
        for (std::uint64_t i = 0; i < 3; ++i)
            sc_core::sc_spawn([&, i] {
                took[i] = b.lt(rd, va + (i + 1) * 0x1000, 8, path_bench::of_stream(6));
                --left;
            });
        b.settle(30);
        EXPECT_EQ(b.tbu.waiting().used(), 2U);
        EXPECT_EQ(b.tbu.counts().requests, 3U); // with the first, cold one
        while (left != 0)
            b.settle(10);
        EXPECT_EQ(b.tbu.counts().requests, 4U);
        EXPECT_GT(std::max({took[0], took[1], took[2]}), sc_time(150, SC_NS));
        EXPECT_EQ(b.tbu.waiting().used(), 0U);
    });
}

// Look-ups of the main TLB begin one a cycle; micro 1 ns, main 3 ns, so the third of three at once takes 2 ns more.
TEST(TbuMainTlb, LookUpsQueueForThePort)
{
    smmu::tbu::parameters q;
    q.micro_tlb_entries = 4;
    sparse_memory::parameters m = path_bench::small_memory();
    m.bandwidth_bytes_per_ns = 0;
    path_bench b(q, path_bench::many_slots(), m);
    in_thread([&] {
        b.set_up(8);
        const auto a = path_bench::of_stream(5);
        for (std::uint64_t page = 0; page < 8; ++page)
            b.lt(rd, va + page * 0x1000, 8, a);
        b.settle();
        std::vector<sc_time> took;
        for (std::uint64_t page = 0; page < 3; ++page) { // all at the same local time
            std::uint64_t value = 0;
            sc_time delay;
            EXPECT_TRUE(transport(b.device.socket, rd, va + page * 0x1000, &value, 8, a, delay));
            took.push_back(delay - sc_time(1 + 3 + 10 + 95, SC_NS));
        }
        EXPECT_THAT(took, ElementsAre(sc_time(0, SC_NS), sc_time(1, SC_NS), sc_time(2, SC_NS)));
        b.settle();
        EXPECT_EQ(b.lt(rd, va + 0x4000, 8, a), sc_time(109, SC_NS));
    });
}

// A second page size: the look-up for it begins one cycle later.
TEST(TbuMainTlb, OneLookUpForEachPageSizePresent)
{
    smmu::tbu::parameters q;
    q.micro_tlb_entries = 4;
    sparse_memory::parameters m = path_bench::small_memory();
    m.bandwidth_bytes_per_ns = 0;
    path_bench b(q, path_bench::many_slots(), m);
    in_thread([&] {
        b.set_up(5);
        const auto a = path_bench::of_stream(5);
        b.map1(b.root, 0x40000000, path_bench::ram_base, 2);
        b.lt(rd, va, 8, a);
        b.lt(rd, 0x40000000, 8, a);
        for (std::uint64_t page = 1; page < 5; ++page)
            b.lt(rd, va + page * 0x1000, 8, a);
        b.settle();
        EXPECT_EQ(b.lt(rd, va, 8, a), sc_time(1 + 3 + 10 + 95, SC_NS));
        EXPECT_EQ(b.lt(rd, 0x40000000, 8, a), sc_time(1 + 3 + 1 + 10 + 95, SC_NS));
    });
}

TEST(TbuMainTlb, NoneByParameter)
{
    smmu::tbu::parameters q;
    q.micro_tlb_entries = 4;
    q.main_tlb_entries = 0;
    path_bench b(q);
    in_thread([&] {
        b.set_up(5);
        const auto a = path_bench::of_stream(5);
        for (int again = 0; again < 2; ++again)
            for (std::uint64_t page = 0; page < 5; ++page)
                b.lt(rd, va + page * 0x1000, 8, a);
        EXPECT_EQ(b.tbu.counts().main_lookups, 0U);
        EXPECT_GT(b.tbu.counts().requests, 5U); // the fifth page has put one out
    });
}

TEST(TbuSplit, AtFourKilobytesByParameter)
{
    smmu::tbu::parameters q;
    q.split_at_4k = true;
    path_bench b(q);
    in_thread([&] {
        b.set_up(1);
        const auto a = path_bench::of_stream(5);
        b.map1(b.root, 0x40000000, path_bench::ram_base, 2);
        b.lt(rd, 0x40000000, 8, a);
        const auto before = b.back->transactions();
        bool ok = false;
        b.at(wr, 0x40000ff0, 0x1020, a, &ok); // 16 bytes, a page, 16 bytes
        EXPECT_TRUE(ok);
        EXPECT_EQ(b.back->transactions() - before, 3U);
    });
}
