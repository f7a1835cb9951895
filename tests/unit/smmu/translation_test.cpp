#include "bench.h"

#include <gmock/gmock.h>

using namespace iovp;
using namespace iovp::test;
using testing::ElementsAre;
using testing::IsEmpty;

static constexpr std::uint64_t data_pa = 0x80000000;
static constexpr std::uint64_t va = 0x123456000;

TEST(Translation, DisabledSmmuBypassesOrAbortsByGbpa_6_3_14)
{
    bench b;
    in_thread([&] {
        b.memory.set(data_pa, 0x1122);
        std::uint64_t value;
        EXPECT_TRUE(b.read(5, data_pa, value));
        EXPECT_EQ(value, 0x1122U);
        b.set_reg(0x44, 0x80101000);
        b.settle();
        EXPECT_EQ(b.reg(0x44), 0x101000U);
        EXPECT_FALSE(b.read(5, data_pa, value));
        b.set_reg(0x44, 0x80001000);
        b.settle();
        EXPECT_TRUE(b.read(5, data_pa, value));
    });
}

TEST(Translation, SmmuenTransitionsChangeWhatHappensToKnownStreams)
{
    bench b;
    in_thread([&] {
        const std::uint64_t root = b.new_table();
        b.map1(root, va, data_pa);
        b.stage1_stream(5, root, 7);
        b.memory.set(data_pa, 0x51);
        b.memory.set(va, 0x61);
        std::uint64_t value;
        EXPECT_TRUE(b.read(5, va, value));
        EXPECT_EQ(value, 0x61U);
        b.enable();
        EXPECT_TRUE(b.read(5, va, value));
        EXPECT_EQ(value, 0x51U);
        b.set_reg(0x20, 0xc);
        b.settle();
        EXPECT_TRUE(b.read(5, va, value));
        EXPECT_EQ(value, 0x61U);
        EXPECT_THAT(b.events(), IsEmpty());
    });
}

TEST(Translation, Stage1ReadsAndWritesTheMappedPage)
{
    bench b;
    in_thread([&] {
        const std::uint64_t root = b.new_table();
        b.map1(root, va, data_pa);
        b.stage1_stream(5, root, 7);
        b.enable();
        EXPECT_TRUE(b.write(5, va + 0x18, 0xfeed));
        EXPECT_EQ(b.memory.word(data_pa + 0x18), 0xfeedU);
        std::uint64_t value;
        EXPECT_TRUE(b.read(5, va + 0x18, value));
        EXPECT_EQ(value, 0xfeedU);
        EXPECT_EQ(b.tbu0.counts().requests, 1U);
        EXPECT_THAT(b.events(), IsEmpty());
    });
}

// reference counts: N = nSTE + nCD + L1 + (nCD + L1 + 1) x L2, all cold, linear tables.
TEST(Translation, WalkCountsNestedColdThenWarm)
{
    bench b;
    in_thread([&] {
        const std::uint64_t root2 = b.new_table();
        const std::uint64_t root1 = b.new_table();
        b.nested_stream(5, root1, 7, root2, 3);
        b.map1(root1, va, 0x70000000);
        b.map2(root2, 0x70000000, data_pa);
        for (std::uint64_t table = 0x100000; table < b.pool; table += 0x1000)
            b.map2(root2, table, table);
        for (std::uint64_t table = 0x100000; table < b.pool; table += 0x1000)
            b.map2(root2, table, table);
        b.memory.set(data_pa, 0x77);
        b.enable();
        std::uint64_t value;
        const std::size_t before = b.memory.log.size();
        EXPECT_TRUE(b.read(5, va, value));
        EXPECT_EQ(value, 0x77U);
        const auto& n = b.tcu.counts();
        EXPECT_EQ(n.configuration_reads, 2U);
        // every read of the walk is a transaction on the memory socket, and the data access is one more
        EXPECT_EQ(b.memory.log.size() - before, n.configuration_reads + n.table_reads + 1);
        const auto tables_cold = n.table_reads;
        EXPECT_TRUE(b.read(5, va + 8, value)); // TLB
        EXPECT_EQ(n.table_reads, tables_cold);
        // walk caches warm, leaves not cached: stage-1 leaf, stage-2 leaf
        b.run(0x10 | 3ULL << 32); // keeps stage-2 tables, drops stage-1 ones
        EXPECT_TRUE(b.read(5, va, value));
        EXPECT_THAT(b.events(), IsEmpty());
    });
}

