// 3.10, 3.11, 7.3, 13: transactions of Secure streams.

#include "secure_bench.h"

namespace iovp::test {
namespace {

using ns = std::vector<bool>;
constexpr std::uint64_t ns_leaf = 1ULL << 5;
constexpr std::uint64_t s1_page = s1_af | s1_el0 | mair_is_wb;

struct SecureStreams : testing::Test, secure_bench {
    structure_words ste_words = make_ste(5);
    structure_words cd_words = make_cd();
    table_builder s1 = stage1();

    void install()
    {
        set_ste(8, ste_words);
        write(cd_table, cd_words);
    }
    void config(unsigned c) { put_bits(ste_words, 3, 1, c); }
    static request fetch(std::uint64_t address)
    {
        request r = sreq(8, address);
        r.what.instruction = true;
        return r;
    }
};

// --- SMMUEN == 0 (3.11, 6.3.63, 13.2)

TEST_F(SecureStreams, DisabledTakesNsFromGbpa)
{
    regs.enabled = false;
    request r = sreq(8, 0x12345678);
    const struct {
        unsigned nscfg;
        bool incoming, output;
    } rows[] = {{0, false, false}, {0, true, true},  {1, false, false}, {1, true, true},
                {2, false, false}, {2, true, false}, {3, false, true},  {3, true, true}};
    for (const auto& row : rows) {
        regs.gbpa = 1U << 12 | row.nscfg << 14;
        r.non_secure = row.incoming;
        EXPECT_EQ(out(r).non_secure, row.output) << row.nscfg << row.incoming;
        // A Non-secure stream outputs Non-secure whatever it brings.
        request other = r;
        other.sec_sid = security_state::non_secure;
        EXPECT_TRUE(out(other).non_secure);
    }
    regs.gbpa = 1U << 12 | 3U << 14;
    r.non_secure = false;
    f.attribute_permissions_override = false; // NSCFG is fixed as incoming
    EXPECT_FALSE(out(r).non_secure);
    regs.gbpa |= 1U << 20;
    expect_silent_abort(r);
}

// --- configuration (3.10.1, 3.10.2.1)

TEST_F(SecureStreams, TableAndCdAreInSecureSpace)
{
    s1.map(0x1000, 0x80001000, 3, s1_page);
    install();
    EXPECT_EQ(ok(sreq(8, 0x1234)).out.pa.value(), 0x80001234U);
    EXPECT_EQ(spaces(), ns({false, false, false, false, false, false}));
    ok(req(8, 0x1234));
    EXPECT_EQ(spaces(), ns({true, true, true, true, true, true}));
    // A level-1 descriptor too.
    memory.word(0x7000000000) = stream_table | 9;
    regs.strtab_base = 0x7000000000;
    regs.strtab_base_cfg = 8 | 8 << 6 | 1 << 16;
    ok(sreq(8, 0x1234));
    EXPECT_EQ(spaces(), ns({false, false, false, false, false, false, false}));
}

TEST_F(SecureStreams, StreamIdsHaveTheirOwnSize)
{
    install();
    config(4);
    set_ste(255, ste_words);
    f.secure_stream_id_bits = 4;
    expect_abort(sreq(255, 0x1000), {0x000000ff00000002, 0, 0, 0});
    out(req(255, 0x1000));
    expect_abort(sreq(16, 0x1000), {0x0000001000000002, 0, 0, 0});
    regs.cr2 = 0; // RECINVSID
    expect_silent_abort(sreq(16, 0x1000));
}

TEST_F(SecureStreams, IllegalSteOfTheSecureTable)
{
    config(6);
    install();
    expect_abort(sreq(8, 0x1000), {0x0000000800000004, 0, 0, 0});
}

// --- NS (5.2 NSCFG, 5.4 NSCFG0, 13.4.2)

TEST_F(SecureStreams, NscfgCountsWithoutStage1)
{
    const struct {
        unsigned nscfg;
        bool incoming, output;
    } rows[] = {{0, false, false}, {0, true, true},  {1, false, false}, {1, true, true},
                {2, false, false}, {2, true, false}, {3, false, true},  {3, true, true}};
    for (const auto& row : rows) {
        put_bits(ste_words, 111, 110, row.nscfg);
        config(4);
        install();
        request r = sreq(8, 0x1000);
        r.non_secure = row.incoming;
        EXPECT_EQ(out(r).non_secure, row.output) << row.nscfg << row.incoming;
        f.attribute_permissions_override = false;
        EXPECT_EQ(out(r).non_secure, row.incoming);
        f.attribute_permissions_override = true;
        // S1DSS: stage 1 skipped
        config(5);
        put_bits(ste_words, 63, 59, 4); // S1CDMax
        put_bits(ste_words, 65, 64, 1);
        install();
        EXPECT_EQ(out(r).non_secure, row.output) << row.nscfg << row.incoming;
        put_bits(ste_words, 63, 59, 0);
        // Stage 1: neither counts.
        s1.map(0x1000, 0x80001000, 3, s1_page);
        install();
        EXPECT_FALSE(ok(r).out.non_secure);
        s1.map(0x1000, 0x80001000, 3, s1_page | ns_leaf);
        EXPECT_TRUE(ok(r).out.non_secure);
        // A Non-secure stream ignores NSCFG.
        r.sec_sid = security_state::non_secure;
        EXPECT_TRUE(ok(r).out.non_secure);
    }
}

TEST_F(SecureStreams, CdNscfgSelectsTheFirstTablesSpace)
{
    s1.map(0x1000, 0x80001000, 3, s1_page);
    put_bits(cd_words, 64, 64, 1);
    install();
    const auto t = ok(sreq(8, 0x1000));
    EXPECT_TRUE(t.out.non_secure);
    EXPECT_TRUE(t.entry.not_global);
    EXPECT_EQ(spaces(), ns({false, false, true, true, true, true}));
    EXPECT_FALSE(ok(req(8, 0x1000)).entry.not_global) << "IGNORED on a Non-secure stream";
}

TEST_F(SecureStreams, CdNscfg1IsOfTheUpperHalf)
{
    table_builder upper(memory, 12, 0, 48, 0x1800000000, 0x1800400000);
    upper.map(0x1000, 0x80001000, 3, s1_page);
    s1.map(0x1000, 0x90001000, 3, s1_page);
    put_bits(cd_words, 30, 30, 0);  // EPD1
    put_bits(cd_words, 21, 16, 16); // T1SZ
    put_bits(cd_words, 23, 22, 2);  // TG1: 4K
    put_bits(cd_words, 183, 132, 0x1800000000 >> 4);
    put_bits(cd_words, 128, 128, 1); // NSCFG1
    install();
    EXPECT_TRUE(ok(sreq(8, 0xffff000000001000)).out.non_secure);
    EXPECT_FALSE(ok(sreq(8, 0x1000)).out.non_secure);
}

// --- tags (3.17, 5.2 S2VMID)

TEST_F(SecureStreams, TagsOfTheStreamWorlds)
{
    s1.map(0x1000, 0x80001000, 3, s1_af | s1_el0 | s1_ng | mair_is_wb);
    install();
    auto tag = ok(sreq(8, 0x1000)).context.tag;
    EXPECT_FALSE(tag.non_secure);
    EXPECT_EQ(tag.world, vmsa::regime::el1);
    EXPECT_TRUE(tag.has_asid);
    EXPECT_FALSE(tag.has_vmid) << "no Secure stage 2, no VMID";
    f.secure_stage2 = true;
    tag = ok(sreq(8, 0x1000)).context.tag;
    EXPECT_TRUE(tag.has_vmid);
    EXPECT_EQ(tag.vm, vmid(0)) << "stage 1 alone";
    put_bits(ste_words, 95, 94, 1); // EL3
    install();
    tag = ok(sreq(8, 0x1000)).context.tag;
    EXPECT_EQ(tag.world, vmsa::regime::el3);
    EXPECT_FALSE(tag.has_asid);
    EXPECT_FALSE(tag.has_vmid);
    put_bits(ste_words, 95, 94, 2); // S-EL2
    install();
    tag = ok(sreq(8, 0x1000)).context.tag;
    EXPECT_EQ(tag.world, vmsa::regime::el2);
    EXPECT_FALSE(tag.has_asid);
    regs.cr2 |= 1; // S_CR2.E2H
    tag = ok(sreq(8, 0x1000)).context.tag;
    EXPECT_EQ(tag.world, vmsa::regime::el2_host);
    EXPECT_TRUE(tag.has_asid);
    EXPECT_FALSE(tag.has_vmid);
}

TEST_F(SecureStreams, El3HasOnePrivilegeAndOneTable)
{
    s1.map(0x1000, 0x80001000, 3, s1_af | mair_is_wb); // AP[1] 0: not for EL0
    put_bits(ste_words, 95, 94, 1);
    install();
    EXPECT_EQ(ok(sreq(8, 0x1000)).out.pa.value(), 0x80001000U);
    expect_abort(sreq(8, 0xffff000000001000), {0x0000000800000010, 1ULL << 35 | 2ULL << 40, 0xffff000000001000, 0});
}

TEST_F(SecureStreams, EntriesOfTheStatesDoNotMatch)
{
    s1.map(0x1000, 0x80001000, 3, s1_page);
    install();
    const auto secure = ok(sreq(8, 0x1000));
    const auto other = ok(req(8, 0x1000));
    EXPECT_NE(secure.context.tag, other.context.tag);
}

// --- S_CR0.SIF (6.3.57.2)

TEST_F(SecureStreams, SifWithStage1ObeysTheCd)
{
    s1.map(0x1000, 0x80001000, 3, s1_af | mair_is_wb | s1_el0 | s1_ro | ns_leaf);
    install();
    EXPECT_TRUE(ok(fetch(0x1000)).out.non_secure);
    regs.sif = true;
    const std::array<std::uint64_t, 4> record{0x0000000800000013, 1ULL << 34 | 1ULL << 35 | 2ULL << 40, 0x1000, 0};
    expect_abort(fetch(0x1000), record);
    ok(sreq(8, 0x1000)); // data
    request data = fetch(0x1000);
    data.what.write = true;
    EXPECT_EQ(event_record::ind::of(fails(data).event->words), 0U) << "a write is data";
    put_bits(cd_words, 46, 46, 0); // CD.A
    put_bits(cd_words, 45, 45, 0); // CD.R
    install();
    const auto t = fails(fetch(0x1000));
    EXPECT_EQ(t.how, termination::raz_wi);
    EXPECT_FALSE(t.event.has_value());
    // A Secure target is not affected.
    s1.map(0x1000, 0x80001000, 3, s1_af | mair_is_wb | s1_el0 | s1_ro);
    EXPECT_FALSE(ok(fetch(0x1000)).out.non_secure);
    // INSTCFG comes first.
    s1.map(0x1000, 0x80001000, 3, s1_af | mair_is_wb | s1_el0 | s1_ro | ns_leaf);
    put_bits(ste_words, 115, 114, 2); // Data
    install();
    ok(fetch(0x1000));
}

TEST_F(SecureStreams, SifOnTlbHits)
{
    s1.map(0x1000, 0x80001000, 3, s1_page | s1_ro | ns_leaf);
    install();
    regs.sif = true;
    const auto warm = ok(sreq(8, 0x1000));
    const auto hit = translate_hit(warm.context, warm.entry, fetch(0x1008));
    ASSERT_TRUE(std::holds_alternative<terminated>(hit));
    const auto& t = std::get<terminated>(hit);
    ASSERT_TRUE(t.event.has_value());
    EXPECT_EQ(t.event->words,
              (std::array<std::uint64_t, 4>{0x0000000800000013, 1ULL << 34 | 1ULL << 35 | 2ULL << 40, 0x1008, 0}));
}

TEST_F(SecureStreams, SifWithoutStage1AbortsWithAnEvent)
{
    config(4);
    put_bits(ste_words, 111, 110, 3); // NSCFG: Non-secure
    install();
    out(fetch(0x1000));
    regs.sif = true;
    expect_abort(fetch(0x1000), {0x0000000800000013, 1ULL << 34 | 1ULL << 35 | 2ULL << 40, 0x1000, 0});
    out(sreq(8, 0x1000));
    put_bits(ste_words, 111, 110, 2);
    install();
    out(fetch(0x1000));
    // The Non-secure interface has no SIF.
    request other = fetch(0x1000);
    other.sec_sid = security_state::non_secure;
    out(other);
}

TEST_F(SecureStreams, SifWhileDisabledAbortsSilently)
{
    regs.enabled = false;
    regs.gbpa = 1U << 12 | 3U << 14; // Non-secure
    out(fetch(0x1000));
    regs.sif = true;
    expect_silent_abort(fetch(0x1000));
    out(sreq(8, 0x1000));
    regs.gbpa |= 2U << 18; // INSTCFG: data
    out(fetch(0x1000));
}

// --- ATS (7.3.8)

TEST_F(SecureStreams, TranslatedTransactionsAreForbidden)
{
    config(4);
    install();
    request r = sreq(8, 0x1000);
    r.ats = ats_state::translated;
    expect_abort(r, {0x0000000800000007, 1ULL << 35, 0x1000, 0});
}

// --- Secure stage 2 (3.10.2.2)

struct SecureStage2Streams : SecureStreams {
    table_builder s{memory, 12, 0, 44, 0x6000000000, 0x6000400000};
    table_builder n = stage2();

