// Every bit of every structure, flipped one at a time: response, event and the absence of any other event. What is
// expected stands in tables written from the field lists of 5.1 to 5.4 and D8.3, bit numbers as there.

#include "bench.h"

#include <vector>

namespace iovp::test {
namespace {

enum class end {
    same,         ///< as without the flip
    bypass,       ///< leaves untranslated
    stage1,       ///< through stage 1 alone
    stage2,       ///< through stage 2 alone
    both,         ///< through both
    silent,       ///< abort, no event
    other_output, ///< the flipped bit is a bit of the output address
    // abort with one event
    bad_streamid = 0x102,
    ste_fetch = 0x103,
    bad_ste = 0x104,
    stream_disabled = 0x106,
    bad_substreamid = 0x108,
    bad_cd = 0x10a,
    translation = 0x110,
    addr_size = 0x111,
    access_flag = 0x112,
    permission = 0x113
};

struct rule {
    unsigned low, high; ///< bits of the structure
    end result;
};

/// Which translation events: stage and class (7.3): 0 CD, 1 TTD, 2 IN.
struct where {
    unsigned stage = 1;
    unsigned cls = 2;
};

end expected_of(const std::vector<rule>& rules, unsigned bit)
{
    end result = end::same;
    for (const rule& r : rules)
        if (bit >= r.low && bit <= r.high)
            result = r.result;
    return result;
}

constexpr std::uint64_t input = 0x1000;
constexpr std::uint64_t after_stage1 = 0x80001000;
constexpr std::uint64_t after_stage2 = 0xa0001000; ///< of `input`
constexpr std::uint64_t after_both = 0x90001000;

struct sweep_bench : smmu_bench {
    std::uint32_t stream = 8;
    std::optional<std::uint32_t> substream;

    void build(unsigned config)
    {
        table_builder s1 = stage1();
        s1.map(input, after_stage1, 3, s1_af | s1_el0 | mair_is_wb);
        table_builder s2 = stage2();
        s2.map(input, after_stage2, 3, s2_rw);
        s2.map(after_stage1, after_both, 3, s2_rw);
        for (const std::uint64_t page :
             {0x1000000000ULL, 0x1000400000ULL, 0x1000401000ULL, 0x1000402000ULL, 0x3000000000ULL})
            s2.map(page, page, 3, s2_rw);
        set_ste(stream, make_ste(config));
        write(cd_table, make_cd());
    }

    static std::uint64_t output_of(end e)
    {
        return e == end::bypass   ? input
               : e == end::stage1 ? after_stage1
               : e == end::stage2 ? after_stage2
                                  : after_both;
    }

