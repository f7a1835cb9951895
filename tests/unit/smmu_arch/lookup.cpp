// 3.3: stream tables, CD tables, S1DSS; and the memory reads of reference configurations.

#include "bench.h"

namespace iovp::test {
namespace {

struct Lookup : testing::Test, smmu_bench {
    /// Stage 1 only: VA 0x1000 -> 0x8000_1000 for stream 8.
    void stage1_stream(const structure_words& s)
    {
        set_ste(8, s);
        stage1().map(0x1000, 0x80001000, 3, s1_af | s1_el0 | mair_is_wb);
        write(cd_table, make_cd());
    }
};

TEST_F(Lookup, LinearStreamTable)
{
    stage1_stream(make_ste(5));
    EXPECT_EQ(ok(req(8, 0x1234)).out.pa.value(), 0x80001234U);
    EXPECT_EQ(memory.reads.size(), 6U);
    EXPECT_EQ(memory.reads[0].what, vmsa::structure::ste);
    EXPECT_EQ(memory.reads[1].what, vmsa::structure::cd);
    expect_abort(req(256, 0x1000), {0x0000010000000002, 0, 0, 0});
    regs.cr2 = 0; // RECINVSID
    expect_silent_abort(req(256, 0x1000));
}

TEST_F(Lookup, Log2SizeIsCappedToSidsize)
{
    f.stream_id_bits = 6;
    regs.strtab_base_cfg = 32;
    regs.strtab_base = 0; // aligned to its programmed size
    write(8 * 64, make_ste(4));
    EXPECT_TRUE(std::holds_alternative<bypassed>(run(req(8, 0x1000))));
    expect_abort(req(64, 0x1000), {0x0000004000000002, 0, 0, 0});
}

TEST_F(Lookup, BaseIsAlignedToTheTable)
{
    set_ste(8, make_ste(4));
    regs.strtab_base |= 0x1fc0; // below the table's 16K
    EXPECT_TRUE(std::holds_alternative<bypassed>(run(req(8, 0x1000))));
}

struct span_case {
    unsigned split;
    unsigned span;
    std::uint32_t last_valid; ///< within the level-2 table; -1U: none
};

class TwoLevel : public testing::TestWithParam<span_case>, public smmu_bench {};

TEST_P(TwoLevel, SplitAndSpan)
{
    const span_case& c = GetParam();
    regs.strtab_base_cfg = 16 | c.split << 6 | 1 << 16;
    const unsigned split = c.split == 8 || c.split == 10 ? c.split : 6;
    const std::uint32_t base = 3U << split;
    memory.word(stream_table + 3 * 8) = 0x5000000000 | c.span;
    for (std::uint32_t i = 0; i < 1024; ++i)
        memory.word(0x5000000000 + i * 64ULL) = 1 | 4 << 1; // V, bypass
    const auto valid = [&](std::uint32_t index) {
        const auto o = run(req(base + index, 0x1000));
        if (const auto* t = std::get_if<terminated>(&o)) {
            EXPECT_TRUE(t->event);
            EXPECT_EQ(t->event->words[0], std::uint64_t(base + index) << 32 | 2);
            return false;
        }
        return true;
    };
    if (c.last_valid == ~0U) {
        EXPECT_FALSE(valid(0));
        return;
    }
    EXPECT_TRUE(valid(0));
    memory.reads.clear();
    EXPECT_TRUE(valid(c.last_valid));
    ASSERT_EQ(memory.reads.size(), 2U);
    EXPECT_EQ(memory.reads[0].what, vmsa::structure::l1std);
    EXPECT_EQ(memory.reads[1].address.value(), 0x5000000000 + c.last_valid * 64ULL);
    if (c.last_valid + 1 < (1U << split)) {
        EXPECT_FALSE(valid(c.last_valid + 1));
    }
}

INSTANTIATE_TEST_SUITE_P(All, TwoLevel,
                         testing::Values(span_case{6, 0, ~0U}, span_case{6, 1, 0}, span_case{6, 2, 1},
                                         span_case{6, 7, 63}, span_case{6, 8, ~0U}, span_case{8, 9, 255},
                                         span_case{8, 8, 127}, span_case{8, 10, ~0U}, span_case{10, 11, 1023},
                                         span_case{10, 12, ~0U}, span_case{10, 31, ~0U},
                                         span_case{7, 7, 63} /* reserved SPLIT: 6 */));

// 6.3.25: FMT is RES0 without IDR0.ST_LEVEL.
TEST_F(Lookup, FmtCountsOnlyWithTwoLevelTables)
{
    f.stream_two_level = false;
    regs.strtab_base_cfg = 6 | 6 << 6 | 1 << 16;
    stage1_stream(make_ste(5));
    EXPECT_EQ(ok(req(8, 0x1234)).out.pa.value(), 0x80001234U);
}

TEST_F(Lookup, TwoLevelIndexBeyondTheLevel2Table)
{
    regs.strtab_base_cfg = 8 | 6 << 6 | 1 << 16;
    memory.word(stream_table) = 0x5000000000 | 3; // 4 STEs
    expect_abort(req(4, 0x1000), {0x0000000400000002, 0, 0, 0});
}

TEST_F(Lookup, FetchErrors)
{
    set_ste(8, make_ste(5));
    memory.abort_at(stream_table + 8 * 64);
    expect_abort(req(8, 0x1000), {0x0000000800000003, 0, 0, stream_table + 8 * 64});
    regs.strtab_base_cfg = 8 | 6 << 6 | 1 << 16;
    memory.word(stream_table) = 0x0000500000000000 | 7;                           // beyond 44 bits
    expect_abort(req(9, 0x1000), {0x0000000900000003, 0, 0, 0x0000000000000240}); // 7.3.4: [55:OAS] are RES0
}

TEST_F(Lookup, BadSte)
{
    auto s = make_ste(5);
    s[0] &= ~1ULL;
    set_ste(8, s);
    request r = req(8, 0x1000);
    r.substream = substream_id(0xabcde);
    expect_abort(r, {0x00000008abcde804, 0, 0, 0});
}

TEST_F(Lookup, ConfigAbortIsSilent)
{
    for (unsigned config = 0; config < 4; ++config) {
        set_ste(8, make_ste(config));
        expect_silent_abort(req(8, 0x1000));
    }
}

TEST_F(Lookup, CdFetchAndBadCd)
{
    stage1_stream(make_ste(5));
    auto c = make_cd();
    put_bits(c, 31, 31, 0);
    write(cd_table, c);
    expect_abort(req(8, 0x1000), {0x000000080000000a, 0, 0, 0});
    memory.abort_at(cd_table);
    expect_abort(req(8, 0x1000), {0x0000000800000009, 0, 0, cd_table});
}

TEST_F(Lookup, SubstreamsNeedStage1AndATable)
{
    for (const unsigned config : {4U, 5U, 6U}) {
        set_ste(8, make_ste(config));
        request r = req(8, 0x1000);
        r.substream = substream_id(5);
        expect_abort(r, {0x0000000800005008, 0, 0, 0});
    }
    auto s = make_ste(5);
    put_bits(s, 63, 59, 3);
    set_ste(8, s);
    request r = req(8, 0x1000);
    r.substream = substream_id(8);
    expect_abort(r, {0x0000000800008008, 0, 0, 0});
}

TEST_F(Lookup, S1dssTerminate)
{
    for (const unsigned s1dss : {0U, 3U}) {
        auto s = make_ste(5);
        put_bits(s, 63, 59, 3);
        put_bits(s, 65, 64, s1dss);
        set_ste(8, s);
        expect_abort(req(8, 0x1000), {0x0000000800000006, 0, 0, 0});
    }
}

TEST_F(Lookup, S1dssBypassKeepsStage2)
{
    auto s = make_ste(7);
    put_bits(s, 63, 59, 3);
    put_bits(s, 65, 64, 1);
    set_ste(8, s);
    stage2().map(0x1000, 0x90001000, 3, s2_rw);
    const auto t = ok(req(8, 0x1234));
    EXPECT_EQ(t.out.pa.value(), 0x90001234U);
    EXPECT_FALSE(t.context.tag.stage1);
    EXPECT_TRUE(t.context.tag.stage2);
    put_bits(s, 3, 1, 5);
    set_ste(8, s);
    const auto o = run(req(8, 0x1234));
    ASSERT_TRUE(std::holds_alternative<bypassed>(o));
    EXPECT_EQ(std::get<bypassed>(o).out.pa.value(), 0x1234U);
}

TEST_F(Lookup, S1dssSubstream0)
{
    auto s = make_ste(5);
    put_bits(s, 63, 59, 3);
    put_bits(s, 65, 64, 2);
    stage1_stream(s);
    EXPECT_EQ(ok(req(8, 0x1234)).out.pa.value(), 0x80001234U);
    request r = req(8, 0x1234);
    r.substream = substream_id(0);
    expect_abort(r, {0x0000000800000806, 0, 0, 0});
    write(cd_table + 5 * 64, make_cd());
    r.substream = substream_id(5);
    EXPECT_EQ(ok(r).out.pa.value(), 0x80001234U);
}

TEST_F(Lookup, TwoLevelCdTables)
{
    const struct {
        unsigned s1fmt;
        std::uint32_t substream;
        std::uint64_t l1cd, cd;
    } cases[] = {{1, 0x145, cd_table + 5 * 8, 0x6000000000 + 5 * 64}, {2, 0x145, cd_table, 0x6000000000 + 0x145 * 64}};
    for (const auto& c : cases) {
        auto s = make_ste(5);
        put_bits(s, 63, 59, 10);
        put_bits(s, 5, 4, c.s1fmt);
        stage1_stream(s);
        memory.word(c.l1cd) = 0x6000000000 | 1;
        write(c.cd, make_cd());
        request r = req(8, 0x1234);
        r.substream = substream_id(c.substream);
        memory.reads.clear();
        EXPECT_EQ(ok(r).out.pa.value(), 0x80001234U);
        ASSERT_EQ(memory.reads.size(), 7U);
        EXPECT_EQ(memory.reads[1].what, vmsa::structure::l1cd);
        EXPECT_EQ(memory.reads[1].address.value(), c.l1cd);
        EXPECT_EQ(memory.reads[2].what, vmsa::structure::cd);
        EXPECT_EQ(memory.reads[2].address.value(), c.cd);
        const std::uint64_t record = 0x0000000800000008 | std::uint64_t(c.substream) << 12;
        memory.word(c.l1cd) = 0x6000000000; // V == 0
        expect_abort(r, {record, 0, 0, 0});
        memory.word(c.l1cd) = 0x0000100000000001; // beyond OAS
        expect_abort(r, {record, 0, 0, 0});
        memory.word(c.l1cd) = 0;
    }
}

// --- reference counts: N = nSTE + nCD + L1 + (nCD + L1 + 1) x L2 -----------------------------------------------------

struct Counts : testing::Test, smmu_bench {
    static constexpr std::uint64_t shift = 0x7000000000;
    any_configuration_cache configuration;
    table_walk_cache walks;

