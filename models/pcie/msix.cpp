#include "pcie/msix.h"

#include <algorithm>

namespace iovp::pcie {

static constexpr std::uint8_t msix_capability = 0x11;
static constexpr std::uint16_t control_function_mask = 1u << 14;
static constexpr std::uint16_t control_enable = 1u << 15;

static std::uint32_t power_of_two_above(std::uint32_t bytes, std::uint32_t least)
{
    std::uint32_t size = least;
    while (size < bytes)
        size *= 2;
    return size;
}

// The table takes 16 bytes a vector, the PBA a bit, in the upper half of the BAR.
msix::msix(config_space& space, unsigned vectors, unsigned bar)
    : space_(space)
    , capability_(space.add_capability(msix_capability, 12))
    , pending_offset_(power_of_two_above(vectors * 16, 2048))
    , bar_size_(2 * pending_offset_)
    , table_(vectors)
{
    space.define(capability_ + 2, 2, vectors - 1, control_function_mask | control_enable);
    space.define(capability_ + 4, 4, table_offset | bar);
    space.define(capability_ + 8, 4, pending_offset_ | bar);
}

std::uint16_t msix::control() const
{
    return static_cast<std::uint16_t>(space_.read(capability_ + 2, 2));
}

std::uint32_t msix::read_word(std::uint32_t offset) const
{
    if (offset < table_.size() * 16)
        return table_[offset / 16].word[offset / 4 % 4];
    std::uint32_t value = 0;
    if (offset >= pending_offset_) {
        const std::size_t first = std::size_t(offset - pending_offset_) * 8;
        for (std::size_t i = first; i < std::min(first + 32, table_.size()); ++i)
            value |= std::uint32_t(table_[i].pending) << (i - first);
    }
    return value;
}

void msix::write_word(std::uint32_t offset, std::uint32_t value)
{
    if (offset >= table_.size() * 16)
        return;
    // Address bits 1:0 are zero; of Vector Control only the mask bit is there.
    const unsigned index = offset / 4 % 4;
    table_[offset / 16].word[index] = index == 0 ? value & ~3u : index == 3 ? value & 1u : value;
}

std::uint64_t msix::read(std::uint32_t offset, unsigned size) const
{
    if ((size != 4 && size != 8) || offset % size != 0)
        return 0;
    return size == 4 ? read_word(offset) : read_word(offset) | std::uint64_t(read_word(offset + 4)) << 32;
}

void msix::write(std::uint32_t offset, unsigned size, std::uint64_t value)
{
    if ((size != 4 && size != 8) || offset % size != 0)
        return;
    write_word(offset, static_cast<std::uint32_t>(value));
    if (size == 8)
        write_word(offset + 4, static_cast<std::uint32_t>(value >> 32));
}

void msix::raise(unsigned vector)
{
    if (vector < table_.size() && (control() & control_enable) != 0)
        table_[vector].pending = true;
}

std::optional<msix::message> msix::take()
{
    if ((control() & (control_enable | control_function_mask)) != control_enable)
        return std::nullopt;
    for (unsigned i = 0; i < table_.size(); ++i) {
        entry& e = table_[i];
        if (!e.pending || e.masked())
            continue;
        e.pending = false;
        return message{i, std::uint64_t(e.word[1]) << 32 | e.word[0], e.word[2]};
    }
    return std::nullopt;
}

} // namespace iovp::pcie
