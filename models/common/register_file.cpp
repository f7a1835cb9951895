#include "common/register_file.h"

#include "common/bit_field.h"

#include <stdexcept>

namespace iovp {

register_file::register_file(std::uint32_t size)
    : index_(size / 4, -1)
{
}

void register_file::add(const description& d, read_hook on_read, write_hook on_write)
{
    const auto refuse = [&d](const char* why) {
        throw std::invalid_argument("register_file: " + std::string(d.name) + ": " + why);
    };
    if (d.width != 4 && d.width != 8)
        refuse("width must be 4 or 8");
    if (d.offset % d.width != 0)
        refuse("offset is not aligned to the width");
    if (d.offset / 4 + d.width / 4 > index_.size())
        refuse("outside the frame");
    for (unsigned word = d.offset / 4; word < (d.offset + d.width) / 4; ++word) {
        if (index_[word] >= 0)
            refuse("overlaps another register");
        index_[word] = static_cast<std::int16_t>(entries_.size());
    }
    entries_.push_back({d, d.reset, std::move(on_read), std::move(on_write)});
}

void register_file::reset()
{
    for (entry& e : entries_)
        e.value = e.what.reset;
}

const register_file::entry* register_file::find(std::uint32_t offset) const
{
    const std::size_t word = offset / 4;
    return word < index_.size() && index_[word] >= 0 ? &entries_[static_cast<std::size_t>(index_[word])] : nullptr;
}

register_file::entry* register_file::find(std::uint32_t offset)
{
    return const_cast<entry*>(static_cast<const register_file&>(*this).find(offset));
}

bool register_file::takes(std::uint32_t offset, unsigned size) const
{
    if (size != 4 && size != 8 && !((size == 1 || size == 2) && bytes_allowed(offset)))
        return false;
    return is_aligned(offset, size);
}

bool register_file::bytes_allowed(std::uint32_t offset) const
{
    for (const auto& [first, last] : byte_ranges_)
        if (offset >= first && offset <= last)
            return true;
    return false;
}

void register_file::allow_bytes(std::uint32_t first, std::uint32_t last)
{
    byte_ranges_.emplace_back(first, last);
}

// One access that lies inside one register.
std::uint64_t register_file::read_part(std::uint32_t offset, unsigned size)
{
    entry* e = find(offset);
    if (!e || e->what.access == register_access::write_only)
        return 0;
    const std::uint64_t whole = e->on_read ? e->on_read() : e->value;
    const unsigned shift = (offset - e->what.offset) * 8;
    return bits(whole >> shift, size * 8 - 1, 0);
}

void register_file::write_part(std::uint32_t offset, unsigned size, std::uint64_t value)
{
    entry* e = find(offset);
    if (!e || e->what.access == register_access::read_only)
        return;
    const unsigned shift = (offset - e->what.offset) * 8;
    const std::uint64_t touched = bit_mask(size * 8 - 1, 0) << shift;
    const std::uint64_t changed = touched & e->what.writable;
    const std::uint64_t merged = (e->value & ~changed) | ((value << shift) & changed);
    e->value = e->on_write ? e->on_write(e->value, merged) : merged;
}

register_file::status register_file::read(std::uint32_t offset, unsigned size, std::uint64_t& value)
{
    if (!takes(offset, size))
        return status::bad_access;
    const entry* e = find(offset);
    if (size == 8 && !(e && e->what.width == 8))
        value = read_part(offset, 4) | read_part(offset + 4, 4) << 32;
    else
        value = read_part(offset, size);
    return status::ok;
}

register_file::status register_file::write(std::uint32_t offset, unsigned size, std::uint64_t value)
{
    if (!takes(offset, size))
        return status::bad_access;
    const entry* e = find(offset);
    if (size == 8 && !(e && e->what.width == 8)) {
        write_part(offset, 4, bits(value, 31, 0));
        write_part(offset + 4, 4, bits(value, 63, 32));
    } else {
        write_part(offset, size, value);
    }
    return status::ok;
}

std::uint64_t register_file::get(std::uint32_t offset) const
{
    const entry* e = find(offset);
    return e ? e->value : 0;
}

void register_file::set(std::uint32_t offset, std::uint64_t value)
{
    if (entry* e = find(offset))
        e->value = value;
}

std::string_view register_file::name(std::uint32_t offset) const
{
    const entry* e = find(offset);
    return e ? e->what.name : std::string_view();
}

} // namespace iovp
