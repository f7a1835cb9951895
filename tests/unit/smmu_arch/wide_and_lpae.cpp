// 52-bit addresses, VMSAv8-32 LPAE and E0PD as STE and CD configure them (3.4, 5.2, 5.4, 6.3.6).

#include "bench.h"

namespace iovp::test {
namespace {

features wide()
{
    features f;
    f.output_bits = 52;
    f.ds = f.va52 = true;
    return f;
}

features with_lpae()
{
    features f;
    f.aarch32_tables = true;
    return f;
}

struct change {
    unsigned high, low;
    std::uint64_t value;
};

bool ste_bad(const features& f, std::initializer_list<change> changes, unsigned config = 6)
{
    ste s;
    s.words = make_ste(config);
    EXPECT_FALSE(ste_illegal(s, f));
    for (const change& c : changes)
        put_bits(s.words, c.high, c.low, c.value);
    return ste_illegal(s, f);
}

bool cd_bad(const features& f, std::initializer_list<change> changes, vmsa::regime world = vmsa::regime::el1,
            const structure_words& stream = make_ste(5))
{
    ste s;
    s.words = stream;
    cd c;
    c.words = make_cd();
    for (const change& x : changes)
        put_bits(c.words, x.high, x.low, x.value);
    return cd_illegal(c, s, f, world);
}

constexpr change s2ds = {195, 195, 1};
constexpr change s2ps52 = {178, 176, 6};

change s2t0sz(unsigned v)
{
    return {165, 160, v};
}
change s2tg(unsigned v)
{
    return {175, 174, v};
}
TEST(Wide_5_2, S2T0SZ)
{
    const features f = wide();
    // S2TG, S2DS, S2SL0 that holds the size, smallest legal S2T0SZ.
    const struct {
        unsigned tg, ds, sl0, sl0_2, smallest;
    } cases[] = {{0, 0, 2, 0, 16}, {0, 1, 2, 0, 12}, {0, 1, 0, 1, 12}, {1, 0, 2, 0, 12},
                 {1, 1, 2, 0, 12}, {2, 0, 2, 0, 16}, {2, 1, 3, 0, 12}, {2, 1, 2, 0, 13}};
    for (const auto& c : cases) {
        const auto bad = [&](const features& g, unsigned t0sz) {
            return ste_bad(g, {s2tg(c.tg), {195, 195, c.ds}, {167, 166, c.sl0}, {194, 194, c.sl0_2}, s2t0sz(t0sz)});
        };
        EXPECT_FALSE(bad(f, c.smallest)) << c.tg << c.ds << c.sl0 << c.sl0_2;
        EXPECT_TRUE(bad(f, c.smallest - 1)) << c.tg << c.ds << c.sl0 << c.sl0_2;
        // 64 - IAS
        features g = f;
        g.output_bits = 48;
        if (c.smallest < 16) {
            EXPECT_TRUE(bad(g, 15)) << c.tg;
        }
    }
    // S2DS is RES0 without IDR5.DS.
    features g = wide();
    g.ds = false;
    EXPECT_TRUE(ste_bad(g, {s2ds, s2t0sz(12)}));
    EXPECT_FALSE(ste_bad(g, {s2ds}));
}

TEST(Wide_5_2, S2SL0_2)
{
    const features f = wide();
    const change sl2 = {194, 194, 1};
    EXPECT_FALSE(ste_bad(f, {s2ds, sl2, {167, 166, 0}, s2t0sz(15)})) << "level -1";
    EXPECT_TRUE(ste_bad(f, {s2ds, sl2, {167, 166, 0}, s2t0sz(16)})) << "48 bits do not reach level -1";
    for (const unsigned sl0 : {1U, 2U, 3U})
        EXPECT_TRUE(ste_bad(f, {s2ds, sl2, {167, 166, sl0}, s2t0sz(15)})) << "reserved";
    EXPECT_FALSE(ste_bad(f, {sl2})) << "of no meaning without S2DS";
    EXPECT_FALSE(ste_bad(f, {s2ds, sl2, s2tg(2), {167, 166, 3}, s2t0sz(14)})) << "nor with 16K";
    // D8.2.2 R_DXBSH: 16K from level 0 needs DS.
    EXPECT_TRUE(ste_bad(f, {s2tg(2), {167, 166, 3}, s2t0sz(16)}));
    EXPECT_FALSE(ste_bad(f, {s2tg(2), {167, 166, 2}, s2t0sz(16)}));
}

TEST(Wide_5_2, S2TTB)
{
    const features f = wide();
    const change bit48 = {240, 240, 1};
    const change bit51 = {243, 243, 1};
    for (const change& b : {bit48, bit51}) {
        EXPECT_TRUE(ste_bad(f, {b, s2ps52})) << "4K without DS: 48 bits";
        EXPECT_FALSE(ste_bad(f, {b, s2ps52, s2ds}));
        EXPECT_TRUE(ste_bad(f, {b, s2ds})) << "S2PS 44";
        EXPECT_FALSE(ste_bad(f, {b, s2ps52, s2tg(1)})) << "64K";
        EXPECT_FALSE(ste_bad(f, {b, {178, 176, 7}, s2ds})) << "0b111 behaves as 0b110";
    }
    features g = f;
    g.output_bits = 48;
    EXPECT_TRUE(ste_bad(g, {bit48, s2ps52, s2ds})) << "S2PS is capped to OAS";
    // S1ContextPtr: 52 bits.
    EXPECT_FALSE(ste_bad(f, {{51, 51, 1}}, 5));
    EXPECT_TRUE(ste_bad(f, {{52, 52, 1}}, 5));
}

TEST(Wide_5_4, TxSZ)
{
    const change ds = {186, 186, 1};
    const features f = wide();
    const auto t0sz = [](unsigned v) { return change{5, 0, v}; };
    EXPECT_FALSE(cd_bad(f, {ds, t0sz(12)}));
    EXPECT_TRUE(cd_bad(f, {ds, t0sz(11)}));
    EXPECT_TRUE(cd_bad(f, {t0sz(15)})) << "4K without DS";
    EXPECT_FALSE(cd_bad(f, {t0sz(12), {7, 6, 1}})) << "64K";
    EXPECT_TRUE(cd_bad(f, {t0sz(15), {7, 6, 2}})) << "16K without DS";
    EXPECT_FALSE(cd_bad(f, {ds, t0sz(12), {7, 6, 2}}));
    features g = f;
    g.ds = g.va52 = false;
    EXPECT_TRUE(cd_bad(g, {ds, t0sz(15)})) << "DS is RES0";
    EXPECT_TRUE(cd_bad(g, {t0sz(15), {7, 6, 1}})) << "VAX 0";
    // VAX is independent of OAS (6.3.6).
    g = f;
    g.output_bits = 44;
    EXPECT_FALSE(cd_bad(g, {ds, t0sz(12)}));
    // TTB1 has rules of its own granule.
    const change epd1 = {30, 30, 0};
    EXPECT_FALSE(cd_bad(f, {epd1, {21, 16, 12}, {23, 22, 3}}));
    EXPECT_TRUE(cd_bad(f, {epd1, {21, 16, 12}, {23, 22, 2}}));
    EXPECT_FALSE(cd_bad(f, {epd1, ds, {21, 16, 12}, {23, 22, 2}}));
}

TEST(Wide_5_4, TTBx)
{
    const features f = wide();
    const change ips52 = {34, 32, 6};
    const change ds = {186, 186, 1};
    for (const unsigned bit : {112U, 115U}) { // address bits 48, 51
        const change b = {bit, bit, 1};
        EXPECT_TRUE(cd_bad(f, {b, ips52})) << "4K without DS: 48 bits";
        EXPECT_FALSE(cd_bad(f, {b, ips52, ds}));
        EXPECT_FALSE(cd_bad(f, {b, ips52, {7, 6, 1}})) << "64K";
        EXPECT_TRUE(cd_bad(f, {b, ds})) << "IPS 44";
    }
}

TEST(Wide_3_4, TransactionsAcrossFiftyTwoBits)
{
    // Stage 1: 4K with DS, IPA 0xc_... in a leaf; stage 2: 64K granule with a 4 TB block.
    smmu_bench b;
    b.f = wide();
    auto s = make_ste(7);
    put_bits(s, 175, 174, 1);  // 64K
    put_bits(s, 165, 160, 12); // 52 bits
    put_bits(s, 178, 176, 6);
    b.set_ste(8, s);
    b.memory.word(0x2000000000) = 0 | s2_rw | 1; // the first 4 TB stand where they are
    b.memory.word(0x2000000000 + (0x000c000000000000 >> 42) * 8) = 0x3ULL << 12 | s2_rw | 1; // PA 0x3_...
    auto c = make_cd();
    put_bits(c, 34, 32, 6);
    put_bits(c, 186, 186, 1); // DS
    b.write(smmu_bench::cd_table, c);
    b.stage1().map(0x1000, 0x1000 | 3ULL << 8, 3, s1_af | s1_el0 | mair_is_wb); // OA[51:50] = 3
    const auto t = b.ok(b.req(8, 0x1234));
    EXPECT_EQ(t.out.ipa.value(), 0x000c000000001234U);
    EXPECT_EQ(t.out.pa.value(), 0x0003000000001234U);
    EXPECT_EQ(unsigned(t.entry.page_size_log2), 12U);
    EXPECT_EQ(t.out.memory.share, shareability::inner) << "SH0";
    // S2PS 48: the leaf's output is too large; F_ADDR_SIZE of stage 2, class IN, with the IPA.
    put_bits(s, 178, 176, 5);
    b.set_ste(8, s);
    b.expect_abort(b.req(8, 0x1234),
                   {0x0000000800000011, 1ULL << 35 | 1ULL << 39 | 2ULL << 40, 0x1234, 0x000c000000001000});
}

// --- VMSAv8-32 LPAE --------------------------------------------------------------------------------------------------

constexpr change no_aa64 = {41, 41, 0};
constexpr change no_s2aa64 = {179, 179, 0};

TEST(Lpae_5_4, WhereItIsLegal)
{
    const features f = with_lpae();
    EXPECT_EQ(f.contradiction(), nullptr);
    EXPECT_TRUE(cd_bad({}, {no_aa64})) << "TTF[0] == 0";
    EXPECT_FALSE(cd_bad(f, {no_aa64}));
    EXPECT_FALSE(cd_bad(f, {no_aa64}, vmsa::regime::el2));
    EXPECT_TRUE(cd_bad(f, {no_aa64}, vmsa::regime::el2_host));
    EXPECT_TRUE(cd_bad(f, {no_aa64}, vmsa::regime::el3));
    // Not under the other format's stage 2.
    auto s = make_ste(7);
    EXPECT_FALSE(cd_bad(f, {no_aa64}, vmsa::regime::el1, s));
    put_bits(s, 179, 179, 0);
    EXPECT_FALSE(cd_bad(f, {no_aa64}, vmsa::regime::el1, s));
    EXPECT_TRUE(cd_bad(f, {}, vmsa::regime::el1, s)) << "VMSAv8-64 on VMSAv8-32";
}

TEST(Lpae_5_4, IgnoredFields)
{
    const features f = with_lpae();
    EXPECT_FALSE(cd_bad(f, {no_aa64, {43, 42, 3}})) << "HA, HD";
    EXPECT_FALSE(cd_bad(f, {no_aa64, {7, 6, 3}, {30, 30, 0}, {23, 22, 0}})) << "TG0, TG1 reserved";
    EXPECT_FALSE(cd_bad(f, {no_aa64, {5, 0, 0x3f}})) << "T0SZ[5:3]";
    EXPECT_FALSE(cd_bad(f, {no_aa64, {34, 32, 0}})) << "IPS";
    EXPECT_FALSE(cd_bad(f, {no_aa64, {103, 103, 1}})) << "TTB0 bit 39";
    EXPECT_TRUE(cd_bad(f, {no_aa64, {104, 104, 1}})) << "TTB0 bit 40";
    EXPECT_FALSE(cd_bad(f, {no_aa64, {104, 104, 1}, {14, 14, 1}})) << "EPD0";
    EXPECT_FALSE(cd_bad(f, {no_aa64, {30, 30, 0}, {167, 167, 1}})) << "TTB1 bit 39";
    EXPECT_TRUE(cd_bad(f, {no_aa64, {30, 30, 0}, {168, 168, 1}})) << "TTB1 bit 40";
}

TEST(Lpae_5_2, Stage2)
{
    const features f = with_lpae();
    const change t0sz0 = {165, 160, 0};
    EXPECT_TRUE(ste_bad({}, {no_s2aa64, t0sz0, {167, 166, 1}})) << "TTF[0] == 0";
    // Input sizes 2^(32 - T0SZ) from level 2 (SL0 0) and level 1 (SL0 1), by D8.2.2's rule of 1 to 16 tables.
    for (int t0sz = -8; t0sz <= 7; ++t0sz) {
        for (unsigned sl0 = 0; sl0 < 4; ++sl0) {
            const int input = 32 - t0sz;
            const int least = sl0 == 0 ? 22 : 31;
            const int most = sl0 == 0 ? 34 : 43;
            const bool legal = sl0 < 2 && input >= least && input <= most;
            for (const unsigned above : {0U, 0x30U}) // S2T0SZ[5:4] are IGNORED
                EXPECT_EQ(ste_bad(f, {no_s2aa64, s2t0sz((unsigned(t0sz) & 0xf) | above), {167, 166, sl0}}), !legal)
                    << t0sz << ' ' << sl0;
        }
    }
    const auto bad = [&](const change& c, features g = with_lpae()) {
        return ste_bad(g, {no_s2aa64, t0sz0, {167, 166, 1}, c});
    };
    EXPECT_FALSE(bad({178, 176, 0})) << "S2PS is IGNORED";
    EXPECT_FALSE(bad({175, 174, 3})) << "S2TG is RES0";
    EXPECT_FALSE(bad({195, 194, 3})) << "S2DS, S2SL0_2 are RES0";
    EXPECT_TRUE(bad({89, 89, 1})) << "S2FWB";
    features no_fwb = with_lpae();
    no_fwb.force_write_back = false;
    EXPECT_FALSE(bad({89, 89, 1}, no_fwb)) << "S2FWB is RES0 without IDR3.FWB";
    EXPECT_FALSE(bad({231, 231, 1})) << "S2TTB bit 39";
    EXPECT_TRUE(bad({232, 232, 1})) << "S2TTB bit 40";
    features httu = with_lpae();
    httu.htt_update = 2;
    EXPECT_TRUE(bad({184, 184, 1}, httu)) << "S2HA";
    EXPECT_TRUE(bad({183, 183, 1}, httu)) << "S2HD";
}

struct Lpae_3_4 : testing::Test, smmu_bench {
    Lpae_3_4() { f = with_lpae(); }

