#pragma once

#include "smmu/arch/configuration.h"
#include "smmu/cache/set_associative.h"
#include "smmu/dti/messages.h"

#include <cstdint>

namespace iovp::smmu {

/// Whether a configuration invalidation (4.3) removes what is known of the stream of a stream_key().
bool matches_stream(const dti::invalidate_request& r, std::uint64_t key);

/// What the TBU knows of the streams that it has seen: which tag their translations have and what to override. Filled
/// from translation responses, emptied by CFGI and changes of SMMUEN and GBPA.
class stream_table {
public:
    /// Powers of two, ways <= entries.
    stream_table(unsigned entries, unsigned ways)
        : store_(entries, ways)
    {
    }

    /// The stream's context, or null; valid until the next call that changes the table.
    const stream_context* find(std::uint64_t key);
    void insert(std::uint64_t key, const stream_context& context);
    /// find() without a trace.
    const stream_context* peek(std::uint64_t key) const;
    unsigned invalidate(const dti::invalidate_request& r);

private:
    struct entry {
        bool valid = false;
        std::uint64_t key = 0;
        stream_context context;
    };

    set_associative<entry> store_;
    const entry* last_ = nullptr; ///< most transactions come from the stream of the one before
};

} // namespace iovp::smmu
