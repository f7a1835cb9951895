// Every bit of a Secure STE and CD, flipped one at a time: output, its NS, event with NSIPA. What is expected stands in
// tables written from the field lists of 5.2 and 5.4, bit numbers as there.

#include "secure_bench.h"

#include <vector>

namespace iovp::test {
namespace {

enum class end {
    same,       ///< as without the flip
    secure_ipa, ///< through the tables of the Secure IPA space
    both,       ///< through stage 1 and those
    stage1,     ///< through stage 1 alone
    bypass,
    silent, ///< abort, no event
    bad_ste = 0x104,
    stream_disabled = 0x106,
    bad_cd = 0x10a,
    translation = 0x110, ///< of stage 2
    access_flag = 0x112, ///< of stage 2
    translation1 = 0x210,
    access_flag1 = 0x212
};

struct rule {
    unsigned low, high;
    end result;
};

constexpr std::uint64_t input = 0x1000;
constexpr std::uint64_t secure_tables = 0x5800000000; ///< two bits at least from what else there is
constexpr std::uint64_t after_stage1 = 0x80001000;
constexpr std::uint64_t after_secure = 0xa0001000, after_non_secure = 0xb0001000, after_both = 0x90001000;

struct sweep_bench : secure_bench {
    explicit sweep_bench(bool stage2)
        : secure_bench(stage2)
    {
        table_builder one = stage1();
        one.map(input, after_stage1, 3, s1_af | s1_el0 | mair_is_wb);
        table_builder s{memory, 12, 0, 44, secure_tables, secure_tables + 0x400000};
        s.map(input, after_secure, 3, s2_rw);
        s.map(after_stage1, after_both, 3, s2_rw);
        for (const std::uint64_t page :
             {0x1000000000ULL, 0x1000400000ULL, 0x1000401000ULL, 0x1000402000ULL, 0x3000000000ULL})
            s.map(page, page, 3, s2_rw);
        table_builder n = smmu_bench::stage2();
        n.map(input, after_non_secure, 3, s2_rw);
        write(cd_table, make_cd());
    }
    static structure_words ste_of(unsigned config)
    {
        structure_words w = make_ste(config);
        add_secure_stage2(w);
        put_bits(w, 439, 388, secure_tables >> 4);
        return w;
    }
};

end expected_of(const std::vector<rule>& rules, unsigned bit)
{
    end result = end::same;
    for (const rule& r : rules)
        if (bit >= r.low && bit <= r.high)
            result = r.result;
    return result;
}

/// The outcome of a read; `base`: the PA of end::same.
void expect(sweep_bench& b, bool non_secure_input, end e, std::uint64_t base, bool non_secure_output)
{
    request r = sweep_bench::sreq(8, input);
    r.non_secure = non_secure_input;
    const outcome o = b.run(r);
    if (e < end::silent) {
        if (const auto* t = std::get_if<terminated>(&o); t != nullptr && t->event)
            ADD_FAILURE() << *t->event;
        ASSERT_FALSE(std::holds_alternative<terminated>(o));
        const output out =
            std::holds_alternative<translated>(o) ? std::get<translated>(o).out : std::get<bypassed>(o).out;
        EXPECT_EQ(out.pa.value(), e == end::secure_ipa ? after_secure
                                  : e == end::both     ? after_both
                                  : e == end::stage1   ? after_stage1
                                  : e == end::bypass   ? input
                                                       : base);
        EXPECT_EQ(out.non_secure, non_secure_output);
        return;
    }
    ASSERT_TRUE(std::holds_alternative<terminated>(o));
    const auto& t = std::get<terminated>(o);
    EXPECT_EQ(t.how, termination::abort);
    EXPECT_EQ(t.event.has_value(), e != end::silent);
    if (!t.event)
        return;
    event_record record;
    record.words[0] = (static_cast<unsigned>(e) & 0xff) | 8ULL << 32;
    if ((static_cast<unsigned>(e) & 0xff) >= 0x10) {
        const bool second = (static_cast<unsigned>(e) & 0x200) == 0;
        record.words[1] =
            1ULL << 35 | 2ULL << 40 | std::uint64_t(second) << 39 | std::uint64_t(second && non_secure_input) << 36;
        record.words[2] = input;
        record.words[3] = second ? input : 0;
    }
    EXPECT_EQ(*t.event, record);
}

/// Fields that count for a Secure STE with stage 2 whichever IPA space is used.
const std::vector<rule> stage2_common = {
    {0, 0, end::bad_ste},         {1, 1, end::both},        {2, 2, end::bypass},
    {3, 3, end::silent},          {162, 167, end::bad_ste}, // S2T0SZ, S2SL0
    {178, 179, end::bad_ste},                               // S2PS 32 bits; VMSAv8-32
    {180, 180, end::translation},                           // big-endian
    {183, 185, end::bad_ste},                               // S2HD, S2HA, S2S
    {236, 243, end::bad_ste},                               // S2TTB beyond S2PS
    {290, 295, end::bad_ste},                               // S_S2T0SZ, S_S2SL0
    {428, 435, end::bad_ste},                               // S_S2TTB beyond S2PS
};

void sweep_stage2(bool non_secure, std::vector<rule> rules)
{
    rules.insert(rules.begin(), stage2_common.begin(), stage2_common.end());
    const std::uint64_t base = non_secure ? after_non_secure : after_secure;
    for (unsigned bit = 0; bit < 512; ++bit) {
        SCOPED_TRACE(bit);
        sweep_bench b(true);
        structure_words s = sweep_bench::ste_of(6);
        b.set_ste(8, s);
        expect(b, non_secure, end::same, base, false);
        s[bit / 64] ^= 1ULL << (bit % 64);
        b.set_ste(8, s);
        // The output: S2SW and S2SA for both spaces, S2NSW and S2NSA for the Non-secure one; NS as it came in bypass.
        const bool output =
            bit == 2 ? non_secure : bit == 384 || bit == 385 || (non_secure && (bit == 192 || bit == 193));
        expect(b, non_secure, expected_of(rules, bit), base, output);
        if (testing::Test::HasFailure())
            return;
    }
}

TEST(SecureSweep, Ste_5_2_Stage2FromTheSecureIpaSpace)
{
    sweep_stage2(false, {{302, 303, end::access_flag},   // S_S2TG 64K, 16K: a page without AF
                         {392, 427, end::translation}}); // S_S2TTB [43:8]: an empty table
}

TEST(SecureSweep, Ste_5_2_Stage2FromTheNonSecureIpaSpace)
{
    sweep_stage2(true, {{111, 111, end::secure_ipa},    // NSCFG: Secure
                        {174, 175, end::access_flag},   // S2TG
                        {200, 235, end::translation}}); // S2TTB
}

void sweep_stage1(bool stage2_implemented, std::vector<rule> rules)
{
    const std::vector<rule> common = {
        {0, 0, end::bad_ste},           {1, 1, end::bypass},    {3, 3, end::silent},
        {6, 43, end::bad_cd},           {44, 55, end::bad_ste}, // S1ContextPtr
        {59, 62, end::stream_disabled}, {63, 63, end::bad_ste}, // S1CDMax
        {91, 91, end::bad_ste},                                 // S1STALLD
    };
    rules.insert(rules.begin(), common.begin(), common.end());
    for (unsigned bit = 0; bit < 512; ++bit) {
        SCOPED_TRACE(bit);
        sweep_bench b(stage2_implemented);
        structure_words s = sweep_bench::ste_of(5);
        s[bit / 64] ^= 1ULL << (bit % 64);
        b.set_ste(8, s);
        expect(b, false, expected_of(rules, bit), after_stage1, false);
        if (testing::Test::HasFailure())
            return;
    }
}

TEST(SecureSweep, Ste_5_2_Stage1WithoutSel2)
{
    sweep_stage1(false, {{2, 2, end::bad_ste},     // stage 2
                         {95, 95, end::bad_ste}}); // STRW 0b10; 0b01 is EL3
}

TEST(SecureSweep, Ste_5_2_Stage1WithSel2)
{
    sweep_stage1(true, {{2, 2, end::both}});
}

TEST(SecureSweep, Cd_5_4)
{
    const std::vector<rule> rules = {
        {4, 4, end::bad_cd},          // T0SZ 0
        {5, 5, end::translation1},    // T0SZ 48
        {6, 7, end::access_flag1},    // TG0
        {14, 15, end::translation1},  // EPD0; ENDI
        {30, 31, end::bad_cd},        // EPD1: T1SZ 0; V
        {34, 34, end::bad_cd},        // IPS 32 bits, TTB0 beyond
        {41, 44, end::bad_cd},        // AA64, HD, HA, S
        {76, 107, end::translation1}, // TTB0
        {108, 115, end::bad_cd},      // TTB0 beyond IPS
    };
    for (unsigned bit = 0; bit < 512; ++bit) {
        if (bit == 45 || bit == 46) // R, A: nothing faults
            continue;
        SCOPED_TRACE(bit);
        sweep_bench b(false);
        b.set_ste(8, sweep_bench::ste_of(5));
        structure_words c = make_cd();
        c[bit / 64] ^= 1ULL << (bit % 64);
        b.write(smmu_bench::cd_table, c);
        expect(b, false, expected_of(rules, bit), after_stage1, bit == 64 /* NSCFG0 */);
        if (testing::Test::HasFailure())
            return;
    }
}

} // namespace
} // namespace iovp::test
