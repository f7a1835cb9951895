#include "bench.h"

#include <gmock/gmock.h>

using namespace iovp;
using namespace iovp::test;
using testing::IsEmpty;

static constexpr std::uint64_t data_pa = 0x80000000;
static constexpr std::uint64_t data_ipa = 0x70000000;
static constexpr std::uint64_t va = 0x123456000;

// Memory reads of one access with every cache cold (16.2 and the Agilex 5 TRM's maximum of 36):
// N = nSTE + nCD + L1 + (nCD + L1 + 1) x L2. Expected numbers are written out, not computed by the model's code.
namespace {

struct counting_bench : bench {
    std::size_t reads_of(std::uint32_t sid, std::uint64_t iova, std::optional<substream_id> substream = {})
    {
        const std::size_t before = memory.log.size();
        std::uint64_t value = 0;
        EXPECT_TRUE(access(device0, sid, tlm::TLM_READ_COMMAND, iova, &value, 8, nullptr, substream));
        EXPECT_EQ(value, memory.word(data_pa + (iova & 0xfff)));
        return memory.log.size() - before - 1; // without the data
    }
    void cold_tlb() { run(0x30); } // TLBI_NSNH_ALL
    void cold_configuration()
    {
        push(0x04, 31); // CFGI_ALL
        run(0x30);
    }
    void map_tables2(std::uint64_t root2)
    {
        for (int pass = 0; pass < 2; ++pass) // the first makes stage-2 tables
            for (std::uint64_t table = 0x100000; table < pool; table += 0x1000)
                map2(root2, table, table);
    }
    /// Two-level stream table: STE of stream 5 at 0x18000 + 5 x 64.
    void two_level_stream()
    {
        memory.set(stream_table, 0x18000 | 7);
        for (unsigned i = 0; i < 8; ++i)
            memory.set(0x18000 + 5 * 64 + i * 8, memory.word(stream_table + 5 * 64 + i * 8));
        memory.set(stream_table + 5 * 64, 0); // nothing but the level-2 copy may be used
    }
    static constexpr std::uint32_t two_level_cfg = 10 | 6 << 6 | 1 << 16;
};

} // namespace

TEST(WalkCount, NestedColdLinearIsThirtyThenTwentyFourThenTwo)
{
    counting_bench b;
    in_thread([&] {
        const std::uint64_t root2 = b.new_table();
        const std::uint64_t root1 = b.new_table();
        b.nested_stream(5, root1, 7, root2, 3);
        b.map1(root1, va, data_ipa);
        b.map1(root1, va + 0x1000, data_ipa + 0x1000);
        b.map2(root2, data_ipa, data_pa);
        b.map2(root2, data_ipa + 0x1000, data_pa);
        b.map_tables2(root2);
        b.memory.set(data_pa, 0x77);
        b.enable();
        EXPECT_EQ(b.reads_of(5, va), 30U);
        EXPECT_EQ(b.reads_of(5, va), 0U);
        b.cold_tlb();
        EXPECT_EQ(b.reads_of(5, va), 24U);
        // Walk caches warm, level-3 entries not cached, stage-1 entries hold the PA of the next table.
        EXPECT_EQ(b.reads_of(5, va + 0x1000), 2U);
        b.cold_configuration();
        EXPECT_EQ(b.reads_of(5, va), 30U);
        const auto& n = b.tcu.counts();
        EXPECT_EQ(n.configuration_reads, 4U);
        EXPECT_EQ(n.table_reads, 28U + 24 + 2 + 28);
        EXPECT_THAT(b.events(), IsEmpty());
    });
}