    void expect(end e, const where& w, std::uint64_t ipa, std::uint64_t fetch, const std::string& what)
    {
        SCOPED_TRACE(what);
        request r = req(stream, input);
        if (substream)
            r.substream = substream_id(*substream);
        const outcome o = run(r);
        if (e == end::bypass) {
            ASSERT_TRUE(std::holds_alternative<bypassed>(o));
            EXPECT_EQ(std::get<bypassed>(o).out.pa.value(), input);
            return;
        }
        if (e == end::stage1 || e == end::stage2 || e == end::both) {
            if (const auto* t = std::get_if<terminated>(&o); t != nullptr && t->event)
                ADD_FAILURE() << *t->event;
            ASSERT_TRUE(std::holds_alternative<translated>(o));
            const auto& t = std::get<translated>(o);
            EXPECT_EQ(t.out.pa.value(), output_of(e));
            EXPECT_EQ(t.entry.stage1.active, e != end::stage2);
            EXPECT_EQ(t.entry.stage2.active, e != end::stage1);
            return;
        }
        ASSERT_TRUE(std::holds_alternative<terminated>(o));
        const auto& t = std::get<terminated>(o);
        EXPECT_EQ(t.how, termination::abort);
        EXPECT_FALSE(t.stall);
        if (e == end::silent) {
            EXPECT_FALSE(t.event.has_value());
            return;
        }
        event_record record;
        const auto number = static_cast<unsigned>(e) & 0xff;
        record.words[0] = number | std::uint64_t(stream) << 32;
        if (substream)
            record.words[0] |= (e == end::bad_substreamid ? 0 : 1U << 11 /* SSV */) | *substream << 12;
        if (number >= 0x10) {
            record.words[1] = 1ULL << 35 /* RnW */ | std::uint64_t(w.stage == 2) << 39 | std::uint64_t(w.cls) << 40;
            record.words[2] = input;
            record.words[3] = w.stage == 2 ? ipa & ~0xfffULL : 0;
        }
        if (e == end::ste_fetch)
            record.words[3] = fetch & ((1ULL << 44) - 1); // 7.3.4: [55:OAS] are RES0
        ASSERT_TRUE(t.event.has_value());
        EXPECT_EQ(*t.event, record);
    }
};

std::string named(const char* structure, unsigned bit)
{
    return std::string(structure) + " bit " + std::to_string(bit);
}

// --- STE (5.2) -------------------------------------------------------------------------------------------------------

/// The fields of stage 1 in a legal STE with stage 1; RES0 and IGNORED ones do nothing.
const std::vector<rule> ste_stage1 = {
    {44, 55, end::bad_ste},         // S1ContextPtr beyond OAS or IAS (3.4.3)
    {59, 62, end::stream_disabled}, // S1CDMax 1, 2, 4, 8: substreams, and S1DSS terminates
    {63, 63, end::bad_ste},         // S1CDMax 16 > SSIDSIZE
    {91, 91, end::bad_ste},         // S1STALLD without the Stall model
};

/// The fields of stage 2 in a legal STE with stage 2: S2T0SZ 20, S2SL0 2, 4K, S2PS 44 bits.
const std::vector<rule> ste_stage2 = {
    {162, 165, end::bad_ste},     // S2T0SZ 16: 48 bits; 28: not from level 0; 4; 52
    {166, 167, end::bad_ste},     // S2SL0: level 3, level 2
    {178, 178, end::bad_ste},     // S2PS 32 bits, S2TTB beyond
    {179, 179, end::bad_ste},     // VMSAv8-32
    {180, 180, end::translation}, // big-endian: not what memory holds
    {183, 185, end::bad_ste},     // S2HD, S2HA without HTTU; S2S without stall
    {200, 235, end::translation}, // S2TTB [43:8]: an empty table; [7:4] are below its alignment
    {236, 243, end::bad_ste},     // S2TTB beyond S2PS
};

void sweep_ste(unsigned config, end base, const std::vector<rule>& rules, const where& w)
{
    for (unsigned bit = 0; bit < 512; ++bit) {
        sweep_bench b;
        b.build(config);
        b.expect(base, w, 0, 0, "STE");
        structure_words s = make_ste(config);
        s[bit / 64] ^= 1ULL << (bit % 64);
        b.set_ste(b.stream, s);
        const end e = expected_of(rules, bit);
        const std::uint64_t cd = bit >= 6 && bit <= 55 ? smmu_bench::cd_table ^ 1ULL << bit : smmu_bench::cd_table;
        b.expect(e == end::same ? base : e, w, w.cls == 0 ? cd : input, 0, named("STE", bit));
        if (testing::Test::HasFailure())
            return;
    }
}

std::vector<rule> together(std::initializer_list<std::vector<rule>> lists)
{
    std::vector<rule> all;
    for (const auto& l : lists)
        all.insert(all.end(), l.begin(), l.end());
    return all;
}

TEST(Sweep, Ste_5_2_Abort)
{
    sweep_ste(0, end::silent, {{0, 0, end::bad_ste}, {3, 3, end::bypass}}, {});
}

TEST(Sweep, Ste_5_2_Bypass)
{
    sweep_ste(4, end::bypass, {{0, 0, end::bad_ste}, {1, 1, end::stage1}, {2, 2, end::stage2}, {3, 3, end::silent}},
              {});
}

TEST(Sweep, Ste_5_2_Stage1)
{
    sweep_ste(5, end::stage1,
              together({ste_stage1,
                        {{0, 0, end::bad_ste},
                         {1, 1, end::bypass},
                         {2, 2, end::both},
                         {3, 3, end::silent},
                         {6, 43, end::bad_cd},      // no CD there: V == 0
                         {94, 94, end::bad_ste}}}), // STRW 0b01
              {});
}

TEST(Sweep, Ste_5_2_Stage2)
{
    sweep_ste(6, end::stage2,
              together({ste_stage2,
                        {{0, 0, end::bad_ste},
                         {1, 1, end::both},
                         {2, 2, end::bypass},
                         {3, 3, end::silent},
                         // S2TG 64K and 16K: legal, and the level-3 look-up ends at a word of the 4K level-1 table, a
                         // page without AF.
                         {174, 175, end::access_flag}}}),
              {2, 2});
}

TEST(Sweep, Ste_5_2_Nested)
{
    sweep_ste(7, end::both,
              together({ste_stage1,
                        ste_stage2,
                        {{0, 0, end::bad_ste},
                         {1, 1, end::stage2},
                         {2, 2, end::stage1},
                         {3, 3, end::silent},
                         {6, 11, end::bad_cd},       // same page, no CD there
                         {12, 43, end::translation}, // an IPA that stage 2 does not map
                         {37, 37, end::bad_cd},      // the page of a stage-1 table
                         {174, 175, end::translation}}}),
              {2, 0});
}

// --- CD (5.4) --------------------------------------------------------------------------------------------------------

const std::vector<rule> cd_rules = {
    {4, 4, end::bad_cd},         // T0SZ 0
    {5, 5, end::translation},    // T0SZ 48: the root is a level-3 table now
    {6, 7, end::access_flag},    // TG0 64K, 16K: a page without AF, as with S2TG
    {14, 15, end::translation},  // EPD0; ENDI
    {30, 31, end::bad_cd},       // EPD1: T1SZ 0; V
    {34, 34, end::bad_cd},       // IPS 32 bits, TTB0 beyond
    {41, 44, end::bad_cd},       // AA64, HD, HA, S
    {76, 107, end::translation}, // TTB0 [43:12]: an empty table; below its alignment nothing changes
    {108, 115, end::bad_cd},     // TTB0 beyond IPS
};

void sweep_cd(const features& f, const std::vector<rule>& rules)
{
    for (unsigned bit = 0; bit < 512; ++bit) {
        sweep_bench b;
        b.f = f;
        ASSERT_EQ(f.contradiction(), nullptr);
        b.build(5);
        b.expect(end::stage1, {}, 0, 0, "CD");
        structure_words c = make_cd();
        c[bit / 64] ^= 1ULL << (bit % 64);
        b.write(smmu_bench::cd_table, c);
        const end e = expected_of(rules, bit);
        b.expect(e == end::same ? end::stage1 : e, {}, 0, 0, named("CD", bit));
        if (testing::Test::HasFailure())
            return;
    }
}

TEST(Sweep, Cd_5_4)
{
    sweep_cd({}, cd_rules);
}

// Its table has not been run to its end yet.
TEST(Sweep, Cd_5_4_WithEveryFeatureOfIt)
{
    features f;
    f.output_bits = 52;
    f.ds = f.va52 = f.aarch32_tables = f.e0pd = f.ptw_nnc = true;
    f.architecture_minor = 3;
    f.htt_update = 2;
    sweep_cd(f, together({cd_rules,
                          {{6, 6, end::addr_size},         // TG0 64K with LPA: bit 12 of that page is OA[48]
                           {41, 41, end::translation},     // VMSAv8-32: the root is a level-1 table now
                           {42, 43, end::same},            // HD alone does nothing; HA
                           {66, 66, end::translation}}})); // E0PD0, and the access is unprivileged
}

// --- L1STD (5.1), L1CD (5.3) -----------------------------------------------------------------------------------------

TEST(Sweep, L1std_5_1)
{
    // Span 5: 16 STEs; StreamID 8 of a table with SPLIT 8.
    const std::vector<rule> rules = {
        {0, 0, end::bad_streamid}, // Span 4: 8 STEs
        {2, 4, end::bad_streamid}, // Span 1; 13 and 21, reserved
        {10, 43, end::bad_ste},    // L2Ptr: no STE there; [9:6] are below the array's alignment
        {44, 55, end::ste_fetch},  // L2Ptr beyond OAS (3.4.3: one of the choices)
    };
    constexpr std::uint64_t array = 0x4100000000;
    for (unsigned bit = 0; bit < 64; ++bit) {
        sweep_bench b;
        b.build(5);
        b.regs.strtab_base_cfg = 16 | 8 << 6 | 1 << 16;
        b.memory.word(smmu_bench::stream_table) = array | 5;
        b.write(array + 8 * 64, make_ste(5));
        b.write(smmu_bench::stream_table + 8 * 64, structure_words{});
        b.expect(end::stage1, {}, 0, 0, "L1STD");
        b.memory.word(smmu_bench::stream_table) ^= 1ULL << bit;
        const end e = expected_of(rules, bit);
        b.expect(e == end::same ? end::stage1 : e, {}, 0, (array ^ 1ULL << bit) + 8 * 64, named("L1STD", bit));
    }
}

TEST(Sweep, L1cd_5_3)
{
    const std::vector<rule> rules = {
        {0, 0, end::bad_substreamid},   // V
        {12, 43, end::bad_cd},          // L2Ptr: no CD there
        {44, 55, end::bad_substreamid}, // L2Ptr beyond OAS (3.4.3)
    };
    constexpr std::uint64_t table = 0x3100000000;
    for (unsigned bit = 0; bit < 64; ++bit) {
        sweep_bench b;
        b.build(5);
        structure_words s = make_ste(5);
        put_bits(s, 5, 4, 1);   // S1Fmt: two levels, 4 KB
        put_bits(s, 63, 59, 8); // S1CDMax
        b.set_ste(b.stream, s);
        b.substream = 3;
        b.write(smmu_bench::cd_table, structure_words{table | 1});
        b.write(table + 3 * 64, make_cd());
        b.expect(end::stage1, {}, 0, 0, "L1CD");
        b.memory.word(smmu_bench::cd_table) ^= 1ULL << bit;
        const end e = expected_of(rules, bit);
        b.expect(e == end::same ? end::stage1 : e, {}, 0, 0, named("L1CD", bit));
    }
}

// --- descriptors (D8.3) ----------------------------------------------------------------------------------------------

void sweep_descriptor(unsigned config, unsigned stage, int level, const std::vector<rule>& rules)
{
    const end base = config == 5 ? end::stage1 : end::stage2;
    for (unsigned bit = 0; bit < 64; ++bit) {
        sweep_bench b;
        b.build(config);
        table_builder t = stage == 1 ? b.stage1() : b.stage2();
        t.descriptor(input, level) ^= 1ULL << bit;
        const end e = expected_of(rules, bit);
        const std::string what = named("descriptor", bit) + " level " + std::to_string(level);
        if (e == end::other_output) {
            EXPECT_EQ(b.ok(b.req(b.stream, input)).out.pa.value(), sweep_bench::output_of(base) ^ 1ULL << bit) << what;
        } else {
            b.expect(e == end::same ? base : e, {stage, 2}, input, 0, what);
        }
    }
}

TEST(Sweep, D8_3_Stage1Page)
{
    sweep_descriptor(5, 1, 3,
                     {{0, 1, end::translation},
                      {6, 6, end::permission}, // AP[1]: no unprivileged access
                      {10, 10, end::access_flag},
                      {12, 43, end::other_output},
                      {44, 47, end::addr_size}});
}

TEST(Sweep, D8_3_Stage1Table)
{
    sweep_descriptor(5, 1, 2,
                     {{0, 0, end::translation},
                      {1, 1, end::access_flag}, // a block without AF
                      {12, 43, end::translation},
                      {44, 47, end::addr_size},
                      {61, 61, end::permission}}); // APTable[0]
}

TEST(Sweep, D8_3_Stage2Page)
{
    sweep_descriptor(6, 2, 3,
                     {{0, 1, end::translation},
                      {6, 6, end::permission}, // S2AP[0]
                      {10, 10, end::access_flag},
                      {12, 43, end::other_output},
                      {44, 47, end::addr_size}});
}

TEST(Sweep, D8_3_Stage2Table)
{
    sweep_descriptor(
        6, 2, 2,
        {{0, 0, end::translation}, {1, 1, end::access_flag}, {12, 43, end::translation}, {44, 47, end::addr_size}});
}

} // namespace
} // namespace iovp::test
