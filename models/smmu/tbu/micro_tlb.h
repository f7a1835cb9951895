#pragma once

#include "smmu/tbu/tlb_entry.h"

#include <cstdint>
#include <vector>

namespace iovp::smmu {

/// Fully associative TLB in front of the main one, tree pseudo-LRU (MMU-600 policy). Holds pages of any size.
class micro_tlb {
public:
    /// `entries`: a power of two, 4..64.
    explicit micro_tlb(unsigned entries)
        : lines_(entries)
    {
    }

    /// The translation for the look-up address (stream_context::lookup_address()), or null; valid until the next
    /// change.
    const vmsa::translation* find(packed_tag tag, std::uint64_t address);
    void insert(const tlb_line& line);
    unsigned invalidate(const dti::invalidate_request& r);

private:
    void touch(unsigned index);
    unsigned victim() const;

    std::vector<tlb_line> lines_;
    std::uint64_t tree_ = 0; ///< bit n: the colder half below node n is the upper one
    unsigned last_ = 0;
};

} // namespace iovp::smmu
