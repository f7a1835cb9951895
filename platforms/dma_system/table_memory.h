#pragma once

#include "memory/sparse_memory.h"

#include <cstdint>

namespace iovp::dma {

/// The driver's view of memory: room for tables, and accesses without time. Works before the simulation starts, too.
class table_memory {
public:
    /// `base`: the physical address of the memory's first byte; tables take [base, base + limit).
    table_memory(sparse_memory& memory, std::uint64_t base, std::uint64_t limit);

    /// `bytes` of zeros that nobody else has, aligned to `alignment` (a power of two).
    std::uint64_t allocate(std::uint64_t bytes, std::uint64_t alignment);

    void read(std::uint64_t address, void* data, unsigned size);
    void write(std::uint64_t address, const void* data, unsigned size);
    std::uint64_t word(std::uint64_t address);
    void set_word(std::uint64_t address, std::uint64_t value) { write(address, &value, 8); }

    std::uint64_t used() const { return next_ - base_; } ///< bytes given so far

private:
    void access(tlm::tlm_command command, std::uint64_t address, void* data, unsigned size);

    sparse_memory& memory_;
    const std::uint64_t base_;
    const std::uint64_t end_;
    std::uint64_t next_;
};

} // namespace iovp::dma
