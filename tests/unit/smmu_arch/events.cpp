// 7.3: every record bit for bit, from bit positions of the specification.

#include "bench.h"

namespace iovp::test {
namespace {

// dword 1 of translation-related records
constexpr std::uint64_t pnu = 1ULL << 33;
constexpr std::uint64_t ind = 1ULL << 34;
constexpr std::uint64_t rnw = 1ULL << 35;
constexpr std::uint64_t s2_bit = 1ULL << 39;
constexpr std::uint64_t class_cd = 0ULL << 40;
constexpr std::uint64_t class_ttd = 1ULL << 40;
constexpr std::uint64_t class_in = 2ULL << 40;
constexpr std::uint64_t ttrnw = 1ULL << 44;

struct Events : testing::Test, smmu_bench {
    static constexpr std::uint64_t shift = 0x7000000000;
    table_builder s2 = stage2();
    table_builder s1 = stage1(shift);
    structure_words ste_words = make_ste(7);

    /// VA 0x1000 -> IPA 0x8000_1000 -> PA 0x9000_1000, nested, stream 8.
    void nested()
    {
        set_ste(8, ste_words);
        write(cd_table + shift, make_cd());
        s1.map(0x1000, 0x80001000, 3, s1_af | s1_el0 | mair_is_wb);
        s2.map(0x80001000, 0x90001000, 3, s2_rw);
        s2.map(cd_table, cd_table + shift, 3, s2_rw);
        s2.map(0x1000000000, 0x1000000000 + shift, 3, s2_rw);
        for (const std::uint64_t t : s1.tables())
            s2.map(t, t + shift, 3, s2_rw);
        ok(req(8, 0x1000));
    }
    static std::uint64_t first(unsigned number, std::uint64_t substream = 0)
    {
        return 0x0000000800000000 | substream << 12 | (substream != 0 ? 1 << 11 : 0) | number;
    }
};

TEST_F(Events, Stage1Translation)
{
    nested();
    expect_abort(req(8, 0x2345), {first(0x10), rnw | class_in, 0x2345, 0});
    expect_abort(req(8, 0x2345, true), {first(0x10), class_in, 0x2345, 0});
    // Out of range, with all 64 bits of the address as supplied.
    expect_abort(req(8, 0x1234000000002345), {first(0x10), rnw | class_in, 0x1234000000002345, 0});
}

TEST_F(Events, AttributesAreThoseAfterOverrides)
{
    nested();
    put_bits(ste_words, 113, 112, 3); // PRIVCFG: privileged
    put_bits(ste_words, 115, 114, 3); // INSTCFG: instruction
    set_ste(8, ste_words);
    expect_abort(req(8, 0x2000), {first(0x10), rnw | pnu | ind | class_in, 0x2000, 0});
    expect_abort(req(8, 0x2000, true), {first(0x10), pnu | class_in, 0x2000, 0});
    put_bits(ste_words, 113, 112, 2);
    put_bits(ste_words, 115, 114, 2);
    set_ste(8, ste_words);
    request r = req(8, 0x2000);
    r.what.privileged = r.what.instruction = true;
    expect_abort(r, {first(0x10), rnw | class_in, 0x2000, 0});
    f.attribute_permissions_override = false;
    expect_abort(r, {first(0x10), rnw | pnu | ind | class_in, 0x2000, 0});
}

TEST_F(Events, SubstreamIsRecorded)
{
    put_bits(ste_words, 63, 59, 4);
    put_bits(ste_words, 65, 64, 2);
    write(cd_table + shift + 5 * 64, make_cd());
    nested();
    request r = req(8, 0x2000);
    r.substream = substream_id(5);
    expect_abort(r, {first(0x10, 5), rnw | class_in, 0x2000, 0});
}

TEST_F(Events, Stage1Permission)
{
    nested();
    s1.descriptor(0x1000, 3) |= s1_ro;
    expect_abort(req(8, 0x1008, true), {first(0x13), class_in, 0x1008, 0});
}

TEST_F(Events, Stage1AccessAndAddressSize)
{
    nested();
    s1.descriptor(0x1000, 3) &= ~s1_af;
    expect_abort(req(8, 0x1008), {first(0x12), rnw | class_in, 0x1008, 0});
    s1.descriptor(0x1000, 3) |= 1ULL << 44;
    expect_abort(req(8, 0x1008), {first(0x11), rnw | class_in, 0x1008, 0});
}

TEST_F(Events, Stage2OfTheTransaction)
{
    nested();
    s2.descriptor(0x80001000, 3) &= ~s2_write;
    expect_abort(req(8, 0x1008, true), {first(0x13), s2_bit | class_in, 0x1008, 0x80001000});
    s2.descriptor(0x80001000, 3) &= ~s2_af;
    expect_abort(req(8, 0x1008), {first(0x12), rnw | s2_bit | class_in, 0x1008, 0x80001000});
    s2.descriptor(0x80001000, 3) = 1ULL << 44 | s2_rw | 3;
    expect_abort(req(8, 0x1008), {first(0x11), rnw | s2_bit | class_in, 0x1008, 0x80001000});
    s2.descriptor(0x80001000, 3) = 0;
    expect_abort(req(8, 0x1008), {first(0x10), rnw | s2_bit | class_in, 0x1008, 0x80001000});
}

TEST_F(Events, TheDoorbellOfANestedStream)
{
    // The guest maps the reserved page one to one, the parent does not.
    nested();
    s1.map(0x8000000, 0x8000000, 3, s1_af | s1_el0);
    for (const std::uint64_t t : s1.tables())
        s2.map(t, t + shift, 3, s2_rw);
    const auto t = fails(req(8, 0x8000040, true));
    ASSERT_TRUE(t.event);
    EXPECT_EQ(*t.event, (event_record{{first(0x10), s2_bit | class_in, 0x8000040, 0x8000000}}));
}

TEST_F(Events, Stage2OfADescriptorFetch)
{
    nested();
    const std::uint64_t at = s1.entry(0x1000, 2);
    const std::uint64_t saved = s2.descriptor(at, 3);
    s2.descriptor(at, 3) = 0;
    expect_abort(req(8, 0x1008, true), {first(0x10), s2_bit | class_ttd, 0x1008, at & ~0xfffULL});
    s2.descriptor(at, 3) = saved & ~s2_read;
    expect_abort(req(8, 0x1008, true), {first(0x13), ttrnw | s2_bit | class_ttd, 0x1008, at & ~0xfffULL});
}

TEST_F(Events, Stage2OfADescriptorUpdate)
{
    f.htt_update = 2;
    nested();
    auto c = make_cd();
    put_bits(c, 43, 43, 1);
    write(cd_table + shift, c);
    s1.descriptor(0x1000, 3) &= ~s1_af;
    const std::uint64_t at = s1.entry(0x1000, 3);
    s2.descriptor(at, 3) &= ~s2_write;
    // A read that fails because of a write to the table: RnW 1, TTRnW 0.
    expect_abort(req(8, 0x1008), {first(0x13), rnw | s2_bit | class_ttd, 0x1008, at & ~0xfffULL});
}

TEST_F(Events, Stage2OfACdFetch)
{
    nested();
    const std::uint64_t saved = s2.descriptor(cd_table, 3);
    s2.descriptor(cd_table, 3) = 0;
    expect_abort(req(8, 0x1008), {first(0x10), rnw | s2_bit | class_cd, 0x1008, cd_table});
    s2.descriptor(cd_table, 3) = saved & ~s2_read;
    expect_abort(req(8, 0x1008), {first(0x13), rnw | s2_bit | class_cd, 0x1008, cd_table});
    memory.abort_at(s2.entry(cd_table, 1));
    expect_abort(req(8, 0x1008), {first(0x0b), rnw | s2_bit | class_cd, 0x1008, s2.entry(cd_table, 1)});
}

TEST_F(Events, CdFetchAbortReportsThePa)
{
    nested();
    memory.abort_at(cd_table + shift);
    expect_abort(req(8, 0x1008), {first(0x09), 0, 0, cd_table + shift});
}

TEST_F(Events, WalkAborts)
{
    nested();
    // A stage-1 descriptor: S2 == 0, CLASS TTD, the PA after stage 2.
    const std::uint64_t at = s1.entry(0x1000, 3) + shift;
    memory.abort_at(at);
    expect_abort(req(8, 0x1008), {first(0x0b), rnw | class_ttd, 0x1008, at});
    // The stage-2 descriptor of a stage-1 table.
    const std::uint64_t under = s2.entry(s1.entry(0x1000, 3), 3);
    memory.abort_at(under);
    expect_abort(req(8, 0x1008), {first(0x0b), rnw | s2_bit | class_ttd, 0x1008, under});
}

TEST_F(Events, WalkAbortOfTheFinalStage2)
{
    nested();
    const std::uint64_t at = s2.entry(0x80001000, 3);
    memory.abort_at(at);
    expect_abort(req(8, 0x1008), {first(0x0b), rnw | s2_bit | class_in, 0x1008, at});
}

// --- 5.5: A, R
// ---------------------------------------------------------------------------------------------------------

TEST_F(Events, Stage1FaultBehaviour)
{
    nested();
    for (unsigned ar = 0; ar < 4; ++ar) {
        auto c = make_cd();
        put_bits(c, 46, 46, ar >> 1);
        put_bits(c, 45, 45, ar & 1);
        write(cd_table + shift, c);
        const auto t = fails(req(8, 0x2000));
        EXPECT_EQ(t.how, (ar & 2) != 0 ? termination::abort : termination::raz_wi) << ar;
        EXPECT_EQ(t.event.has_value(), (ar & 1) != 0) << ar;
    }
    // An external abort obeys neither A nor R.
    auto c = make_cd();
    put_bits(c, 46, 45, 0);
    write(cd_table + shift, c);
    memory.abort_at(s1.entry(0x1000, 3) + shift);
    const auto t = fails(req(8, 0x1000));
    EXPECT_EQ(t.how, termination::abort);
    EXPECT_TRUE(t.event);
}

TEST_F(Events, Stage2FaultBehaviour)
{
    put_bits(ste_words, 186, 186, 0); // S2R
    nested();
    s2.descriptor(0x80001000, 3) = 0;
    expect_silent_abort(req(8, 0x1000));
    s2.descriptor(cd_table, 3) = 0;
    expect_silent_abort(req(8, 0x1000));
    // Stage-1 faults are the CD's business.
    s2.map(cd_table, cd_table + shift, 3, s2_rw);
    EXPECT_TRUE(fails(req(8, 0x2000)).event);
}

TEST_F(Events, MergingKeepsToMevAndIgnoresThePageOffset)
{
    nested();
    const auto a = *fails(req(8, 0x2008)).event;
    const auto b = *fails(req(8, 0x2ff0)).event;
    const auto c = *fails(req(8, 0x3000)).event;
    EXPECT_TRUE(may_merge(a, b, true));
    EXPECT_FALSE(may_merge(a, b, false));
    EXPECT_FALSE(may_merge(a, c, true));
    EXPECT_TRUE(may_merge(c_bad_streamid(req(8, 0)), c_bad_streamid(req(8, 0)), false));
    EXPECT_FALSE(may_merge(c_bad_streamid(req(8, 0)), c_bad_streamid(req(9, 0)), true));
    EXPECT_FALSE(fails(req(8, 0x2000)).mev);
    put_bits(ste_words, 83, 83, 1);
    set_ste(8, ste_words);
    EXPECT_TRUE(fails(req(8, 0x2000)).mev);
}

// 7.3.1: what may come before the STE is merged whatever MEV says.
TEST_F(Events, MergingBeforeTheSteIsAlwaysPermitted)
{
    const request r = req(8, 0x2000);
    const physical_address at(0x3000);
    for (const event_record& e : {f_uut(r, 0), c_bad_streamid(r), f_ste_fetch(r, at), c_bad_ste(r)})
        EXPECT_TRUE(may_merge(e, e, false)) << e;
    for (const event_record& e : {f_bad_ats_treq(r, 1), f_stream_disabled(r), f_transl_forbidden(r),
                                  c_bad_substreamid(r), f_cd_fetch(r, at), c_bad_cd(r)}) {
        EXPECT_FALSE(may_merge(e, e, false)) << e;
        EXPECT_TRUE(may_merge(e, e, true)) << e;
    }
}

TEST_F(Events, Uut)
{
    request r = req(8, 0xfedcba9876543210, true);
    r.what.privileged = true;
    EXPECT_EQ(f_uut(r, 0x1234), (event_record{{first(0x01), 0x1234 | pnu, 0xfedcba9876543210, 0}}));
    r.what.instruction = true; // InD is 0 when RnW is
    EXPECT_EQ(f_uut(r, 0x1234), (event_record{{first(0x01), 0x1234 | pnu, 0xfedcba9876543210, 0}}));
}

TEST_F(Events, TranslatedTransactionsAreForbiddenWithoutAts)
{
    nested();
    request r = req(8, 0x1008);
    r.ats = ats_state::translated;
    expect_abort(r, {first(0x07), rnw, 0x1008, 0});
    r.ats = ats_state::translation_request;
    expect_silent_abort(r);
}

} // namespace
} // namespace iovp::test
