// 10.3: what the TCU's and a TBU's counter groups count, against counts by hand and against memory's own list.

#include "unit/pmcg/smmu_groups.h"
#include "unit/smmu/ats_bench.h"

#include <deque>

using namespace iovp;
using namespace iovp::test;

namespace {

constexpr std::uint16_t transaction = 1, tlb_miss = 2, configuration_miss = 3, walk = 4, configuration = 5;

/// Table reads in memory's list: the stream table and the CDs stand below 0x30000, translation tables from 0x100000.
unsigned reads(const bench_memory& m, bool tables)
{
    unsigned n = 0;
    for (const auto& a : m.log)
        if (!a.write && a.with.privileged) // the TCU's
            n += tables ? a.address >= 0x100000 && a.address < 0x800000
                        : a.address < 0x20000 || (a.address >= bench::cd_base && a.address < 0x30000);
    return n;
}

} // namespace

// Nothing cached, then again the same page, then another page of the same table.
TEST(Events_10_3, NestedColdIsTwoAndTwentyEight)
{
    bench b;
    smmu_groups counted(b);
    in_thread([&] {
        const std::uint64_t root1 = b.new_table(), root2 = b.new_table();
        b.nested_stream(3, root1, 1, root2, 1);
        for (const std::uint64_t va : {0x10000000ULL, 0x10001000ULL}) {
            b.map1(root1, va, va);
            b.map2(root2, va, 0x900000 + (va & 0xffff));
        }
        for (std::uint64_t table = 0x100000; table < b.pool; table += 0x1000)
            b.map2(root2, table, table);
        b.enable();
        counted.count();
        b.memory.log.clear();
        std::uint64_t value = 0;
        EXPECT_TRUE(b.read(3, 0x10000000, value));
        EXPECT_EQ(counted(smmu_groups::tcu, configuration), 2U); // STE, CD: linear tables
        EXPECT_EQ(counted(smmu_groups::tcu, walk), 28U);         // L1 + (nCD + L1 + 1) x L2 with L1 = L2 = 4
        EXPECT_EQ(counted(smmu_groups::tcu, walk), reads(b.memory, true));
        EXPECT_EQ(counted(smmu_groups::tcu, configuration), reads(b.memory, false));
        EXPECT_EQ(counted(smmu_groups::tcu, transaction), 1U);
        EXPECT_EQ(counted(smmu_groups::tcu, tlb_miss), 1U);
        EXPECT_EQ(counted(smmu_groups::tcu, configuration_miss), 1U);
        EXPECT_EQ(counted(smmu_groups::tbu0, transaction), 1U);
        EXPECT_EQ(counted(smmu_groups::tbu0, tlb_miss), 1U);
        EXPECT_EQ(counted(smmu_groups::tbu0, configuration_miss), 1U);
        EXPECT_EQ(counted(smmu_groups::tbu0, 0x83), 0U); // no look-up without a configuration

        EXPECT_TRUE(b.read(3, 0x10000008, value)); // all in the TBU
        EXPECT_EQ(counted(smmu_groups::tbu0, transaction), 2U);
        EXPECT_EQ(counted(smmu_groups::tbu0, tlb_miss), 1U);
        EXPECT_EQ(counted(smmu_groups::tbu0, 0x83), 1U);
        EXPECT_EQ(counted(smmu_groups::tbu0, 0x84), 0U);
        EXPECT_EQ(counted(smmu_groups::tcu, transaction), 1U);

        EXPECT_TRUE(b.read(3, 0x10001000, value)); // the two level-3 descriptors (36/30/24/19/7/4/2)
        EXPECT_EQ(counted(smmu_groups::tbu0, tlb_miss), 2U);
        EXPECT_EQ(counted(smmu_groups::tbu0, configuration_miss), 1U);
        EXPECT_EQ(counted(smmu_groups::tbu0, 0x84), 1U);
        EXPECT_EQ(counted(smmu_groups::tbu0, 0x80), 1U);
        EXPECT_EQ(counted(smmu_groups::tbu0, 0x81), 1U);
        EXPECT_EQ(counted(smmu_groups::tcu, transaction), 2U);
        EXPECT_EQ(counted(smmu_groups::tcu, tlb_miss), 2U);
        EXPECT_EQ(counted(smmu_groups::tcu, configuration_miss), 1U);
        EXPECT_EQ(counted(smmu_groups::tcu, walk), 30U);
        EXPECT_EQ(counted(smmu_groups::tcu, configuration), 2U);
    });
}

