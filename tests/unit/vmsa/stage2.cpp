#include "bench.h"

namespace iovp::test {
namespace {

struct leaf_case {
    unsigned granule_log2;
    int start;
    unsigned input_bits;
    int level;
    unsigned page_log2;
};

class Stage2Leaf : public testing::TestWithParam<leaf_case> {};

TEST_P(Stage2Leaf, D8_2_9_StartLevelsAndConcatenation)
{
    const leaf_case& c = GetParam();
    walk_bench b;
    auto t = b.stage2(c.granule_log2, c.start, c.input_bits);
    EXPECT_TRUE(vmsa::stage2_start_level_fits(granule_of(c.granule_log2), 64 - c.input_bits, c.start));
    // The last page of the range: with concatenation it lies in the last of the first tables.
    const std::uint64_t ipa = ((std::uint64_t(1) << c.input_bits) - 1) & ~((std::uint64_t(1) << c.page_log2) - 1);
    const std::uint64_t pa = std::uint64_t(5) << c.page_log2;
    t.map(ipa, pa, c.level, s2_rw);
    const auto r = b.ok(ipa + 0x48, write_el0);
    EXPECT_EQ(r.pa.value(), pa + 0x48);
    EXPECT_EQ(r.ipa.value(), ipa + 0x48);
    EXPECT_EQ(unsigned(r.page_size_log2), c.page_log2);
    EXPECT_EQ(b.memory.reads.size(), unsigned(c.level - c.start + 1));
    EXPECT_EQ(int(b.memory.reads[0].stage), 2);
    EXPECT_TRUE(r.not_global);
    EXPECT_FALSE(r.stage1.active);
    const auto f = b.fails(std::uint64_t(1) << c.input_bits, read_el0);
    expect_fault(f, fault_kind::translation, 2, 0, fault_class::in_);
    EXPECT_EQ(f.ipa.value(), std::uint64_t(1) << c.input_bits);
}

INSTANTIATE_TEST_SUITE_P(All, Stage2Leaf,
                         testing::Values(leaf_case{12, 0, 48, 3, 12}, leaf_case{12, 0, 44, 2, 21},
                                         leaf_case{12, 1, 39, 3, 12}, leaf_case{12, 1, 40, 3, 12} /* 2 tables */,
                                         leaf_case{12, 1, 43, 1, 30} /* 16 tables */, leaf_case{12, 2, 34, 2, 21},
                                         leaf_case{12, 3, 25, 3, 12} /* 16 tables of level 3 */,
                                         leaf_case{14, 1, 47, 3, 14}, leaf_case{14, 2, 40, 2, 25},
                                         leaf_case{14, 3, 29, 3, 14}, leaf_case{16, 1, 48, 3, 16},
                                         leaf_case{16, 2, 46, 2, 29}, leaf_case{16, 3, 33, 3, 16}));

TEST(Stage2Start, SL0PerGranule)
{
    const int expected[3][4] = {{2, 1, 0, 3}, {3, 2, 1, 0}, {3, 2, 1, vmsa::reserved_start_level}};
    for (unsigned g = 0; g < 3; ++g)
        for (unsigned sl0 = 0; sl0 < 4; ++sl0)
            EXPECT_EQ(vmsa::stage2_start_level(granule_of(12 + 2 * g), sl0), expected[g][sl0]) << g << ' ' << sl0;
}

TEST(Stage2Start, D8_2_5_RangesOfT0SZ)
{
    // From the tables of D8.2.9: smallest and largest T0SZ per granule and level.
    const struct {
        unsigned granule_log2;
        int level;
        unsigned first, last;
    } cases[] = {{12, 1, 21, 33}, {12, 2, 30, 42}, {14, 2, 24, 38}, {14, 3, 35, 49}, {16, 2, 18, 34}, {16, 3, 31, 47}};
    for (const auto& c : cases) {
        const granule g = granule_of(c.granule_log2);
        EXPECT_TRUE(vmsa::stage2_start_level_fits(g, c.first, c.level));
        EXPECT_TRUE(vmsa::stage2_start_level_fits(g, c.last, c.level));
        EXPECT_FALSE(vmsa::stage2_start_level_fits(g, c.first - 1, c.level));
        EXPECT_FALSE(vmsa::stage2_start_level_fits(g, c.last + 1, c.level));
    }
}

TEST(Stage2Fault, EachKindAndLevel)
{
    for (int level = 0; level <= 3; ++level) {
        {
            walk_bench b;
            auto t = b.stage2(12, 0, 48);
            t.map(0x1000, 0x40001000, 3, s2_rw);
            t.descriptor(0x1000, level) &= ~std::uint64_t(1);
            const auto f = b.fails(0x1234, read_el0);
            expect_fault(f, fault_kind::translation, 2, level, fault_class::in_);
            EXPECT_TRUE(f.has_ipa);
            EXPECT_EQ(f.ipa.value(), 0x1234U);
        }
        {
            walk_bench b;
            b.s2.output_bits = 40;
            auto t = b.stage2(12, 0, 48);
            t.map(0x1000, 0x40001000, 3, s2_rw);
            t.descriptor(0x1000, level) |= std::uint64_t(1) << 40;
            expect_fault(b.fails(0x1234, read_el0), fault_kind::address_size, 2, level, fault_class::in_);
        }
        {
            walk_bench b;
            auto t = b.stage2(12, 0, 48);
            t.map(0x1000, 0x40001000, 3, s2_rw);
            b.memory.abort_at(t.entry(0x1000, level));
            const auto f = b.fails(0x1234, read_el0);
            expect_fault(f, fault_kind::walk_abort, 2, level, fault_class::in_);
            EXPECT_EQ(f.fetch_address.value(), t.entry(0x1000, level));
        }
    }
    walk_bench b;
    auto t = b.stage2(12, 0, 48);
    t.map(0x1000, 0x40001000, 3, s2_rw & ~s2_af);
    expect_fault(b.fails(0x1234, read_el0), fault_kind::access_flag, 2, 3, fault_class::in_);
    b.s2.affd = true;
    b.ok(0x1234, read_el0);
}

TEST(Stage2Permission, D8_4_2_S2apAndXn)
{
    const access all[] = {read_el1, write_el1, fetch_el1, read_el0, write_el0, fetch_el0};
    const struct {
        unsigned s2ap, xn;
        bool xnx;
        const char* allowed;
    } cases[] = {{0, 0, true, "--x--x"},  {1, 0, true, "r-xr-x"}, {2, 0, true, "-wx-wx"}, {3, 0, true, "rwxrwx"},
                 {3, 1, true, "rw-rwx"},  {3, 2, true, "rw-rw-"}, {3, 3, true, "rwxrw-"}, {3, 1, false, "rwxrwx"},
                 {3, 2, false, "rw-rw-"}, {3, 3, false, "rw-rw-"}};
    for (const auto& c : cases) {
        walk_bench b;
        b.impl.xnx = c.xnx;
        auto t = b.stage2(12, 0, 48);
        t.map(0x1000, 0x40001000, 3, s2_af | s2_wb | (std::uint64_t(c.s2ap) << 6) | (std::uint64_t(c.xn) << 53));
        std::string s;
        for (int i = 0; i < 6; ++i) {
            const auto r = b.walk(0x1000, all[i]);
            const bool ok = std::holds_alternative<vmsa::translation>(r);
            if (!ok)
                expect_fault(std::get<vmsa::fault>(r), fault_kind::permission, 2, 3, fault_class::in_);
            s += ok ? "rwxrwx"[i] : '-';
        }
        EXPECT_EQ(s, c.allowed) << "S2AP " << c.s2ap << " XN " << c.xn << " XNX " << c.xnx;
    }
}

TEST(Stage2Permission, HitCarriesTheIpaOfTheAccess)
{
    walk_bench b;
    b.stage2(12, 0, 48).map(0x200000, 0x40000000, 2, s2_rw & ~s2_write);
    const auto t = b.ok(0x200010, read_el0);
    const auto f = vmsa::check_permissions(t, write_el0, 0x2fff20);
    ASSERT_TRUE(f);
    expect_fault(*f, fault_kind::permission, 2, 2, fault_class::in_);
    EXPECT_EQ(f->ipa.value(), 0x2fff20U);
}

TEST(Stage2Update, AccessFlagAndDirtyState)
{
    walk_bench b;
    b.s2.ha = b.s2.hd = true;
    auto t = b.stage2(12, 0, 48);
    const std::uint64_t clean = s2_read | s2_wb | s2_inner | dbm;
    t.map(0x1000, 0x40001000, 3, clean);
    EXPECT_FALSE(b.ok(0x1000, read_el0).usable_for(write_el0));
    EXPECT_EQ(t.descriptor(0x1000, 3), 0x40001003U | clean | s2_af);
    EXPECT_TRUE(b.ok(0x1000, write_el0).usable_for(write_el0));
    EXPECT_EQ(t.descriptor(0x1000, 3), 0x40001003U | clean | s2_af | s2_write);
}

// IHI 0070 7.3.12: stage 2 alone, CLASS IN.
TEST(Stage2Update, AbortedUpdateIsAWalkAbort)
{
    walk_bench b;
    b.s2.ha = true;
    auto t = b.stage2(12, 0, 48);
    t.map(0x1000, 0x40001000, 3, s2_rw & ~s2_af);
    b.memory.before_exchange = [&](std::uint64_t at) { b.memory.abort_at(at); };
    const auto f = b.fails(0x1000, read_el0);
    expect_fault(f, fault_kind::walk_abort, 2, 3, fault_class::in_);
    EXPECT_EQ(f.fetch_address.value(), t.entry(0x1000, 3));
    EXPECT_EQ(t.descriptor(0x1000, 3), 0x40001003U | (s2_rw & ~s2_af));
}

// --- nested ----------------------------------------------------------------------------------------------------------

/// Stage-1 tables at IPAs around 0x10_0000_0000, stored at PA = IPA + 0x70_0000_0000; 4K stage 2 of 48 bits.
struct Nested : testing::Test {
    static constexpr std::uint64_t shift = 0x7000000000;
    walk_bench b;
    table_builder s2 = b.stage2(12, 0, 48);
    table_builder s1 = b.stage1(12, 0, 48, shift);