TEST(Translation, StageOneColdIsSevenReadsWithTwoConfigurationReadsLinear)
{
    bench b;
    in_thread([&] {
        const std::uint64_t root = b.new_table();
        b.map1(root, va, data_pa);
        b.map1(root, va + 0x1000, data_pa);
        b.stage1_stream(5, root, 7);
        b.enable();
        std::uint64_t value;
        EXPECT_TRUE(b.read(5, va, value));
        const auto& n = b.tcu.counts();
        EXPECT_EQ(n.configuration_reads, 2U); // STE, CD
        EXPECT_EQ(n.table_reads, 4U);         // levels 0 to 3
        EXPECT_TRUE(b.read(5, va + 0x1000, value));
        EXPECT_EQ(n.configuration_reads, 2U);
        EXPECT_EQ(n.table_reads, 5U); // the level-3 table is known
    });
}

TEST(Translation, MissingPageAbortsWithTheExactEvent_7_3)
{
    bench b;
    in_thread([&] {
        const std::uint64_t root = b.new_table();
        b.map1(root, va, data_pa);
        b.stage1_stream(5, root, 7);
        b.enable();
        EXPECT_FALSE(b.write(5, va + 0x1238, 1));
        b.settle();
        // F_TRANSLATION, StreamID 5; write, unprivileged, data, CLASS IN, stage 1
        EXPECT_THAT(b.events(), ElementsAre(bench::record{5ULL << 32 | 0x10, 2ULL << 40, va + 0x1238, 0}));
        EXPECT_EQ(b.tbu0.counts().terminated, 1U);
    });
}

TEST(Translation, StageTwoHoleUnderStageOne)
{
    bench b;
    in_thread([&] {
        const std::uint64_t root2 = b.new_table();
        const std::uint64_t root1 = b.new_table();
        b.nested_stream(5, root1, 7, root2, 3);
        b.map1(root1, va, 0x8000000);
        for (int pass = 0; pass < 2; ++pass)
            for (std::uint64_t table = 0x100000; table < b.pool; table += 0x1000)
                b.map2(root2, table, table);
        b.enable();
        EXPECT_FALSE(b.write(5, va + 0x40, 1));
        b.settle();
        // S2 = 1, CLASS IN, IPA 0x8000000
        EXPECT_THAT(b.events(),
                    ElementsAre(bench::record{5ULL << 32 | 0x10, 1ULL << 39 | 2ULL << 40, va + 0x40, 0x8000000}));
    });
}

TEST(Translation, PermissionIsCheckedOnEveryHit)
{
    bench b;
    in_thread([&] {
        const std::uint64_t root = b.new_table();
        b.map1(root, va, data_pa, 3, 0xfc1); // AP[2]: read-only
        b.stage1_stream(5, root, 7);
        b.enable();
        std::uint64_t value;
        EXPECT_TRUE(b.read(5, va, value));
        EXPECT_FALSE(b.write(5, va, 1));
        b.settle();
        EXPECT_THAT(b.events(), ElementsAre(bench::record{5ULL << 32 | 0x13, 2ULL << 40, va, 0}));
        EXPECT_TRUE(b.read(5, va, value));
    });
}

TEST(Translation, StreamOutsideTheTableIsRecordedByRecinvsid)
{
    bench b;
    in_thread([&] {
        b.enable();
        std::uint64_t value;
        EXPECT_FALSE(b.read(64, va, value));
        b.settle();
        EXPECT_THAT(b.events(), ElementsAre(bench::record{64ULL << 32 | 0x02, 0, 0, 0}));
    });
}

