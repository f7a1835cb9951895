// 4.2.1, 4.2.2: fields of CMD_PREFETCH_CONFIG and CMD_PREFETCH_ADDR.

#include "smmu/arch/command.h"

#include <gtest/gtest.h>

namespace iovp::test {
namespace {

using namespace smmu;

TEST(Commands_4_2, FieldsOfBothPrefetches)
{
    // Stride, Size and NS beside the address belong to PREFETCH_ADDR alone; it fetches nothing, so they mean nothing.
    for (const std::uint64_t w1 : {0x123456789abcd000ULL, 0x123456789abcdfffULL}) {
        for (const unsigned code : {0x01U, 0x02U}) {
            const auto decoded = decode({{0x89abcdef54321800ULL | code, w1}}, {});
            ASSERT_TRUE(std::holds_alternative<command>(decoded)) << code;
            const auto& c = std::get<command>(decoded);
            EXPECT_EQ(static_cast<unsigned>(c.code), code);
            EXPECT_EQ(c.stream, stream_id(0x89abcdef));
            EXPECT_TRUE(c.ssv);
            EXPECT_EQ(c.substream, substream_id(0x54321));
            if (code == 2) {
                EXPECT_EQ(c.address, 0x123456789abcd000ULL);
            }
            const auto without = std::get<command>(decode({{0x89abcdef54321000ULL | code, w1}}, {}));
            EXPECT_FALSE(without.ssv) << code;
        }
    }
}

} // namespace
} // namespace iovp::test
