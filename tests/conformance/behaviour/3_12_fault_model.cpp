// 3.12, 3.17, 5.5: what a fault does to its transaction, and does not do to others.

#include "unit/smmu/bench.h"

#include <gmock/gmock.h>

using namespace iovp;
using namespace iovp::test;
using testing::ElementsAre;
using testing::IsEmpty;

static constexpr std::uint64_t data_pa = 0x80000000;
static constexpr std::uint64_t va = 0x123456000;

TEST(FaultModel_3_12, OneFaultDoesNotTouchTheNextTransaction)
{
    bench b;
    in_thread([&] {
        const std::uint64_t root = b.new_table();
        b.map1(root, va, data_pa);
        b.stage1_stream(5, root, 7);
        b.memory.set(data_pa, 0x77);
        b.enable();
        std::uint64_t value;
        for (int i = 0; i < 3; ++i) {
            EXPECT_FALSE(b.read(5, va + 0x1000, value));
            EXPECT_TRUE(b.read(5, va, value));
            EXPECT_EQ(value, 0x77U);
        }
    });
}

TEST(FaultModel_3_12, OneEventPerTransaction)
{
    bench b;
    in_thread([&] {
        const std::uint64_t root = b.new_table();
        b.map1(root, va, data_pa);
        b.stage1_stream(5, root, 7);
        b.enable();
        std::array<std::uint8_t, 64> data{};
        EXPECT_FALSE(b.access(b.device0, 5, tlm::TLM_WRITE_COMMAND, va + 0x1000, data.data(), 64));
        b.settle();
        EXPECT_EQ(b.events().size(), 1U);
        EXPECT_TRUE(b.access(b.device0, 5, tlm::TLM_WRITE_COMMAND, va, data.data(), 64));
        b.settle();
        EXPECT_THAT(b.events(), IsEmpty());
    });
}

TEST(FaultModel_3_12, RazWiReadsZeroAndIgnoresWrites)
{
    bench b;
    in_thread([&] {
        const std::uint64_t root = b.new_table();
        b.map1(root, va, data_pa, 3, 0xfc1); // read-only
        b.stage1_stream(5, root, 7);
        const std::uint64_t cd = bench::cd_base + 5 * 64;
        b.memory.set(cd, b.memory.word(cd) & ~(1ULL << 46)); // A: RAZ/WI, still recorded
        b.memory.set(data_pa, 0x77);
        b.enable();
        EXPECT_TRUE(b.write(5, va, 0x55)) << "completes";
        EXPECT_EQ(b.memory.word(data_pa), 0x77U);
        std::uint64_t value = 0x99;
        EXPECT_TRUE(b.access(b.device0, 5, tlm::TLM_READ_COMMAND, va + 0x1000, &value, 8));
        EXPECT_EQ(value, 0U);
        b.settle();
        EXPECT_THAT(b.events(), ElementsAre(bench::record{5ULL << 32 | 0x13, 2ULL << 40, va, 0},
                                            bench::record{5ULL << 32 | 0x10, 1ULL << 35 | 2ULL << 40, va + 0x1000, 0}));
    });
}

TEST(FaultModel_3_12, StagesObeyTheirOwnConfiguration)
{
    bench b;
    in_thread([&] {
        const std::uint64_t root2 = b.new_table();
        const std::uint64_t root1 = b.new_table();
        b.nested_stream(5, root1, 7, root2, 3);
        b.map1(root1, va, 0x70000000);
        for (int pass = 0; pass < 2; ++pass)
            for (std::uint64_t table = 0x100000; table < b.pool; table += 0x1000)
                b.map2(root2, table, table);
        const std::uint64_t cd = bench::cd_base + 5 * 64;
        b.memory.set(cd, b.memory.word(cd) & ~(3ULL << 45)); // stage 1: RAZ/WI, no record
        b.enable();
        std::uint64_t value = 1;
        EXPECT_TRUE(b.access(b.device0, 5, tlm::TLM_READ_COMMAND, va + 0x1000, &value, 8)); // stage-1 fault
        EXPECT_EQ(value, 0U);
        EXPECT_FALSE(b.read(5, va, value)); // stage-2 fault: aborts and is recorded
        b.settle();
        EXPECT_THAT(b.events(), ElementsAre(bench::record{5ULL << 32 | 0x10, 1ULL << 35 | 1ULL << 39 | 2ULL << 40, va,
                                                          0x70000000}));
    });
}

TEST(Tlb_3_17, FaultsAreNotCached)
{
    bench b;
    in_thread([&] {
        const std::uint64_t root = b.new_table();
        b.map1(root, va + 0x1000, data_pa);
        b.stage1_stream(5, root, 7);
        b.memory.set(data_pa, 0x77);
        b.enable();
        std::uint64_t value;
        EXPECT_FALSE(b.read(5, va, value));
        b.map1(root, va, data_pa); // no invalidation
        EXPECT_TRUE(b.read(5, va, value));
        EXPECT_EQ(value, 0x77U);
    });
}

TEST(Tlb_3_17, StreamsOfOneAsidShareEntries)
{
    bench b;
    in_thread([&] {
        const std::uint64_t root = b.new_table();
        b.map1(root, va, data_pa);
        b.stage1_stream(5, root, 7);
        b.stage1_stream(6, root, 7);
        b.map1(root, va + 0x1000, data_pa);
        b.enable();
        std::uint64_t value;
        EXPECT_TRUE(b.read(6, va + 0x1000, value)); // the TBU knows stream 6
        EXPECT_TRUE(b.read(5, va, value));
        const auto reads = b.tcu.counts().table_reads;
        EXPECT_TRUE(b.read(6, va, value));
        EXPECT_EQ(b.tcu.counts().table_reads, reads);
    });
}

TEST(Tlb_3_17, InvalidStesAreNotCached)
{
    bench b;
    in_thread([&] {
        b.enable();
        std::uint64_t value;
        EXPECT_FALSE(b.read(5, data_pa, value));
        b.bypass_stream(5);
        EXPECT_TRUE(b.read(5, data_pa, value));
    });
}