TEST(Translation, BurstAcrossPagesIsSplit)
{
    bench b;
    in_thread([&] {
        const std::uint64_t root = b.new_table();
        b.map1(root, va, data_pa);
        b.map1(root, va + 0x1000, data_pa + 0x5000);
        b.stage1_stream(5, root, 7);
        b.enable();
        std::array<std::uint8_t, 64> data;
        for (unsigned i = 0; i < data.size(); ++i)
            data[i] = static_cast<std::uint8_t>(i + 1);
        EXPECT_TRUE(b.access(b.device0, 5, tlm::TLM_WRITE_COMMAND, va + 0xff0, data.data(), 64));
        EXPECT_EQ(b.memory.bytes[data_pa + 0xff0], 1U);
        EXPECT_EQ(b.memory.bytes[data_pa + 0xfff], 16U);
        EXPECT_EQ(b.memory.bytes[data_pa + 0x5000], 17U);
        EXPECT_EQ(b.memory.bytes[data_pa + 0x502f], 64U);
        EXPECT_EQ(b.memory.count(data_pa >> 12, true), 1U);
        std::array<std::uint8_t, 64> back{};
        EXPECT_TRUE(b.access(b.device0, 5, tlm::TLM_READ_COMMAND, va + 0xff0, back.data(), 64));
        EXPECT_EQ(back, data);
        // the second page missing: abort, one event for its first byte
        EXPECT_FALSE(b.access(b.device0, 5, tlm::TLM_WRITE_COMMAND, va + 0x1ff0, data.data(), 64));
        b.settle();
        EXPECT_THAT(b.events(), ElementsAre(bench::record{5ULL << 32 | 0x10, 2ULL << 40, va + 0x2000, 0}));
    });
}

TEST(Translation, BothTbusTranslateAndAreInvalidated)
{
    bench b;
    in_thread([&] {
        const std::uint64_t root = b.new_table();
        b.map1(root, va, data_pa);
        b.stage1_stream(5, root, 7);
        b.enable();
        std::uint64_t value = 0;
        b.memory.set(data_pa, 1);
        b.memory.set(data_pa + 0x1000, 2);
        EXPECT_TRUE(b.access(b.device0, 5, tlm::TLM_READ_COMMAND, va, &value, 8));
        EXPECT_TRUE(b.access(b.device1, 5, tlm::TLM_READ_COMMAND, va, &value, 8));
        b.map1(root, va, data_pa + 0x1000);
        EXPECT_TRUE(b.access(b.device1, 5, tlm::TLM_READ_COMMAND, va, &value, 8));
        EXPECT_EQ(value, 1U); // still cached
        b.run(0x12 | 0ULL << 32 | 7ULL << 48, va | 1);
        EXPECT_TRUE(b.access(b.device0, 5, tlm::TLM_READ_COMMAND, va, &value, 8));
        EXPECT_EQ(value, 2U);
        value = 0;
        EXPECT_TRUE(b.access(b.device1, 5, tlm::TLM_READ_COMMAND, va, &value, 8));
        EXPECT_EQ(value, 2U);
    });
}

TEST(Translation, ConfigurationIsCachedUntilCfgi_4_3)
{
    bench b;
    in_thread([&] {
        b.bypass_stream(5);
        b.enable();
        std::uint64_t value;
        EXPECT_TRUE(b.read(5, data_pa, value));
        b.ste(5, {0, 0, 0, 0});
        EXPECT_TRUE(b.read(5, data_pa, value));
        b.run(0x03 | 4ULL << 32); // another stream
        EXPECT_TRUE(b.read(5, data_pa, value));
        b.run(0x03 | 5ULL << 32);
        EXPECT_FALSE(b.read(5, data_pa, value));
        b.settle();
        EXPECT_THAT(b.events(), ElementsAre(bench::record{5ULL << 32 | 0x04, 0, 0, 0})); // C_BAD_STE
    });
}

