#include <gtest/gtest.h>

#include <random>

#include "iommu/iopt.h"
#include "lib/errors.h"
#include "machine.h"
#include "walker.h"

namespace {

/// Tables in a map, and a TLB of the most stubborn kind: whatever was ever valid stays until it is invalidated.
struct Iopt : testing::Test {
    machine m;
    iopt pt{};
    std::uint64_t invalidations = 0;
    bool broke_rule = false;
    std::map<std::uint64_t, std::uint64_t> stale; // descriptor address -> old valid value not yet invalidated

    static Iopt* self(void* context) { return static_cast<Iopt*>(context); }
    const iopt_ops ops{
        [](void* c, phys_addr_t a) { return self(c)->m.read64(a); },
        [](void* c, phys_addr_t a, std::uint64_t d) {
            const std::uint64_t old = self(c)->m.read64(a);
            // D8.17.1: valid to another valid needs an invalid descriptor and a TLBI in between.
            if ((d & 1) && ((old & 1) || self(c)->stale.count(a)))
                self(c)->broke_rule = true;
            if (old & 1)
                self(c)->stale[a] = old;
            self(c)->m.write64(a, d);
        },
        [](void* c, std::size_t bytes, std::size_t align) { return self(c)->m.alloc(bytes, align); },
        [](void* c, phys_addr_t a, std::size_t bytes) {
            // Freed while a descriptor that points to it may still be cached?
            for (const auto& [at, old] : self(c)->stale)
                if ((old & 3) == 3 && (old & 0xFFFFFFFFF000u) == a)
                    self(c)->broke_rule = true;
            self(c)->m.allocated -= bytes;
        },
        [](void* c, std::uint64_t, std::uint64_t, std::uint64_t, bool) {
            self(c)->invalidations++;
            self(c)->stale.clear();
        },
    };

