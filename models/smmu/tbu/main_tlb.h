#pragma once

#include "common/set_associative.h"
#include "smmu/cache/replacement.h"
#include "smmu/tbu/tlb_entry.h"

#include <array>
#include <cstdint>
#include <vector>

namespace iovp::smmu {

/// Set-associative TLB for pages of every size. The set is chosen by the page number, so one look-up is made for each
/// page size that is present (MMU-600 TRM); sizes are counted as entries come and go.
class main_tlb {
public:
    /// Powers of two, ways <= entries; entries == ways: fully associative; no entries: never a hit.
    main_tlb(unsigned entries, unsigned ways, replacement policy = replacement::random, std::uint64_t seed = 1)
        : store_(entries, ways, replacement_state(policy, entries, ways, seed))
        , guesses_(entries)
    {
    }

    /// The line for the look-up address (stream_context::lookup_address()), or null; valid until the next change.
    const tlb_line* find(packed_tag tag, std::uint64_t address);
    /// How many look-ups the last find() made: one for each page size up to the one that hit, at least one.
    unsigned probes() const { return probes_; }
    /// find() without a trace: no use is recorded.
    const tlb_line* peek(packed_tag tag, std::uint64_t address) const;
    void insert(const tlb_line& line);
    unsigned invalidate(const dti::invalidate_request& r);

    unsigned page_sizes() const { return sizes_present_; } ///< different page sizes among the entries

private:
    void count(unsigned size_log2);
    void uncount(unsigned size_log2);

    std::uint32_t& guess(packed_tag tag, std::uint64_t page)
    {
        const std::uint64_t hash = (page ^ tag.word * 0x9e3779b97f4a7c15) * 0x9e3779b97f4a7c15;
        return guesses_[(hash >> 40) & (guesses_.size() - 1)];
    }

    iovp::set_associative<tlb_line, replacement_state> store_;
    std::vector<std::uint32_t> guesses_; ///< where a page has last been: the host reads one line instead of a set
    std::array<std::uint32_t, 64> entries_of_size_{};
    std::array<std::uint8_t, 64> sizes_{}; ///< the first sizes_present_ are in use, in the order in which they came
    unsigned sizes_present_ = 0;
    unsigned probes_ = 0;
};

} // namespace iovp::smmu
