#pragma once

#include <array>
#include <cstdint>

/// ITS commands as software writes them: the words of IHI 0069, by hand and not by the model's own types.
namespace its_words {

using words = std::array<std::uint64_t, 4>;
constexpr std::uint64_t valid = 1ull << 63;

constexpr words mapd(std::uint64_t device, std::uint64_t itt, unsigned event_bits, bool v = true)
{
    return {0x08 | device << 32, event_bits - 1u, itt | (v ? valid : 0), 0};
}
constexpr words mapc(std::uint64_t collection, std::uint64_t cpu, bool v = true)
{
    return {0x09, 0, collection | cpu << 16 | (v ? valid : 0), 0};
}
constexpr words mapti(std::uint64_t device, std::uint64_t event, std::uint64_t intid, std::uint64_t collection)
{
    return {0x0A | device << 32, event | intid << 32, collection, 0};
}
constexpr words mapi(std::uint64_t device, std::uint64_t event, std::uint64_t collection)
{
    return {0x0B | device << 32, event, collection, 0};
}
constexpr words movi(std::uint64_t device, std::uint64_t event, std::uint64_t collection)
{
    return {0x01 | device << 32, event, collection, 0};
}
constexpr words movall(std::uint64_t from, std::uint64_t to)
{
    return {0x0E, 0, from << 16, to << 16};
}
constexpr words inv(std::uint64_t device, std::uint64_t event)
{
    return {0x0C | device << 32, event, 0, 0};
}
constexpr words invall(std::uint64_t collection)
{
    return {0x0D, 0, collection, 0};
}
constexpr words raise(std::uint64_t device, std::uint64_t event)
{
    return {0x03 | device << 32, event, 0, 0};
}
constexpr words clear(std::uint64_t device, std::uint64_t event)
{
    return {0x04 | device << 32, event, 0, 0};
}
constexpr words discard(std::uint64_t device, std::uint64_t event)
{
    return {0x0F | device << 32, event, 0, 0};
}
constexpr words sync(std::uint64_t cpu)
{
    return {0x05, 0, cpu << 16, 0};
}

} // namespace its_words
