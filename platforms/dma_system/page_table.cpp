#include "dma_system/page_table.h"

#include "common/bit_field.h"
#include "common/systemc/configuration_error.h"

#include <algorithm>

namespace iovp::dma {

static const std::string object = "dma_system.page_table";

// Where a look-up starts: stage 2 puts up to 16 tables side by side instead of one level more (D8.2).
static int first_level(const page_table::shape& s)
{
    const unsigned bits_per_level = s.granule_log2 - 3;
    const unsigned levels = (s.input_bits - s.granule_log2 + bits_per_level - 1) / bits_per_level;
    const int level = 4 - static_cast<int>(levels);
    const unsigned below = s.granule_log2 + (levels - 2) * bits_per_level; // low bit of the level after it
    const bool concatenated = s.stage == 2 && levels > 2 && s.input_bits - below <= bits_per_level + 4;
    return concatenated ? level + 1 : level;
}

static const page_table::shape& checked(const page_table::shape& s)
{
    if (s.granule_log2 != 12 && s.granule_log2 != 14 && s.granule_log2 != 16)
        configuration_error(object, "granule_log2", std::to_string(s.granule_log2), "12, 14 or 16");
    require_range(object, "input_bits", s.input_bits, 25, 48);
    require_range(object, "stage", s.stage, 1, 2);
    return s;
}

page_table::page_table(table_memory& memory, const shape& s, std::function<void(std::uint64_t, std::uint64_t)> on_table)
    : memory_(memory)
    , shape_(checked(s))
    , on_table_(std::move(on_table))
    , start_level_(first_level(s))
    , root_bytes_(
          std::max(std::uint64_t(8) << (s.input_bits - low_bit(start_level_)), std::uint64_t(1) << s.granule_log2))
    , root_(memory.allocate(root_bytes_, root_bytes_))
{
}

int page_table::leaf_level(std::uint64_t page_size) const
{
    // Blocks: level 1 with 4K granules, level 2 with all (without 52-bit addresses).
    for (int level = shape_.granule_log2 == 12 ? 1 : 2; level <= 3; ++level)
        if (page_size == std::uint64_t(1) << low_bit(level))
            return level;
    configuration_error(object, "page_size", std::to_string(page_size),
                        "4 KiB, 2 MiB, 1 GiB; 16 KiB, 32 MiB; 64 KiB, 512 MiB: as the granule says");
}

std::uint64_t page_table::index(std::uint64_t input, int level) const
{
    const unsigned top = level == start_level_ ? shape_.input_bits : low_bit(level - 1);
    return (input & bit_mask(top - 1, 0)) >> low_bit(level);
}

// The table of `level` for the address; makes what is missing above it.
std::uint64_t page_table::table_of(std::uint64_t input, int level)
{
    const std::uint64_t granule = std::uint64_t(1) << shape_.granule_log2;
    std::uint64_t table = root_;
    for (int l = start_level_; l < level; ++l) {
        const std::uint64_t slot = table + index(input, l) * 8;
        const std::uint64_t descriptor = memory_.word(slot);
        if ((descriptor & 3) == 3) {
            table = descriptor & bit_mask(47, shape_.granule_log2);
            continue;
        }
        table = memory_.allocate(granule, granule);
        ++tables_;
        memory_.set_word(slot, table | 3);
        if (on_table_)
            on_table_(table, granule);
    }
    return table;
}

// Normal write-back memory, inner shareable, AF set. Stage 1: AttrIndx 0, EL0 too, nG; stage 2: MemAttr 0b1111.
std::uint64_t page_table::leaf(std::uint64_t output, int level, permissions p) const
{
    const std::uint64_t common = output | 3 << 8 | 1 << 10 | (level == 3 ? 3 : 1);
    if (shape_.stage == 1)
        return common | 1 << 6 | (p.write ? 0 : 1 << 7) | 1 << 11;
    return common | 0xf << 2 | (p.read ? 1 << 6 : 0) | (p.write ? 1 << 7 : 0);
}

// `fill` gets the place in memory of the first leaf of a run and the bytes mapped before it; run_ has the run's length.
void page_table::for_each_run(std::uint64_t input, std::uint64_t size, std::uint64_t page_size,
                              const std::function<void(std::uint64_t, std::uint64_t)>& fill)
{
    const int level = leaf_level(page_size);
    if (!is_aligned(input | size, page_size) || size == 0)
        configuration_error(object, "input, size", std::to_string(input) + ", " + std::to_string(size),
                            "multiples of page_size, size not 0");
    if (input + size - 1 > bit_mask(shape_.input_bits - 1, 0))
        configuration_error(object, "input", std::to_string(input + size - 1),
                            "below 2^" + std::to_string(shape_.input_bits));
    for (std::uint64_t done = 0; done < size;) {
        const std::uint64_t at = input + done;
        const std::uint64_t first = index(at, level);
        // Concatenated tables lie side by side, so that only tables below the root end a run.
        const std::uint64_t entries =
            level == start_level_ ? root_bytes_ / 8 : std::uint64_t(1) << (shape_.granule_log2 - 3);
        const std::uint64_t count = std::min((size - done) / page_size, entries - first);
        run_.resize(count);
        fill(table_of(at, level) + first * 8, done);
        done += count * page_size;
    }
}

void page_table::map(std::uint64_t input, std::uint64_t output, std::uint64_t size, std::uint64_t page_size,
                     permissions p)
{
    const int level = leaf_level(page_size);
    if (!is_aligned(output, page_size))
        configuration_error(object, "output", std::to_string(output), "a multiple of page_size");
    for_each_run(input, size, page_size, [&](std::uint64_t slot, std::uint64_t done) {
        for (std::size_t i = 0; i < run_.size(); ++i)
            run_[i] = leaf(output + done + i * page_size, level, p);
        // Tables may have been made meanwhile, by on_table_: the run is this table's own.
        memory_.write(slot, run_.data(), static_cast<unsigned>(run_.size() * 8));
    });
}

void page_table::unmap(std::uint64_t input, std::uint64_t size, std::uint64_t page_size)
{
    for_each_run(input, size, page_size, [&](std::uint64_t slot, std::uint64_t) {
        std::fill(run_.begin(), run_.end(), 0);
        memory_.write(slot, run_.data(), static_cast<unsigned>(run_.size() * 8));
    });
}

} // namespace iovp::dma