TEST(Translation, CdIsCachedUntilCfgiCd_4_3_3)
{
    bench b;
    in_thread([&] {
        const std::uint64_t root = b.new_table();
        const std::uint64_t other = b.new_table();
        b.map1(root, va, data_pa);
        b.map1(other, va, data_pa + 0x1000);
        b.memory.set(data_pa, 1);
        b.memory.set(data_pa + 0x1000, 2);
        b.stage1_stream(5, root, 7);
        b.enable();
        std::uint64_t value;
        EXPECT_TRUE(b.read(5, va, value));
        b.write_cd(bench::cd_base + 5 * 64, other, 8);
        EXPECT_TRUE(b.read(5, va, value));
        EXPECT_EQ(value, 1U);
        b.run(0x05 | 5ULL << 32, 1);
        EXPECT_TRUE(b.read(5, va, value));
        EXPECT_EQ(value, 2U);
    });
}

TEST(Translation, StageTwoIsInvalidatedByIpa)
{
    bench b;
    in_thread([&] {
        const std::uint64_t root = b.new_table();
        b.map2(root, va, data_pa);
        b.stage2_stream(5, root, 3);
        b.enable();
        std::uint64_t value;
        EXPECT_TRUE(b.read(5, va, value));
        b.memory.set(b.entry(root, va, 3), 0);
        EXPECT_TRUE(b.read(5, va, value));
        b.run(0x2a | 4ULL << 32, va);
        EXPECT_TRUE(b.read(5, va, value)); // another VMID
        b.run(0x2a | 3ULL << 32, va);
        EXPECT_FALSE(b.read(5, va, value));
        b.settle();
        // F_TRANSLATION, read, S2, CLASS IN
        EXPECT_THAT(b.events(),
                    ElementsAre(bench::record{5ULL << 32 | 0x10, 1ULL << 35 | 1ULL << 39 | 2ULL << 40, va, va}));
    });
}

TEST(Translation, DebugAndFunctionalLeaveNoTrace)
{
    bench b;
    in_thread([&] {
        const std::uint64_t root = b.new_table();
        b.map1(root, va, data_pa);
        b.stage1_stream(5, root, 7);
        b.memory.set(data_pa + 8, 0xabcd);
        b.enable();
        const auto now = sc_core::sc_time_stamp();
        const std::size_t accesses = b.memory.log.size();
        transaction_attributes a;
        a.stream = stream_id(5);
        const auto o = b.tbu0.translate(a, va + 8, false);
        ASSERT_TRUE(std::holds_alternative<smmu::translated>(o));
        EXPECT_EQ(std::get<smmu::translated>(o).out.pa.value(), data_pa + 8);
        EXPECT_TRUE(std::holds_alternative<smmu::terminated>(b.tbu0.translate(a, va + 0x1000, false)));
        tlm::tlm_generic_payload t;
        attributes extension(a);
        std::uint64_t value = 0;
        t.set_extension(&extension);
        t.set_command(tlm::TLM_READ_COMMAND);
        t.set_address(va + 8);
        t.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
        t.set_data_length(8);
        EXPECT_EQ(b.device0->transport_dbg(t), 8U);
        EXPECT_EQ(value, 0xabcdU);
        t.set_address(va + 0x1000);
        EXPECT_EQ(b.device0->transport_dbg(t), 0U);
        t.clear_extension(&extension);
        EXPECT_EQ(sc_core::sc_time_stamp(), now);
        EXPECT_EQ(b.memory.log.size(), accesses);
        EXPECT_EQ(b.tcu.counts().translations, 0U);
        b.settle();
        EXPECT_THAT(b.events(), IsEmpty());
        EXPECT_TRUE(b.read(5, va, value));
        EXPECT_EQ(b.tcu.counts().table_reads, 4U); // nothing had been cached
    });
}