// Stage 1, 48 bits: the walk asks for levels 2, 1, 0; then level 2 has it.
TEST(Events_10_3, WalkCacheByStageAndLevel)
{
    bench b;
    smmu_groups counted(b);
    in_thread([&] {
        const std::uint64_t root = b.new_table();
        b.stage1_stream(3, root, 1);
        for (const std::uint64_t va : {0x10000000ULL, 0x10001000ULL, 0x10200000ULL})
            b.map1(root, va, 0x900000);
        b.enable();
        counted.count();
        const auto expect = [&](unsigned level, unsigned lookups, unsigned misses) {
            EXPECT_EQ(counted(smmu_groups::tcu, static_cast<std::uint16_t>(0x80 + 2 * level)), lookups) << level;
            EXPECT_EQ(counted(smmu_groups::tcu, static_cast<std::uint16_t>(0x81 + 2 * level)), misses) << level;
        };
        std::uint64_t value = 0;
        EXPECT_TRUE(b.read(3, 0x10000000, value));
        for (unsigned level = 0; level < 3; ++level)
            expect(level, 1, 1);
        expect(3, 0, 0);
        EXPECT_TRUE(b.read(3, 0x10001000, value));
        expect(2, 2, 1);
        expect(1, 1, 1);
        EXPECT_TRUE(b.read(3, 0x10200000, value)); // another level-3 table
        expect(2, 3, 2);
        expect(1, 2, 1);
        expect(0, 1, 1);
        for (std::uint16_t e = 0x88; e < 0x90; ++e)
            EXPECT_EQ(counted(smmu_groups::tcu, e), 0U) << e; // stage 2
    });
}

// Terminated transactions are in events 1, 2 and 3; bypass needs the configuration alone, once.
TEST(Events_10_3, TerminatedAndBypassedTransactionsCount)
{
    bench b;
    smmu_groups counted(b);
    in_thread([&] {
        b.bypass_stream(4);
        b.enable();
        counted.count();
        std::uint64_t value = 0;
        EXPECT_FALSE(b.read(5, 0x1000, value)); // STE.V is 0
        EXPECT_EQ(counted(smmu_groups::tbu0, transaction), 1U);
        EXPECT_EQ(counted(smmu_groups::tbu0, tlb_miss), 1U);
        EXPECT_EQ(counted(smmu_groups::tcu, transaction), 1U);
        EXPECT_EQ(counted(smmu_groups::tcu, configuration_miss), 1U);
        EXPECT_EQ(counted(smmu_groups::tcu, tlb_miss), 0U); // no table was read
        EXPECT_EQ(counted(smmu_groups::tcu, walk), 0U);
        for (int i = 0; i < 3; ++i)
            EXPECT_TRUE(b.read(4, 0x1000, value));
        EXPECT_EQ(counted(smmu_groups::tbu0, transaction), 4U);
        EXPECT_EQ(counted(smmu_groups::tbu0, configuration_miss), 2U);
        EXPECT_EQ(counted(smmu_groups::tcu, transaction), 2U);
        EXPECT_EQ(counted(smmu_groups::tcu, configuration), 2U);
    });
}

