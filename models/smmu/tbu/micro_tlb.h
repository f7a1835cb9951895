#pragma once

#include "smmu/cache/replacement.h"
#include "smmu/tbu/tlb_entry.h"

#include <array>
#include <cstdint>
#include <vector>

namespace iovp::smmu {

/// Fully associative TLB in front of the main one. Holds pages of any size.
class micro_tlb {
public:
    /// `entries`: a power of two, 4..64.
    explicit micro_tlb(unsigned entries, replacement policy = replacement::pseudo_lru, std::uint64_t seed = 1)
        : lines_(entries)
        , replacement_(policy, entries, entries, seed)
    {
    }

    /// The translation for the look-up address (stream_context::lookup_address()), or null; valid until the next
    /// change.
    const vmsa::translation* find(packed_tag tag, std::uint64_t address);
    /// The same without a trace: no use is recorded.
    const tlb_line* peek(packed_tag tag, std::uint64_t address) const;
    void insert(const tlb_line& line);
    unsigned invalidate(const dti::invalidate_request& r);

private:
    static std::size_t bucket(std::uint64_t page) { return (page ^ page >> 8 ^ page >> 16) & 0xff; }
    /// False: no line covers the address. Saves a miss from comparing all of them.
    bool may_hold(std::uint64_t address) const;
    void count(const tlb_line& line);
    void uncount(const tlb_line& line);

    std::vector<tlb_line> lines_;
    replacement_state replacement_;
    std::size_t last_ = 0;

    // Of the valid lines: how many there are, of which sizes, and in which buckets their pages are.
    std::size_t used_ = 0;
    std::uint64_t sizes_ = 0; ///< bit n: a page of 2^n bytes
    std::array<std::uint16_t, 64> of_size_{};
    std::array<std::uint16_t, 256> pages_{};
};

} // namespace iovp::smmu
