#include "interconnect/address_map.h"

#include <gmock/gmock.h>

namespace iovp {
namespace {

constexpr std::uint64_t top = ~std::uint64_t(0);

std::vector<std::pair<std::uint64_t, std::uint64_t>> gaps(const address_map& m, std::uint64_t last = top)
{
    std::vector<std::pair<std::uint64_t, std::uint64_t>> result;
    for (const auto& h : m.holes(last))
        result.emplace_back(h.first, h.last);
    return result;
}

TEST(AddressMap, FindsTheRangeThatHoldsAnAddressWhateverTheOrderOfInsertion)
{
    address_map m;
    EXPECT_EQ(m.add({"ram", 0x8000'0000, 0x1000, 2}), "");
    EXPECT_EQ(m.add({"gic", 0x3000'0000, 0x1000, 0}), "");
    EXPECT_EQ(m.add({"its", 0x3000'1000, 0x1000, 1}), "");
    ASSERT_NE(m.find(0x3000'0fff), nullptr);
    EXPECT_EQ(m.find(0x3000'0fff)->name, "gic");
    EXPECT_EQ(m.find(0x3000'1000)->name, "its");
    EXPECT_EQ(m.find(0x8000'0000)->target, 2u);
    EXPECT_EQ(m.find(0x8000'0fff)->name, "ram");
    EXPECT_EQ(m.find(0x8000'1000), nullptr);
    EXPECT_EQ(m.find(0x2fff'ffff), nullptr);
    EXPECT_EQ(m.find(0x3000'2000), nullptr);
    EXPECT_EQ(m.find(top), nullptr);
}

TEST(AddressMap, OverlapIsRefusedAndNamesTheOther)
{
    address_map m;
    EXPECT_EQ(m.add({"ram", 0x1000, 0x1000, 0}), "");
    EXPECT_EQ(m.add({"a", 0x1fff, 1, 0}), "it overlaps ram");
    EXPECT_EQ(m.add({"b", 0x0, 0x1001, 0}), "it overlaps ram");
    EXPECT_EQ(m.add({"c", 0x0, 0x10000, 0}), "it overlaps ram");
    EXPECT_EQ(m.add({"d", 0x1000, 0, 0}), "it has no bytes");
    EXPECT_EQ(m.add({"e", top, 2, 0}), "it ends beyond the last address");
    EXPECT_EQ(m.add({"below", 0x0, 0x1000, 0}), "");
    EXPECT_EQ(m.add({"above", 0x2000, 0x1000, 0}), "");
    EXPECT_EQ(m.ranges().size(), 3u);
}

TEST(AddressMap, HolesAreWhatIsLeft)
{
    address_map m;
    EXPECT_THAT(gaps(m), testing::ElementsAre(std::pair(std::uint64_t(0), top)));
    m.add({"ram", 0x1000, 0x1000, 0});
    m.add({"next", 0x2000, 0x1000, 0});
    m.add({"far", 0x8000, 0x1000, 0});
    using p = std::pair<std::uint64_t, std::uint64_t>;
    EXPECT_THAT(gaps(m), testing::ElementsAre(p(0, 0xfff), p(0x3000, 0x7fff), p(0x9000, top)));
    EXPECT_THAT(gaps(m, 0x8fff), testing::ElementsAre(p(0, 0xfff), p(0x3000, 0x7fff)));
    EXPECT_THAT(gaps(m, 0x4000), testing::ElementsAre(p(0, 0xfff), p(0x3000, 0x4000)));
    m.add({"last", 0xffff'ffff'ffff'f000, 0x1000, 0});
    EXPECT_THAT(gaps(m), testing::ElementsAre(p(0, 0xfff), p(0x3000, 0x7fff), p(0x9000, 0xffff'ffff'ffff'efff)));
}

TEST(AddressMap, HoldsCountsToTheLastByte)
{
    const address_map::range r{"r", 0xffff'ffff'ffff'f000, 0x1000, 0};
    EXPECT_TRUE(r.holds(0xffff'ffff'ffff'fff8, 8));
    EXPECT_FALSE(r.holds(0xffff'ffff'ffff'fff8, 9));
    EXPECT_TRUE(r.holds(0xffff'ffff'ffff'ffff, 0));
}

} // namespace
} // namespace iovp
