#pragma once

#include <cstdint>
#include <type_traits>

namespace iovp {

/// A mask of bits [high:low] of a 64-bit word.
constexpr std::uint64_t bit_mask(unsigned high, unsigned low)
{
    return (high - low == 63 ? ~std::uint64_t(0) : ((std::uint64_t(1) << (high - low + 1)) - 1)) << low;
}

constexpr std::uint64_t bits(std::uint64_t word, unsigned high, unsigned low)
{
    return (word & bit_mask(high, low)) >> low;
}

constexpr bool bit(std::uint64_t word, unsigned position)
{
    return ((word >> position) & 1) != 0;
}

constexpr bool is_aligned(std::uint64_t value, std::uint64_t power_of_two)
{
    return (value & (power_of_two - 1)) == 0;
}

constexpr std::uint64_t align_down(std::uint64_t value, std::uint64_t power_of_two)
{
    return value & ~(power_of_two - 1);
}

/// A field of a register or a descriptor, described once by the bits the specification gives it. Word selects the
/// 64-bit word in a structure of several.
///     using cr0_smmuen = field<0, 0>;            // bool
///     using ste_config = field<3, 1>;            // std::uint64_t
///     using ste_s2vmid = field<15, 0, 2>;        // bits 143:128 of the structure
///     cr0_smmuen::get(word); cr0_smmuen::set(word, true); cr0_smmuen::make(true)
template <unsigned High, unsigned Low, unsigned Word = 0>
struct field {
    static_assert(High >= Low && High < 64);
    using type = std::conditional_t<High == Low, bool, std::uint64_t>;
    static constexpr unsigned word = Word;
    static constexpr std::uint64_t mask = bit_mask(High, Low);

    static constexpr type get(std::uint64_t value) { return static_cast<type>((value & mask) >> Low); }
    static constexpr std::uint64_t make(std::uint64_t content) { return (content << Low) & mask; }
    static constexpr void set(std::uint64_t& value, std::uint64_t content) { value = (value & ~mask) | make(content); }

    /// The same on a structure held as an array of 64-bit words.
    template <class Words>
    static constexpr type of(const Words& words)
    {
        return get(words[Word]);
    }
    template <class Words>
    static constexpr void put(Words& words, std::uint64_t content)
    {
        set(words[Word], content);
    }
};

} // namespace iovp
