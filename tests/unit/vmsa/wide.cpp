// 52-bit addresses: FEAT_LPA with 64K granules, FEAT_LPA2 (DS) with 4K and 16K granules (D8.2.8 to D8.2.10, D8.3.1).

#include "bench.h"
#include "vmsa/descriptor.h"

namespace iovp::test {
namespace {

/// An output address as a descriptor of the granule holds it, from the tables of D8.3.1.
std::uint64_t stored(unsigned granule_log2, std::uint64_t pa)
{
    const std::uint64_t low48 = pa & 0x0000ffffffffffff;
    const std::uint64_t top4 = pa >> 48;
    if (granule_log2 == 16)
        return low48 | top4 << 12; // [15:12]
    return low48 | (top4 & 3) << 48 | (top4 >> 2) << 8;
}

struct wide_bench : walk_bench {
    wide_bench()
    {
        impl.output_bits = 52;
        s1.output_bits = 52;
        s2.output_bits = 52;
        s1.ds = s2.ds = true;
        s1.half[0].sh = 3;
        s2.sh = 3;
    }
};

struct wide_leaf {
    unsigned granule_log2;
    int start; ///< of a 52-bit input range at stage 1
    int level;
    unsigned page_log2;
    unsigned reads;
};

class WideLeaf : public testing::TestWithParam<wide_leaf> {};

TEST_P(WideLeaf, D8_3_1_Stage1AddressBits51To48)
{
    const wide_leaf& c = GetParam();
    for (unsigned top = 0; top < 16; ++top) {
        wide_bench b;
        EXPECT_EQ(vmsa::stage1_start_level(granule_of(c.granule_log2), 12), c.start);
        auto t = b.stage1(c.granule_log2, c.start, 52);
        const std::uint64_t va = 0x000a000000000000 | (std::uint64_t(1) << 47) | (std::uint64_t(1) << c.page_log2);
        const std::uint64_t pa = std::uint64_t(top) << 48 | std::uint64_t(1) << (c.page_log2 + 1);
        t.map(va, stored(c.granule_log2, pa), c.level, s1_af | (c.granule_log2 == 16 ? s1_inner : 0));
        const std::uint64_t offset = (std::uint64_t(1) << c.page_log2) - 8;
        const auto r = b.ok(va + offset, read_el1);
        EXPECT_EQ(r.pa.value(), pa + offset);
        EXPECT_EQ(unsigned(r.page_size_log2), c.page_log2);
        EXPECT_EQ(b.memory.reads.size(), c.reads);
        EXPECT_EQ(r.stage1_memory, normal_write_back()); // inner shareable: from SH0 with DS, from the leaf with 64K
        // 48 bits of output size: address size fault as soon as one of [51:48] is set.
        b.s1.output_bits = 48;
        if (top == 0)
            b.ok(va, read_el1);
        else
            expect_fault(b.fails(va, read_el1), fault_kind::address_size, 1, c.level, fault_class::in_);
    }
}

TEST_P(WideLeaf, D8_3_1_Stage2AddressBits51To48)
{
    const wide_leaf& c = GetParam();
    for (const unsigned top : {1U, 2U, 4U, 8U}) {
        wide_bench b;
        auto t = b.stage2(c.granule_log2, c.start, 52);
        const std::uint64_t ipa = 0x0005000000000000 | (std::uint64_t(1) << c.page_log2);
        const std::uint64_t pa = std::uint64_t(top) << 48 | std::uint64_t(3) << c.page_log2;
        t.map(ipa, stored(c.granule_log2, pa), c.level,
              s2_af | s2_read | s2_write | s2_wb | (c.granule_log2 == 16 ? s2_inner : 0));
        const auto r = b.ok(ipa + 8, write_el0);
        EXPECT_EQ(r.pa.value(), pa + 8);
        EXPECT_EQ(unsigned(r.page_size_log2), c.page_log2);
        ASSERT_TRUE(r.stage2_memory_bits.has_value());
        EXPECT_EQ(unsigned(r.stage2_memory_bits->sh), 3U);
        b.s2.output_bits = 48;
        expect_fault(b.fails(ipa, read_el0), fault_kind::address_size, 2, c.level, fault_class::in_);
    }
}

INSTANTIATE_TEST_SUITE_P(All, WideLeaf,
                         testing::Values(wide_leaf{12, -1, 3, 12, 5}, wide_leaf{12, -1, 2, 21, 4},
                                         wide_leaf{12, -1, 1, 30, 3}, wide_leaf{12, -1, 0, 39, 2},
                                         wide_leaf{14, 0, 3, 14, 4}, wide_leaf{14, 0, 2, 25, 3},
                                         wide_leaf{14, 0, 1, 36, 2}, wide_leaf{16, 1, 3, 16, 3},
                                         wide_leaf{16, 1, 2, 29, 2}, wide_leaf{16, 1, 1, 42, 1}));

TEST(WideBlocks, D8_2_8_LargestBlocksNeed52BitFormats)
{
    // 512 GB, 64 GB and 4 TB blocks are invalid descriptors without DS, and without LPA (tables D8-17, D8-27, D8-36).
    const struct {
        unsigned granule_log2;
        int level;
    } cases[] = {{12, 0}, {14, 1}, {16, 1}};
    for (const auto& c : cases) {
        wide_bench b;
        auto t = b.stage1(c.granule_log2, c.granule_log2 == 16 ? 1 : 0, 48);
        t.map(0, 0, c.level, s1_af);
        b.ok(0x100, read_el1);
        b.s1.ds = false;
        b.impl.output_bits = b.s1.output_bits = 48;
        expect_fault(b.fails(0x100, read_el1), fault_kind::translation, 1, c.level, fault_class::in_);
    }
    // Nothing but tables at level -1.
    wide_bench b;
    auto t = b.stage1(12, -1, 52);
    t.map(0, 0, -1, s1_af);
    expect_fault(b.fails(0x100, read_el1), fault_kind::translation, 1, -1, fault_class::in_);
}

TEST(WideFormats, D8_3_1_WithoutThemTheBitsMeanNothing)
{
    // 4K, DS == 0: [49:48] are RES0 and [9:8] are SH. 64K without LPA: [15:12] are RES0.
    for (const unsigned g : {12U, 16U}) {
        wide_bench b;
        b.s1.ds = false;
        b.impl.output_bits = b.s1.output_bits = 48;
        auto t = b.stage1(g, g == 16 ? 1 : 0, 48);
        t.map(0x40000, 0x80000 | (g == 12 ? 3ULL << 48 : 0xfULL << 12), 3, s1_af | s1_inner);
        const auto r = b.ok(0x40010, read_el1);
        EXPECT_EQ(r.pa.value(), 0x80010U);
        EXPECT_EQ(r.stage1_memory, normal_write_back());
    }
}

TEST(WideFormats, D8_6_ShareabilityOfTheRegime)
{
    for (const unsigned sh : {0U, 2U, 3U}) {
        wide_bench b;
        b.s1.half[0].sh = b.s2.sh = static_cast<std::uint8_t>(sh);
        const shareability expected = sh == 0   ? shareability::non_shareable
                                      : sh == 2 ? shareability::outer
                                                : shareability::inner;
        auto t = b.stage1(12, 0, 48);
        t.map(0x1000, 0x5000, 3, s1_af); // SH == 0b00 would be non-shareable
        const auto r = b.ok(0x1000, read_el1);
        ASSERT_TRUE(r.stage1_memory.has_value());
        EXPECT_EQ(r.stage1_memory->share, expected) << sh;
    }
}

TEST(WideTables, D8_3_1_NextLevelTableAddress)
{
    for (const unsigned g : {12U, 14U, 16U}) {
        wide_bench b;
        auto t = b.stage1(g, g == 16 ? 2 : 1, g == 16 ? 42 : g == 14 ? 47 : 39);
        t.map(0, 0x8000000, 3, s1_af);
        // The level-3 table is moved to 0xd_0000_0000_0000.
        const std::uint64_t table = 0x000d000000000000;
        b.memory.word(table) = 0x9000000 | s1_af | 3;
        t.descriptor(0, 2) = stored(g, table) | 3;
        EXPECT_EQ(b.ok(0x10, read_el1).pa.value(), 0x9000010U) << g;
        EXPECT_EQ(b.memory.reads.back().address.value(), table);
        b.s1.output_bits = 48;
        expect_fault(b.fails(0x10, read_el1), fault_kind::address_size, 1, 2, fault_class::in_);
    }
}

TEST(WideTables, D8_2_5_BaseIsAlignedTo64Bytes)
{
    // 25 bits with 4K granules: the first table (level 2) has 16 entries; 22 bits: 2 entries, 16 bytes.
    for (const unsigned output_bits : {48U, 52U}) {
        wide_bench b;
        b.s1.output_bits = output_bits;
        auto t = b.stage1(12, 2, 22);
        b.s1.half[0].ttb = 0x1000000030;
        t.map(0x0, 0x40000000, 3, s1_af);
        b.memory.reads.clear();
        b.walk(0x0, read_el1);
        EXPECT_EQ(b.memory.reads.front().address.value(), output_bits == 52 ? 0x1000000000U : 0x1000000030U);
    }
}

TEST(WideInput, D8_2_4_Range)
{
    wide_bench b;
    auto t = b.stage1(12, -1, 52);
    t.map(0x000fffffffffe000, 0x4000, 3, s1_af);
    EXPECT_EQ(b.ok(0x000fffffffffe000, read_el1).pa.value(), 0x4000U);
    expect_fault(b.fails(0x001fffffffffe000, read_el1), fault_kind::translation, 1, 0, fault_class::in_);
    wide_bench c;
    auto u = c.stage2(12, -1, 52);
    u.map(0x000fffffffffe000, 0x4000, 3, s2_rw & ~s2_inner);
    EXPECT_EQ(c.ok(0x000fffffffffe000, read_el1).pa.value(), 0x4000U);
    expect_fault(c.fails(0x0010000000000000, read_el1), fault_kind::translation, 2, 0, fault_class::in_);
}

TEST(WideStart, D8_19_Sl2)
{
    EXPECT_EQ(vmsa::stage2_start_level(granule::k4, 4, true), -1);
    for (const unsigned sl : {5U, 6U, 7U})
        EXPECT_EQ(vmsa::stage2_start_level(granule::k4, sl, true), vmsa::reserved_start_level);
    EXPECT_EQ(vmsa::stage2_start_level(granule::k4, 4, false), 2) << "SL2 is RES0 without DS";
    EXPECT_EQ(vmsa::stage2_start_level(granule::k16, 7, true), 0) << "SL2 is of the 4K granule";
}

TEST(WideStart, D8_20_to_D8_41_RangesOfT0SZ)
{
    const struct {
        unsigned granule_log2;
        int level;
        unsigned first, last;
    } cases[] = {{12, -1, 12, 15}, {12, 0, 12, 24}, {12, 1, 21, 33}, {14, 0, 12, 16},
                 {14, 1, 13, 27},  {14, 2, 24, 38}, {16, 1, 12, 21}, {16, 2, 18, 34}};
    for (const auto& c : cases)
        for (unsigned tsz = 12; tsz <= 39; ++tsz)
            EXPECT_EQ(vmsa::stage2_start_level_fits(granule_of(c.granule_log2), tsz, c.level, true),
                      tsz >= c.first && tsz <= c.last)
                << c.granule_log2 << ' ' << c.level << ' ' << tsz;
    // R_DXBSH: DS == 0 has no level 0 with 16K; nor a level -1 with 4K; 64K has no level 0.
    EXPECT_FALSE(vmsa::stage2_start_level_fits(granule::k16, 16, 0, false));
    EXPECT_TRUE(vmsa::stage2_start_level_fits(granule::k16, 16, 1, false));
    EXPECT_FALSE(vmsa::stage2_start_level_fits(granule::k4, 12, -1, false));
    EXPECT_FALSE(vmsa::stage2_start_level_fits(granule::k64, 12, 0, true));
}

TEST(WideStart, D8_21_ConcatenatedTablesAtLevel0)
{
    // 52 bits from level 0: 16 tables of 4 KB, indexed by IA[51:39].
    wide_bench b;
    auto t = b.stage2(12, 0, 52);
    const std::uint64_t ipa = 0x000f800000000000;
    t.map(ipa, 0x7000000000, 1, s2_rw & ~s2_inner);
    EXPECT_EQ(b.ok(ipa, read_el0).pa.value(), 0x7000000000U);
    EXPECT_EQ(b.memory.reads.front().address.value(), 0x2000000000U + (ipa >> 39) * 8);
}

TEST(WideNested, D8_2_Stage1On52BitIpa)
{
    wide_bench b;
    auto s2 = b.stage2(16, 1, 52);
    const std::uint64_t ipa = 0x0003000000000000;
    s2.map(ipa, stored(16, 0x0006000000000000), 1, s2_rw);
    s2.map(0x1000000000, 0x1000000000, 3, s2_rw); // the stage-1 root
    auto s1 = b.stage1(12, 0, 48);
    s1.map(0x12345000, 0, 0, 0); // makes nothing below the root: a 512 GB block
    s1.descriptor(0x12345000, 0) = stored(12, ipa) | s1_af | 1;
    const auto r = b.ok(0x12345678, read_el1);
    EXPECT_EQ(r.ipa.value(), ipa | 0x12345678);
    EXPECT_EQ(r.pa.value(), 0x0006000000000000 | 0x12345678);
    EXPECT_EQ(unsigned(r.page_size_log2), 39U);
}

TEST(Contiguous, D8_104_LargestBlocksHaveNone)
{
    EXPECT_EQ(vmsa::contiguous_log2(granule::k4, 0), 39U);
    EXPECT_EQ(vmsa::contiguous_log2(granule::k16, 1), 36U);
    EXPECT_EQ(vmsa::contiguous_log2(granule::k64, 1), 42U);
    EXPECT_EQ(vmsa::contiguous_log2(granule::k4, 1), 34U);
}

TEST(Nt, I3_21_1_3_BitSixteenOfABlockIsIgnored)
{
    walk_bench b;
    auto t = b.stage1(12, 0, 48);
    t.map(0x40000000, 0x80000000, 2, s1_af | 1ULL << 16);
    EXPECT_EQ(b.ok(0x40000123, read_el1).pa.value(), 0x80000123U);
}

} // namespace
} // namespace iovp::test