TEST(Latency, StagesAddUpOnMissAndHit)
{
    bench b;
    in_thread([&] {
        const std::uint64_t root = b.new_table();
        b.map1(root, va, data_pa);
        b.stage1_stream(5, root, 7);
        b.enable();
        std::uint64_t value;
        latency_record miss(latency_record::kind::dma_read, local_ps(sc_core::SC_ZERO_TIME));
        EXPECT_TRUE(b.read(5, va, value, &miss));
        EXPECT_EQ(miss.end(), local_ps(sc_core::SC_ZERO_TIME));
        std::vector<std::pair<std::string, std::uint64_t>> spans;
        std::uint64_t previous = miss.begin();
        for (const auto& s : miss.spans()) {
            EXPECT_EQ(s.start, previous);
            previous = s.end;
            spans.emplace_back(stage_label(s.what, s.detail), (s.end - s.start) / 1000);
        }
        EXPECT_EQ(previous, miss.end());
        // 1 cycle, DTI 8, configuration cache 3 each, memory 10 each, walk cache 4, DTI 8. The stream is unknown, so
        // that the main TLB has nothing to be asked for.
        using p = std::pair<std::string, std::uint64_t>;
        EXPECT_THAT(spans, ElementsAre(p("tbu_lookup", 1), p("dti_request", 8), p("tcu", 3), p("ste_fetch", 10),
                                       p("tcu", 3), p("cd_fetch", 10), p("tcu", 4), p("walk_stage1.L0", 10),
                                       p("walk_stage1.L1", 10), p("walk_stage1.L2", 10), p("walk_stage1.L3", 10),
                                       p("dti_response", 8), p("memory", 10)));
        EXPECT_EQ(miss.pa, physical_address(data_pa));
        EXPECT_EQ(miss.page_size_log2, 12U);
        EXPECT_FALSE(miss.ipa.has_value());
        latency_record hit(latency_record::kind::dma_read, local_ps(sc_core::SC_ZERO_TIME));
        EXPECT_TRUE(b.read(5, va, value, &hit));
        EXPECT_EQ(hit.end() - hit.begin(), 11000U);
    });
}

TEST(Invalidation, ResultOvertakenInFlightIsNotCached)
{
    bench b;
    in_thread([&] {
        const std::uint64_t root = b.new_table();
        b.map1(root, va, data_pa);
        b.stage1_stream(5, root, 7);
        b.memory.set(data_pa, 1);
        b.memory.set(data_pa + 0x1000, 2);
        b.enable();
        // the read waits with the old level-3 descriptor in its hand
        b.memory.waiting_page = b.entry(root, va, 3) >> 12;
        std::uint64_t first = 0;
        bool ended = false;
        sc_core::sc_spawn([&] {
            EXPECT_TRUE(b.read(5, va, first));
            ended = true;
        });
        while (!b.memory.arrived)
            b.settle(10);
        b.map1(root, va, data_pa + 0x1000);
        b.push(0x12 | 7ULL << 48, va);
        b.push(0x46);
        b.ring();
        b.settle(1000);
        EXPECT_EQ(b.reg(0x9c), 1U); // the invalidation is consumed, the sync waits
        EXPECT_FALSE(ended);
        b.memory.waiting_page = ~0ULL;
        b.memory.go.notify();
        b.settle(1000);
        EXPECT_TRUE(ended);
        EXPECT_EQ(first, 1U); // it used the old translation, before the sync completed
        EXPECT_EQ(b.reg(0x9c), 2U);
        std::uint64_t value;
        EXPECT_TRUE(b.read(5, va, value));
        EXPECT_EQ(value, 2U);
    });
}

TEST(Invalidation, SyncWaitsForTransactionsDownstream)
{
    bench b;
    in_thread([&] {
        const std::uint64_t root = b.new_table();
        b.map1(root, va, data_pa);
        b.stage1_stream(5, root, 7);
        b.enable();
        std::uint64_t value;
        EXPECT_TRUE(b.read(5, va, value)); // TLBs hold it
        b.memory.waiting_page = data_pa >> 12;
        bool ended = false;
        sc_core::sc_spawn([&] {
            EXPECT_TRUE(b.write(5, va, 9));
            ended = true;
        });
        while (!b.memory.arrived)
            b.settle(10);
        b.push(0x30);
        b.push(0x46);
        b.ring();
        b.settle(1000);
        EXPECT_EQ(b.reg(0x9c), 1U);
        b.memory.waiting_page = ~0ULL;
        b.memory.go.notify();
        b.settle(1000);
        EXPECT_TRUE(ended);
        EXPECT_EQ(b.reg(0x9c), 2U);
    });
}

