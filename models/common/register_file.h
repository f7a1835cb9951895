#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace iovp {

enum class register_access : std::uint8_t {
    read_write,
    read_only, ///< writes are ignored
    write_only ///< reads as zero
};

/// Memory-mapped registers of one frame: what stands where, what software may change, and who hears of it. Reserved
/// offsets are RAZ/WI. SystemC-free; a module forwards its socket here.
class register_file {
public:
    using read_hook = std::function<std::uint64_t()>;
    /// Called with the merged new value (writable bits from software, the others kept), before it is stored; returns
    /// the value to store.
    using write_hook = std::function<std::uint64_t(std::uint64_t old_value, std::uint64_t new_value)>;

    struct description {
        std::string_view name; ///< the specification's name; must outlive the file (a literal)
        std::uint32_t offset;  ///< bytes from the frame's base, aligned to width
        std::uint8_t width;    ///< bytes: 4 or 8
        register_access access;
        std::uint64_t reset;
        std::uint64_t writable; ///< bits that a write can change
    };

    enum class status : std::uint8_t {
        ok,
        bad_access ///< a size or alignment that the frame does not take; the caller answers as its architecture says
    };

    /// `size`: bytes of the frame.
    explicit register_file(std::uint32_t size);

    /// Adds a register; overlap, misalignment or an offset outside the frame throw std::invalid_argument.
    void add(const description& d, read_hook on_read = {}, write_hook on_write = {});

    /// Every register back to its reset value; hooks are not called.
    void reset();

    /// A software access of 1, 2, 4 or 8 bytes, naturally aligned. 64-bit registers take 32-bit halves; an 8-byte
    /// access to two adjacent 32-bit registers reaches both, lower first. Accesses below 4 bytes only where
    /// allow_bytes() covers the offset.
    status read(std::uint32_t offset, unsigned size, std::uint64_t& value);
    status write(std::uint32_t offset, unsigned size, std::uint64_t value);

    /// [first, last] takes byte and half-word accesses (GICD_IPRIORITYR<n>).
    void allow_bytes(std::uint32_t first, std::uint32_t last);

    /// The stored value, without hooks: how the model itself reads and changes its registers.
    std::uint64_t get(std::uint32_t offset) const;
    void set(std::uint32_t offset, std::uint64_t value);

    /// The name of the register that covers the offset, empty where none does.
    std::string_view name(std::uint32_t offset) const;

private:
    struct entry {
        description what;
        std::uint64_t value;
        read_hook on_read;
        write_hook on_write;
    };

    const entry* find(std::uint32_t offset) const;
    entry* find(std::uint32_t offset);
    bool takes(std::uint32_t offset, unsigned size) const;
    bool bytes_allowed(std::uint32_t offset) const;
    std::uint64_t read_part(std::uint32_t offset, unsigned size);
    void write_part(std::uint32_t offset, unsigned size, std::uint64_t value);

    std::vector<entry> entries_;
    std::vector<std::int16_t> index_; ///< per 4-byte word of the frame: its entry, or -1
    std::vector<std::pair<std::uint32_t, std::uint32_t>> byte_ranges_;
};

} // namespace iovp
