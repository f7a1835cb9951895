#pragma once

#include "dma_system/table_memory.h"

#include <cstdint>
#include <functional>
#include <vector>

namespace iovp::dma {

struct permissions {
    bool read = true; ///< stage 1 always lets read
    bool write = true;
};

/// One stage's VMSAv8-64 translation tables (DDI 0487 D8.3), written with the architecture's encodings as the driver of
/// an operating system would. Leaves that lie side by side are written together: a million pages are two thousand
/// writes.
class page_table {
public:
    struct shape {
        unsigned stage = 1;         ///< 1 or 2
        unsigned granule_log2 = 12; ///< 12, 14 or 16
        unsigned input_bits = 48;   ///< 25..48
    };

    /// `on_table` hears of every table below the root, when it is made: address and bytes.
    page_table(table_memory& memory, const shape& s, std::function<void(std::uint64_t, std::uint64_t)> on_table = {});

    /// Addresses and size are multiples of page_size, which is one that the granule has (4 KiB, 2 MiB and 1 GiB; 16 KiB
    /// and 32 MiB; 64 KiB and 512 MiB). What was mapped there before is replaced.
    void map(std::uint64_t input, std::uint64_t output, std::uint64_t size, std::uint64_t page_size, permissions p);
    void unmap(std::uint64_t input, std::uint64_t size, std::uint64_t page_size);

    std::uint64_t root() const { return root_; }
    std::uint64_t root_bytes() const { return root_bytes_; }
    int start_level() const { return start_level_; } ///< stage 2: with up to 16 concatenated tables
    const shape& form() const { return shape_; }
    std::uint64_t tables() const { return tables_; } ///< made so far, the root not counted

private:
    unsigned low_bit(int level) const { return shape_.granule_log2 + unsigned(3 - level) * (shape_.granule_log2 - 3); }
    int leaf_level(std::uint64_t page_size) const;
    std::uint64_t index(std::uint64_t input, int level) const;
    std::uint64_t table_of(std::uint64_t input, int level);
    std::uint64_t leaf(std::uint64_t output, int level, permissions p) const;
    void for_each_run(std::uint64_t input, std::uint64_t size, std::uint64_t page_size,
                      const std::function<void(std::uint64_t first_slot, std::uint64_t done)>& fill);

    table_memory& memory_;
    const shape shape_;
    std::function<void(std::uint64_t, std::uint64_t)> on_table_;
    int start_level_;
    std::uint64_t root_bytes_;
    std::uint64_t root_;
    std::uint64_t tables_ = 0;
    std::vector<std::uint64_t> run_; ///< leaves of one table that are written together
};

} // namespace iovp::dma
