// 3.9.1.3, 13.6.2, 13.6.3: transactions marked Translated.

#include "smmu/arch/ats.h"

#include "bench.h"

namespace iovp::test {
namespace {

constexpr std::uint64_t rnw = 1ULL << 35, pnu = 1ULL << 33, ind = 1ULL << 34, s2_bit = 1ULL << 39,
                        class_in = 2ULL << 40;
constexpr std::uint64_t ipa = 0x80001000, pa = 0x90001000;

/// Streams: 8 nested, 9 stage 1, 10 stage 2.
struct AtsTranslated : testing::Test, smmu_bench {
    table_builder s2 = stage2();
    structure_words nested_words = make_ste(7), stage1_words = make_ste(5), stage2_words = make_ste(6);

    AtsTranslated()
    {
        f.ats = true;
        f.ats_split_stage = true;
        f.ats_record_errors = true;
        regs.ats_check = true;
        s2.map(ipa, pa, 3, s2_rw);
        eats(1);
    }
    void eats(unsigned value)
    {
        for (structure_words* w : {&nested_words, &stage1_words, &stage2_words})
            put_bits(*w, 93, 92, value);
        update();
    }
    void update()
    {
        set_ste(8, nested_words);
        set_ste(9, stage1_words);
        set_ste(10, stage2_words);
    }
    static request translated_req(std::uint32_t sid, std::uint64_t address, bool write = false)
    {
        request r = req(sid, address, write);
        r.ats = ats_state::translated;
        return r;
    }
    static std::uint64_t first(unsigned sid, unsigned number) { return std::uint64_t(sid) << 32 | number; }

