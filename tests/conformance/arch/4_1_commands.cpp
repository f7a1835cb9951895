// 4.1: opcodes and reserved fields, bit by bit.

#include "smmu/arch/command.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace iovp::test {
namespace {

using namespace smmu;

bool illegal(std::uint64_t w0, std::uint64_t w1, const features& f = {})
{
    return std::holds_alternative<illegal_command>(decode({{w0, w1}}, f));
}

TEST(Commands_4_1, EveryOpcode)
{
    const std::set<unsigned> stage1{0x05, 0x06, 0x10, 0x11, 0x12, 0x13}, el2{0x20, 0x21, 0x22, 0x23},
        stage2{0x28, 0x2a}, always{0x01, 0x02, 0x03, 0x04, 0x30, 0x46};
    features only1, only2, both, no_hyp;
    only1.stage2 = only2.stage1 = false;
    only2.substream_id_bits = 0;
    no_hyp.hypervisor = false;
    for (unsigned op = 0; op < 256; ++op) {
        const bool any = always.count(op) != 0;
        EXPECT_EQ(illegal(op, 0, both), !(any || stage1.count(op) || el2.count(op) || stage2.count(op))) << op;
        EXPECT_EQ(illegal(op, 0, only1), !(any || stage1.count(op) || el2.count(op))) << op;
        EXPECT_EQ(illegal(op, 0, only2), !(any || stage2.count(op))) << op;
        EXPECT_EQ(illegal(op, 0, no_hyp), !(any || stage1.count(op) || stage2.count(op))) << op;
    }
}

bool same(const command& a, const command& b)
{
    return a.code == b.code && a.ssv == b.ssv && a.substream == b.substream && a.stream == b.stream &&
           a.leaf == b.leaf && a.range == b.range && a.vm == b.vm && a.space == b.space && a.address == b.address &&
           a.tg == b.tg && a.ttl == b.ttl && a.num == b.num && a.scale == b.scale && a.signal == b.signal &&
           a.msi_sh == b.msi_sh && a.msi_attr == b.msi_attr && a.msi_data == b.msi_data &&
           a.msi_address == b.msi_address;
}

using range = std::pair<unsigned, unsigned>; ///< bits low to high of the 128

TEST(Commands_4_1, Res0BitsAreIgnored)
{
    // What each command defines beside its opcode; everything else is RES0 for the features that we have. With TG 0 the
    // fields NUM, SCALE and TTL are RES0 too, so that flipping them must change nothing.
    const struct {
        unsigned op;
        std::vector<range> fields;
    } commands[] = {
        {0x01, {{10, 63}}},
        {0x02, {{10, 63}, {64, 127}}}, // Size, Stride, NS, Address
        {0x03, {{10, 10}, {32, 64}}},
        {0x04, {{10, 10}, {32, 63}, {64, 68}}},
        {0x05, {{10, 10}, {12, 64}}},
        {0x06, {{10, 10}, {32, 63}}},
        {0x10, {{32, 47}}},
        {0x11, {{32, 63}}},
        {0x12, {{32, 64}, {74, 75}, {76, 127}}},
        {0x13, {{32, 47}, {64, 64}, {74, 75}, {76, 127}}},
        {0x20, {}},
        {0x21, {{48, 63}}},
        {0x22, {{48, 64}, {74, 75}, {76, 127}}},
        {0x23, {{64, 64}, {74, 75}, {76, 127}}},
        {0x28, {{32, 47}}},
        {0x2a, {{32, 47}, {64, 64}, {74, 75}, {76, 119}}},
        {0x30, {}},
        {0x46, {{12, 13}, {22, 27}, {32, 63}, {66, 119}}},
    };
    for (const auto& c : commands) {
        const auto plain = std::get<command>(decode({{c.op, 0}}, {}));
        for (unsigned b = 8; b < 128; ++b) {
            bool defined = false;
            for (const auto& [low, high] : c.fields)
                defined = defined || (b >= low && b <= high);
            std::array<std::uint64_t, 2> w{c.op, 0};
            w[b / 64] ^= std::uint64_t(1) << (b % 64);
            const auto changed = decode({w}, {});
            if (defined)
                continue;
            ASSERT_TRUE(std::holds_alternative<command>(changed)) << c.op << " bit " << b;
            EXPECT_TRUE(same(plain, std::get<command>(changed))) << c.op << " bit " << b;
        }
    }
}

TEST(Commands_4_4, RangeDoesNotWrap)
{
    // 32 x 2^31 granules of 64K from the last page: the length saturates, it never becomes small.
    const auto c = std::get<command>(decode({{0x12 | 31ULL << 12 | 31ULL << 20, 0xffffffffffff0000 | 3ULL << 10}}, {}));
    EXPECT_GE(c.span(), 1ULL << 52);
    EXPECT_EQ(c.address, 0xffffffffffff0000U);
}

} // namespace
} // namespace iovp::test
