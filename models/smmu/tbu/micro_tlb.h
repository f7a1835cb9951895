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

    /// The line for the look-up address (stream_context::lookup_address()), or null; valid until the next change.
    const tlb_line* find(packed_tag tag, std::uint64_t address)
    {
        const tlb_line& last = lines_[last_];
        return last.serves(tag, address) ? &last : search(tag, address); // used last: no policy's state would change
    }
    /// The same without a trace: no use is recorded.
    const tlb_line* peek(packed_tag tag, std::uint64_t address) const;
    void insert(const tlb_line& line);
    /// insert() after a find() without success for an address and tag that `line` serves; nothing has changed since.
    void refill(const tlb_line& line);
    unsigned invalidate(const dti::invalidate_request& r);

private:
    /// Lines of one size that ignore the same bits of a tag: they have one place to look at first.
    struct kind {
        std::uint8_t size_log2;
        std::uint64_t tag_mask;
        unsigned lines;

        bool of(const tlb_line& line) const { return size_log2 == line.size_log2 && tag_mask == line.tag_mask; }
    };
    /// The lines whose page and tag have the same hash.
    struct bucket {
        std::uint8_t lines = 0;
        std::uint8_t latest = 0; ///< the last of them that was filled or found
    };

    static std::size_t hash(std::uint64_t page, std::uint64_t masked_tag)
    {
        return static_cast<std::size_t>(((page ^ masked_tag * 0x9e3779b97f4a7c15) * 0x9e3779b97f4a7c15) >> 56);
    }
    static std::size_t hash(const tlb_line& l) { return hash(l.page, l.tag & l.tag_mask); }
    const tlb_line* search(packed_tag tag, std::uint64_t address);
    /// The line that serves, or lines_.size().
    std::size_t place_of(packed_tag tag, std::uint64_t address) const;
    /// lines_.size(): where the policy says.
    void put(const tlb_line& line, std::size_t place);
    bool only_kind(const tlb_line& line) const { return kinds_.size() == 1 && kinds_.front().of(line); }
    void add_kind(const tlb_line& line);
    void remove_kind(const tlb_line& line);

    std::vector<tlb_line> lines_;
    replacement_state replacement_;
    std::size_t last_ = 0;

    // Of the valid lines: how many there are, of which kinds, and in which buckets.
    std::size_t used_ = 0;
    std::vector<kind> kinds_;
    std::array<bucket, 256> buckets_{};
    std::array<std::uint8_t, 64> bucket_of_{}; ///< by line
};

} // namespace iovp::smmu
