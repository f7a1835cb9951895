#pragma once

#include "smmu/arch/request.h"

#include <cstdint>
#include <systemc>
#include <vector>

namespace iovp::smmu {

/// Finds streams that walk upwards through consecutive pages, and says which page to ask for ahead of them. A sequence
/// is one such walk: it begins with a miss, and each access that it has foreseen moves it to the page after that.
class prefetcher {
public:
    struct sequence {
        bool used = false;
        bool under_way = false;   ///< a prefetch for `what` has been given out and is not over
        std::uint64_t key = 0;    ///< stream_key()
        request what;             ///< a read of the first byte of the page that is expected next
        std::uint64_t input = 0;  ///< its address as TLBs look it up
        std::uint64_t recent = 0; ///< time of its last access, in accesses
        sc_core::sc_time begins;  ///< of the prefetch
    };

    /// `sequences` are followed at a time; 0: nothing is.
    explicit prefetcher(unsigned sequences)
        : sequences_(sequences)
    {
    }

    bool on() const { return !sequences_.empty(); }

    /// The TCU has translated `r`, looked up at `input`, in a page of that size. Returns the sequence whose next page
    /// is worth a prefetch: this is the page that it has expected. Null: none is.
    sequence* missed(std::uint64_t key, const request& r, std::uint64_t input, unsigned size_log2);

    /// The first look-up that has found what a prefetch brought, in the page `page` of that size; as missed().
    sequence* used(std::uint64_t key, std::uint64_t page, unsigned size_log2);

private:
    sequence* advance(sequence& s, unsigned size_log2);
    sequence* least_recent();

    std::vector<sequence> sequences_;
    std::uint64_t accesses_ = 0;
};

} // namespace iovp::smmu