TEST(Tbu, RequestsForOnePageMerge)
{
    bench b;
    in_thread([&] {
        const std::uint64_t root = b.new_table();
        b.map1(root, va, data_pa);
        b.stage1_stream(5, root, 7);
        b.enable();
        unsigned ended = 0;
        for (unsigned i = 0; i < 4; ++i)
            sc_core::sc_spawn([&b, &ended, i] {
                std::uint64_t value = 0;
                EXPECT_TRUE(b.access(b.device0, 5, tlm::TLM_READ_COMMAND, va + i * 8, &value, 8));
                ++ended;
            });
        b.settle(2000);
        EXPECT_EQ(ended, 4U);
        EXPECT_EQ(b.tbu0.counts().requests, 1U);
        EXPECT_EQ(b.tbu0.counts().merged, 3U);
    });
}

TEST(Tbu, TokensBoundTheRequestsInFlight)
{
    smmu::tbu::parameters q;
    q.slots = 2;
    q.tokens = 2;
    q.hazards = 0;
    bench b({}, q);
    in_thread([&] {
        const std::uint64_t root = b.new_table();
        for (unsigned i = 0; i < 6; ++i)
            b.map1(root, va + i * 0x1000, data_pa);
        b.stage1_stream(5, root, 7);
        b.enable();
        unsigned ended = 0;
        for (unsigned i = 0; i < 6; ++i)
            sc_core::sc_spawn([&b, &ended, i] {
                std::uint64_t value = 0;
                EXPECT_TRUE(b.access(b.device0, 5, tlm::TLM_READ_COMMAND, va + i * 0x1000, &value, 8));
                ++ended;
            });
        b.settle(5000);
        EXPECT_EQ(ended, 6U);
        EXPECT_EQ(b.tbu0.counts().requests, 6U);
    });
}

TEST(EventQueue, WrapsOverflowsAndRecovers_7_4)
{
    bench b;
    in_thread([&] {
        b.enable();
        std::uint64_t value;
        for (int round = 0; round < 3; ++round) {
            for (unsigned i = 0; i < 3; ++i)
                EXPECT_FALSE(b.read(70 + i, va, value));
            b.settle();
            EXPECT_EQ(b.events().size(), 3U);
        }
        for (unsigned i = 0; i < 6; ++i)
            EXPECT_FALSE(b.read(80 + i, va, value));
        b.settle();
        const std::uint64_t full = b.reg(0x100a8);
        EXPECT_EQ(full >> 31, 1U);                  // overflow
        EXPECT_EQ((full & 7) ^ b.reg(0x100ac), 4U); // full: index equal, wrap different
        EXPECT_EQ(b.reg(0x60), 0U);                 // not an abort
        EXPECT_FALSE(b.read(90, va, value));
        b.settle();
        EXPECT_EQ(b.reg(0x100a8), full); // an unacknowledged overflow does not toggle again
        const auto kept = b.events();    // acknowledges
        ASSERT_EQ(kept.size(), 4U);
        EXPECT_EQ(kept[0][0], 80ULL << 32 | 2);
        EXPECT_EQ(kept[3][0], 83ULL << 32 | 2);
        EXPECT_FALSE(b.read(91, va, value));
        b.settle();
        EXPECT_EQ(b.events().size(), 1U);
        EXPECT_EQ(b.reg(0x100a8) >> 31, 1U);
    });
}

TEST(EventQueue, DisabledQueueDiscardsWithoutOverflow)
{
    bench b;
    in_thread([&] {
        b.enable();
        b.set_reg(0x20, 0x9);
        b.settle();
        EXPECT_EQ(b.reg(0x24), 0x9U);
        std::uint64_t value;
        for (unsigned i = 0; i < 6; ++i)
            EXPECT_FALSE(b.read(80, va, value));
        b.settle();
        EXPECT_EQ(b.reg(0x100a8), 0U);
    });
}

