#include "vmsa/attributes.h"

#include <gtest/gtest.h>

namespace iovp::test {
namespace {

using vmsa::combine;
using vmsa::decode_mair;
using vmsa::stage2_memory;

constexpr cache_attributes wb{cacheability::write_back, true, true, false};
constexpr cache_attributes wt{cacheability::write_through, true, true, false};
constexpr cache_attributes nc{};

constexpr memory_attributes normal(cache_attributes inner, cache_attributes outer, shareability sh)
{
    return {memory_type::normal, inner, outer, sh};
}

TEST(Mair, DeviceTypes)
{
    EXPECT_EQ(decode_mair(0x00, 3), device_memory(memory_type::device_nGnRnE));
    EXPECT_EQ(decode_mair(0x04, 3), device_memory(memory_type::device_nGnRE));
    EXPECT_EQ(decode_mair(0x08, 3), device_memory(memory_type::device_nGRE));
    EXPECT_EQ(decode_mair(0x0c, 0), device_memory(memory_type::device_GRE));
    // IHI 0070 5.4: 0b0000ddxx is reserved and behaves as the Device type.
    EXPECT_EQ(decode_mair(0x05, 0), device_memory(memory_type::device_nGnRE));
}

TEST(Mair, NormalTypes)
{
    EXPECT_EQ(decode_mair(0xff, 3), normal(wb, wb, shareability::inner));
    EXPECT_EQ(decode_mair(0xff, 0), normal(wb, wb, shareability::non_shareable));
    EXPECT_EQ(decode_mair(0x44, 3), normal(nc, nc, shareability::outer)) << "iNC-oNC is outer shareable";
    EXPECT_EQ(decode_mair(0xbb, 2), normal(wt, wt, shareability::outer));
    EXPECT_EQ(decode_mair(0x4f, 3), normal(wb, nc, shareability::inner));
    EXPECT_EQ(decode_mair(0xf4, 3), normal(nc, wb, shareability::inner));
    const cache_attributes read_only{cacheability::write_back, true, false, false};
    EXPECT_EQ(decode_mair(0xee, 3), normal(read_only, read_only, shareability::inner));
    const cache_attributes transient{cacheability::write_back, true, true, true};
    EXPECT_EQ(decode_mair(0x77, 3), normal(transient, transient, shareability::inner));
    const cache_attributes none{cacheability::write_back, false, false, false};
    EXPECT_EQ(decode_mair(0xcc, 3), normal(none, none, shareability::inner));
}

TEST(Combine, D8_6_5_TheStrongerWins)
{
    const auto s1 = normal(wb, wb, shareability::non_shareable);
    EXPECT_EQ(combine(s1, stage2_memory{0xf, 3, false}), normal(wb, wb, shareability::inner));
    EXPECT_EQ(combine(s1, stage2_memory{0xa, 0, false}), normal(wt, wt, shareability::non_shareable));
    EXPECT_EQ(combine(s1, stage2_memory{0x5, 0, false}), normal(nc, nc, shareability::outer));
    EXPECT_EQ(combine(s1, stage2_memory{0x7, 0, false}), normal(wb, nc, shareability::non_shareable));
    EXPECT_EQ(combine(s1, stage2_memory{0x1, 3, false}), device_memory(memory_type::device_nGnRE));
    EXPECT_EQ(combine(device_memory(memory_type::device_GRE), stage2_memory{0xf, 3, false}),
              device_memory(memory_type::device_GRE));
    EXPECT_EQ(combine(device_memory(memory_type::device_GRE), stage2_memory{0x2, 3, false}),
              device_memory(memory_type::device_nGRE));
}

TEST(Combine, ExamplesOf13_1_5_1)
{
    const auto iwb_onc = normal(wb, nc, shareability::inner);
    EXPECT_EQ(combine(iwb_onc, device_memory(memory_type::device_nGnRE)), device_memory(memory_type::device_nGnRE));
    EXPECT_EQ(combine(device_memory(memory_type::device_nGnRE), device_memory(memory_type::device_nGnRnE)),
              device_memory(memory_type::device_nGnRnE));
    const cache_attributes owt{cacheability::write_through, true, false, true};
    EXPECT_EQ(combine(iwb_onc, normal(wt, owt, shareability::outer)), normal(wt, nc, shareability::outer));
}

TEST(Combine, D8_6_6_ForceWriteBack)
{
    const memory_attributes firsts[] = {normal(wb, wb, shareability::inner), normal(wt, wt, shareability::inner),
                                        normal(nc, nc, shareability::outer), device_memory(memory_type::device_nGnRE)};
    for (const auto& s1 : firsts) {
        // 0b110: Write-Back whatever stage 1 says
        const auto forced = combine(s1, stage2_memory{6, 3, true});
        EXPECT_EQ(forced.type, memory_type::normal);
        EXPECT_EQ(forced.inner.policy, cacheability::write_back);
        EXPECT_EQ(forced.outer.policy, cacheability::write_back);
        // 0b111: stage 1's
        const auto kept = combine(s1, stage2_memory{7, 3, true});
        EXPECT_EQ(kept, s1);
        // 0b101: Normal becomes Non-cacheable
        const auto nocache = combine(s1, stage2_memory{5, 3, true});
        if (s1.type == memory_type::normal)
            EXPECT_EQ(nocache, normal(nc, nc, shareability::outer));
        else
            EXPECT_EQ(nocache, s1);
        // 0b0dd: Device, the stronger
        EXPECT_EQ(combine(s1, stage2_memory{3, 3, true}),
                  s1.type == memory_type::normal ? device_memory(memory_type::device_GRE) : s1);
        EXPECT_EQ(combine(s1, stage2_memory{0, 3, true}), device_memory(memory_type::device_nGnRnE));
        // 0b100 is reserved: Device-nGnRnE is our choice
        EXPECT_EQ(combine(s1, stage2_memory{4, 3, true}), device_memory(memory_type::device_nGnRnE));
    }
}

} // namespace
} // namespace iovp::test
