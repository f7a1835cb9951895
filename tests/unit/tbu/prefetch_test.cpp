// Prefetch of the page after (3.14: speculative reads; 3.21.1: invalidation; 7.2: nothing is recorded).
#include "path_bench.h"

#include "unit/pmcg/smmu_groups.h"

using namespace iovp;
using namespace iovp::test;

namespace {

constexpr std::uint64_t page = 0x1000;
constexpr std::uint64_t access_flag = 0x400;
constexpr auto rd = tlm::TLM_READ_COMMAND;

smmu::tbu::parameters ahead(unsigned tokens = 128)
{
    smmu::tbu::parameters q;
    q.prefetch = true;
    q.tokens = tokens;
    q.micro_tlb_entries = 4;
    return q;
}

/// With hardware update of both flags and the Stall model, where a CD asks for them.
smmu::tcu::parameters able()
{
    smmu::tcu::parameters p = path_bench::many_slots();
    p.feature.htt_update = 2;
    p.feature.stall_model = 0;
    p.feature.stall_max = 16;
    return p;
}

/// Stream 5 with `pages` of path_bench.
struct walk : path_bench {
    explicit walk(unsigned pages, const smmu::tbu::parameters& q = ahead())
        : path_bench(q, able())
        , pages_(pages)
    {
    }
    template <class Test>
    void run(Test test)
    {
        in_thread([&] {
            set_up(pages_);
            test();
        });
    }
    /// By the tables as they stand, whatever TLBs hold.
    void debug_write(std::uint64_t i, std::uint64_t value)
    {
        attributes a(of_stream(5));
        tlm::tlm_generic_payload t;
        t.set_extension(&a);
        t.set_command(tlm::TLM_WRITE_COMMAND);
        t.set_address(va + i * page);
        t.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
        t.set_data_length(8);
        t.set_streaming_width(8);
        EXPECT_EQ(device.socket->transport_dbg(t), 8U);
        t.clear_extension(&a);
    }
    std::uint64_t value(std::uint64_t i)
    {
        std::uint64_t got = 0;
        sc_core::sc_time delay;
        EXPECT_TRUE(transport(device.socket, rd, va + i * page, &got, 8, of_stream(5), delay));
        sc_core::wait(delay);
        return got;
    }
    bool get(std::uint64_t i)
    {
        bool ok = false;
        lt(rd, va + i * page, 8, of_stream(5), &ok);
        return ok;
    }
    /// The pages from `first` on, with time between them.
    void get(std::uint64_t first, std::uint64_t last)
    {
        for (std::uint64_t i = first; i <= last; ++i) {
            EXPECT_TRUE(get(i)) << i;
            settle();
        }
    }
    std::uint64_t leaf(std::uint64_t i) { return entry(root, va + i * page, 3); }
    const smmu::tbu::statistics& counts() const { return tbu.counts(); }

private:
    unsigned pages_;
};

TEST(Prefetch, WalkThroughPagesMissesTwice)
{
    walk b(17);
    b.run([&] {
        b.get(0, 15);
        EXPECT_EQ(b.counts().requests, 2U);
        EXPECT_EQ(b.counts().prefetches, 15U); // pages 2 to 16
        EXPECT_EQ(b.counts().prefetches_used, 14U);
        EXPECT_EQ(b.counts().prefetches_dropped, 0U);
        EXPECT_EQ(b.counts().prefetches_withheld, 0U);
        EXPECT_EQ(b.tcu.counts().translations, 2U);
        EXPECT_EQ(b.tcu.counts().speculative, 15U);
    });
}

TEST(Prefetch, OffByDefaultEveryPageMisses)
{
    walk b(17, {});
    b.run([&] {
        b.get(0, 15);
        EXPECT_EQ(b.counts().requests, 16U);
        EXPECT_EQ(b.counts().prefetches, 0U);
        EXPECT_EQ(b.tcu.counts().speculative, 0U);
    });
}

TEST(Prefetch, TwoWalksOfOneStreamBetweenEachOther)
{
    walk b(41);
    b.run([&] {
        for (std::uint64_t i = 0; i < 10; ++i) {
            b.get(i, i);
            b.get(20 + i, 20 + i);
        }
        EXPECT_EQ(b.counts().requests, 4U);
    });
}

TEST(Prefetch, AccessesWithoutOrderAskForNothingAndGetTheirData)
{
    walk b(32);
    b.run([&] {
        for (std::uint64_t i = 0; i < 32; ++i)
            b.debug_write(i, 100 + i);
        for (std::uint64_t i = 0; i < 32; ++i) {
            const std::uint64_t at = i * 29 % 32; // the page after one comes 21 accesses later
            EXPECT_EQ(b.value(at), 100 + at);
        }
        EXPECT_EQ(b.counts().requests, 32U);
        EXPECT_EQ(b.counts().prefetches, 0U);
    });
}

// 3.14, 7.2: no record, no stall; the access itself is what faults.
TEST(Prefetch, FaultIsSilentAndTheAccessFaultsAlone)
{
    walk b(2);
    b.run([&] {
        b.get(0, 1);
        EXPECT_EQ(b.counts().prefetches, 1U);
        EXPECT_EQ(b.counts().prefetches_dropped, 1U);
        EXPECT_TRUE(b.events().empty());
        EXPECT_FALSE(b.get(2));
        b.settle();
        const auto recorded = b.events();
        ASSERT_EQ(recorded.size(), 1U);
        EXPECT_EQ(recorded[0][0] & 0xff, 0x10U); // F_TRANSLATION
    });
}

TEST(Prefetch, FaultThatWouldStallDoesNot)
{
    walk b(2);
    b.run([&] {
        b.set_bits(b.cd_base + 5 * 64, 1ULL << 44); // CD.S
        b.get(0, 1);
        EXPECT_EQ(b.counts().prefetches_dropped, 1U);
        EXPECT_EQ(b.counts().stalled, 0U);
        EXPECT_EQ(b.tcu.stalled(), 0U);
        EXPECT_TRUE(b.events().empty());
    });
}

// 3.14: the access flag faults as for any read, and hardware sets it as for any read.
TEST(Prefetch, AccessFlagFaultIsSilent)
{
    walk b(3);
    b.run([&] {
        b.set_bits(b.leaf(2), 0, access_flag);
        b.get(0, 1);
        EXPECT_EQ(b.memory.word(b.leaf(2)) & access_flag, 0U);
        EXPECT_EQ(b.counts().prefetches_dropped, 1U);
        EXPECT_TRUE(b.events().empty());
    });
}

TEST(Prefetch, HardwareSetsTheAccessFlagOfTheNextPageAlone)
{
    walk b(4);
    b.run([&] {
        b.set_bits(b.cd_base + 5 * 64, 1ULL << 43); // CD.HA
        b.set_bits(b.leaf(2), 0, access_flag);
        b.set_bits(b.leaf(3), 0, access_flag);
        b.get(0, 1);
        EXPECT_EQ(b.memory.word(b.leaf(2)) & access_flag, access_flag);
        EXPECT_EQ(b.memory.word(b.leaf(3)) & access_flag, 0U);
        EXPECT_EQ(b.counts().prefetches_dropped, 0U);
    });
}

TEST(Prefetch, OfWritesLeavesTheNextPageClean)
{
    constexpr std::uint64_t dirty_bit_modifier = 1ULL << 51, read_only = 0x80;
    walk b(3);
    b.run([&] {
        b.set_bits(b.cd_base + 5 * 64, 3ULL << 42); // CD.HA, HD
        for (unsigned i = 0; i < 3; ++i)
            b.set_bits(b.leaf(i), dirty_bit_modifier | read_only);
        bool ok = false;
        for (unsigned i = 0; i < 2; ++i) {
            b.lt(tlm::TLM_WRITE_COMMAND, b.va + i * page, 8, b.of_stream(5), &ok);
            EXPECT_TRUE(ok);
            b.settle();
        }
        EXPECT_EQ(b.memory.word(b.leaf(1)) & read_only, 0U);
        EXPECT_EQ(b.counts().prefetches, 1U);
        EXPECT_EQ(b.memory.word(b.leaf(2)) & read_only, read_only);
        // The write itself marks it.
        b.lt(tlm::TLM_WRITE_COMMAND, b.va + 2 * page, 8, b.of_stream(5), &ok);
        EXPECT_TRUE(ok);
        EXPECT_EQ(b.memory.word(b.leaf(2)) & read_only, 0U);
    });
}

// 3.21.1: the walk has read the old descriptor and ends after the invalidation.
TEST(Prefetch, InvalidationMeetsItAndNothingOldStays)
{
    walk b(3);
    b.run([&] {
        b.get(0, 0);
        b.memory.waiting_page = b.leaf(2) >> 12;
        b.memory.arrived = false;
        // The miss in page 1 waits in the same table: let it go, then hold the prefetch.
        sc_core::sc_spawn([&] {
            b.settle();
            EXPECT_TRUE(b.memory.arrived);
            b.memory.arrived = false;
            b.memory.go.notify();
        });
        EXPECT_TRUE(b.get(1));
        b.settle();
        EXPECT_TRUE(b.memory.arrived);
        EXPECT_EQ(b.counts().prefetches, 1U);
        EXPECT_EQ(b.tbu.waiting().used(), 0U); // no translation slot
        b.memory.waiting_page = ~0ULL;
        b.map1(b.root, b.va + 2 * page, b.ram_base + 0x100000);
        b.push(0x12 | 7ULL << 48, b.va + 2 * page); // CMD_TLBI_NH_VA
        b.push(0x46);
        b.ring();
        b.settle(2000);
        EXPECT_NE(b.reg(0x9c), b.produced); // the sync waits for the walk
        b.memory.go.notify();
        b.settle(2000);
        EXPECT_EQ(b.reg(0x9c), b.produced);
        EXPECT_EQ(b.counts().prefetches_dropped, 1U);

        b.debug_write(2, 0x1122334455667788);
        EXPECT_EQ(b.value(2), 0x1122334455667788U);
    });
}

// Two tokens, one of them in use by the access: the other is for a transaction.
TEST(Prefetch, LeavesTheLastToken)
{
    walk b(8, ahead(2));
    b.run([&] {
        b.get(0, 0);
        b.memory.waiting_page = b.leaf(6) >> 12; // every leaf
        bool done = false;
        sc_core::sc_spawn([&] {
            EXPECT_TRUE(b.get(6)); // holds one token
            done = true;
        });
        b.settle();
        b.memory.waiting_page = ~0ULL;
        b.get(1, 1);
        EXPECT_FALSE(done);
        EXPECT_EQ(b.counts().prefetches, 0U);
        EXPECT_EQ(b.counts().prefetches_withheld, 1U);
        b.memory.go.notify();
        b.settle();
        EXPECT_TRUE(done);
    });
}

// 10.3: in none of events 1 to 3; accesses count.
TEST(Prefetch, CountsAreThoseOfTransactions)
{
    walk b(3);
    smmu_groups groups(b);
    b.run([&] {
        groups.count();
        b.get(0, 1);
        EXPECT_EQ(b.counts().prefetches, 1U);
        EXPECT_EQ(groups(smmu_groups::tcu, 1), 2U);
        EXPECT_EQ(groups(smmu_groups::tcu, 2), 2U);
        EXPECT_EQ(groups(smmu_groups::tcu, 3), 1U);
        EXPECT_EQ(groups(smmu_groups::tcu, 4), 4U + 1 + 1); // pages 1 and 2: the leaf alone
    });
}

TEST(Prefetch, BothStylesTakeTheSameTime)
{
    walk b(8);
    b.run([&] {
        b.get(0, 1);
        const auto loose = b.lt(rd, b.va + 2 * page, 8, b.of_stream(5));
        b.settle();
        const auto approximate = b.at(rd, b.va + 3 * page, 8, b.of_stream(5));
        b.settle();
        EXPECT_EQ(loose, approximate);
        EXPECT_EQ(b.counts().prefetches_used, 2U);
        EXPECT_EQ(b.counts().prefetches, 3U);
    });
}

// The access comes while its page is asked for: no request of its own.
TEST(Prefetch, AccessWaitsForOneUnderWay)
{
    walk b(8);
    b.run([&] {
        b.get(0, 0);
        b.memory.latency = sc_core::sc_time(1, sc_core::SC_US); // of table reads
        EXPECT_TRUE(b.get(1));
        EXPECT_TRUE(b.get(2));
        EXPECT_EQ(b.counts().requests, 2U);
        EXPECT_EQ(b.counts().merged, 1U);
        EXPECT_EQ(b.counts().prefetches_used, 1U);
    });
}

TEST(Prefetch, NeedsAMainTlb)
{
    smmu::tbu::parameters q = ahead();
    q.main_tlb_entries = 0;
    EXPECT_THROW(q.check("tbu"), sc_core::sc_report);
}

} // namespace
