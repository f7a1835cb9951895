#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace iovp::loader {

/// A file that cannot be run: one message that names the file, what is wrong, and what is allowed.
class error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Where programs may stand.
struct ram {
    std::uint64_t base;
    std::uint64_t size;
};

/// Bytes that go to memory. What follows them up to `memory_size` is zero, as memory is at reset.
struct segment {
    std::uint64_t address;
    std::vector<std::uint8_t> bytes;
    std::uint64_t memory_size;
};

struct program {
    std::uint64_t entry;
    std::vector<segment> segments; ///< do not overlap
    bool is_image = false;         ///< an arm64 Image, not an ELF file

    /// The first address behind all segments.
    std::uint64_t end() const;
};

/// Reads an ELF file (64 bits, little-endian, AArch64, statically linked; physical addresses count) or a raw arm64
/// Image (the boot protocol of Linux: the header's text_offset and image_size, at the first 2 MiB boundary of RAM).
/// Nothing in the file is believed: every segment lies in the file and in RAM, the entry in what can be executed.
/// Throws error.
program load(const std::string& file, const ram& where);

/// The whole file; throws error when it cannot be read.
std::vector<std::uint8_t> read_file(const std::string& file);

} // namespace iovp::loader
