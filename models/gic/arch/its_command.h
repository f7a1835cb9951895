#pragma once

#include "common/bit_field.h"

#include <array>
#include <cstdint>

namespace iovp::gic {

enum class its_opcode : std::uint8_t {
    movi = 0x01,
    int_ = 0x03,
    clear = 0x04,
    sync = 0x05,
    mapd = 0x08,
    mapc = 0x09,
    mapti = 0x0A,
    mapi = 0x0B,
    inv = 0x0C,
    invall = 0x0D,
    movall = 0x0E,
    discard = 0x0F
};

/// One 32-byte command; the fields of all commands, each by its name.
struct its_command {
    std::array<std::uint64_t, 4> words{};

    static constexpr unsigned bytes = 32;

    its_opcode opcode() const { return static_cast<its_opcode>(bits(words[0], 7, 0)); }
    std::uint32_t device() const { return static_cast<std::uint32_t>(bits(words[0], 63, 32)); }
    std::uint32_t event() const { return static_cast<std::uint32_t>(bits(words[1], 31, 0)); }
    std::uint32_t physical_intid() const { return static_cast<std::uint32_t>(bits(words[1], 63, 32)); } ///< MAPTI
    unsigned event_bits() const { return static_cast<unsigned>(bits(words[1], 4, 0)) + 1; }             ///< MAPD Size
    std::uint32_t collection() const { return static_cast<std::uint32_t>(bits(words[2], 15, 0)); }
    std::uint64_t itt_address() const { return words[2] & bit_mask(51, 8); } ///< MAPD
    std::uint64_t target() const { return bits(words[2], 50, 16); }  ///< RDbase: Processor_Number, GITS_TYPER.PTA = 0
    std::uint64_t target2() const { return bits(words[3], 50, 16); } ///< MOVALL RDbase2
    bool valid() const { return bit(words[2], 63); }                 ///< MAPD, MAPC
};

/// Why a command or a translation failed: 0x01, the command, the reason; the numbers that Linux and the GIC-600 TRM use
/// where they name the case. What the ITS itself detects stalls the command queue.
enum class its_error : std::uint32_t { none = 0 };

/// The last byte of an its_error.
namespace its_reason {
constexpr std::uint32_t device_out_of_range = 0x01;
constexpr std::uint32_t size_out_of_range = 0x02;
constexpr std::uint32_t collection_out_of_range = 0x03;
constexpr std::uint32_t unmapped_device = 0x04;
constexpr std::uint32_t id_out_of_range = 0x05;
constexpr std::uint32_t physical_id_out_of_range = 0x06;
constexpr std::uint32_t unmapped_interrupt = 0x07;
constexpr std::uint32_t unmapped_collection = 0x09;
constexpr std::uint32_t target_out_of_range = 0x20; ///< GIC-600 TRM numbering
constexpr std::uint32_t access_failure = 0xF0;      ///< our own: a table or queue access was answered with an error
constexpr std::uint32_t invalid_table_entry = 0xF1; ///< our own: invalid level-1 entry on MAPD, or impossible DTE
constexpr std::uint32_t unknown_command = 0xF2;     ///< our own
} // namespace its_reason

/// CLEAR is numbered 05 there, although its opcode is 04.
constexpr its_error make_its_error(its_opcode command, std::uint32_t reason)
{
    const std::uint32_t number = command == its_opcode::clear ? 5 : static_cast<std::uint32_t>(command);
    return static_cast<its_error>(0x010000u | number << 8 | reason);
}

constexpr std::uint32_t reason_of(its_error e)
{
    return static_cast<std::uint32_t>(e) & 0xFF;
}

} // namespace iovp::gic