TEST(EventQueue, InterruptsOnlyWhenItBecomesNonEmpty_3_18_2)
{
    smmu::tcu::parameters p;
    p.msi_device = device_id(0x78);
    bench b(p);
    in_thread([&] {
        b.set_reg(0xb0, bench::msi_page, 8);
        b.set_reg(0xb8, 0x42);
        b.enable(4);
        unsigned pulses = 0;
        sc_core::sc_spawn_options method;
        method.spawn_method();
        method.dont_initialize();
        method.set_sensitivity(&b.eventq_irq.posedge_event());
        sc_core::sc_spawn([&] { ++pulses; }, "pulses", &method);
        std::uint64_t value;
        EXPECT_FALSE(b.read(80, va, value));
        b.settle();
        EXPECT_FALSE(b.read(81, va, value));
        b.settle();
        EXPECT_EQ(pulses, 1U);
        EXPECT_EQ(b.memory.count(bench::msi_page >> 12, true), 1U);
        EXPECT_EQ(b.memory.word(bench::msi_page), 0x42U);
        EXPECT_EQ(b.events().size(), 2U);
        EXPECT_FALSE(b.read(82, va, value));
        b.settle();
        EXPECT_EQ(pulses, 2U);
        // aborted MSI: the record stands, GERROR says so
        b.memory.aborting.insert(bench::msi_page >> 12);
        b.events();
        EXPECT_FALSE(b.read(83, va, value));
        b.settle();
        EXPECT_EQ(b.reg(0x60), 0x20U);
        EXPECT_EQ(b.events().size(), 1U);
    });
}

TEST(EventQueue, AbortedWriteStopsDelivery_7_2_2)
{
    bench b;
    in_thread([&] {
        b.enable();
        b.memory.aborting.insert(bench::event_base >> 12);
        std::uint64_t value;
        EXPECT_FALSE(b.read(80, va, value));
        b.settle();
        EXPECT_EQ(b.reg(0x60), 0x4U);
        EXPECT_EQ(b.reg(0x100a8), 0U);
        b.memory.aborting.clear();
        EXPECT_FALSE(b.read(81, va, value));
        b.settle();
        EXPECT_EQ(b.reg(0x100a8), 0U); // not writable until acknowledged
        b.set_reg(0x64, 0x4);
        EXPECT_FALSE(b.read(82, va, value));
        b.settle();
        EXPECT_THAT(b.events(), ElementsAre(bench::record{82ULL << 32 | 2, 0, 0, 0}));
    });
}

TEST(EventQueue, SyncMakesEventsOfTerminatedTransactionsVisible_4_7_3)
{
    bench b;
    b.memory.latency = sc_core::sc_time(200, sc_core::SC_NS);
    in_thread([&] {
        b.enable();
        std::uint64_t value;
        EXPECT_FALSE(b.read(80, va, value));
        EXPECT_FALSE(b.read(81, va, value));
        b.run(0x30);
        EXPECT_EQ(b.events().size(), 2U);
    });
}

TEST(Parameters, ContradictionsAreRefusedWithNameAndRange)
{
    smmu::tbu::parameters q;
    q.micro_tlb_entries = 3;
    EXPECT_THROW(q.check("t"), sc_core::sc_report);
    q = {};
    q.tokens = q.slots + 1;
    EXPECT_THROW(q.check("t"), sc_core::sc_report);
    q = {};
    q.link.beat_bytes = 3;
    EXPECT_THROW(q.check("t"), sc_core::sc_report);
    smmu::tcu::parameters p;
    p.configuration_slots = 3;
    EXPECT_THROW(p.check("t"), sc_core::sc_report);
    p = {};
    p.walk_cache_entries = 100;
    EXPECT_THROW(p.check("t"), sc_core::sc_report);
    EXPECT_NO_THROW(smmu::tcu::parameters().check("t"));
    EXPECT_NO_THROW(smmu::tbu::parameters().check("t"));
}