// ATOS is in events 1 to 5.
TEST(Events_10_3, AtosCounts)
{
    smmu::tcu::parameters p;
    p.feature.atos = true;
    bench b(p);
    smmu_groups counted(b);
    in_thread([&] {
        const std::uint64_t root = b.new_table();
        b.stage1_stream(3, root, 1);
        b.map1(root, 0x10000000, 0x900000);
        b.enable();
        counted.count();
        b.set_reg(0x108, 3, 8);
        b.set_reg(0x110, 0x10000000 | 1ULL << 10 | 1ULL << 8, 8); // TYPE stage 1, read
        b.set_reg(0x100, 1);
        b.settle(2000);
        EXPECT_EQ(b.reg(0x100), 0U);
        EXPECT_EQ(counted(smmu_groups::tcu, transaction), 1U);
        EXPECT_EQ(counted(smmu_groups::tcu, tlb_miss), 1U);
        EXPECT_EQ(counted(smmu_groups::tcu, configuration_miss), 1U);
        EXPECT_EQ(counted(smmu_groups::tcu, configuration), 2U);
        EXPECT_EQ(counted(smmu_groups::tcu, walk), 4U);
        EXPECT_EQ(counted(smmu_groups::tbu0, transaction), 0U);
    });
}

// Events 6 and 7: a Translation Request at the TCU, its Translated transaction at the TBU.
TEST(Events_10_3, AtsRequestsAndTranslatedTransactions)
{
    ats_bench b;
    smmu_groups counted(b);
    in_thread([&] {
        b.begin();
        counted.count();
        EXPECT_EQ(b.rc.ask(6, ats_bench::va).status, smmu::ats_status::success);
        EXPECT_EQ(counted(smmu_groups::tcu, 6), 1U);
        EXPECT_EQ(counted(smmu_groups::tcu, transaction), 1U);
        EXPECT_EQ(counted(smmu_groups::tcu, walk), 4U);
        EXPECT_EQ(counted(smmu_groups::tbu0, transaction), 0U);
        transaction_attributes a;
        a.stream = stream_id(6);
        a.ats = ats_state::translated;
        std::uint64_t value = 0;
        sc_core::sc_time delay;
        EXPECT_TRUE(transport(b.device0, tlm::TLM_READ_COMMAND, ats_bench::data_pa, &value, 8, a, delay));
        sc_core::wait(delay);
        EXPECT_EQ(counted(smmu_groups::tbu0, 7), 1U);
        EXPECT_EQ(counted(smmu_groups::tbu0, transaction), 1U);
        EXPECT_EQ(counted(smmu_groups::tcu, 6), 1U);
        // ATS is there: CEID0 says so.
        EXPECT_EQ(counted.reg(smmu_groups::tcu, 0xe20, 8), 0x7fU);
    });
}

// The descriptor of a clean page: read, read again for the write and updated.
TEST(Events_10_3, DescriptorUpdatesAreWalkAccesses)
{
    smmu::tcu::parameters p;
    p.feature.htt_update = 2;
    bench b(p);
    smmu_groups counted(b);
    in_thread([&] {
        constexpr std::uint64_t dbm = 1ULL << 51, read_only = 1 << 7, va = 0x10000000;
        const std::uint64_t root = b.new_table();
        b.stage1_stream(5, root, 7);
        b.map1(root, va, 0x900000, 3, 0xf41 | dbm | read_only);
        b.set_bits(bench::cd_base + 5 * 64, 3ULL << 42); // HA, HD
        b.enable();
        counted.count();
        std::uint64_t value = 0;
        EXPECT_TRUE(b.read(5, va, value));
        EXPECT_EQ(counted(smmu_groups::tcu, walk), 4U);
        EXPECT_TRUE(b.write(5, va, value));
        EXPECT_EQ(counted(smmu_groups::tcu, walk), 4U + 1U + 1U);
        EXPECT_EQ(counted(smmu_groups::tcu, tlb_miss), 2U);
    });
}