    void map_tables()
    {
        s2.map(0x1000000000, 0x1000000000 + shift, 3, s2_rw);
        for (const std::uint64_t table : s1.tables())
            s2.map(table, table + shift, 3, s2_rw);
    }
};

TEST_F(Nested, TwentyFourReadsAndTheSmallerPage)
{
    s1.map(0x200000, 0x80200000, 2, s1_af); // 2M block at IPA 0x8020_0000
    s2.map(0x80201000, 0x123401000, 3, s2_rw);
    map_tables();
    const auto r = b.ok(0x201234, read_el1);
    EXPECT_EQ(r.ipa.value(), 0x80201234U);
    EXPECT_EQ(r.pa.value(), 0x123401234U);
    EXPECT_EQ(unsigned(r.page_size_log2), 12U);
    EXPECT_EQ(unsigned(r.stage1.page_size_log2), 21U);
    EXPECT_EQ(unsigned(r.stage2.page_size_log2), 12U);
    EXPECT_EQ(b.memory.reads.size(), 3U * 5 + 4); // a 3-level stage 1
    // The next 4K of the block is another stage-2 page.
    const auto f = b.fails(0x202234, read_el1);
    expect_fault(f, fault_kind::translation, 2, 3, fault_class::in_);
    EXPECT_EQ(f.ipa.value(), 0x80202234U);

    s1.map(0x1000000, 0x80201000, 3, s1_af);
    map_tables();
    b.memory.reads.clear();
    b.ok(0x1000000, read_el1);
    EXPECT_EQ(b.memory.reads.size(), 24U);
}

TEST_F(Nested, BlockOfStage2UnderPageOfStage1)
{
    s1.map(0x1000, 0x80203000, 3, s1_af);
    s2.map(0x80200000, 0x140000000, 2, s2_rw);
    map_tables();
    const auto r = b.ok(0x1abc, read_el1);
    EXPECT_EQ(r.pa.value(), 0x140003abcU);
    EXPECT_EQ(unsigned(r.page_size_log2), 12U);
}

TEST_F(Nested, Stage2FaultOnEachStage1TableIsOfClassTtd)
{
    s1.map(0x1000, 0x80203000, 3, s1_af);
    s2.map(0x80203000, 0x140000000, 3, s2_rw);
    map_tables();
    for (int level = 0; level <= 3; ++level) {
        const std::uint64_t at = s1.entry(0x1000, level);
        const std::uint64_t saved = s2.descriptor(at, 3);
        s2.descriptor(at, 3) = 0;
        auto f = b.fails(0x1000, write_el1);
        expect_fault(f, fault_kind::translation, 2, 3, fault_class::ttd);
        EXPECT_EQ(f.ipa.value(), at);
        s2.descriptor(at, 3) = saved & ~s2_read;
        f = b.fails(0x1000, write_el1);
        expect_fault(f, fault_kind::permission, 2, 3, fault_class::ttd);
        EXPECT_FALSE(f.ttd_write);
        s2.descriptor(at, 3) = saved & ~s2_write; // reading a descriptor needs no write permission
        b.ok(0x1000, write_el1);
        s2.descriptor(at, 3) = saved;
    }
}

TEST_F(Nested, S2ptwForbidsTablesInDeviceMemory)
{
    s1.map(0x1000, 0x80203000, 3, s1_af);
    s2.map(0x80203000, 0x140000000, 3, s2_rw & ~s2_wb); // the data may be Device
    map_tables();
    const std::uint64_t at = s1.entry(0x1000, 2);
    s2.descriptor(at, 3) &= ~s2_wb; // MemAttr 0: Device-nGnRnE
    b.ok(0x1000, read_el1);
    const auto type_of_fetch = [&] {
        for (const auto& r : b.memory.reads)
            if (r.stage == 1 && r.address.value() % 0x1000 == at % 0x1000 && r.level == 2)
                return r.memory.type;
        return memory_type::device_GRE;
    };
    EXPECT_EQ(type_of_fetch(), memory_type::device_nGnRnE);
    b.memory.reads.clear();
    b.s2.device_walk_normal = true; // IDR3.PTWNNC
    b.ok(0x1000, read_el1);
    EXPECT_EQ(type_of_fetch(), memory_type::normal);
    b.s2.protected_walk = true;
    const auto f = b.fails(0x1000, read_el1);
    expect_fault(f, fault_kind::permission, 2, 3, fault_class::ttd);
    EXPECT_EQ(f.ipa.value(), at);
}

TEST_F(Nested, Stage1PermissionComesBeforeStage2Translation)
{
    s1.map(0x1000, 0x80203000, 3, s1_af | s1_ro);
    map_tables();
    expect_fault(b.fails(0x1000, write_el1), fault_kind::permission, 1, 3, fault_class::in_);
    // Nothing of stage 2's level-1 table maps the gigabyte of the IPA.
    expect_fault(b.fails(0x1000, read_el1), fault_kind::translation, 2, 1, fault_class::in_);
}

TEST_F(Nested, UpdateOfAStage1DescriptorNeedsStage2Write)
{
    b.s1.ha = true;
    s1.map(0x1000, 0x80203000, 3, 0);
    s2.map(0x80203000, 0x140000000, 3, s2_rw);
    map_tables();
    const std::uint64_t at = s1.entry(0x1000, 3);
    s2.descriptor(at, 3) &= ~s2_write;
    const auto f = b.fails(0x1000, read_el1);
    expect_fault(f, fault_kind::permission, 2, 3, fault_class::ttd);
    EXPECT_TRUE(f.ttd_write);
    EXPECT_EQ(f.ipa.value(), at);
    EXPECT_EQ(s1.descriptor(0x1000, 3) & s1_af, 0U);
    s2.descriptor(at, 3) |= s2_write;
    b.ok(0x1000, read_el1);
    EXPECT_EQ(s1.descriptor(0x1000, 3) & s1_af, s1_af);
}

TEST_F(Nested, WarmWalkCacheLeavesTheTwoLeaves)
{
    s1.map(0x1000, 0x80203000, 3, s1_af);
    s1.map(0x2000, 0x80204000, 3, s1_af);
    s2.map(0x80203000, 0x140000000, 3, s2_rw);
    s2.map(0x80204000, 0x150000000, 3, s2_rw);
    map_tables();
    table_walk_cache cache;
    b.cache = &cache;
    b.ok(0x1000, read_el1);
    b.memory.reads.clear();
    EXPECT_EQ(b.ok(0x2008, read_el1).pa.value(), 0x150000008U);
    ASSERT_EQ(b.memory.reads.size(), 2U);
    EXPECT_EQ(int(b.memory.reads[0].stage), 1);
    EXPECT_EQ(int(b.memory.reads[0].level), 3);
    EXPECT_EQ(int(b.memory.reads[1].stage), 2);
    EXPECT_EQ(int(b.memory.reads[1].level), 3);
}

TEST(NestedScattered, Stage1TableOf64KOverScattered4KPages)
{
    // Every 4K of the guest's 64K table lies somewhere else: each descriptor's own IPA must be translated.
    walk_bench b;
    auto s2 = b.stage2(12, 0, 48);
    auto s1 = b.stage1(16, 3, 29); // one level-3 table of 64K at IPA 0x10_0000_0000
    table_walk_cache cache;
    b.cache = &cache;
    for (std::uint64_t chunk = 0; chunk < 16; ++chunk)
        s2.map(0x1000000000 + chunk * 0x1000, 0x300000000 + (15 - chunk) * 0x10000, 3, s2_rw);
    s2.map(0x80000000, 0x140000000, 1, s2_rw);
    for (const std::uint64_t page : {0ULL, 511ULL, 512ULL, 4097ULL, 8191ULL}) {
        const std::uint64_t descriptor_ipa = 0x1000000000 + page * 8;
        const std::uint64_t chunk = (page * 8) >> 12;
        b.memory.word(0x300000000 + (15 - chunk) * 0x10000 + (descriptor_ipa & 0xfff)) =
            (0x80000000 + page * 0x10000) | s1_af | 3;
        EXPECT_EQ(b.ok((page << 16) + 0x20, read_el1).ipa.value(), 0x80000020 + page * 0x10000);
    }
}

TEST(NestedScattered, CachedPointerToA64KTableIsNotUsedAcross4KPages)
{
    walk_bench b;
    auto s2 = b.stage2(12, 0, 48);
    auto s1 = b.stage1(16, 2, 42);
    table_walk_cache cache;
    b.cache = &cache;
    const std::uint64_t l3 = 0x1000400000; // the level-3 table's IPA
    for (std::uint64_t chunk = 0; chunk < 16; ++chunk)
        s2.map(l3 + chunk * 0x1000, 0x300000000 + (15 - chunk) * 0x10000, 3, s2_rw);
    s2.map(0x1000000000, 0x1000000000, 3, s2_rw);
    s2.map(0x80000000, 0x140000000, 1, s2_rw);
    b.memory.word(0x1000000000) = l3 | 3;
    for (const std::uint64_t page : {0ULL, 513ULL, 8191ULL}) {
        const std::uint64_t chunk = (page * 8) >> 12;
        b.memory.word(0x300000000 + (15 - chunk) * 0x10000 + ((page * 8) & 0xfff)) =
            (0x80000000 + page * 0x10000) | s1_af | 3;
        EXPECT_EQ(b.ok((page << 16) + 0x20, read_el1).ipa.value(), 0x80000020 + page * 0x10000);
    }
}

TEST(NestedUpdate, D8_5_DescriptorIpaSurvivesAnEviction)
{
    // A cache that forgets all when memory is read: the update of a descriptor reached by a cached PA still knows its
    // IPA.
    struct forgetful : table_walk_cache {
        bool forget = false;
        bool lookup(const vmsa::walk_cache_key& key, vmsa::table_pointer& found) override
        {
            const bool hit = !forget && key.stage == 1 && table_walk_cache::lookup(key, found);
            forget = forget || hit;
            return hit;
        }
    };
    walk_bench b;
    forgetful cache;
    b.cache = &cache;
    b.s1.ha = true;
    auto s2 = b.stage2(12, 0, 48);
    auto s1 = b.stage1(12, 0, 48, 0x4000000000); // tables at IPA + 0x40_0000_0000
    s1.map(0x1000, 0x5000, 3, s1_af);
    s1.map(0x2000, 0x5000, 3, 0);
    s2.map(0x5000, 0x6000, 3, s2_rw);
    for (const std::uint64_t page : {0x1000000000ULL, 0x1000400000ULL, 0x1000401000ULL, 0x1000402000ULL})
        s2.map(page, page + 0x4000000000, 3, s2_rw);
    b.ok(0x1000, read_el1); // fills
    b.ok(0x2000, read_el1);
    EXPECT_TRUE(cache.forget);
    ASSERT_EQ(b.memory.exchanges.size(), 1U);
    EXPECT_EQ(b.memory.exchanges[0].address.value(), 0x1000402010U + 0x4000000000U);
}

} // namespace
} // namespace iovp::test