    void init(int stage, unsigned granule, unsigned in, unsigned out = 44)
    {
        const iopt_config config{static_cast<unsigned>(stage), granule, in, out};
        ASSERT_EQ(iopt_init(&pt, &config, &ops, this), 0);
    }
    walker::regime regime() const
    {
        if (pt.config.stage == 2) {
            const smmu_s2_config c = iopt_stage2_config(&pt, 3);
            const smmu_entry ste = smmu_make_ste_s2(&c, true);
            return walker::from_ste(ste.dw);
        }
        const smmu_cd_config c = iopt_stage1_config(&pt, 3);
        const smmu_entry cd = smmu_make_cd(&c);
        return walker::from_cd(cd.dw);
    }
    std::optional<walker::result> walk(std::uint64_t a)
    {
        return walker::walk(regime(), a, [this](std::uint64_t at) { return m.read64(at); });
    }
};

TEST_F(Iopt, EveryGranuleStageAndInputSizeAgreesWithAWalkFromTheArchitecture)
{
    for (const int stage : {1, 2}) {
        for (const unsigned granule : {12u, 14u, 16u}) {
            for (unsigned in = 25; in <= 48; in++) {
                SCOPED_TRACE(testing::Message() << "stage " << stage << " granule " << granule << " in " << in);
                init(stage, granule, in, 48);
                const std::uint64_t page = 1ull << granule;
                const std::uint64_t top = (1ull << in) - page;
                ASSERT_EQ(iopt_map(&pt, top, 0x1234'0000, page, IOPT_READ | IOPT_WRITE), 0);
                ASSERT_EQ(iopt_map(&pt, 0, 0x5678'0000, page, IOPT_READ), 0);
                const auto high = walk(top + 0x123);
                const auto low = walk(0x40);
                ASSERT_TRUE(high && low);
                EXPECT_EQ(high->pa, 0x1234'0123u);
                EXPECT_TRUE(high->read && high->write && !high->execute && !high->device);
                EXPECT_EQ(low->pa, 0x5678'0040u);
                EXPECT_TRUE(low->read && !low->write);
                EXPECT_FALSE(walk(page));
                EXPECT_EQ(iopt_map(&pt, top + page, 0, page, IOPT_READ), ERR_RANGE);
                iopt_destroy(&pt);
                EXPECT_EQ(m.allocated, 0u);
            }
        }
    }
}

TEST_F(Iopt, BlocksAreUsedWhereAlignmentAllows)
{
    const struct {
        unsigned granule;
        std::uint64_t block;
    } cases[] = {{12, 1ull << 21}, {12, 1ull << 30}, {14, 1ull << 25}, {16, 1ull << 29}};
    for (const auto& c : cases) {
        for (const int stage : {1, 2}) {
            init(stage, c.granule, 40);
            ASSERT_EQ(iopt_map(&pt, c.block * 3, c.block * 2, c.block, IOPT_READ | IOPT_WRITE), 0);
            const auto r = walk(c.block * 3 + 0x34567);
            ASSERT_TRUE(r);
            EXPECT_EQ(r->size, c.block);
            EXPECT_EQ(r->pa, c.block * 2 + 0x34567);
            EXPECT_FALSE(walk(c.block * 3 - 1));
            EXPECT_FALSE(walk(c.block * 4));
            iopt_destroy(&pt);
        }
    }
}

TEST_F(Iopt, DeviceAndWriteOnly)
{
    init(2, 12, 40);
    ASSERT_EQ(iopt_map(&pt, 0x8000000, 0x30110000, 0x1000, IOPT_WRITE | IOPT_DEVICE), 0);
    const auto r = walk(0x8000040);
    ASSERT_TRUE(r);
    EXPECT_EQ(r->pa, 0x30110040u);
    EXPECT_TRUE(r->device && r->write && !r->read && !r->execute);
    iopt_leaf leaf{};
    ASSERT_TRUE(iopt_lookup(&pt, 0x8000040, &leaf));
    EXPECT_EQ(leaf.prot, static_cast<unsigned>(IOPT_WRITE | IOPT_DEVICE));
    EXPECT_EQ(leaf.address, 0x30110040u);
}

TEST_F(Iopt, MapRefusesOverlapAndChangesNothing)
{
    init(1, 12, 32);
    ASSERT_EQ(iopt_map(&pt, 0x200000, 0x80000000, 0x200000, IOPT_READ), 0);
    EXPECT_EQ(iopt_map(&pt, 0x1FF000, 0x90000000, 0x2000, IOPT_READ), ERR_BUSY);
    EXPECT_FALSE(walk(0x1FF000));
    EXPECT_EQ(iopt_map(&pt, 0x300000, 0x90000000, 0x1000, IOPT_READ), ERR_BUSY);
    EXPECT_EQ(walk(0x300000)->pa, 0x80100000u);
    EXPECT_EQ(iopt_map(&pt, 0x800, 0, 0x1000, IOPT_READ), ERR_INVALID);
    EXPECT_EQ(iopt_map(&pt, 0, 0, 0, IOPT_READ), ERR_INVALID);
    EXPECT_EQ(iopt_map(&pt, 0, 1ull << 44, 0x1000, IOPT_READ), ERR_RANGE);
}

TEST_F(Iopt, OutOfMemoryUndoesTheMapping)
{
    init(1, 12, 39);
    m.alloc_limit = m.allocated + 0x2000; // level 2 and one level 3
    EXPECT_EQ(iopt_map(&pt, 0x1FE000, 0x80000000, 0x4000, IOPT_READ), ERR_NO_MEMORY);
    for (std::uint64_t a = 0x1FE000; a < 0x202000; a += 0x1000)
        EXPECT_FALSE(walk(a));
    EXPECT_EQ(pt.mapped, 0u);
}

TEST_F(Iopt, PartialUnmapSplitsABlockWithBreakBeforeMake_D8_17_1)
{
    init(2, 12, 40);
    ASSERT_EQ(iopt_map(&pt, 0x40000000, 0x80000000, 0x40000000, IOPT_READ | IOPT_WRITE), 0);
    EXPECT_EQ(iopt_unmap(&pt, 0x40201000, 0x2000), 0x2000u);
    EXPECT_FALSE(broke_rule);
    EXPECT_FALSE(walk(0x40201000));
    EXPECT_FALSE(walk(0x40202FFF));
    EXPECT_EQ(walk(0x40200FFF)->pa, 0x80200FFFu);
    EXPECT_EQ(walk(0x40203000)->pa, 0x80203000u);
    EXPECT_EQ(walk(0x40203000)->size, 0x1000u);
    EXPECT_EQ(walk(0x40400000)->size, 0x200000u);
    EXPECT_TRUE(stale.empty());
    EXPECT_EQ(pt.mapped, 0x40000000u - 0x2000u);
}

TEST_F(Iopt, TablesThatBecomeEmptyAreFreedAfterInvalidation)
{
    init(1, 12, 39);
    const std::uint64_t before = m.allocated;
    ASSERT_EQ(iopt_map(&pt, 0x201000, 0x80000000, 0x3000, IOPT_READ), 0);
    EXPECT_EQ(m.allocated - before, 0x2000u);
    EXPECT_EQ(iopt_unmap(&pt, 0x201000, 0x3000), 0x3000u);
    EXPECT_EQ(m.allocated, before);
    EXPECT_FALSE(broke_rule);
    EXPECT_TRUE(stale.empty());
}

TEST_F(Iopt, RandomMapsAndUnmapsAgreeWithAMapOfPages)
{
    std::mt19937 random(7);
    for (const unsigned granule : {12u, 14u, 16u}) {
        for (const int stage : {1, 2}) {
            init(stage, granule, 34, 44);
            const std::uint64_t page = 1ull << granule;
            const std::uint64_t window = granule == 12 ? 0x1000000 : 0x60000000;
            std::map<std::uint64_t, std::uint64_t> model;
            for (unsigned step = 0; step < 150; step++) {
                const std::uint64_t iova = random() % (window / page) * page;
                const std::uint64_t pages = random() % 4 ? random() % 8 + 1 : random() % 3000 + 1;
                const std::uint64_t pa = random() % 3 ? 0x80000000 + iova : random() % 0x10000 * page;
                if (random() % 2) {
                    bool busy = false;
                    for (std::uint64_t i = 0; i < pages; i++)
                        busy |= model.count(iova + i * page) != 0;
                    const int result = iopt_map(&pt, iova, pa, pages * page, IOPT_READ | IOPT_WRITE);
                    ASSERT_EQ(result, busy ? ERR_BUSY : 0);
                    for (std::uint64_t i = 0; !busy && i < pages; i++)
                        model[iova + i * page] = pa + i * page;
                } else {
                    std::uint64_t expected = 0;
                    for (std::uint64_t i = 0; i < pages; i++)
                        expected += model.erase(iova + i * page) * page;
                    ASSERT_EQ(iopt_unmap(&pt, iova, pages * page), expected);
                }
                ASSERT_FALSE(broke_rule);
                ASSERT_TRUE(stale.empty());
            }
            for (std::uint64_t a = 0; a < window + 3000 * page; a += page) {
                const auto r = walk(a);
                const auto expected = model.find(a);
                ASSERT_EQ(r.has_value(), expected != model.end());
                if (r) {
                    ASSERT_EQ(r->pa, expected->second);
                }
            }
            EXPECT_EQ(pt.mapped, model.size() * page);
            iopt_destroy(&pt);
        }
    }
    EXPECT_EQ(m.allocated, 0u);
}

TEST_F(Iopt, CpuRegistersDescribeTheSameTables)
{
    init(2, 12, 40);
    ASSERT_EQ(iopt_map(&pt, 0x80000000, 0x100000000, 0x200000, IOPT_READ | IOPT_WRITE | IOPT_EXEC), 0);
    const std::uint64_t vttbr = iopt_vttbr(&pt, 9);
    EXPECT_EQ(vttbr >> 48, 9u);
    const auto r = walker::walk(walker::from_vtcr(vttbr, iopt_vtcr(&pt)), 0x80001000,
                                [this](std::uint64_t a) { return m.read64(a); });
    ASSERT_TRUE(r);
    EXPECT_EQ(r->pa, 0x100001000u);
    EXPECT_TRUE(r->execute);
    EXPECT_EQ(iopt_vtcr(&pt), 0x80000000u | 1u << 19 | 4u << 16 | 3u << 12 | 1u << 10 | 1u << 8 | 1u << 6 | 24u);
}

} // namespace
