// 5.1, 5.3: every bit of the level-1 descriptors of stream and CD tables.

#include "unit/smmu_arch/bench.h"

namespace iovp::test {
namespace {

constexpr std::uint64_t level2 = 0x5000000000;

struct L1Std_5_1 : testing::Test, smmu_bench {
    /// SPLIT 8, Span 9: 256 STEs at level2; StreamID 8 bypasses.
    L1Std_5_1()
    {
        regs.strtab_base_cfg = 16 | 8 << 6 | 1 << 16;
        write(level2 + 8 * 64, make_ste(4));
    }
};

TEST_F(L1Std_5_1, Sweep)
{
    memory.word(stream_table) = level2 | 9;
    ASSERT_TRUE(std::holds_alternative<bypassed>(run(req(8, 0x1000))));
    for (unsigned b = 0; b < 64; ++b) {
        memory.word(stream_table) = (level2 | 9) ^ (1ULL << b);
        const outcome o = run(req(8, 0x1000));
        const auto* t = std::get_if<terminated>(&o);
        if (b == 0 || b == 5 || (b >= 6 && b < 14) || b > 55) {
            // Span 8 still holds index 8; RES0 bits and those below the array's alignment do not count
            EXPECT_TRUE(std::holds_alternative<bypassed>(o)) << b;
            continue;
        }
        ASSERT_TRUE(t != nullptr && t->event) << b;
        if (b < 5) // Span 11, 13, 1, 25
            EXPECT_EQ(*t->event, (event_record{{0x0000000800000002, 0, 0, 0}})) << b;
        else if (b < 44) // another array, empty
            EXPECT_EQ(*t->event, (event_record{{0x0000000800000004, 0, 0, 0}})) << b;
        else { // beyond the OAS, above which FetchAddr is RES0 (7.3.4)
            EXPECT_EQ(*t->event, (event_record{{0x0000000800000003, 0, 0, level2 + 8 * 64}})) << b;
        }
    }
}

TEST_F(L1Std_5_1, AbortedFetchIsFSteFetchOfTheDescriptor)
{
    memory.abort_at(stream_table);
    expect_abort(req(8, 0x1000), {0x0000000800000003, 0, 0, stream_table});
    EXPECT_EQ(memory.reads.size(), 1U);
}

struct L1Cd_5_3 : testing::Test, smmu_bench {
    /// S1Fmt 4K leaves: SubstreamID 0x45 is CD 5 of the leaf that L1CD 1 points to.
    request r = req(8, 0x1000);

    L1Cd_5_3()
    {
        auto s = make_ste(5);
        put_bits(s, 63, 59, 10);
        put_bits(s, 5, 4, 1);
        set_ste(8, s);
        write(level2 + 5 * 64, make_cd());
        stage1().map(0x1000, 0x80001000, 3, s1_af | s1_el0);
        r.substream = substream_id(0x45);
    }
};

TEST_F(L1Cd_5_3, Sweep)
{
    const std::uint64_t at = cd_table + 8;
    memory.word(at) = level2 | 1;
    EXPECT_EQ(ok(r).out.pa.value(), 0x80001000U);
    const std::uint64_t ssid = std::uint64_t(0x45) << 12;
    for (unsigned b = 0; b < 64; ++b) {
        memory.word(at) = (level2 | 1) ^ (1ULL << b);
        const outcome o = run(r);
        const auto* t = std::get_if<terminated>(&o);
        if ((b >= 1 && b < 12) || b > 55) {
            EXPECT_TRUE(std::holds_alternative<translated>(o)) << b;
            continue;
        }
        ASSERT_TRUE(t != nullptr && t->event) << b;
        if (b == 0) // V
            EXPECT_EQ(*t->event, (event_record{{0x0000000800000008ULL | ssid, 0, 0, 0}})) << b;
        else if (b < 44) // another leaf, empty: its CD is not valid
            EXPECT_EQ(*t->event, (event_record{{0x000000080000080aULL | ssid, 0, 0, 0}})) << b;
        else // beyond the OAS
            EXPECT_EQ(*t->event, (event_record{{0x0000000800000008ULL | ssid, 0, 0, 0}})) << b;
    }
}

TEST_F(L1Cd_5_3, AbortedFetchIsFCdFetchOfTheDescriptor)
{
    memory.abort_at(cd_table + 8);
    expect_abort(r, {0x0000000800000809ULL | std::uint64_t(0x45) << 12, 0, 0, cd_table + 8});
}

} // namespace
} // namespace iovp::test
