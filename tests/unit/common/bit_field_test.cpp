#include "common/bit_field.h"

#include <gtest/gtest.h>

#include <array>

namespace iovp {
namespace {

TEST(BitField, MasksAndBits)
{
    EXPECT_EQ(bit_mask(0, 0), 1u);
    EXPECT_EQ(bit_mask(63, 0), ~std::uint64_t(0));
    EXPECT_EQ(bit_mask(63, 63), std::uint64_t(1) << 63);
    EXPECT_EQ(bit_mask(11, 4), 0xff0u);
    EXPECT_EQ(bits(0x123456789abcdef0, 63, 48), 0x1234u);
    EXPECT_EQ(bits(0x123456789abcdef0, 7, 4), 0xfu);
    EXPECT_TRUE(bit(0x8000000000000000, 63));
    EXPECT_FALSE(bit(0x8000000000000000, 62));
}

TEST(BitField, Alignment)
{
    EXPECT_TRUE(is_aligned(0x1000, 0x1000));
    EXPECT_FALSE(is_aligned(0x1008, 0x10));
    EXPECT_EQ(align_down(0x1fff, 0x1000), 0x1000u);
}

TEST(BitField, OneBitIsBoolAndSeveralAreANumber)
{
    using flag = field<5, 5>;
    using number = field<11, 4>;
    static_assert(std::is_same_v<flag::type, bool>);
    static_assert(std::is_same_v<number::type, std::uint64_t>);
    EXPECT_TRUE(flag::get(0x20));
    EXPECT_FALSE(flag::get(~std::uint64_t(0x20)));
    EXPECT_EQ(number::get(0xabc), 0xabu);
    EXPECT_EQ(number::make(0x1ff), 0xff0u); // what does not fit is cut off
}

TEST(BitField, SetLeavesTheOtherBits)
{
    std::uint64_t word = ~std::uint64_t(0);
    field<11, 4>::set(word, 0x12);
    EXPECT_EQ(word, 0xffff'ffff'ffff'f12fu);
}

TEST(BitField, WordSelectsInAStructure)
{
    std::array<std::uint64_t, 8> words = {};
    using s2vmid = field<15, 0, 2>;
    s2vmid::put(words, 0x1234);
    EXPECT_EQ(words[2], 0x1234u);
    EXPECT_EQ(words[0] | words[1] | words[3], 0u);
    EXPECT_EQ(s2vmid::of(words), 0x1234u);
}

} // namespace
} // namespace iovp