    /// Nested stream 8; CD tables and stage-1 tables in IPA space at PA = IPA + shift. `three_levels`: 39 bits of IPA.
    void nested(bool two_level, bool three_levels)
    {
        auto s = make_ste(7);
        auto s2 = stage2();
        if (three_levels) {
            put_bits(s, 165, 160, 24); // 40 bits
            put_bits(s, 167, 166, 1);  // level 1, two tables
            s2 = table_builder(memory, 12, 1, 40, 0x2000000000, 0x2000400000);
        }
        auto s1 = stage1(shift);
        s1.map(0x1000, 0x80001000, 3, s1_af | s1_el0 | mair_is_wb);
        s1.map(0x2000, 0x80002000, 3, s1_af | s1_el0 | mair_is_wb);
        std::uint64_t cd_at = cd_table;
        if (two_level) {
            put_bits(s, 63, 59, 10);
            put_bits(s, 5, 4, 1);
            memory.word(cd_table + shift) = 0x3100000000 | 1;
            cd_at = 0x3100000000 + 3 * 64;
            s2.map(0x3100000000, 0x3100000000 + shift, 3, s2_rw);
            regs.strtab_base_cfg = 16 | 8 << 6 | 1 << 16;
            memory.word(stream_table) = 0x5000000000 | 9;
            write(0x5000000000 + 8 * 64, s);
        } else {
            set_ste(8, s);
        }
        write(cd_at + shift, make_cd());
        s2.map(cd_table, cd_table + shift, 3, s2_rw);
        s2.map(0x1000000000, 0x1000000000 + shift, 3, s2_rw);
        for (const std::uint64_t t : s1.tables())
            s2.map(t, t + shift, 3, s2_rw);
        s2.map(0x80001000, 0xa0001000, 3, s2_rw);
        s2.map(0x80002000, 0xa0002000, 3, s2_rw);
    }

