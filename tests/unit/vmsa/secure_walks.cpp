// D8.4.6, IHI 0070 3.10.2.2, 3.17.1: the address spaces of walks in Secure state.

#include "bench.h"

#include <vector>

namespace iovp::test {
namespace {

constexpr std::uint64_t ns_leaf = 1ULL << 5;
constexpr std::uint64_t ns_table = 1ULL << 63;
constexpr std::uint64_t va = 0x40201000; // a different index at every level

struct SecureWalk : testing::Test, walk_bench {
    table_walk_cache walk_cache;
    vmsa::stage2_regime s2_ns;
    bool two_ipa_spaces = false;

    SecureWalk() { s1.secure = true; }

    vmsa::walk_result secure_walk(std::uint64_t address, const access& a, bool non_secure_ipa = false)
    {
        vmsa::translation_tag tag;
        tag.non_secure = !s1.secure;
        tag.stage1 = use_s1;
        tag.stage2 = use_s2;
        tag.non_secure_ipa = non_secure_ipa;
        const vmsa::walk_context context{
            impl,  use_s1 ? &s1 : nullptr,           use_s2 ? &s2 : nullptr, tag, memory, *cache, may_update, false,
            false, two_ipa_spaces ? &s2_ns : nullptr};
        return vmsa::translate(context, address, a);
    }
    vmsa::translation translated(std::uint64_t address, const access& a = read_el1, bool non_secure_ipa = false)
    {
        const auto r = secure_walk(address, a, non_secure_ipa);
        if (const auto* f = std::get_if<vmsa::fault>(&r)) {
            ADD_FAILURE() << *f;
            return {};
        }
        return std::get<vmsa::translation>(r);
    }
    vmsa::fault faulted(std::uint64_t address, const access& a = read_el1, bool non_secure_ipa = false)
    {
        const auto r = secure_walk(address, a, non_secure_ipa);
        if (std::holds_alternative<vmsa::translation>(r)) {
            ADD_FAILURE() << "translated";
            return {};
        }
        return std::get<vmsa::fault>(r);
    }
    /// NS of every read since the last call.
    std::vector<bool> spaces()
    {
        std::vector<bool> all;
        for (const auto& read : memory.reads)
            all.push_back(read.non_secure);
        memory.reads.clear();
        return all;
    }
};

using ns = std::vector<bool>;

TEST_F(SecureWalk, D8_4_6_LeafNsSelectsTheOutputSpace)
{
    auto t = stage1(12, 0, 48);
    t.map(va, 0x80001000, 3, s1_af);
    EXPECT_FALSE(translated(va).non_secure);
    EXPECT_EQ(spaces(), ns({false, false, false, false}));
    t.map(va, 0x80001000, 3, s1_af | ns_leaf);
    const auto r = translated(va);
    EXPECT_TRUE(r.non_secure);
    EXPECT_FALSE(r.not_global) << "the descriptor itself is in Secure memory";
    EXPECT_EQ(spaces(), ns({false, false, false, false}));
}

TEST_F(SecureWalk, D8_4_6_1_NsTableCountsForAllLevelsBelow)
{
    cache = &walk_cache;
    auto t = stage1(12, 0, 48);
    t.map(va, 0x80001000, 3, s1_af);
    t.descriptor(va, 1) |= ns_table;
    for (const bool warm : {false, true}) {
        const auto r = translated(va);
        EXPECT_TRUE(r.non_secure) << "NS of the leaf does not matter any more";
        EXPECT_TRUE(r.not_global) << "R_JYHZR";
        EXPECT_EQ(spaces(), warm ? ns({true}) : ns({false, false, true, true}));
    }
    EXPECT_EQ(walk_cache.size(), 3U);
}

TEST_F(SecureWalk, D8_3_2_HierarchicalDisableLeavesNsTable)
{
    auto t = stage1(12, 0, 48);
    t.map(va, 0x80001000, 3, s1_af);
    t.descriptor(va, 0) |= ns_table;
    s1.half[0].hierarchical_disable = true;
    EXPECT_TRUE(translated(va).non_secure);
    EXPECT_EQ(spaces(), ns({false, true, true, true}));
}

// IHI 0070 5.4 NSCFG0, 13.4.2
TEST_F(SecureWalk, NonSecureFirstTable)
{
    cache = &walk_cache;
    auto t = stage1(12, 0, 48);
    t.map(va, 0x80001000, 3, s1_af);
    s1.half[0].non_secure_table = true;
    for (const bool warm : {false, true}) {
        const auto r = translated(va);
        EXPECT_TRUE(r.non_secure);
        EXPECT_TRUE(r.not_global);
        EXPECT_EQ(spaces(), warm ? ns({true}) : ns({true, true, true, true}));
    }
}

TEST_F(SecureWalk, EachHalfHasItsFirstTablesSpace)
{
    auto t = stage1(12, 0, 48);
    t.map(va, 0x80001000, 3, s1_af);
    s1.half[1] = s1.half[0];
    s1.half[1].non_secure_table = true;
    EXPECT_FALSE(translated(va).non_secure);
    spaces();
    EXPECT_TRUE(translated(va | 0xffff000000000000).non_secure);
    EXPECT_EQ(spaces(), ns({true, true, true, true}));
}

// R_VZYQL
TEST_F(SecureWalk, NonSecureRegimesIgnoreNsAndNsTable)
{
    s1.secure = false;
    auto t = stage1(12, 0, 48);
    t.map(va, 0x80001000, 3, s1_af);
    t.descriptor(va, 1) |= ns_table;
    const auto r = translated(va);
    EXPECT_TRUE(r.non_secure);
    EXPECT_FALSE(r.not_global);
    EXPECT_EQ(spaces(), ns({true, true, true, true}));
}

TEST_F(SecureWalk, OnePrivilegeRegimesHaveSpacesToo)
{
    for (const vmsa::regime world : {vmsa::regime::el2, vmsa::regime::el3}) {
        memory = table_memory();
        s1.world = world;
        auto t = stage1(12, 0, 48);
        t.map(va, 0x80001000, 3, s1_af);
        EXPECT_FALSE(translated(va).non_secure);
        t.descriptor(va, 2) |= ns_table;
        spaces();
        EXPECT_TRUE(translated(va).non_secure);
        EXPECT_EQ(spaces(), ns({false, false, false, true}));
        EXPECT_FALSE(translated(va).not_global) << "no ASIDs: nG means nothing";
    }
}

TEST_F(SecureWalk, HardwareUpdatesGoWhereTheDescriptorIs)
{
    auto t = stage1(12, 0, 48);
    t.map(va, 0x80001000, 3, 0); // AF clear
    s1.ha = true;
    translated(va);
    t.map(va, 0x80001000, 3, 0);
    t.descriptor(va, 2) |= ns_table;
    translated(va);
    ASSERT_EQ(memory.exchanges.size(), 2U);
    EXPECT_FALSE(memory.exchanges[0].non_secure);
    EXPECT_TRUE(memory.exchanges[1].non_secure);
}

// IHI 0070 6.3.57.2
TEST_F(SecureWalk, SifForbidsToExecuteFromNonSecureSpace)
{
    auto t = stage1(12, 0, 48);
    t.map(va, 0x80001000, 3, s1_af | ns_leaf);
    translated(va, fetch_el1);
    s1.sif = true;
    expect_fault(faulted(va, fetch_el1), fault_kind::permission, 1, 3, fault_class::in_);
    translated(va, read_el1);
    translated(va, write_el1);
    t.map(va, 0x80001000, 3, s1_af);
    translated(va, fetch_el1);
}

/// Stage 2 with an own set of tables for each IPA space of a Secure stream.
struct SecureNested : SecureWalk {
    table_builder s = stage2(12, 0, 44);                            // Secure IPA space
    table_builder n{memory, 12, 0, 44, 0x5000000000, 0x5000400000}; // Non-secure IPA space
    table_builder one = stage1(12, 0, 44);
    static constexpr std::uint64_t pool = 0x1000400000; // of `one`