    SecureStage2Streams()
    {
        f.secure_stage2 = true;
        add_secure_stage2(ste_words);
        put_bits(ste_words, 192, 192, 1); // S2NSW
    }
};

TEST_F(SecureStage2Streams, NscfgSelectsTheIpaSpaceOfStage2Alone)
{
    config(6);
    s.map(0x1000, 0x80001000, 3, s2_rw);
    n.map(0x1000, 0x90001000, 3, s2_rw);
    install();
    request r = sreq(8, 0x1008);
    auto t = ok(r);
    EXPECT_EQ(t.out.pa.value(), 0x80001008U);
    EXPECT_FALSE(t.out.non_secure);
    EXPECT_EQ(spaces(), ns({false, false, false, false, false}));
    EXPECT_EQ(t.context.tag.vm, vmid(0x1357));
    const vmsa::translation_tag secure_ipa = t.context.tag;
    r.non_secure = true;
    t = ok(r);
    EXPECT_EQ(t.out.pa.value(), 0x90001008U);
    EXPECT_TRUE(t.out.non_secure);
    EXPECT_EQ(spaces(), ns({false, true, true, true, true}));
    EXPECT_NE(t.context.tag_of(r), secure_ipa) << "another IPA space";
    EXPECT_EQ(t.context.tag_of(sreq(8, 0x1008)), secure_ipa);
    put_bits(ste_words, 111, 110, 2);
    install();
    EXPECT_EQ(ok(r).out.pa.value(), 0x80001008U);
    put_bits(ste_words, 111, 110, 3);
    install();
    EXPECT_EQ(ok(sreq(8, 0x1008)).out.pa.value(), 0x90001008U);
}

TEST_F(SecureStage2Streams, EventsCarryNsipa)
{
    config(6);
    install();
    request r = sreq(8, 0x1008);
    const std::uint64_t common = 1ULL << 35 | 1ULL << 39 | 2ULL << 40;
    expect_abort(r, {0x0000000800000010, common, 0x1008, 0x1000});
    r.non_secure = true;
    expect_abort(r, {0x0000000800000010, common | 1ULL << 36, 0x1008, 0x1000});
    r.sec_sid = security_state::non_secure;
    expect_abort(r, {0x0000000800000010, common, 0x1008, 0x1000});
}

TEST_F(SecureStage2Streams, NestedCdComesThroughTheSecureIpaSpace)
{
    config(7);
    install();
    // Nothing mapped: the CD's fetch fails, in the Secure IPA space.
    expect_abort(sreq(8, 0x1000), {0x0000000800000010, 1ULL << 35 | 1ULL << 39 | 0ULL << 40, 0x1000, cd_table});
    for (auto* b : {&s, &n}) {
        b->map(cd_table, cd_table, 3, s2_rw);
        b->map(0x1000000000, 0x1000000000, 3, s2_rw);
        for (std::uint64_t page = 0; page < 3; ++page)
            b->map(0x1000400000 + page * 0x1000, 0x1000400000 + page * 0x1000, 3, s2_rw);
    }
    s1.map(0x1000, 0x3000, 3, s1_page);
    s.map(0x3000, 0x80001000, 3, s2_rw);
    n.map(0x3000, 0x90001000, 3, s2_rw);
    memory.reads.clear();
    EXPECT_EQ(ok(sreq(8, 0x1000)).out.pa.value(), 0x80001000U);
    for (const bool space : spaces())
        EXPECT_FALSE(space);
    s1.map(0x1000, 0x3000, 3, s1_page | ns_leaf);
    auto t = ok(sreq(8, 0x1000));
    EXPECT_EQ(t.out.pa.value(), 0x90001000U);
    EXPECT_TRUE(t.out.non_secure);
    // S2SA: the CD is in Non-secure PA space then (7.3.10).
    put_bits(ste_words, 385, 385, 1);
    install();
    spaces();
    ok(sreq(8, 0x1000));
    const auto all = memory.reads;
    ASSERT_EQ(all[5].what, vmsa::structure::cd);
    EXPECT_FALSE(all[0].non_secure) << "the STE";
    EXPECT_FALSE(all[4].non_secure) << "S2SW is 0";
    EXPECT_TRUE(all[5].non_secure);
}

TEST_F(SecureStage2Streams, SifGoesBeforeStage2)
{
    config(6);
    install();
    regs.sif = true;
    request r = fetch(0x1000);
    r.non_secure = true;
    expect_abort(r, {0x0000000800000013, 1ULL << 34 | 1ULL << 35 | 2ULL << 40, 0x1000, 0});
    // On hits too.
    n.map(0x1000, 0x90001000, 3, s2_rw);
    request data = sreq(8, 0x1000);
    data.non_secure = true;
    const auto warm = ok(data);
    EXPECT_TRUE(std::holds_alternative<terminated>(translate_hit(warm.context, warm.entry, r)));
    EXPECT_TRUE(std::holds_alternative<translated>(translate_hit(warm.context, warm.entry, data)));
}

} // namespace
} // namespace iovp::test
