#pragma once

#include <cstdint>
#include <memory/sparse_memory.h>

namespace iovp::bench {

/// Writes translation structures into a memory by debug accesses, from the encodings of the specifications alone. The
/// caller has room for tables from `pool` upwards.
class table_writer {
public:
    table_writer(sparse_memory& memory, std::uint64_t pool)
        : memory_(memory)
        , next_(pool)
    {
    }

    std::uint64_t word(std::uint64_t address);
    void set(std::uint64_t address, std::uint64_t value);
    std::uint64_t new_table();
    std::uint64_t next() const { return next_; } ///< tables stand below

    /// 4K granule, 4 levels. Stage 1: read/write for both privileges, inner shareable, AF, nG; MAIR attribute 0.
    void map_stage1(std::uint64_t root, std::uint64_t va, std::uint64_t pa) { map(root, va, pa | 0xf43); }
    /// Stage 2: read/write, write-back, inner shareable, AF.
    void map_stage2(std::uint64_t root, std::uint64_t ipa, std::uint64_t pa) { map(root, ipa, pa | 0x7ff); }

    /// CD for 48-bit stage 1 tables, TTB1 disabled.
    void write_cd(std::uint64_t at, std::uint64_t root, std::uint16_t asid);
    /// STE with stage 1 alone.
    void write_ste(std::uint64_t at, std::uint64_t cd);
    /// STE with both stages; stage 2 takes 44 bits of IPA from level 0.
    void write_nested_ste(std::uint64_t at, std::uint64_t cd, std::uint64_t root2, std::uint16_t vmid);

private:
    void map(std::uint64_t root, std::uint64_t address, std::uint64_t leaf);

    sparse_memory& memory_;
    std::uint64_t next_;
};

} // namespace iovp::bench