    SecureNested()
    {
        two_ipa_spaces = true;
        s1.output_bits = 44;
        s2.output_bits = 44;
        s2.non_secure_walk = s2.non_secure_output = false;
        s2_ns = s2;
        s2_ns.ttb = 0x5000000000;
        s2_ns.non_secure_walk = s2_ns.non_secure_output = true;
    }
    /// Both IPA spaces show the stage-1 tables at their own addresses.
    void show_tables()
    {
        for (auto* b : {&s, &n}) {
            b->map(0x1000000000, 0x1000000000, 3, s2_rw);
            for (std::uint64_t page = 0; page < 4; ++page)
                b->map(pool + page * 0x1000, pool + page * 0x1000, 3, s2_rw);
        }
    }
};

TEST_F(SecureNested, Stage2AloneUsesTheTablesOfTheIpaSpace)
{
    use_s1 = false;
    cache = &walk_cache;
    s.map(va, 0x80001000, 3, s2_rw);
    n.map(va, 0x90001000, 3, s2_rw);
    for (const bool warm : {false, true}) {
        auto r = translated(va);
        EXPECT_EQ(r.pa.value(), 0x80001000U);
        EXPECT_FALSE(r.non_secure);
        EXPECT_FALSE(r.non_secure_ipa);
        EXPECT_EQ(spaces(), warm ? ns({false}) : ns({false, false, false, false}));
        r = translated(va, read_el1, true);
        EXPECT_EQ(r.pa.value(), 0x90001000U) << "the walk cache keeps the spaces apart";
        EXPECT_TRUE(r.non_secure);
        EXPECT_TRUE(r.non_secure_ipa);
        EXPECT_EQ(spaces(), warm ? ns({true}) : ns({true, true, true, true}));
    }
}

TEST_F(SecureNested, LeafNsSelectsTheIpaSpace)
{
    show_tables();
    one.map(va, 0x3000, 3, s1_af);
    s.map(0x3000, 0x80001000, 3, s2_rw);
    n.map(0x3000, 0x90001000, 3, s2_rw);
    auto r = translated(va);
    EXPECT_EQ(r.pa.value(), 0x80001000U);
    EXPECT_FALSE(r.non_secure);
    EXPECT_FALSE(r.non_secure_ipa);
    for (const bool space : spaces())
        EXPECT_FALSE(space);
    one.map(va, 0x3000, 3, s1_af | ns_leaf);
    r = translated(va);
    EXPECT_EQ(r.pa.value(), 0x90001000U);
    EXPECT_TRUE(r.non_secure);
    EXPECT_TRUE(r.non_secure_ipa);
    EXPECT_FALSE(r.not_global);
    // 4 x (4 + 1) reads of the Secure IPA space, then 4 of the other.
    EXPECT_EQ(spaces(), ns({false, false, false, false, false, false, false, false, false, false, false, false,
                            false, false, false, false, false, false, false, false, true,  true,  true,  true}));
}

TEST_F(SecureNested, NsTableMovesTheWalkToTheNonSecureIpaSpace)
{
    cache = &walk_cache;
    show_tables();
    one.map(va, 0x3000, 3, s1_af);
    one.descriptor(va, 2) |= ns_table;
    n.map(0x3000, 0x90001000, 3, s2_rw);
    for (const bool warm : {false, true}) {
        const auto r = translated(va);
        EXPECT_EQ(r.pa.value(), 0x90001000U);
        EXPECT_TRUE(r.non_secure_ipa);
        EXPECT_TRUE(r.not_global);
        const auto all = spaces();
        ASSERT_FALSE(all.empty());
        EXPECT_TRUE(all.back()) << warm;
    }
}

// IHI 0070 3.17.1: Non-secure memory, for whatever reason
TEST_F(SecureNested, DescriptorsThatStage2PutsIntoNonSecureMemoryAreNotGlobal)
{
    show_tables();
    one.map(va, 0x3000, 3, s1_af);
    s.map(0x3000, 0x80001000, 3, s2_rw);
    EXPECT_FALSE(translated(va).not_global);
    spaces();
    s2.non_secure_output = true;
    const auto r = translated(va);
    EXPECT_TRUE(r.not_global);
    EXPECT_TRUE(r.non_secure);
    EXPECT_FALSE(r.non_secure_ipa);
    EXPECT_EQ(spaces()[4], true) << "the first stage-1 descriptor";
}

// IHI 0070 7.3: NSIPA
TEST_F(SecureNested, FaultsSayWhichIpaSpace)
{
    show_tables();
    one.map(va, 0x3000, 3, s1_af);
    auto f = faulted(va);
    expect_fault(f, fault_kind::translation, 2, 1, fault_class::in_);
    EXPECT_FALSE(f.non_secure_ipa);
    one.map(va, 0x3000, 3, s1_af | ns_leaf);
    f = faulted(va);
    EXPECT_TRUE(f.non_secure_ipa);
    EXPECT_EQ(f.ipa.value(), 0x3000U);
    // The level-2 table is reached through the Non-secure IPA space, and not mapped there.
    one.descriptor(va, 1) |= ns_table;
    n.map(pool + 0x1000, 0, 3, 0);
    n.descriptor(pool + 0x1000, 3) = 0;
    f = faulted(va);
    expect_fault(f, fault_kind::translation, 2, 3, fault_class::ttd);
    EXPECT_TRUE(f.non_secure_ipa);
}

TEST_F(SecureNested, PermissionChecksOfHitsSayItToo)
{
    show_tables();
    one.map(va, 0x3000, 3, s1_af | ns_leaf);
    n.map(0x3000, 0x90001000, 3, s2_af | s2_read | s2_wb | s2_inner);
    const auto r = translated(va);
    const auto f = vmsa::check_permissions(r, write_el1, va);
    ASSERT_TRUE(f.has_value());
    EXPECT_EQ(int(f->stage), 2);
    EXPECT_TRUE(f->non_secure_ipa);
    EXPECT_TRUE(faulted(va, write_el1).non_secure_ipa);
}

} // namespace
} // namespace iovp::test
