// 5.4, 5.4.2: every bit of a legal CD, one at a time, and the fields that change a translation.

#include "unit/smmu_arch/bench.h"

#include <set>

namespace iovp::test {
namespace {

struct Cd_5_4 : testing::Test, smmu_bench {
    structure_words cd_words = make_cd();
    table_builder s1 = stage1();

    Cd_5_4()
    {
        set_ste(8, make_ste(5));
        s1.map(0x1000, 0x80001000, 3, s1_af | s1_el0 | mair_is_wb);
        install();
    }
    void install() { write(cd_table, cd_words); }

    void sweep(const std::set<unsigned>& illegal)
    {
        for (unsigned b = 0; b < 512; ++b) {
            structure_words c = cd_words;
            c[b / 64] ^= std::uint64_t(1) << (b % 64);
            write(cd_table, c);
            const outcome o = run(req(8, 0x1000));
            const auto* t = std::get_if<terminated>(&o);
            if (illegal.count(b) == 0) {
                if (t != nullptr && t->event) {
                    EXPECT_NE(t->event->type(), event_type::c_bad_cd) << "bit " << b;
                }
                continue;
            }
            ASSERT_TRUE(t != nullptr && t->event) << "bit " << b;
            EXPECT_EQ(t->how, termination::abort) << "bit " << b;
            EXPECT_EQ(*t->event, (event_record{{0x000000080000000a, 0, 0, 0}})) << "bit " << b;
        }
    }
};

TEST_F(Cd_5_4, SweepLowerHalf)
{
    // T0SZ 0; EPD1 == 0 with T1SZ 0 and TG1 0; V; IPS 32 bits below TTB0; AA64; HD, HA; S; TTB0 beyond 44 bits
    std::set<unsigned> illegal{4, 30, 31, 34, 41, 42, 43, 44};
    for (unsigned b = 108; b <= 115; ++b)
        illegal.insert(b);
    sweep(illegal);
}

TEST_F(Cd_5_4, SweepBothHalves)
{
    put_bits(cd_words, 30, 30, 0);
    put_bits(cd_words, 21, 16, 16);
    put_bits(cd_words, 23, 22, 2); // TG1: 4K
    put_bits(cd_words, 183, 132, 0x1100000000 >> 4);
    // As above, EPD1 is free now, and T1SZ 0, TG1 0, TTB1 beyond 44 bits are not.
    std::set<unsigned> illegal{4, 20, 23, 31, 34, 41, 42, 43, 44};
    for (unsigned b = 0; b < 8; ++b) {
        illegal.insert(108 + b);
        illegal.insert(172 + b);
    }
    sweep(illegal);
}

TEST_F(Cd_5_4, SweepWithHttu)
{
    f.htt_update = 2; // HA and HD are legal then
    std::set<unsigned> illegal{4, 30, 31, 34, 41, 44};
    for (unsigned b = 108; b <= 115; ++b)
        illegal.insert(b);
    sweep(illegal);
}

TEST_F(Cd_5_4, IpsLimitsTablesAndOutputs)
{
    put_bits(cd_words, 34, 32, 1); // 36 bits
    put_bits(cd_words, 119, 68, 0x800000000 >> 4);
    table_builder low(memory, 12, 0, 48, 0x800000000, 0x800400000);
    low.map(0x1000, 0xfffff1000, 3, s1_af | s1_el0);
    low.map(0x2000, 0x1000000000, 3, s1_af | s1_el0);
    install();
    EXPECT_EQ(ok(req(8, 0x1000)).out.pa.value(), 0xfffff1000U);
    expect_abort(req(8, 0x2000), {0x0000000800000011, 1ULL << 35 | 2ULL << 40, 0x2000, 0});
}

TEST_F(Cd_5_4, AffdSuppressesTheAccessFault)
{
    s1.descriptor(0x1000, 3) &= ~s1_af;
    EXPECT_EQ(fails(req(8, 0x1000)).event->type(), event_type::f_access);
    put_bits(cd_words, 35, 35, 1);
    install();
    EXPECT_EQ(ok(req(8, 0x1000)).out.pa.value(), 0x80001000U);
}

TEST_F(Cd_5_4, WxnTakesExecuteFromWritable)
{
    request fetch = req(8, 0x1000);
    fetch.what.instruction = true;
    ok(fetch);                             // writable and executable by EL0
    for (const unsigned uwxn : {0U, 1U}) { // VMSAv8-64: never executable by EL1 what EL0 can write
        put_bits(cd_words, 37, 37, uwxn);
        install();
        fetch.what.privileged = true;
        expect_abort(fetch, {0x0000000800000013, 1ULL << 35 | 1ULL << 34 | 1ULL << 33 | 2ULL << 40, 0x1000, 0});
        fetch.what.privileged = false;
        ok(fetch);
    }
    put_bits(cd_words, 36, 36, 1);
    install();
    expect_abort(fetch, {0x0000000800000013, 1ULL << 35 | 1ULL << 34 | 2ULL << 40, 0x1000, 0});
    ok(req(8, 0x1000));
}

TEST_F(Cd_5_4, PanTakesPrivilegedDataOnly)
{
    put_bits(cd_words, 40, 40, 1);
    install();
    request r = req(8, 0x1000);
    r.what.privileged = true;
    expect_abort(r, {0x0000000800000013, 1ULL << 35 | 1ULL << 33 | 2ULL << 40, 0x1000, 0});
    r.what.privileged = false;
    ok(r);
}

TEST_F(Cd_5_4, EndiSelectsTheDescriptorsOrder)
{
    put_bits(cd_words, 15, 15, 1);
    install();
    EXPECT_TRUE(fails(req(8, 0x1000)).event);
    std::vector<std::uint64_t> slots;
    for (int level = 0; level < 4; ++level)
        slots.push_back(s1.entry(0x1000, level));
    for (const std::uint64_t at : slots)
        memory.word(at) = __builtin_bswap64(memory.word(at));
    EXPECT_EQ(ok(req(8, 0x1000)).out.pa.value(), 0x80001000U);
}

TEST_F(Cd_5_4, HadIgnoresTheTablesLimits)
{
    s1.descriptor(0x1000, 2) |= 1ULL << 62; // APTable[1]: read-only below
    expect_abort(req(8, 0x1000, true), {0x0000000800000013, 2ULL << 40, 0x1000, 0});
    put_bits(cd_words, 65, 65, 1);
    install();
    EXPECT_EQ(ok(req(8, 0x1000, true)).out.pa.value(), 0x80001000U);
}

TEST_F(Cd_5_4, MairSelectsByAttrIndx)
{
    put_bits(cd_words, 223, 192, 0xff04);
    put_bits(cd_words, 255, 224, 0x44000000); // Attr7
    install();
    const memory_type type[] = {memory_type::device_nGnRE, memory_type::normal};
    for (unsigned index = 0; index < 2; ++index) {
        s1.descriptor(0x1000, 3) = 0x80001000 | s1_af | s1_el0 | index << 2 | 3;
        EXPECT_EQ(ok(req(8, 0x1000)).out.memory.type, type[index]);
    }
    s1.descriptor(0x1000, 3) = 0x80001000 | s1_af | s1_el0 | 7 << 2 | 3;
    const auto m = ok(req(8, 0x1000)).out.memory;
    EXPECT_EQ(m.type, memory_type::normal);
    EXPECT_EQ(m.inner.policy, cacheability::non_cacheable);
}

TEST_F(Cd_5_4, WalkAttributesComeFromIrOrSh)
{
    const cacheability policy[] = {cacheability::non_cacheable, cacheability::write_back, cacheability::write_through,
                                   cacheability::write_back};
    for (unsigned inner = 0; inner < 4; ++inner)
        for (unsigned outer = 0; outer < 4; ++outer) {
            put_bits(cd_words, 9, 8, inner);
            put_bits(cd_words, 11, 10, outer);
            put_bits(cd_words, 13, 12, 2);
            install();
            memory.reads.clear();
            ok(req(8, 0x1000));
            EXPECT_EQ(memory.reads[2].memory.inner.policy, policy[inner]);
            EXPECT_EQ(memory.reads[2].memory.outer.policy, policy[outer]);
            EXPECT_EQ(memory.reads[2].memory.share, shareability::outer);
        }
}

TEST_F(Cd_5_4, EpdFaultsItsHalfAtLevel0WithoutReading)
{
    put_bits(cd_words, 14, 14, 1);
    install();
    memory.reads.clear();
    expect_abort(req(8, 0x1000), {0x0000000800000010, 1ULL << 35 | 2ULL << 40, 0x1000, 0});
    EXPECT_EQ(memory.reads.size(), 2U) << "STE and CD, no descriptor";
}

TEST_F(Cd_5_4, OneCdIsSharedByStreams)
{
    set_ste(9, make_ste(5));
    EXPECT_EQ(ok(req(8, 0x1000)).out.pa, ok(req(9, 0x1000)).out.pa);
}

} // namespace
} // namespace iovp::test