    std::size_t reads_of(std::uint64_t address, bool substream = false)
    {
        memory.reads.clear();
        request r = req(8, address);
        if (substream)
            r.substream = substream_id(3);
        EXPECT_EQ(ok(r).out.pa.value(), 0xa0000000 + address);
        return memory.reads.size();
    }
};

TEST_F(Counts, TwoLevelTablesNestedColdIs36)
{
    nested(true, false);
    EXPECT_EQ(reads_of(0x1000, true), 36U);
}

TEST_F(Counts, LinearTablesNestedColdIs30)
{
    nested(false, false);
    EXPECT_EQ(reads_of(0x1000), 30U);
}

TEST_F(Counts, ConfigurationCachedIs24)
{
    nested(false, false);
    configuration_cache = &configuration;
    reads_of(0x1000);
    EXPECT_EQ(reads_of(0x1000), 24U);
}

TEST_F(Counts, FortyBitIpaConfigurationCachedIs19)
{
    nested(false, true);
    configuration_cache = &configuration;
    reads_of(0x1000);
    EXPECT_EQ(reads_of(0x1000), 19U);
}

TEST_F(Counts, Stage1OnlyIs7Then4)
{
    regs.strtab_base_cfg = 16 | 8 << 6 | 1 << 16;
    memory.word(stream_table) = 0x5000000000 | 9;
    write(0x5000000000 + 8 * 64, make_ste(5));
    write(cd_table, make_cd());
    stage1().map(0x1000, 0xa0001000, 3, s1_af | s1_el0 | mair_is_wb);
    configuration_cache = &configuration;
    EXPECT_EQ(reads_of(0x1000), 7U);
    EXPECT_EQ(reads_of(0x1000), 4U);
}

TEST_F(Counts, WarmWalkCacheIs2)
{
    nested(false, false);
    configuration_cache = &configuration;
    walk_cache = &walks;
    reads_of(0x1000);
    EXPECT_EQ(reads_of(0x2000), 2U);
}

} // namespace
} // namespace iovp::test
