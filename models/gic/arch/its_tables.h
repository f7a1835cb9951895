#pragma once

#include "gic/arch/registers.h"

#include <cstdint>
#include <optional>

namespace iovp::gic {

/// Bytes of an entry of the ITS's tables in memory. The architecture leaves their formats to the implementation: the
/// ones below are ours. Little-endian; all zero means unmapped. Only a level-1 device table's format is the
/// architecture's: [63] valid, [51:12] address of a level-2 page.
constexpr unsigned its_entry_bytes = 8;

/// Device table entry: [63] valid, [62:58] EventID bits minus one, [51:8] address of the interrupt translation table.
struct device_entry {
    std::uint64_t itt_address = 0;
    unsigned event_bits = 0;

    using valid = field<63, 63>;
    using size = field<62, 58>;
    static constexpr std::uint64_t address_mask = bit_mask(51, 8);

    std::uint64_t encode() const { return valid::make(1) | size::make(event_bits - 1) | (itt_address & address_mask); }
    static std::optional<device_entry> decode(std::uint64_t word);
};

/// Interrupt translation entry: [63] valid, [47:32] ICID, [31:0] INTID.
struct translation_entry {
    std::uint32_t intid = 0;
    std::uint32_t collection = 0;

    using valid = field<63, 63>;
    using icid = field<47, 32>;
    using id = field<31, 0>;

    std::uint64_t encode() const { return valid::make(1) | icid::make(collection) | id::make(intid); }
    static std::optional<translation_entry> decode(std::uint64_t word);
};

/// Collection table entry: [63] valid, [15:0] Processor_Number of the redistributor.
struct collection_entry {
    std::uint32_t target = 0;

    using valid = field<63, 63>;
    using number = field<15, 0>;

    std::uint64_t encode() const { return valid::make(1) | number::make(target); }
    static std::optional<collection_entry> decode(std::uint64_t word);
};

/// GITS_BASER<n> as geometry.
struct table_geometry {
    bool valid;
    bool indirect;
    std::uint64_t base;
    std::uint64_t page_bytes;
    std::uint64_t bytes; ///< of the table, or of its level 1

    explicit table_geometry(std::uint64_t baser);

    /// IDs the table has room for.
    std::uint64_t capacity() const;
    /// Where the entry of an ID stands in a flat table, or its level-1 entry in an indirect one.
    std::uint64_t first_level(std::uint32_t id) const;
    /// Where the entry stands in the level-2 page that `level1` names; none when that is not valid.
    std::optional<std::uint64_t> second_level(std::uint64_t level1, std::uint32_t id) const;
};

} // namespace iovp::gic
