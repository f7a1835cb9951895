#include "common/strong.h"

#include <gtest/gtest.h>

#include <unordered_set>

namespace iovp {
namespace {

TEST(Strong, KindsDoNotMix)
{
    static_assert(!std::is_convertible_v<std::uint32_t, stream_id>);
    static_assert(!std::is_convertible_v<stream_id, std::uint32_t>);
    static_assert(!std::is_convertible_v<stream_id, device_id>);
    static_assert(!std::is_constructible_v<device_id, stream_id>);
    static_assert(sizeof(vmid) == 2);
}

TEST(Strong, ComparesAndHashesByValue)
{
    EXPECT_EQ(stream_id().value(), 0u);
    EXPECT_EQ(stream_id(8), stream_id(8));
    EXPECT_NE(stream_id(8), stream_id(9));
    EXPECT_LT(intid(8192), intid(8193));
    std::unordered_set<device_id> set = {device_id(1), device_id(1), device_id(2)};
    EXPECT_EQ(set.size(), 2u);
}

} // namespace
} // namespace iovp