TEST(WalkCount, NestedColdWithTwoLevelTablesIsThirtySix)
{
    counting_bench b;
    in_thread([&] {
        const std::uint64_t root2 = b.new_table();
        const std::uint64_t root1 = b.new_table();
        b.nested_stream(5, root1, 7, root2, 3);
        // Two-level CD table (S1Fmt 1: 64 CDs in 4 KiB), S1CDMax 8: L1CD 1 -> 0x24000, CD of substream 65.
        b.ste(5, {1 | 7 << 1 | 1 << 4 | 0x22000 | 8ULL << 59, bench::ste1, bench::ste2(3), root2});
        b.memory.set(0x22000 + 8, 0x24000 | 1);
        b.write_cd(0x24000 + 64, root1, 7);
        b.map2(root2, 0x22000, 0x22000);
        b.map2(root2, 0x24000, 0x24000);
        b.map1(root1, va, data_ipa);
        b.map2(root2, data_ipa, data_pa);
        b.map_tables2(root2);
        b.two_level_stream();
        b.memory.set(data_pa, 0x77);
        b.enable(0, counting_bench::two_level_cfg);
        EXPECT_EQ(b.reads_of(5, va, substream_id(65)), 36U);
        EXPECT_EQ(b.tcu.counts().configuration_reads, 4U);
        b.cold_tlb();
        EXPECT_EQ(b.reads_of(5, va, substream_id(65)), 24U);
        EXPECT_THAT(b.events(), IsEmpty());
    });
}

TEST(WalkCount, NestedWithFortyBitIpaIsNineteen)
{
    counting_bench b;
    in_thread([&] {
        // Stage 2 from level 1: S2T0SZ 24, S2SL0 1, two concatenated tables.
        b.pool = 0x102000;
        const std::uint64_t root2 = 0x100000;
        const auto map40 = [&](std::uint64_t ipa, std::uint64_t pa) {
            std::uint64_t slot = root2 + (ipa >> 30 & 0x3ff) * 8;
            for (const unsigned shift : {21U, 12U}) {
                if (b.memory.word(slot) == 0)
                    b.memory.set(slot, b.new_table() | 3);
                slot = (b.memory.word(slot) & 0xfffffffff000) + (ipa >> shift & 0x1ff) * 8;
            }
            b.memory.set(slot, pa | 0x7ff);
        };
        const std::uint64_t root1 = b.new_table();
        b.write_cd(bench::cd_base + 5 * 64, root1, 7);
        const std::uint64_t s2 =
            (bench::ste2(3) & ~(0xffULL << 32) & ~(7ULL << 48)) | 24ULL << 32 | 1ULL << 38 | 2ULL << 48;
        b.ste(5, {1 | 7 << 1 | (bench::cd_base + 5 * 64), bench::ste1, s2, root2});
        map40(bench::cd_base, bench::cd_base);
        b.map1(root1, va, data_ipa);
        map40(data_ipa, data_pa);
        for (int pass = 0; pass < 2; ++pass)
            for (std::uint64_t table = 0x100000; table < b.pool; table += 0x1000)
                map40(table, table);
        b.memory.set(data_pa, 0x77);
        b.enable();
        EXPECT_EQ(b.reads_of(5, va), 1U + 1 + 4 + (1 + 4 + 1) * 3);
        b.cold_tlb();
        EXPECT_EQ(b.reads_of(5, va), 19U);
        EXPECT_THAT(b.events(), IsEmpty());
    });
}

TEST(WalkCount, StageOneColdIsSevenThenFour)
{
    counting_bench b;
    in_thread([&] {
        const std::uint64_t root = b.new_table();
        b.map1(root, va, data_pa);
        b.stage1_stream(5, root, 7);
        b.two_level_stream();
        b.memory.set(data_pa, 0x77);
        b.enable(0, counting_bench::two_level_cfg);
        EXPECT_EQ(b.reads_of(5, va), 7U); // L1STD, STE, CD, levels 0 to 3
        b.cold_tlb();
        EXPECT_EQ(b.reads_of(5, va), 4U);
        EXPECT_THAT(b.events(), IsEmpty());
    });
}

// A walk that fails leaves in the caches the tables that it read, and no more: software that repairs the leaf needs no
// invalidation (3.17: faults are not cached).
TEST(WalkCount, AFailedWalkLeavesItsTablesOnly)
{
    counting_bench b;
    in_thread([&] {
        const std::uint64_t root = b.new_table();
        b.map1(root, va + 0x1000, data_pa);
        b.stage1_stream(5, root, 7);
        b.enable();
        std::uint64_t value;
        EXPECT_FALSE(b.read(5, va, value));
        b.map1(root, va, data_pa);
        EXPECT_EQ(b.reads_of(5, va), 1U);
    });
}
