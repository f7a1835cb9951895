#pragma once

#include "pcie/config_space.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace iovp::pcie {

/// MSI-X of one function: capability, table, pending bits, masks. It says which message is to be sent; sending
/// is the function's work.
class msix {
public:
    struct message {
        unsigned vector;
        std::uint64_t address;
        std::uint32_t data;
    };

    /// `bar`: where table and PBA stand, at the offsets below.
    msix(config_space& space, unsigned vectors, unsigned bar);

    static constexpr std::uint32_t table_offset = 0;
    std::uint32_t pending_offset() const { return pending_offset_; }
    std::uint32_t bar_size() const { return bar_size_; } ///< bytes, a power of two
    unsigned vectors() const { return static_cast<unsigned>(table_.size()); }

    /// An access to the BAR; 4 or 8 bytes, naturally aligned, others read zero and change nothing.
    std::uint64_t read(std::uint32_t offset, unsigned size) const;
    void write(std::uint32_t offset, unsigned size, std::uint64_t value);

    /// The function wants to interrupt: the vector is pending until its message has been taken. Ignored for a vector
    /// that does not exist and while MSI-X is disabled.
    void raise(unsigned vector);
    /// The lowest pending vector that no mask holds back; it is no longer pending.
    std::optional<message> take();

private:
    struct entry {
        std::uint32_t word[4] = {0, 0, 0, 1}; ///< address, upper address, data, control; masked at reset
        bool pending = false;
        bool masked() const { return (word[3] & 1) != 0; }
    };

    std::uint32_t read_word(std::uint32_t offset) const;
    void write_word(std::uint32_t offset, std::uint32_t value);
    std::uint16_t control() const;

    config_space& space_;
    unsigned capability_;
    std::uint32_t pending_offset_;
    std::uint32_t bar_size_;
    std::vector<entry> table_;
};

} // namespace iovp::pcie
