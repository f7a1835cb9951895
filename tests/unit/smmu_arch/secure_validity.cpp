// 5.2.2, 5.4.2, 6.3.53: what a Secure STE and CD may say, and the ID registers.

#include "secure_bench.h"

namespace iovp::test {
namespace {

constexpr auto secure = security_state::secure;

features with(bool stage2)
{
    features f;
    f.secure_impl = true;
    f.secure_stage2 = stage2;
    return f;
}

bool illegal(const structure_words& w, const features& f, security_state state = secure, bool nsstalld = false)
{
    ste s;
    s.words = w;
    return ste_illegal(s, f, state, nsstalld);
}

structure_words secure_ste(unsigned config)
{
    structure_words w = make_ste(config);
    add_secure_stage2(w);
    return w;
}

TEST(SecureFeatures_6_3_53, IdentificationAndContradictions)
{
    features f;
    EXPECT_EQ(f.secure_idr0(), 0U);
    EXPECT_EQ(f.secure_idr1(), 0U);
    f.secure_impl = true;
    EXPECT_EQ(f.contradiction(), nullptr);
    EXPECT_EQ(f.secure_idr0(), 1U << 24 | 1U << 13); // STALL_MODEL, MSI
    EXPECT_EQ(f.secure_idr1(), 1U << 31 | 16U);
    f.secure_stage2 = true;
    f.secure_stream_id_bits = 7;
    EXPECT_EQ(f.contradiction(), nullptr);
    EXPECT_EQ(f.secure_idr1(), 1U << 31 | 1U << 29 | 7U);
    f.msi = false;
    f.stall_model = 0;
    EXPECT_EQ(f.secure_idr0(), 0U);

    f = with(true);
    f.architecture_minor = 1;
    EXPECT_NE(f.contradiction(), nullptr);
    f = with(true);
    f.stage2 = false;
    EXPECT_NE(f.contradiction(), nullptr);
    f = with(true);
    f.secure_impl = false;
    EXPECT_NE(f.contradiction(), nullptr);
    f = with(false);
    f.stage1 = false;
    f.substream_id_bits = 0;
    EXPECT_NE(f.contradiction(), nullptr);
    f = with(false);
    f.atos = true; // 6.3.83
    EXPECT_EQ(f.contradiction(), nullptr);
    f.vatos = true; // 6.3.103: S_VATOS comes with SEL2
    EXPECT_EQ(f.contradiction(), nullptr);
    EXPECT_FALSE(f.secure_vatos());
    EXPECT_EQ(f.secure_idr2(), 0U);
    f = with(true);
    f.atos = true;
    f.vatos = true;
    EXPECT_EQ(f.contradiction(), nullptr);
    EXPECT_EQ(f.secure_idr2(), 1U); // 6.3.54 BA_S_VATOS
    f = with(false);
    f.secure_stream_id_bits = 33;
    EXPECT_NE(f.contradiction(), nullptr);
}

TEST(SecureSte_5_2_2, Stage2NeedsSel2)
{
    for (const unsigned config : {6U, 7U}) {
        EXPECT_TRUE(illegal(secure_ste(config), with(false))) << config;
        EXPECT_FALSE(illegal(secure_ste(config), with(true))) << config;
        EXPECT_FALSE(illegal(secure_ste(config), with(false), security_state::non_secure)) << config;
    }
    for (const unsigned config : {0U, 4U, 5U})
        EXPECT_FALSE(illegal(secure_ste(config), with(false))) << config;
}

TEST(SecureSte_5_2_2, NoVmsav8_32AtStage2)
{
    features f = with(true);
    f.aarch32_tables = true;
    structure_words w = secure_ste(6);
    put_bits(w, 179, 179, 0); // S2AA64
    put_bits(w, 165, 160, 0); // S2T0SZ
    put_bits(w, 167, 166, 1); // S2SL0
    EXPECT_FALSE(illegal(w, f, security_state::non_secure));
    EXPECT_TRUE(illegal(w, f));
}

TEST(SecureSte_5_2, StrwSelectsTheStreamWorld)
{
    struct row {
        unsigned strw;
        bool sel2;
        bool e2h;
        bool legal;
        vmsa::regime world;
    };
    const row rows[] = {
        {0, false, false, true, vmsa::regime::el1},    {0, true, true, true, vmsa::regime::el1},
        {1, false, false, true, vmsa::regime::el3},    {1, true, true, true, vmsa::regime::el3},
        {2, false, false, false, vmsa::regime::el1},   {2, true, false, true, vmsa::regime::el2},
        {2, true, true, true, vmsa::regime::el2_host}, {3, false, false, false, vmsa::regime::el1},
        {3, true, false, false, vmsa::regime::el1},
    };
    for (const row& r : rows) {
        features f = with(r.sel2);
        structure_words w = secure_ste(5);
        put_bits(w, 95, 94, r.strw);
        EXPECT_EQ(illegal(w, f), !r.legal) << r.strw << r.sel2;
        // Not where stage 2 translates, or nothing does.
        put_bits(w, 3, 1, 4);
        EXPECT_FALSE(illegal(w, f));
        if (r.sel2) {
            put_bits(w, 3, 1, 7);
            EXPECT_FALSE(illegal(w, f));
            ste s;
            s.words = w;
            EXPECT_EQ(stream_world(s, f, r.e2h, secure), vmsa::regime::el1);
        }
        if (!r.legal)
            continue;
        put_bits(w, 3, 1, 5);
        ste s;
        s.words = w;
        EXPECT_EQ(stream_world(s, f, r.e2h, secure), r.world) << r.strw;
        // IDR0.Hyp is of the Non-secure state.
        f.hypervisor = false;
        EXPECT_EQ(stream_world(s, f, r.e2h, secure), r.world) << r.strw;
    }
}

TEST(SecureSte_5_2_2, FieldsOfTheSecureIpaSpaceAreChecked)
{
    const features f = with(true);
    const struct {
        unsigned high, low;
        std::uint64_t value;
    } bad[] = {
        {303, 302, 3},                // S_S2TG reserved
        {293, 288, 15},               // S_S2T0SZ too small
        {293, 288, 49},               // too large
        {295, 294, 3},                // S_S2SL0: level 3 does not fit
        {439, 388, 1ULL << (44 - 4)}, // S_S2TTB beyond S2PS
        {293, 288, 40},               // S_S2T0SZ and S_S2SL0 do not agree
    };
    for (const auto& b : bad) {
        for (const unsigned config : {6U, 7U}) {
            structure_words w = secure_ste(config);
            put_bits(w, b.high, b.low, b.value);
            EXPECT_TRUE(illegal(w, f)) << b.high;
            EXPECT_FALSE(illegal(w, f, security_state::non_secure)) << b.high << ": RES0 there";
        }
        structure_words w = secure_ste(5);
        put_bits(w, b.high, b.low, b.value);
        EXPECT_FALSE(illegal(w, f)) << b.high << ": IGNORED without stage 2";
    }
    // And those of the Non-secure IPA space still are.
    structure_words w = secure_ste(6);
    put_bits(w, 165, 160, 15);
    EXPECT_TRUE(illegal(w, f));
}

TEST(SecureSte_5_2_2, S2vmidIsIgnoredWithStage1Alone)
{
    features f = with(true);
    f.vmid16 = false;
    structure_words w = secure_ste(5); // S2VMID 0x1357
    EXPECT_FALSE(illegal(w, f));
    EXPECT_TRUE(illegal(w, f, security_state::non_secure));
    put_bits(w, 3, 1, 7);
    EXPECT_TRUE(illegal(w, f));
    put_bits(w, 143, 136, 0);
    EXPECT_FALSE(illegal(w, f));
}

// 3.12, 5.5: NSSTALLD takes the Stall model from the Non-secure state alone.
TEST(SecureStall_3_12, NsstalldIsForNonSecureStructures)
{
    features f = with(true);
    f.stall_model = 0;
    f.stall_max = 4;
    EXPECT_EQ(f.non_secure_stall_model(false), 0U);
    EXPECT_EQ(f.non_secure_stall_model(true), 1U);
    structure_words w = secure_ste(5);
    put_bits(w, 91, 91, 1); // S1STALLD
    EXPECT_FALSE(illegal(w, f, secure, true));
    EXPECT_FALSE(illegal(w, f, security_state::non_secure, false));
    EXPECT_TRUE(illegal(w, f, security_state::non_secure, true));

    ste s;
    s.words = secure_ste(5);
    cd c;
    c.words = make_cd();
    put_bits(c.words, 44, 44, 1); // S
    EXPECT_FALSE(cd_illegal(c, s, f, vmsa::regime::el1, secure, true));
    EXPECT_FALSE(cd_illegal(c, s, f, vmsa::regime::el1, security_state::non_secure, false));
    EXPECT_TRUE(cd_illegal(c, s, f, vmsa::regime::el1, security_state::non_secure, true));
    // 5.2.2 judges S2S by SMMU_IDR0.STALL_MODEL in both.
    w = secure_ste(6);
    put_bits(w, 185, 185, 1); // S2S
    EXPECT_FALSE(illegal(w, f, secure, false));
    EXPECT_TRUE(illegal(w, f, secure, true));
    // Stall forced is not affected.
    f.stall_model = 2;
    EXPECT_EQ(f.non_secure_stall_model(true), 2U);
}

TEST(SecureCd_5_4_2, Vmsav8_32IsForTheSecureStreamWorldAlone)
{
    features f = with(true);
    f.aarch32_tables = true;
    ste s;
    s.words = secure_ste(5);
    cd c;
    c.words = make_cd();
    put_bits(c.words, 41, 41, 0); // AA64
    EXPECT_FALSE(cd_illegal(c, s, f, vmsa::regime::el1, secure));
    EXPECT_TRUE(cd_illegal(c, s, f, vmsa::regime::el2, secure));
    EXPECT_FALSE(cd_illegal(c, s, f, vmsa::regime::el2, security_state::non_secure));
    EXPECT_TRUE(cd_illegal(c, s, f, vmsa::regime::el2_host, secure));
    EXPECT_TRUE(cd_illegal(c, s, f, vmsa::regime::el3, secure));
}

// 3.10.2.2, 13.4.4: all 16 settings of S2SW, S2SA, S2NSW, S2NSA
TEST(SecureStage2_3_10_2_2, WalkAndOutputSpaces)
{
    for (unsigned code = 0; code < 16; ++code) {
        const bool sw = (code & 1) != 0, sa = (code & 2) != 0, nsw = (code & 4) != 0, nsa = (code & 8) != 0;
        ste s;
        s.words = secure_ste(6);
        put_bits(s.words, 384, 384, sw);
        put_bits(s.words, 385, 385, sa);
        put_bits(s.words, 192, 192, nsw);
        put_bits(s.words, 193, 193, nsa);
        const auto r = secure_stage2_of(s, with(true));
        EXPECT_EQ(r.secure_ipa.ttb, 0x6000000000U);
        EXPECT_EQ(r.non_secure_ipa.ttb, 0x2000000000U);
        EXPECT_EQ(r.secure_ipa.non_secure_walk, sw) << code;
        EXPECT_EQ(r.secure_ipa.non_secure_output, sw || sa) << code;
        EXPECT_EQ(r.non_secure_ipa.non_secure_walk, nsw) << code;
        EXPECT_EQ(r.non_secure_ipa.non_secure_output, nsw || sw || sa || nsa) << code;
    }
}

TEST(SecureStage2_5_2, OwnGranuleSizeAndStartLevel)
{
    ste s;
    s.words = secure_ste(6);
    put_bits(s.words, 293, 288, 30); // 34 bits
    put_bits(s.words, 295, 294, 1);  // 64K: level 2
    put_bits(s.words, 303, 302, 1);
    ASSERT_FALSE(illegal(s.words, with(true)));
    const auto r = secure_stage2_of(s, with(true));
    EXPECT_EQ(r.secure_ipa.tg, vmsa::granule::k64);
    EXPECT_EQ(r.secure_ipa.tsz, 30U);
    EXPECT_EQ(r.secure_ipa.start_level, 2);
    EXPECT_EQ(r.non_secure_ipa.tg, vmsa::granule::k4);
    EXPECT_EQ(r.non_secure_ipa.tsz, 20U);
    EXPECT_EQ(r.non_secure_ipa.start_level, 0);
}

} // namespace
} // namespace iovp::test
