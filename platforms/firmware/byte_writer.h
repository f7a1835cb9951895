#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace iovp::firmware {

/// Appends little-endian fields to a growing image.
class byte_writer {
public:
    byte_writer& u8(std::uint8_t v) { return number(v, 1); }
    byte_writer& u16(std::uint16_t v) { return number(v, 2); }
    byte_writer& u32(std::uint32_t v) { return number(v, 4); }
    byte_writer& u64(std::uint64_t v) { return number(v, 8); }

    /// Exactly `width` characters: cut, or padded with zeros.
    byte_writer& text(std::string_view s, std::size_t width)
    {
        for (std::size_t i = 0; i < width; ++i)
            bytes_.push_back(i < s.size() ? static_cast<std::uint8_t>(s[i]) : std::uint8_t(0));
        return *this;
    }
    byte_writer& append(const std::vector<std::uint8_t>& other)
    {
        bytes_.insert(bytes_.end(), other.begin(), other.end());
        return *this;
    }

    /// Sets the byte at `at` so that bytes [from, from + length) sum to zero modulo 256: ACPI's checksum.
    void checksum(std::size_t at, std::size_t from, std::size_t length)
    {
        bytes_[at] = 0;
        std::uint8_t sum = 0;
        for (std::size_t i = from; i < from + length; ++i)
            sum = static_cast<std::uint8_t>(sum + bytes_[i]);
        bytes_[at] = static_cast<std::uint8_t>(0x100 - sum);
    }

    std::size_t size() const { return bytes_.size(); }
    const std::vector<std::uint8_t>& bytes() const { return bytes_; }

private:
    byte_writer& number(std::uint64_t v, unsigned width)
    {
        for (unsigned i = 0; i < width; ++i)
            bytes_.push_back(static_cast<std::uint8_t>(v >> (8 * i)));
        return *this;
    }

    std::vector<std::uint8_t> bytes_;
};

} // namespace iovp::firmware
