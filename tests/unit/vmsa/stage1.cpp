#include "bench.h"

namespace iovp::test {
namespace {

// --- D8.2: one leaf at every legal level of every granule ------------------------------------------------------------

struct leaf_case {
    unsigned granule_log2;
    int start;          ///< of a 48-bit input range
    int level;          ///< of the leaf
    unsigned page_log2; ///< D8.3.1
    unsigned reads;
};

class Stage1Leaf : public testing::TestWithParam<leaf_case> {};

TEST_P(Stage1Leaf, D8_3_1_OutputAddressSizeAndReads)
{
    const leaf_case& c = GetParam();
    walk_bench b;
    auto t = b.stage1(c.granule_log2, c.start, 48);
    const std::uint64_t va = 0x0000800000000000 | (std::uint64_t(5) << c.page_log2);
    const std::uint64_t pa = std::uint64_t(3) << (c.page_log2 + 1);
    t.map(va, pa, c.level, s1_af | s1_inner);
    const std::uint64_t offset = (std::uint64_t(1) << c.page_log2) - 0x18;
    const auto r = b.ok(va + offset, read_el1);
    EXPECT_EQ(r.pa.value(), pa + offset);
    EXPECT_EQ(r.ipa.value(), pa + offset);
    EXPECT_EQ(unsigned(r.page_size_log2), c.page_log2);
    EXPECT_EQ(unsigned(r.stage1.page_size_log2), c.page_log2);
    EXPECT_EQ(int(r.stage1.level), c.level);
    EXPECT_FALSE(r.stage2.active);
    EXPECT_FALSE(r.not_global);
    EXPECT_EQ(b.memory.reads.size(), c.reads);
    EXPECT_EQ(r.stage1_memory, normal_write_back());
    for (std::size_t i = 0; i < b.memory.reads.size(); ++i) {
        EXPECT_EQ(int(b.memory.reads[i].stage), 1);
        EXPECT_EQ(int(b.memory.reads[i].level), c.start + int(i));
    }
    // The page after it is not mapped.
    expect_fault(b.fails(va + offset + 0x18, read_el1), fault_kind::translation, 1, c.level, fault_class::in_);
}

INSTANTIATE_TEST_SUITE_P(All, Stage1Leaf,
                         testing::Values(leaf_case{12, 0, 3, 12, 4}, leaf_case{12, 0, 2, 21, 3},
                                         leaf_case{12, 0, 1, 30, 2}, leaf_case{14, 0, 3, 14, 4},
                                         leaf_case{14, 0, 2, 25, 3}, leaf_case{16, 1, 3, 16, 3},
                                         leaf_case{16, 1, 2, 29, 2}));

// --- D8.2.9 tables: the start level of every input size --------------------------------------------------------------

struct start_case {
    unsigned granule_log2;
    unsigned tsz;
    int start;
};

class Stage1Start : public testing::TestWithParam<start_case> {};

TEST_P(Stage1Start, D8_2_9_StartLevelOfTxSZ)
{
    const start_case& c = GetParam();
    EXPECT_EQ(vmsa::stage1_start_level(granule_of(c.granule_log2), c.tsz), c.start);
    walk_bench b;
    const unsigned input_bits = 64 - c.tsz;
    auto t = b.stage1(c.granule_log2, c.start, input_bits);
    const std::uint64_t top = (std::uint64_t(1) << input_bits) - 1;
    t.map(top, 0x40000000, 3, s1_af);
    EXPECT_EQ(b.ok(top & ~0xfffULL, read_el1).pa.value(),
              0x40000000 + (top & ~0xfffULL & ((1ULL << c.granule_log2) - 1)));
    EXPECT_EQ(b.memory.reads.size(), unsigned(4 - c.start));
    // One beyond the range: translation fault of level 0, nothing read.
    b.memory.reads.clear();
    expect_fault(b.fails(top + 1, read_el1), fault_kind::translation, 1, 0, fault_class::in_);
    EXPECT_TRUE(b.memory.reads.empty());
}

INSTANTIATE_TEST_SUITE_P(All, Stage1Start,
                         testing::Values(start_case{12, 16, 0}, start_case{12, 24, 0}, start_case{12, 25, 1},
                                         start_case{12, 33, 1}, start_case{12, 34, 2}, start_case{12, 42, 2},
                                         start_case{12, 43, 3}, start_case{12, 48, 3}, start_case{14, 16, 0},
                                         start_case{14, 17, 1}, start_case{14, 27, 1}, start_case{14, 28, 2},
                                         start_case{14, 38, 2}, start_case{14, 39, 3}, start_case{14, 48, 3},
                                         start_case{16, 16, 1}, start_case{16, 21, 1}, start_case{16, 22, 2},
                                         start_case{16, 34, 2}, start_case{16, 35, 3}, start_case{16, 47, 3}));

// --- the two halves --------------------------------------------------------------------------------------------------

struct Halves : testing::Test {
    walk_bench b;
    Halves()
    {
        auto low = b.stage1(12, 1, 39);
        low.map(0x1000, 0x40001000, 3, s1_af);
        b.s1.half[1] = b.s1.half[0];
        b.s1.half[1].ttb = 0x1100000000;
        b.s1.half[1].tsz = 25;
        table_builder high(b.memory, 12, 1, 39, 0x1100000000, 0x1100400000);
        high.map(0x7ffffff000, 0x50001000, 3, s1_af | s1_ng);
    }
};

TEST_F(Halves, Bit55SelectsTheTable)
{
    EXPECT_EQ(b.ok(0x1234, read_el1).pa.value(), 0x40001234U);
    const auto r = b.ok(0xfffffffffffff234, read_el1);
    EXPECT_EQ(r.pa.value(), 0x50001234U);
    EXPECT_TRUE(r.not_global);
}

TEST_F(Halves, AddressesBetweenTheHalvesFault)
{
    for (const std::uint64_t va : {0x0000008000001000ULL, 0xffffff7ffffff000ULL, 0x0080000000001000ULL})
        expect_fault(b.fails(va, read_el1), fault_kind::translation, 1, 0, fault_class::in_);
}

TEST_F(Halves, TopByteCountsUnlessIgnored)
{
    expect_fault(b.fails(0x5a00000000001234, read_el1), fault_kind::translation, 1, 0, fault_class::in_);
    b.s1.half[0].top_byte_ignored = true;
    const auto r = b.ok(0x5a00000000001234, read_el1);
    EXPECT_EQ(r.pa.value(), 0x40001234U);
    EXPECT_EQ(r.input, 0x1234U);
    // TBI0 does nothing for the upper half.
    expect_fault(b.fails(0x5afffffffffff234, read_el1), fault_kind::translation, 1, 0, fault_class::in_);
    b.s1.half[1].top_byte_ignored = true;
    EXPECT_EQ(b.ok(0x5afffffffffff234, read_el1).input, 0xfffffffffffff234U);
}

TEST_F(Halves, EpdFaultsWithoutReading)
{
    b.s1.half[1].disabled = true;
    expect_fault(b.fails(0xfffffffffffff234, read_el1), fault_kind::translation, 1, 0, fault_class::in_);
    EXPECT_TRUE(b.memory.reads.empty());
}

TEST_F(Halves, El2HasOneHalf)
{
    b.s1.world = vmsa::regime::el2;
    EXPECT_EQ(b.ok(0x1234, read_el1).pa.value(), 0x40001234U);
    expect_fault(b.fails(0xfffffffffffff234, read_el1), fault_kind::translation, 1, 0, fault_class::in_);
}

// --- faults with their levels ----------------------------------------------------------------------------------------

TEST(Stage1Fault, InvalidDescriptorAtEachLevel)
{
    for (int level = 0; level <= 3; ++level) {
        walk_bench b;
        auto t = b.stage1(12, 0, 48);
        t.map(0x1000, 0x40001000, 3, s1_af);
        t.descriptor(0x1000, level) &= ~std::uint64_t(1);
        expect_fault(b.fails(0x1000, read_el1), fault_kind::translation, 1, level, fault_class::in_);
        EXPECT_EQ(b.memory.reads.size(), unsigned(level + 1));
    }
}

TEST(Stage1Fault, BlocksWhereTheGranuleHasNone)
{
    const struct {
        unsigned granule_log2;
        int start, level;
    } cases[] = {{12, 0, 0}, {12, 0, 3}, {14, 0, 0}, {14, 0, 1}, {14, 0, 3}, {16, 1, 1}, {16, 1, 3}};
    for (const auto& c : cases) {
        walk_bench b;
        auto t = b.stage1(c.granule_log2, c.start, 48);
        t.descriptor(0x1000, c.level) = s1_af | 1; // type 0b01
        expect_fault(b.fails(0x1000, read_el1), fault_kind::translation, 1, c.level, fault_class::in_);
    }
}

TEST(Stage1Fault, AddressSizeOfTablesAndLeaves)
{
    for (int level = 0; level <= 3; ++level) {
        walk_bench b;
        b.s1.output_bits = 40;
        auto t = b.stage1(12, 0, 48);
        t.map(0x1000, 0x40001000, 3, s1_af);
        t.descriptor(0x1000, level) |= std::uint64_t(1) << 40;
        expect_fault(b.fails(0x1000, read_el1), fault_kind::address_size, 1, level, fault_class::in_);
        EXPECT_EQ(b.memory.reads.size(), unsigned(level + 1));
    }
}

TEST(Stage1Fault, ExternalAbortHasClassTtdAndTheFetchAddress)
{
    for (int level = 0; level <= 3; ++level) {
        walk_bench b;
        auto t = b.stage1(12, 0, 48);
        t.map(0x1000, 0x40001000, 3, s1_af);
        const std::uint64_t at = t.entry(0x1000, level);
        b.memory.abort_at(at);
        const auto f = b.fails(0x1000, read_el1);
        expect_fault(f, fault_kind::walk_abort, 1, level, fault_class::ttd);
        EXPECT_EQ(f.fetch_address.value(), at);
    }
}

TEST(Stage1Fault, AccessFlag)
{
    walk_bench b;
    auto t = b.stage1(12, 0, 48);
    t.map(0x1000, 0x40001000, 3, 0);
    expect_fault(b.fails(0x1000, read_el1), fault_kind::access_flag, 1, 3, fault_class::in_);
    // Before the permission check (7.3.22).
    t.descriptor(0x1000, 3) |= s1_ro;
    expect_fault(b.fails(0x1000, write_el1), fault_kind::access_flag, 1, 3, fault_class::in_);
    b.s1.affd = true;
    EXPECT_EQ(b.ok(0x1000, read_el1).pa.value(), 0x40001000U);
}

// --- D8.4.1: permissions ---------------------------------------------------------------------------------------------

struct permission_case {
    std::uint64_t leaf;
    const char* allowed; ///< of "rwx" privileged, then unprivileged; '-' where not
};

/// What check_permissions() and the walk say must agree.
std::string permissions_of(walk_bench& b)
{
    std::string s;
    const access all[] = {read_el1, write_el1, fetch_el1, read_el0, write_el0, fetch_el0};
    for (int i = 0; i < 6; ++i) {
        const auto r = b.walk(0x1000, all[i]);
        if (std::holds_alternative<vmsa::translation>(r)) {
            s += "rwxrwx"[i];
        } else {
            expect_fault(std::get<vmsa::fault>(r), fault_kind::permission, 1, 3, fault_class::in_);
            s += '-';
        }
    }
    return s;
}

TEST(Stage1Permission, D8_4_1_El1DirectPermissions)
{
    // Table D8-71 by AP[2:1], PXN and UXN; writable by EL0 is never executable by EL1.
    const permission_case cases[] = {{0, "rwx--x"},
                                     {s1_el0, "rw-rwx"},
                                     {s1_ro, "r-x--x"},
                                     {s1_ro | s1_el0, "r-xr-x"},
                                     {s1_pxn, "rw---x"},
                                     {s1_uxn, "rwx---"},
                                     {s1_el0 | s1_uxn, "rw-rw-"},
                                     {s1_ro | s1_el0 | s1_pxn, "r--r-x"},
                                     {s1_ro | s1_el0 | s1_pxn | s1_uxn, "r--r--"}};
    for (const auto& c : cases) {
        walk_bench b;
        b.stage1(12, 0, 48).map(0x1000, 0x40001000, 3, s1_af | c.leaf);
        EXPECT_EQ(permissions_of(b), c.allowed) << std::hex << c.leaf;
    }
}

TEST(Stage1Permission, WxnTakesExecuteFromWritable)
{
    const permission_case cases[] = {{0, "rw---x"}, {s1_el0, "rw-rw-"}, {s1_ro | s1_el0, "r-xr-x"}};
    for (const auto& c : cases) {
        walk_bench b;
        b.s1.wxn = true;
        b.stage1(12, 0, 48).map(0x1000, 0x40001000, 3, s1_af | c.leaf);
        EXPECT_EQ(permissions_of(b), c.allowed) << std::hex << c.leaf;
    }
}

TEST(Stage1Permission, PanTakesPrivilegedDataFromUserPages)
{
    const permission_case cases[] = {{0, "rwx--x"}, {s1_el0, "---rwx"}, {s1_ro | s1_el0, "--xr-x"}};
    for (const auto& c : cases) {
        walk_bench b;
        b.s1.pan = true;
        b.stage1(12, 0, 48).map(0x1000, 0x40001000, 3, s1_af | c.leaf);
        EXPECT_EQ(permissions_of(b), c.allowed) << std::hex << c.leaf;
    }
}

TEST(Stage1Permission, El2IgnoresAp1AndPrivilege)
{
    const permission_case cases[] = {{0, "rwxrwx"}, {s1_ro, "r-xr-x"}, {s1_uxn, "rw-rw-"}, {s1_pxn, "rwxrwx"}};
    for (const auto& c : cases) {
        walk_bench b;
        b.s1.world = vmsa::regime::el2;
        b.stage1(12, 0, 48).map(0x1000, 0x40001000, 3, s1_af | c.leaf);
        EXPECT_EQ(permissions_of(b), c.allowed) << std::hex << c.leaf;
    }
}

TEST(Stage1Permission, D8_3_2_HierarchicalLimits)
{
    const struct {
        std::uint64_t table;
        const char* allowed;                        ///< of an EL0-readable, EL0-writable leaf
        const char* kernel;                         ///< of a kernel-only leaf
    } cases[] = {{1ULL << 59, "rw-rwx", "rw---x"},  // PXNTable
                 {1ULL << 60, "rw-rw-", "rwx---"},  // UXNTable
                 {1ULL << 61, "rwx--x", "rwx--x"},  // APTable[0]: no EL0 access
                 {1ULL << 62, "r-xr-x", "r-x--x"}}; // APTable[1]: read-only
    for (const auto& c : cases) {
        for (int level = 0; level <= 2; ++level) {
            walk_bench b;
            auto t = b.stage1(12, 0, 48);
            t.map(0x1000, 0x40001000, 3, s1_af | s1_el0);
            t.descriptor(0x1000, level) |= c.table;
            EXPECT_EQ(permissions_of(b), c.allowed) << std::hex << c.table << " level " << level;
            t.map(0x1000, 0x40001000, 3, s1_af);
            EXPECT_EQ(permissions_of(b), c.kernel) << std::hex << c.table << " level " << level;
            b.s1.half[0].hierarchical_disable = true;
            EXPECT_EQ(permissions_of(b), "rwx--x") << "HPD";
        }
    }
}

TEST(Stage1Permission, CheckOnAHitGivesTheFaultOfTheWalk)
{
    walk_bench b;
    b.stage1(12, 0, 48).map(0x200000, 0x40000000, 2, s1_af | s1_ro);
    const auto t = b.ok(0x201000, read_el1);
    EXPECT_FALSE(vmsa::check_permissions(t, read_el1, 0x202000));
    const auto f = vmsa::check_permissions(t, write_el1, 0x202000);
    ASSERT_TRUE(f);
    expect_fault(*f, fault_kind::permission, 1, 2, fault_class::in_);
    EXPECT_FALSE(f->has_ipa);
}

// --- hints, endianness, hardware updates -----------------------------------------------------------------------------

TEST(Stage1Contiguous, TableD8_104)
{
    const struct {
        unsigned granule_log2;
        int start, level;
        unsigned range_log2;
    } cases[] = {{12, 0, 1, 34}, {12, 0, 2, 25}, {12, 0, 3, 16}, {14, 0, 2, 30},
                 {14, 0, 3, 21}, {16, 1, 2, 34}, {16, 1, 3, 21}};
    for (const auto& c : cases) {
        walk_bench b;
        auto t = b.stage1(c.granule_log2, c.start, 48);
        t.map(0, 0, c.level, s1_af | contiguous_hint);
        const auto r = b.ok(0x10, read_el1);
        EXPECT_TRUE(r.stage1.contiguous);
        EXPECT_EQ(unsigned(r.stage1.contiguous_log2), c.range_log2);
        EXPECT_EQ(unsigned(r.stage1.page_size_log2), t.level_bits(c.level));
    }
}

TEST(Stage1Endian, BigEndianDescriptors)
{
    walk_bench b;
    auto t = b.stage1(12, 1, 39);
    t.map(0x1000, 0x40001000, 3, s1_af);
    for (int level = 3; level >= 1; --level) {
        const std::uint64_t at = t.entry(0x1000, level);
        b.memory.word(at) = __builtin_bswap64(b.memory.word(at));
    }
    b.s1.big_endian = true;
    EXPECT_EQ(b.ok(0x1008, read_el1).pa.value(), 0x40001008U);
}

TEST(Stage1Update, AccessFlagIsSetOnce)
{
    walk_bench b;
    b.s1.ha = true;
    auto t = b.stage1(12, 0, 48);
    t.map(0x1000, 0x40001000, 3, 0);
    b.ok(0x1000, read_el1);
    EXPECT_EQ(t.descriptor(0x1000, 3), 0x40001000U | s1_af | 3);
    b.ok(0x1000, read_el1);
    EXPECT_EQ(b.memory.exchanges.size(), 1U);
}

TEST(Stage1Update, FunctionalLookUpsChangeNothing)
{
    walk_bench b;
    b.s1.ha = b.s1.hd = true;
    b.may_update = false;
    auto t = b.stage1(12, 0, 48);
    t.map(0x1000, 0x40001000, 3, s1_ro | dbm);
    b.ok(0x1000, write_el1);
    EXPECT_EQ(t.descriptor(0x1000, 3), 0x40001000U | s1_ro | dbm | 3);
    EXPECT_TRUE(b.memory.exchanges.empty());
}

TEST(Stage1Update, WriteMakesACleanPageDirty)
{
    walk_bench b;
    b.s1.ha = b.s1.hd = true;
    auto t = b.stage1(12, 0, 48);
    t.map(0x1000, 0x40001000, 3, s1_ro | dbm);
    const auto clean = b.ok(0x1000, read_el1);
    EXPECT_TRUE(clean.usable_for(read_el1));
    EXPECT_FALSE(clean.usable_for(write_el1)) << "a cached clean page must be walked again";
    EXPECT_EQ(t.descriptor(0x1000, 3), 0x40001000U | s1_ro | dbm | s1_af | 3);
    const auto dirty = b.ok(0x1000, write_el1);
    EXPECT_TRUE(dirty.usable_for(write_el1));
    EXPECT_EQ(t.descriptor(0x1000, 3), 0x40001000U | dbm | s1_af | 3);
}

TEST(Stage1Update, DbmWithoutHdIsReadOnly)
{
    walk_bench b;
    b.s1.ha = true;
    b.stage1(12, 0, 48).map(0x1000, 0x40001000, 3, s1_af | s1_ro | dbm);
    expect_fault(b.fails(0x1000, write_el1), fault_kind::permission, 1, 3, fault_class::in_);
}

TEST(Stage1Update, LosesTheRaceAndObeysTheNewDescriptor)
{
    walk_bench b;
    b.s1.ha = true;
    auto t = b.stage1(12, 0, 48);
    t.map(0x1000, 0x40001000, 3, 0);
    b.memory.before_exchange = [&](std::uint64_t at) { b.memory.word(at) = 0; };
    expect_fault(b.fails(0x1000, read_el1), fault_kind::translation, 1, 3, fault_class::in_);
    t.map(0x1000, 0x40001000, 3, 0);
    b.memory.before_exchange = [&](std::uint64_t at) { b.memory.word(at) = 0x50001000 | s1_af | 3; };
    EXPECT_EQ(b.ok(0x1000, read_el1).pa.value(), 0x50001000U);
}

// IHI 0070 7.3.12: an abort of the update is one of the walk.
TEST(Stage1Update, AbortedUpdateIsAWalkAbort)
{
    walk_bench b;
    b.s1.ha = true;
    auto t = b.stage1(12, 0, 48);
    t.map(0x1000, 0x40001000, 3, 0);
    b.memory.before_exchange = [&](std::uint64_t at) { b.memory.abort_at(at); };
    const auto f = b.fails(0x1000, read_el1);
    expect_fault(f, fault_kind::walk_abort, 1, 3, fault_class::ttd);
    EXPECT_EQ(f.fetch_address.value(), t.entry(0x1000, 3));
    EXPECT_EQ(t.descriptor(0x1000, 3), 0x40001003U);
}

TEST(Stage1Cache, WarmTablesLeaveOneRead)
{
    walk_bench b;
    table_walk_cache cache;
    b.cache = &cache;
    auto t = b.stage1(12, 0, 48);
    t.map(0x1000, 0x40001000, 3, s1_af);
    t.map(0x2000, 0x40002000, 3, s1_af);
    t.descriptor(0x1000, 1) |= 1ULL << 62; // APTable[1] must survive in the cache
    b.ok(0x1000, read_el1);
    EXPECT_EQ(b.memory.reads.size(), 4U);
    EXPECT_EQ(cache.size(), 3U);
    b.memory.reads.clear();
    EXPECT_EQ(b.ok(0x2000, read_el1).pa.value(), 0x40002000U);
    EXPECT_EQ(b.memory.reads.size(), 1U);
    expect_fault(b.fails(0x2000, write_el1), fault_kind::permission, 1, 3, fault_class::in_);
}

} // namespace
} // namespace iovp::test
