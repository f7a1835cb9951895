#pragma once

#include <cstdint>

namespace iovp::smmu {

/// Index arithmetic of the circular queues (3.5.1): an index has log2_size bits, the bit above it is the wrap flag, the
/// bits above that are not part of the pointer.
class queue_arithmetic {
public:
    explicit constexpr queue_arithmetic(unsigned log2_size)
        : log2_size_(log2_size)
    {
    }

    constexpr std::uint32_t entries() const { return std::uint32_t(1) << log2_size_; }
    constexpr std::uint32_t index(std::uint32_t pointer) const { return pointer & (entries() - 1); }
    constexpr bool wrap(std::uint32_t pointer) const { return ((pointer >> log2_size_) & 1) != 0; }

    /// The pointer's index and wrap bits, all others zero.
    constexpr std::uint32_t pointer(std::uint32_t value) const { return value & (entries() * 2 - 1); }

    /// Indexes and wrap flags are equal.
    constexpr bool empty(std::uint32_t prod, std::uint32_t cons) const { return pointer(prod) == pointer(cons); }

    /// Indexes are equal and wrap flags differ.
    constexpr bool full(std::uint32_t prod, std::uint32_t cons) const
    {
        return index(prod) == index(cons) && wrap(prod) != wrap(cons);
    }

    /// Entries between cons and prod; 0..entries() for pointers that software programmed correctly.
    constexpr std::uint32_t used(std::uint32_t prod, std::uint32_t cons) const { return pointer(prod - cons); }

    /// The pointer after one entry; the wrap flag toggles at the end of the queue.
    constexpr std::uint32_t next(std::uint32_t value) const { return pointer(pointer(value) + 1); }

    /// Byte offset of the pointer's entry from the queue's base.
    constexpr std::uint64_t offset(std::uint32_t value, unsigned entry_bytes) const
    {
        return std::uint64_t(index(value)) * entry_bytes;
    }

private:
    unsigned log2_size_;
};

} // namespace iovp::smmu
