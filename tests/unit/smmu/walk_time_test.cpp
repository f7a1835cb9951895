// The walk caches' geometry and counts, and walks of a fixed time.
#include "dti_bench.h"

#include <gmock/gmock.h>

using namespace iovp;
using namespace iovp::test;
using testing::Each;

namespace {

constexpr std::uint64_t data = 0x80000000;

/// Stream 5, stage 1: pages in three places that share only the root table, two pages each.
struct walk_bench : dti_bench {
    static constexpr std::uint64_t place(unsigned i) { return (1ULL + i) << 39; }
    fake_tbu tbu{"tbu"};

    explicit walk_bench(const smmu::tcu::parameters& p)
        : dti_bench(p)
    {
        tbu.socket.bind(tcu.dti);
    }
    void begin()
    {
        const std::uint64_t root = new_table();
        stage1_stream(5, root, 7);
        for (unsigned i = 0; i < 3; ++i)
            for (const std::uint64_t page : {0x0ULL, 0x1000ULL, 0x2000ULL})
                map1(root, place(i) + page, data + i * 0x10000 + page);
        enable();
        tbu.connect(16);
    }
    std::uint64_t reads_of(std::uint64_t iova)
    {
        const std::uint64_t before = tcu.counts().table_reads;
        tbu.ask(5, iova);
        return tcu.counts().table_reads - before;
    }
};

smmu::tcu::parameters caches(unsigned entries, bool unified)
{
    smmu::tcu::parameters p;
    p.walk_cache_entries = entries;
    p.walk_cache_unified = unified;
    p.walk_cache_replacement = smmu::replacement::lru;
    return p;
}

} // namespace

// The walk asks from level 2 upwards and takes the first hit.
TEST(WalkCache, CountsLookupsAndHitsPerStageAndLevel)
{
    for (const bool unified : {false, true}) {
        smmu::walk_cache cache(16, 4, unified);
        vmsa::walk_cache_key key{};
        vmsa::table_pointer found;
        const auto at = [&](std::uint8_t stage, std::int8_t level, std::uint64_t address) {
            key.stage = stage;
            key.level = level;
            key.size_log2 = static_cast<std::uint8_t>(39 - 9 * level);
            key.address = address;
            return key;
        };
        cache.fill(at(1, 2, 0x200000), found);
        cache.fill(at(2, 1, 0x40000000), found);
        EXPECT_TRUE(cache.lookup(at(1, 2, 0x200000), found));
        EXPECT_FALSE(cache.lookup(at(1, 2, 0x400000), found));
        EXPECT_FALSE(cache.lookup(at(2, 2, 0x200000), found)) << "of the other stage";
        EXPECT_TRUE(cache.lookup(at(2, 1, 0x40000000), found));
        EXPECT_FALSE(cache.lookup(at(1, 1, 0x40000000), found));
        EXPECT_EQ(cache.counts(1, 2).lookups, 2U);
        EXPECT_EQ(cache.counts(1, 2).hits, 1U);
        EXPECT_EQ(cache.counts(2, 2).lookups, 1U);
        EXPECT_EQ(cache.counts(2, 2).hits, 0U);
        EXPECT_EQ(cache.counts(2, 1).hits, 1U);
        EXPECT_EQ(cache.counts(1, 1).lookups, 1U);
        EXPECT_EQ(cache.counts(1, 0).lookups, 0U);
    }
}

TEST(WalkCache, AWalkLooksUpDownToItsHit)
{
    walk_bench b(caches(16, false));
    in_thread([&] {
        b.begin();
        EXPECT_EQ(b.reads_of(walk_bench::place(0)), 4U);
        EXPECT_EQ(b.reads_of(walk_bench::place(0) + 0x1000), 1U);
        for (unsigned level = 0; level < 3; ++level) {
            EXPECT_EQ(b.tcu.walks().counts(1, level).lookups, level == 2 ? 2U : 1U);
            EXPECT_EQ(b.tcu.walks().counts(1, level).hits, level == 2 ? 1U : 0U);
        }
        EXPECT_EQ(b.tcu.walks().counts(2, 2).lookups, 0U);
    });
}

// Three descriptors a walk: four entries for each level hold the three walks'.
TEST(WalkCache, OneForEachLevelHoldsThemAll)
{
    walk_bench b(caches(4, false));
    in_thread([&] {
        b.begin();
        for (unsigned i = 0; i < 3; ++i)
            EXPECT_EQ(b.reads_of(walk_bench::place(i)), 4U);
        for (unsigned i = 0; i < 3; ++i)
            EXPECT_EQ(b.reads_of(walk_bench::place(i) + 0x1000), 1U);
    });
}

