#include "gic/arch/its_tables.h"

namespace iovp::gic {

std::optional<device_entry> device_entry::decode(std::uint64_t word)
{
    if (!valid::get(word))
        return std::nullopt;
    return device_entry{word & address_mask, static_cast<unsigned>(size::get(word)) + 1};
}

std::optional<translation_entry> translation_entry::decode(std::uint64_t word)
{
    if (!valid::get(word))
        return std::nullopt;
    return translation_entry{static_cast<std::uint32_t>(id::get(word)), static_cast<std::uint32_t>(icid::get(word))};
}

std::optional<collection_entry> collection_entry::decode(std::uint64_t word)
{
    if (!valid::get(word))
        return std::nullopt;
    return collection_entry{static_cast<std::uint32_t>(number::get(word))};
}

table_geometry::table_geometry(std::uint64_t baser)
    : valid(gits::baser_valid::get(baser))
    , indirect(gits::baser_indirect::get(baser))
{
    // Page_Size: 4 KiB, 16 KiB, 64 KiB; the reserved value is treated as 64 KiB, whose base has bits 51:48 in 15:12.
    switch (gits::baser_page_size::get(baser)) {
    case 0: page_bytes = 0x1000; break;
    case 1: page_bytes = 0x4000; break;
    default: page_bytes = 0x10000; break;
    }
    base = align_down(baser & bit_mask(47, 12), page_bytes);
    if (page_bytes == 0x10000)
        base |= bits(baser, 15, 12) << 48;
    bytes = (gits::baser_size::get(baser) + 1) * page_bytes;
}

std::uint64_t table_geometry::capacity() const
{
    const std::uint64_t entries = bytes / its_entry_bytes;
    return indirect ? entries * (page_bytes / its_entry_bytes) : entries;
}

std::uint64_t table_geometry::first_level(std::uint32_t id) const
{
    const std::uint64_t index = indirect ? id / (page_bytes / its_entry_bytes) : id;
    return base + index * its_entry_bytes;
}

std::optional<std::uint64_t> table_geometry::second_level(std::uint64_t level1, std::uint32_t id) const
{
    if (!bit(level1, 63))
        return std::nullopt;
    return align_down(level1 & bit_mask(51, 12), page_bytes) + id % (page_bytes / its_entry_bytes) * its_entry_bytes;
}

} // namespace iovp::gic