// 8.1: the TCU answers a Page Request by itself and needs STE.PPAR: a fetch that no translation asked for.
TEST(Events_10_3, TheSteOfAPageResponseIsNoMiss)
{
    ats_bench b;
    smmu_groups counted(b);
    in_thread([&] {
        b.begin();
        for (std::uint16_t i = 0; i < 5; ++i) // the queue of 4 overflows
            b.rc.socket->page_requested(ats_bench::page(6, i, false));
        b.settle();
        counted.count();
        b.rc.socket->page_requested(ats_bench::with_pasid(ats_bench::page(6, 9), 0x77));
        b.settle();
        ASSERT_EQ(b.rc.responses.size(), 1U);
        EXPECT_EQ(counted(smmu_groups::tcu, configuration), 1U);
        EXPECT_EQ(counted(smmu_groups::tcu, configuration_miss), 0U);
        EXPECT_EQ(counted(smmu_groups::tcu, transaction), 0U);
    });
}

// 10.1, 10.3: what each group says that it can count.
TEST(Events_10_3, CeidOfTcuAndTbu)
{
    bench b;
    smmu_groups counted(b);
    in_thread([&] {
        EXPECT_EQ(counted.reg(smmu_groups::tcu, 0xe20, 8), 0x3fU); // no ATS
        EXPECT_EQ(counted.reg(smmu_groups::tcu, 0xe28, 8), 0U);
        EXPECT_EQ(counted.reg(smmu_groups::tbu0, 0xe20, 8), 0x8fU);
    });
}

namespace {

/// Misses of stream 3 in as many pages at once; all end well.
void miss_at_once(bench& b, smmu_groups& counted, std::uint64_t pages, tlm::tlm_command command = tlm::TLM_READ_COMMAND)
{
    const std::uint64_t root = b.new_table();
    b.stage1_stream(3, root, 1);
    for (std::uint64_t i = 0; i < pages; ++i)
        b.map1(root, 0x10000000 + i * 0x1000, 0x900000);
    b.enable();
    counted.count();
    std::deque<bench::attempt> all(pages);
    for (std::uint64_t i = 0; i < pages; ++i)
        b.start(all[i], 3, 0x10000000 + i * 0x1000, command);
    b.settle(10000);
    for (const bench::attempt& a : all)
        EXPECT_TRUE(a.ok);
    EXPECT_EQ(counted(smmu_groups::tbu0, tlb_miss), pages);
}

} // namespace

// Who must wait counts once.
TEST(Events_10_3, WaitingForASlot)
{
    smmu::tbu::parameters q;
    q.slots = 2;
    q.tokens = 2;
    q.hazards = 0;
    bench b({}, q);
    smmu_groups counted(b);
    in_thread([&] {
        miss_at_once(b, counted, 3);
        EXPECT_EQ(counted(smmu_groups::tbu0, 0x85), 1U);
    });
}

// Two writes of 8 bytes and room for one: the second waits, but there are slots.
TEST(Events_10_3, WaitingForTheWriteBufferIsNoWaitForASlot)
{
    smmu::tbu::parameters q;
    q.write_buffer_bytes = 8;
    bench b({}, q);
    smmu_groups counted(b);
    in_thread([&] {
        miss_at_once(b, counted, 2, tlm::TLM_WRITE_COMMAND);
        EXPECT_EQ(counted(smmu_groups::tbu0, 0x85), 0U);
    });
}

TEST(Events_10_3, WaitingForATokenAlone)
{
    smmu::tbu::parameters q;
    q.slots = 8;
    q.tokens = 2;
    q.hazards = 0;
    bench b({}, q);
    smmu_groups counted(b);
    in_thread([&] {
        miss_at_once(b, counted, 5);
        EXPECT_EQ(counted(smmu_groups::tbu0, 0x85), 0U);
        EXPECT_EQ(counted(smmu_groups::tbu0, 0x86), 3U);
    });
}