    void expect_passes(const request& r)
    {
        const auto o = run(r);
        ASSERT_TRUE(std::holds_alternative<bypassed>(o));
        const auto& out = std::get<bypassed>(o).out;
        EXPECT_EQ(out.pa.value(), r.address);
        EXPECT_EQ(out.memory, r.memory);
        EXPECT_TRUE(out.non_secure);
    }
    void expect_forbidden(const request& r)
    {
        expect_abort(r, {first(r.stream.value(), 0x07), r.what.write ? 0 : rnw, r.address, 0});
    }
    /// Aborted; recorded only with REC_CFG_ATS, RECINVSID or not.
    void expect_configuration_error(const request& r, event_type e)
    {
        for (const std::uint32_t recinvsid : {0U, 2U}) {
            regs.cr2 = recinvsid;
            expect_silent_abort(r);
            regs.cr2 = recinvsid | 8;
            const auto t = fails(r);
            EXPECT_EQ(t.how, termination::abort);
            ASSERT_TRUE(t.event.has_value()) << event_name(e);
            EXPECT_EQ(t.event->type(), e) << *t.event;
        }
        regs.cr2 = 2;
    }
};

TEST_F(AtsTranslated, WithoutAtschkEverythingPassesUnread_6_3_9_2)
{
    regs.ats_check = false;
    eats(0);
    request r = translated_req(8, 0x123456788);
    r.what.privileged = true;
    r.what.instruction = true;
    expect_passes(r);
    // 13.7: without PASID on Translated transactions they are unprivileged data.
    const auto out = std::get<bypassed>(run(r)).out;
    EXPECT_FALSE(out.what.privileged);
    EXPECT_FALSE(out.what.instruction);
    expect_passes(translated_req(77, 0x1000)); // no valid STE
    expect_passes(translated_req(99999, 0x1000, true));
    EXPECT_TRUE(memory.reads.empty());
    // 3.9.1.1
    expect_silent_abort(translated_req(8, 1ULL << 44));
    expect_passes(translated_req(8, (1ULL << 44) - 8));
}

TEST_F(AtsTranslated, WithoutSmmuenTheyAreForbidden_3_9_1_3)
{
    regs.enabled = false;
    for (const bool check : {false, true}) {
        regs.ats_check = check;
        expect_forbidden(translated_req(8, 0x1000));
        expect_forbidden(translated_req(8, 0x1000, true));
    }
    EXPECT_TRUE(memory.reads.empty());
}

TEST_F(AtsTranslated, EatsDecidesWithAtschk_3_9_1_3)
{
    for (const std::uint32_t sid : {8U, 9U, 10U}) {
        eats(1);
        expect_passes(translated_req(sid, 0x7654321000, true));
        expect_silent_abort(translated_req(sid, 1ULL << 44));
        eats(0);
        expect_forbidden(translated_req(sid, 0x1000));
        eats(3);
        expect_forbidden(translated_req(sid, 0x1000));
    }
    auto bypass = make_ste(4);
    put_bits(bypass, 93, 92, 1);
    set_ste(11, bypass);
    expect_forbidden(translated_req(11, 0x1000));
    set_ste(11, make_ste(0));
    expect_silent_abort(translated_req(11, 0x1000));
    put_bits(stage1_words, 83, 83, 1); // MEV
    eats(0);
    EXPECT_TRUE(fails(translated_req(9, 0x1000)).mev);
}

TEST_F(AtsTranslated, ConfigurationErrors_3_9_1_3)
{
    expect_configuration_error(translated_req(300, 0x1000), event_type::c_bad_streamid);
    expect_configuration_error(translated_req(12, 0x1000), event_type::c_bad_ste);
    memory.abort_at(stream_table + 8 * 64);
    expect_configuration_error(translated_req(8, 0x1000), event_type::f_ste_fetch);
}

TEST_F(AtsTranslated, FullAtsAppliesPrivilegeOverridesOnly_13_7)
{
    put_bits(stage1_words, 113, 112, 3); // PRIVCFG
    put_bits(stage1_words, 115, 114, 3); // INSTCFG
    put_bits(stage1_words, 100, 100, 1); // MTCFG: Device-nGnRnE
    put_bits(stage1_words, 109, 108, 2); // SHCFG
    put_bits(stage1_words, 104, 101, 8); // ALLOCCFG
    update();
    expect_passes(translated_req(9, 0x1000));
    const auto out = std::get<bypassed>(run(translated_req(9, 0x1000))).out;
    EXPECT_TRUE(out.what.privileged);
    EXPECT_TRUE(out.what.instruction);
}

TEST_F(AtsTranslated, SplitStageGoesThroughStage2_13_6_3)
{
    eats(2);
    const auto t = ok(translated_req(8, ipa + 0x18, true));
    EXPECT_EQ(t.out.pa.value(), pa + 0x18);
    EXPECT_EQ(t.out.ipa.value(), ipa + 0x18);
    for (const auto& r : memory.reads)
        EXPECT_FALSE(r.what == vmsa::structure::cd || (r.what == vmsa::structure::ttd && r.stage == 1));
    // Faults are those of ordinary transactions.
    expect_abort(translated_req(8, 0x5008), {first(8, 0x10), rnw | s2_bit | class_in, 0x5008, 0x5000});
    s2.map(0x6000, 0x6000, 3, s2_rw & ~s2_write);
    expect_abort(translated_req(8, 0x6010, true), {first(8, 0x13), s2_bit | class_in, 0x6010, 0x6000});
    // 3.9.1.3 (10): beyond the IAS a stage-1 fault
    expect_abort(translated_req(8, 1ULL << 44), {first(8, 0x11), rnw | class_in, 1ULL << 44, 0});
    put_bits(nested_words, 186, 186, 0); // S2R
    update();
    expect_silent_abort(translated_req(8, 0x5008));
    // ATSCHK == 0: an IPA that passes as a PA
    regs.ats_check = false;
    expect_passes(translated_req(8, ipa));
}

TEST_F(AtsTranslated, SplitStageAppliesPrivilegeOverrides_13_7)
{
    put_bits(nested_words, 113, 112, 3);
    put_bits(nested_words, 115, 114, 3);
    eats(2);
    expect_abort(translated_req(8, 0x5008), {first(8, 0x10), rnw | pnu | ind | s2_bit | class_in, 0x5008, 0x5000});
    // Stage 2 execute-never for all: a read that counts as a fetch is not permitted.
    s2.map(0x6000, 0x6000, 3, s2_rw | 2ULL << 53);
    expect_abort(translated_req(8, 0x6000), {first(8, 0x13), rnw | pnu | ind | s2_bit | class_in, 0x6000, 0x6000});
}

TEST_F(AtsTranslated, SplitStageInputIgnoresTypeOverrides_13_4)
{
    put_bits(nested_words, 100, 100, 1); // MTCFG: Device-nGnRnE
    put_bits(nested_words, 109, 108, 2);
    eats(2);
    EXPECT_EQ(ok(translated_req(8, ipa)).out.memory.type, memory_type::normal);
}

TEST_F(AtsTranslated, SubstreamsDoNotCountWithoutPasidtt_3_9_1_3)
{
    eats(2);
    request r = translated_req(8, 0x5008);
    r.substream = substream_id(5);
    r.what.privileged = true;
    expect_abort(r, {first(8, 0x10), rnw | s2_bit | class_in, 0x5008, 0x5000}); // no SSV, no PnU
    put_bits(nested_words, 63, 59, 4);                                          // S1CDMax, S1DSS 0b00: no matter either
    update();
    r.address = ipa;
    EXPECT_EQ(ok(r).out.pa.value(), pa);
}

TEST_F(AtsTranslated, PasidttChecksTheSubstream_3_9_1_3)
{
    f.ats_translated_pasid = true;
    request r = translated_req(8, ipa);
    r.substream = substream_id(5);
    for (const unsigned mode : {1U, 2U}) {
        put_bits(nested_words, 63, 59, 0);
        eats(mode);
        expect_configuration_error(r, event_type::c_bad_substreamid);
        put_bits(nested_words, 63, 59, 2);
        eats(mode);
        expect_configuration_error(r, event_type::c_bad_substreamid); // 5 >= 2^2
        put_bits(nested_words, 65, 64, 2);
        eats(mode);
        r.substream = substream_id(0);
        expect_configuration_error(r, event_type::f_stream_disabled);
        put_bits(nested_words, 65, 64, 0);
        eats(mode);
        expect_configuration_error(translated_req(8, ipa), event_type::f_stream_disabled); // SSV 0
        put_bits(nested_words, 65, 64, 1);                                                 // 7.3.7: S1DSS 0b00 alone
        eats(mode);
        EXPECT_FALSE(std::holds_alternative<terminated>(run(translated_req(8, ipa))));
        put_bits(nested_words, 65, 64, 0);
        eats(mode);
        r.substream = substream_id(5);
    }
    // C_BAD_CD, and then a good CD; PnU and InD count.
    put_bits(nested_words, 63, 59, 4);
    eats(2);
    s2.map(cd_table, cd_table, 3, s2_rw);
    expect_configuration_error(r, event_type::c_bad_cd);
    write(cd_table + 5 * 64, make_cd());
    EXPECT_EQ(ok(r).out.pa.value(), pa);
    r.what.privileged = true;
    r.address = 0x5008;
    expect_abort(r, {first(8, 0x10) | 1 << 11 | 5 << 12, rnw | pnu | s2_bit | class_in, 0x5008, 0x5000});
    // Stage 2 faults on the way to the CD are translation-related: recorded as ever.
    s2.descriptor(cd_table, 3) = 0;
    r.address = ipa;
    expect_abort(r, {first(8, 0x10) | 1 << 11 | 5 << 12, rnw | pnu | s2_bit, ipa, cd_table});
    // EATS goes first (5 before 6).
    eats(0);
    EXPECT_EQ(fails(r).event->type(), event_type::f_transl_forbidden);
}

} // namespace
} // namespace iovp::test