// One of four entries, least recently used: of nine descriptors the last four stay, those of the last walk and the
// second one's level 2.
TEST(WalkCache, OneForAllSharesItsEntries)
{
    walk_bench b(caches(4, true));
    in_thread([&] {
        b.begin();
        for (unsigned i = 0; i < 3; ++i)
            EXPECT_EQ(b.reads_of(walk_bench::place(i)), 4U);
        EXPECT_EQ(b.reads_of(walk_bench::place(2) + 0x1000), 1U);
        EXPECT_EQ(b.reads_of(walk_bench::place(1) + 0x1000), 1U);
        EXPECT_EQ(b.reads_of(walk_bench::place(0) + 0x1000), 4U);
    });
}

TEST(WalkCache, WithoutEntriesNothingHits)
{
    walk_bench b(caches(0, false));
    in_thread([&] {
        b.begin();
        EXPECT_EQ(b.reads_of(walk_bench::place(0)), 4U);
        EXPECT_EQ(b.reads_of(walk_bench::place(0) + 0x1000), 4U);
    });
}

// Configuration caches of one set with 2 ways: least recently used.
TEST(ConfigurationCache, ReplacesByItsPolicy)
{
    smmu::configuration_cache cache(2, 2, smmu::replacement::lru);
    smmu::ste found;
    for (const std::uint32_t sid : {1U, 2U})
        cache.fill(false, stream_id(sid), found);
    EXPECT_TRUE(cache.lookup(false, stream_id(1), found));
    cache.fill(false, stream_id(3), found);
    EXPECT_TRUE(cache.lookup(false, stream_id(1), found));
    EXPECT_FALSE(cache.lookup(false, stream_id(2), found));
}

static smmu::tcu::parameters fixed(unsigned walk_slots = 16)
{
    smmu::tcu::parameters p;
    p.walk_time = sc_core::sc_time(310, sc_core::SC_NS);
    p.walk_slots = walk_slots;
    return p;
}

TEST(WalkTime, TakesThePlaceOfTheAccesses)
{
    walk_bench b(fixed());
    in_thread([&] {
        b.begin();
        EXPECT_EQ(b.tbu.ask(5, walk_bench::place(0)), 8 + 3 + 10 + 3 + 10 + 4 + 310 + 8); // STE and CD are read
        EXPECT_EQ(b.tcu.counts().table_reads, 4U);
        const std::size_t accesses = b.memory.log.size();
        EXPECT_EQ(b.tbu.ask(5, walk_bench::place(1)), 8 + 3 + 3 + 4 + 310 + 8);
        EXPECT_EQ(b.tbu.ask(5, walk_bench::place(1) + 0x1000), 8 + 3 + 3 + 4 + 310 + 8); // one descriptor as well
        EXPECT_EQ(b.memory.log.size(), accesses);
        EXPECT_EQ(b.tcu.counts().table_reads, 9U);
    });
}

TEST(WalkTime, HoldsAWalkSlot)
{
    walk_bench b(fixed(2));
    in_thread([&] {
        b.begin();
        b.tbu.ask(5, walk_bench::place(0));
        fake_tbu::question q[3];
        for (unsigned i = 0; i < 3; ++i)
            b.tbu.ask(q[i], 5, walk_bench::place(i) + 0x1000, i);
        b.settle(2000);
        EXPECT_EQ(q[0].arrived, 18 + 310 + 8);
        EXPECT_EQ(q[1].arrived, 1 + 18 + 310 + 8);
        EXPECT_EQ(q[2].arrived, 18 + 310 + 310 + 8);
    });
}

// A nested translation is one walk, its CD's included.
TEST(WalkTime, IsSpentOnceATranslation)
{
    dti_bench b(fixed());
    fake_tbu tbu("tbu");
    tbu.socket.bind(b.tcu.dti);
    in_thread([&] {
        const std::uint64_t root2 = b.new_table(), root1 = b.new_table(), va = 0x12345000;
        b.nested_stream(5, root1, 7, root2, 3);
        b.map1(root1, va, 0x70000000);
        b.map2(root2, 0x70000000, data);
        for (int again = 0; again < 2; ++again)
            for (std::uint64_t table = 0x100000; table < b.pool; table += 0x1000)
                b.map2(root2, table, table);
        b.enable();
        tbu.connect(4);
        // STE; CD, for whose address stage 2 looks into the walk cache; stage 1, and stage 2 of its four tables and of
        // the output.
        EXPECT_EQ(tbu.ask(5, va), 8 + (3 + 10) + (3 + 4 + 310 + 10) + (1 + 4 + 1) * 4 + 8);
        EXPECT_EQ(b.tcu.counts().table_reads, 28U);
    });
}