    /// A CD with VMSAv8-32 tables: T0SZ 0, root at 0x10_0000_0000.
    static structure_words lpae_cd()
    {
        auto c = make_cd();
        put_bits(c, 41, 41, 0);
        put_bits(c, 5, 0, 0);
        return c;
    }
};

TEST_F(Lpae_3_4, Stage1Alone)
{
    set_ste(8, make_ste(5));
    auto c = lpae_cd();
    put_bits(c, 39, 38, 3); // TBI has no meaning
    write(cd_table, c);
    memory.word(0x1000000000) = 0xff00000000 | s1_af | s1_el0 | mair_is_wb | 1;
    const auto t = ok(req(8, 0x12345678));
    EXPECT_EQ(t.out.pa.value(), 0xff12345678U);
    EXPECT_EQ(unsigned(t.entry.page_size_log2), 30U);
    const std::uint64_t in_stage1 = 1ULL << 35 | 2ULL << 40;
    // 3.4.1: VA[63:32] must be zero; all bits are recorded.
    expect_abort(req(8, 0x0000000112345678), {0x0000000800000010, in_stage1, 0x0000000112345678, 0});
    expect_abort(req(8, 0xff00000012345678), {0x0000000800000010, in_stage1, 0xff00000012345678, 0});
    // 40 bits of output.
    memory.word(0x1000000000) |= 1ULL << 40;
    expect_abort(req(8, 0x12345678), {0x0000000800000011, in_stage1, 0x12345678, 0});
    // Truncated to the OAS without a fault.
    memory.word(0x1000000000) = 0xff00000000 | s1_af | s1_el0 | mair_is_wb | 1;
    f.output_bits = 36;
    put_bits(c, 119, 68, 0x800000000 >> 4);
    write(0x800000000, c);
    auto s = make_ste(5, 0x800000000);
    write(0x400000000 + 8 * 64, s);
    regs.strtab_base = 0x400000000;
    memory.word(0x900000000) = 0xff00000000 | s1_af | s1_el0 | mair_is_wb | 1;
    put_bits(c, 119, 68, 0xf900000000 >> 4); // and so is the table's address
    write(0x800000000, c);
    EXPECT_EQ(ok(req(8, 0x12345678)).out.pa.value(), 0xf12345678U);
}

TEST_F(Lpae_3_4, BypassedStage1IsCheckedAgainstTheIas)
{
    f.output_bits = 36;
    regs.strtab_base = 0x400000000;
    auto s = make_ste(6);
    put_bits(s, 179, 179, 0);
    put_bits(s, 165, 160, 8); // -8: 40 bits
    put_bits(s, 167, 166, 1);
    put_bits(s, 247, 196, 0x200000000 >> 4);
    write(0x400000000 + 8 * 64, s);
    memory.word(0x200000000 + 1023 * 8) = 0x40000000 | s2_rw | 1;
    EXPECT_EQ(ok(req(8, 0xffc0001234)).out.pa.value(), 0x40001234U) << "40-bit IPA on a 36-bit OAS";
    // Beyond the IAS: F_ADDR_SIZE of stage 1.
    expect_abort(req(8, 1ULL << 40), {0x0000000800000011, 1ULL << 35 | 2ULL << 40, 1ULL << 40, 0});
    // All stages bypassed: the OAS.
    write(0x400000000 + 8 * 64, make_ste(4));
    expect_abort(req(8, 1ULL << 36), {0x0000000800000011, 1ULL << 35 | 2ULL << 40, 1ULL << 36, 0});
}

// --- E0PD ------------------------------------------------------------------------------------------------------------

TEST(E0pd_5_4, UnprivilegedAccessIsATranslationFault)
{
    smmu_bench b;
    b.f.e0pd = true;
    b.set_ste(8, make_ste(5));
    auto c = make_cd();
    b.stage1().map(0x1000, 0x80001000, 3, s1_af | s1_el0 | mair_is_wb);
    b.write(smmu_bench::cd_table, c);
    const auto warm = b.ok(b.req(8, 0x1000));
    put_bits(c, 66, 66, 1);
    b.write(smmu_bench::cd_table, c);
    b.memory.reads.clear();
    b.expect_abort(b.req(8, 0x1000), {0x0000000800000010, 1ULL << 35 | 2ULL << 40, 0x1000, 0});
    EXPECT_EQ(b.memory.reads.size(), 2U) << "no walk";
    auto privileged = b.req(8, 0x1000);
    privileged.what.privileged = true;
    const auto t = b.ok(privileged);
    EXPECT_EQ(t.out.pa.value(), 0x80001000U);
    // A TLB entry keeps it: the same event on a hit.
    const auto hit = translate_hit(t.context, t.entry, b.req(8, 0x1008));
    ASSERT_TRUE(std::holds_alternative<terminated>(hit));
    ASSERT_TRUE(std::get<terminated>(hit).event.has_value());
    EXPECT_EQ(*std::get<terminated>(hit).event,
              (event_record{{0x0000000800000010, 1ULL << 35 | 2ULL << 40, 0x1008, 0}}));
    EXPECT_TRUE(std::holds_alternative<translated>(translate_hit(warm.context, warm.entry, b.req(8, 0x1008))));
    // RES0 without the feature, and for EL2.
    b.f.e0pd = false;
    b.ok(b.req(8, 0x1000));
    b.f.e0pd = true;
    auto s = make_ste(5);
    put_bits(s, 95, 94, 2);
    b.set_ste(8, s);
    b.ok(b.req(8, 0x1000));
}

} // namespace
} // namespace iovp::test
