// 5.2.2 and 5.4.2: one change at a time to a legal structure.

#include "bench.h"

namespace iovp::test {
namespace {

bool ste_bad(unsigned config, unsigned high, unsigned low, std::uint64_t value, const features& f = {})
{
    ste s;
    s.words = make_ste(config);
    EXPECT_FALSE(ste_illegal(s, features{}));
    put_bits(s.words, high, low, value);
    return ste_illegal(s, f);
}

TEST(Ste_5_2_2, LegalForEveryConfig)
{
    for (unsigned config = 0; config < 8; ++config) {
        ste s;
        s.words = make_ste(config);
        EXPECT_FALSE(ste_illegal(s, features{})) << config;
        s.words[0] &= ~1ULL;
        EXPECT_TRUE(ste_illegal(s, features{})) << config;
    }
}

TEST(Ste_5_2_2, StagesThatAreNotImplemented)
{
    features f;
    f.stage2 = false;
    EXPECT_TRUE(ste_bad(6, 0, 0, 1, f));
    EXPECT_TRUE(ste_bad(7, 0, 0, 1, f));
    EXPECT_FALSE(ste_bad(5, 0, 0, 1, f));
    f = {};
    f.stage1 = false;
    EXPECT_TRUE(ste_bad(5, 0, 0, 1, f));
    EXPECT_TRUE(ste_bad(7, 0, 0, 1, f));
    EXPECT_FALSE(ste_bad(6, 0, 0, 1, f));
}

TEST(Ste_5_2_2, Stage1Fields)
{
    EXPECT_TRUE(ste_bad(5, 91, 91, 1)) << "S1STALLD";
    EXPECT_FALSE(ste_bad(6, 91, 91, 1)) << "IGNORED without stage 1";
    EXPECT_FALSE(ste_bad(5, 63, 59, 10)) << "S1CDMax == SSIDSIZE";
    EXPECT_TRUE(ste_bad(5, 63, 59, 11)) << "S1CDMax";
    EXPECT_FALSE(ste_bad(6, 63, 59, 11));
    EXPECT_TRUE(ste_bad(5, 44, 44, 1)) << "S1ContextPtr beyond OAS";
    EXPECT_TRUE(ste_bad(7, 44, 44, 1)) << "S1ContextPtr beyond IAS";
    EXPECT_FALSE(ste_bad(6, 44, 44, 1));
    features f;
    f.cd_two_level = false;
    ste s;
    s.words = make_ste(5);
    put_bits(s.words, 63, 59, 4);
    EXPECT_FALSE(ste_illegal(s, f));
    for (const unsigned s1fmt : {1U, 2U}) {
        put_bits(s.words, 5, 4, s1fmt);
        EXPECT_TRUE(ste_illegal(s, f));
    }
    put_bits(s.words, 5, 4, 3); // behaves as 0b00
    EXPECT_FALSE(ste_illegal(s, f));
}

TEST(Ste_5_2_2, Strw)
{
    EXPECT_FALSE(ste_bad(5, 95, 94, 2));
    EXPECT_TRUE(ste_bad(5, 95, 94, 1));
    EXPECT_TRUE(ste_bad(5, 95, 94, 3));
    for (const unsigned config : {0U, 4U, 6U, 7U})
        EXPECT_FALSE(ste_bad(config, 95, 94, 3)) << "IGNORED for Config " << config;
    features f;
    f.architecture_minor = 1;
    f.hypervisor = false;
    EXPECT_FALSE(ste_bad(5, 95, 94, 3, f)) << "RES0 without Hyp";
}

TEST(Ste_5_2_2, Stage2Fields)
{
    for (const unsigned config : {6U, 7U}) {
        EXPECT_TRUE(ste_bad(config, 185, 185, 1)) << "S2S";
        EXPECT_TRUE(ste_bad(config, 179, 179, 0)) << "S2AA64";
        EXPECT_TRUE(ste_bad(config, 184, 184, 1)) << "S2HA without HTTU";
        EXPECT_TRUE(ste_bad(config, 183, 183, 1)) << "S2HD without HTTU";
        EXPECT_TRUE(ste_bad(config, 175, 174, 3)) << "S2TG reserved";
        EXPECT_TRUE(ste_bad(config, 240, 240, 1)) << "S2TTB bit 48";
        EXPECT_TRUE(ste_bad(config, 236, 236, 1)) << "S2TTB bit 44";
        EXPECT_FALSE(ste_bad(config, 235, 235, 1)) << "S2TTB bit 43";
        EXPECT_TRUE(ste_bad(config, 178, 176, 0)) << "S2PS 32 bits: S2TTB outside";
        EXPECT_FALSE(ste_bad(config, 178, 176, 7)) << "S2PS is capped to OAS";
        EXPECT_TRUE(ste_bad(config, 165, 160, 19)) << "S2T0SZ: 45 bits of IPA";
        EXPECT_FALSE(ste_bad(config, 165, 160, 24)) << "40 bits from level 0";
        EXPECT_TRUE(ste_bad(config, 165, 160, 25)) << "39 bits do not reach level 0";
        EXPECT_TRUE(ste_bad(config, 167, 166, 1)) << "44 bits from level 1: 32 tables";
        EXPECT_TRUE(ste_bad(config, 167, 166, 0)) << "44 bits from level 2";
        EXPECT_FALSE(ste_bad(config, 180, 180, 1)) << "S2ENDI, mixed";
        features f;
        f.mixed_endian = false;
        EXPECT_TRUE(ste_bad(config, 180, 180, 1, f)) << "S2ENDI";
        f = {};
        f.granule_4k = false;
        EXPECT_TRUE(ste_bad(config, 0, 0, 1, f)) << "S2TG not implemented";
        f = {};
        f.htt_update = 1;
        EXPECT_FALSE(ste_bad(config, 184, 184, 1, f));
        EXPECT_TRUE(ste_bad(config, 183, 183, 1, f));
        f.htt_update = 2;
        EXPECT_FALSE(ste_bad(config, 184, 183, 3, f));
        f = {};
        f.vmid16 = false;
        EXPECT_TRUE(ste_bad(config, 0, 0, 1, f)) << "S2VMID[15:8]";
        EXPECT_FALSE(ste_bad(config, 143, 136, 0, f));
    }
    // Everything of stage 2 is IGNORED without it, except S2VMID (5.2).
    EXPECT_FALSE(ste_bad(5, 185, 185, 1));
    EXPECT_FALSE(ste_bad(5, 179, 174, 0x3f));
    features f;
    f.vmid16 = false;
    EXPECT_TRUE(ste_bad(5, 0, 0, 1, f));
    EXPECT_FALSE(ste_bad(4, 0, 0, 1, f)) << "bypass inserts no TLB entries";
    EXPECT_FALSE(ste_bad(5, 95, 94, 2, f)) << "EL2 has no VMID";
}

TEST(Ste_5_2_2, FieldsOfAbsentFeaturesDoNotMatter)
{
    // EATS, CONT, MEV, DRE, DCP, PPAR, S1PIE, S1MPAM, S2PIE, S2POE, S2DS, S2HWU
    const std::pair<unsigned, unsigned> ignored[] = {{93, 92}, {80, 77},   {83, 83},   {76, 76}, {82, 81},  {88, 88},
                                                     {90, 90}, {189, 188}, {195, 195}, {75, 72}, {187, 187}};
    for (const unsigned config : {4U, 5U, 6U, 7U})
        for (const auto& [high, low] : ignored)
            EXPECT_FALSE(ste_bad(config, high, low, ~0ULL)) << config << ' ' << low;
}

bool cd_bad(unsigned high, unsigned low, std::uint64_t value, const features& f = {},
            vmsa::regime world = vmsa::regime::el1, unsigned config = 5)
{
    ste s;
    s.words = make_ste(config);
    cd c;
    c.words = make_cd();
    EXPECT_FALSE(cd_illegal(c, s, features{}, vmsa::regime::el1));
    put_bits(c.words, high, low, value);
    return cd_illegal(c, s, f, world);
}

TEST(Cd_5_4_2, SingleFields)
{
    EXPECT_TRUE(cd_bad(31, 31, 0)) << "V";
    EXPECT_TRUE(cd_bad(44, 44, 1)) << "S";
    EXPECT_TRUE(cd_bad(41, 41, 0)) << "AA64";
    EXPECT_TRUE(cd_bad(43, 43, 1)) << "HA";
    EXPECT_TRUE(cd_bad(42, 42, 1)) << "HD";
    EXPECT_TRUE(cd_bad(5, 0, 15)) << "T0SZ";
    EXPECT_FALSE(cd_bad(5, 0, 48));
    EXPECT_TRUE(cd_bad(5, 0, 49));
    EXPECT_TRUE(cd_bad(7, 6, 3)) << "TG0 reserved";
    EXPECT_TRUE(cd_bad(112, 112, 1)) << "TTB0 bit 48";
    EXPECT_TRUE(cd_bad(108, 108, 1)) << "TTB0 bit 44";
    EXPECT_TRUE(cd_bad(34, 32, 0)) << "TTB0 beyond a 32-bit IPS";
    EXPECT_FALSE(cd_bad(46, 46, 0)) << "A, TERM_MODEL 0";
    features f;
    f.raz_wi_model = false;
    EXPECT_TRUE(cd_bad(46, 46, 0, f)) << "A, TERM_MODEL 1";
    f = {};
    f.small_tables = false;
    EXPECT_TRUE(cd_bad(5, 0, 40, f));
    EXPECT_FALSE(cd_bad(5, 0, 39, f));
    f = {};
    f.asid16 = false;
    EXPECT_TRUE(cd_bad(0, 0, 0, f)) << "ASID[15:8]";
    EXPECT_FALSE(cd_bad(63, 56, 0, f));
    EXPECT_FALSE(cd_bad(0, 0, 0, f, vmsa::regime::el2)) << "ASID is IGNORED in EL2";
    f = {};
    f.mixed_endian = false;
    EXPECT_TRUE(cd_bad(15, 15, 1, f)) << "ENDI";
    EXPECT_FALSE(cd_bad(15, 14, 3, f)) << "ENDI is IGNORED when both walks are disabled";
    f = {};
    f.granule_4k = false;
    EXPECT_TRUE(cd_bad(0, 0, 0, f));
}

TEST(Cd_5_4_2, EpdHidesItsHalf)
{
    // 5.4.1.1: nothing of a disabled half is checked.
    EXPECT_FALSE(cd_bad(21, 16, 0)) << "T1SZ 0 with EPD1";
    EXPECT_FALSE(cd_bad(23, 22, 0)) << "TG1 0b00 is reserved";
    EXPECT_FALSE(cd_bad(179, 179, 1));
    EXPECT_TRUE(cd_bad(30, 30, 0)) << "EPD1 == 0 with T1SZ 0";
    EXPECT_FALSE(cd_bad(14, 14, 1));
    ste s;
    s.words = make_ste(5);
    cd c;
    c.words = make_cd();
    put_bits(c.words, 14, 14, 1);
    put_bits(c.words, 5, 0, 0);
    EXPECT_FALSE(cd_illegal(c, s, features{}, vmsa::regime::el1));
    // EPD is IGNORED, and TTB1 does not exist, in EL2.
    EXPECT_TRUE(cd_illegal(c, s, features{}, vmsa::regime::el2));
    EXPECT_FALSE(cd_bad(30, 30, 0, {}, vmsa::regime::el2));
}

TEST(Cd_5_4_2, UpperHalf)
{
    ste s;
    s.words = make_ste(5);
    cd c;
    c.words = make_cd();
    put_bits(c.words, 30, 30, 0);
    put_bits(c.words, 21, 16, 25);
    put_bits(c.words, 183, 132, 0x1100000000 >> 4);
    const bool legal[] = {false, true, true, true}; // TG1
    for (unsigned tg1 = 0; tg1 < 4; ++tg1) {
        put_bits(c.words, 23, 22, tg1);
        EXPECT_EQ(cd_illegal(c, s, features{}, vmsa::regime::el1), !legal[tg1]) << tg1;
    }
}

TEST(Features_6_3, IdRegistersOfThePlatform)
{
    const features f;
    EXPECT_EQ(f.contradiction(), nullptr);
    EXPECT_EQ(f.idr0(), 1U << 0 | 1U << 1 | 2U << 2 | 1U << 4 | 1U << 9 | 1U << 12 | 1U << 13 | 1U << 18 | 1U << 19 |
                            1U << 24 | 1U << 27);
    EXPECT_EQ(f.idr1(), 16U | 10U << 6 | 8U << 16 | 8U << 21 | 1U << 26 | 1U << 27);
    EXPECT_EQ(f.idr3(), 1U << 2 | 1U << 4 | 1U << 8 | 1U << 9 | 1U << 10 | 2U << 11);
    EXPECT_EQ(f.idr5(), 4U | 7U << 4);
    EXPECT_EQ(f.aidr(), 2U);
    features g;
    g.output_bits = 45;
    EXPECT_NE(g.contradiction(), nullptr);
}

TEST(Features_6_3, OptionalTables)
{
    features f;
    f.output_bits = 52;
    f.ds = f.va52 = f.aarch32_tables = f.e0pd = f.ptw_nnc = true;
    f.architecture_minor = 3;
    EXPECT_EQ(f.contradiction(), nullptr);
    EXPECT_EQ(f.idr0() & 0xc, 0b11U << 2);
    EXPECT_EQ(f.idr3() & (3U << 13), 3U << 13);
    EXPECT_EQ(f.aidr(), 3U);
    EXPECT_EQ(f.idr5(), 6U | 7U << 4 | 1U << 7 | 1U << 10);
    EXPECT_EQ(f.page_table_ipa_bits(), 52U);
    f.output_bits = 36;
    EXPECT_EQ(f.page_table_ipa_bits(), 40U) << "IAS (3.4)";
    f.aarch32_tables = false;
    EXPECT_EQ(f.page_table_ipa_bits(), 36U);
}

TEST(Features_6_3, PairsThatContradict)
{
    const auto contradicts = [](void (*change)(features&)) {
        features f;
        change(f);
        return f.contradiction() != nullptr;
    };
    // 6.3.4: mandatory from SMMUv3.2, and free before.
    EXPECT_TRUE(contradicts([](features& f) { f.bbm_level = 0; }));
    EXPECT_TRUE(contradicts([](features& f) { f.bbm_level = 3; }));
    EXPECT_FALSE(contradicts([](features& f) { f.bbm_level = 1; }));
    EXPECT_FALSE(contradicts([](features& f) {
        f.bbm_level = 0;
        f.architecture_minor = 1;
    }));
    EXPECT_TRUE(contradicts([](features& f) { f.force_write_back = false; }));
    EXPECT_FALSE(contradicts([](features& f) {
        f.force_write_back = false;
        f.architecture_minor = 1;
    }));
    EXPECT_TRUE(contradicts([](features& f) { f.range_invalidation = false; }));
    EXPECT_TRUE(contradicts([](features& f) { f.xnx = false; }));
    EXPECT_TRUE(contradicts([](features& f) { f.hierarchical_disable = false; }));
    EXPECT_TRUE(contradicts([](features& f) { f.hypervisor = false; }));
    // 6.3.6
    EXPECT_FALSE(contradicts([](features& f) { f.output_bits = 52; }));
    EXPECT_TRUE(contradicts([](features& f) {
        f.output_bits = 52;
        f.granule_64k = false;
    }));
    static constexpr auto smmuv33 = [](features& f) {
        f.architecture_minor = 3;
        f.e0pd = f.ptw_nnc = true;
    };
    // 6.3.4 and 2.9: E0PD and PTWNNC are optional in SMMUv3.2 and mandatory from SMMUv3.3; DS is of SMMUv3.4.
    EXPECT_FALSE(contradicts(smmuv33));
    EXPECT_FALSE(contradicts([](features& f) { f.e0pd = f.ptw_nnc = true; }));
    EXPECT_TRUE(contradicts([](features& f) { f.architecture_minor = 3; }));
    EXPECT_TRUE(contradicts([](features& f) {
        smmuv33(f);
        f.e0pd = false;
    }));
    EXPECT_TRUE(contradicts([](features& f) {
        smmuv33(f);
        f.ptw_nnc = false;
    }));
    EXPECT_TRUE(contradicts([](features& f) {
        f.architecture_minor = 1;
        f.bbm_level = 0;
        f.e0pd = true;
    }));
    EXPECT_TRUE(contradicts([](features& f) { f.ds = f.va52 = true; }));
    EXPECT_TRUE(contradicts([](features& f) {
        smmuv33(f);
        f.ds = true;
    }));
    EXPECT_FALSE(contradicts([](features& f) {
        smmuv33(f);
        f.ds = f.va52 = true;
    }));
    EXPECT_TRUE(contradicts([](features& f) {
        smmuv33(f);
        f.ds = f.va52 = true;
        f.granule_4k = f.granule_16k = false;
    }));
    EXPECT_TRUE(contradicts([](features& f) {
        f.va52 = true;
        f.granule_64k = false;
    }));
    EXPECT_TRUE(contradicts([](features& f) {
        f.aarch32_tables = true;
        f.granule_4k = false;
    }));
}

} // namespace
} // namespace iovp::test
