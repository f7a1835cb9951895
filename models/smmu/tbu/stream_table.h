#pragma once

#include "smmu/arch/configuration.h"
#include "smmu/cache/set_associative.h"
#include "smmu/dti/messages.h"
#include "smmu/tbu/tlb_entry.h"

#include <array>
#include <cstdint>
#include <cstring>

namespace iovp::smmu {

/// Whether a configuration invalidation (4.3) removes what is known of the stream of a stream_key().
bool matches_stream(const dti::invalidate_request& r, std::uint64_t key);

/// A stream's context, with what every hit needs of it made ready.
struct known_stream {
    bool valid = false;
    bool tags_by_space = false; ///< the transaction's NS is part of its tag
    bool careful = false;       ///< S_CR0.SIF and no stage 1: a hit may fault by more than the tables' permissions
    packed_tag tag;             ///< of context.tag_of()
    packed_tag non_secure_tag;
    std::uint64_t key = 0;
    std::uint64_t overrides = 0;             ///< context.overrides in one word: equal words mean equal overrides
    std::array<std::uint8_t, 8> access_as{}; ///< what they make of an access: of its vmsa::access_number()
    stream_context context;

    /// The tag of what a transaction looks up; `non_secure`: as supplied.
    packed_tag tag_for(bool non_secure) const
    {
        return tags_by_space && context.overrides.non_secure(non_secure) ? non_secure_tag : tag;
    }

    static known_stream of(std::uint64_t key, const stream_context& context);
};

/// What the TBU knows of the streams that it has seen: which tag their translations have and what to override. Filled
/// from translation responses, emptied by CFGI and changes of SMMUEN and GBPA.
class stream_table {
public:
    /// Powers of two, ways <= entries.
    stream_table(unsigned entries, unsigned ways)
        : store_(entries, ways)
    {
    }

    /// The stream, or null; valid until the next call that changes the table.
    const known_stream* find(std::uint64_t key) { return last_->valid && last_->key == key ? last_ : search(key); }
    void insert(std::uint64_t key, const stream_context& context);
    /// find() without a trace.
    const stream_context* peek(std::uint64_t key) const;
    unsigned invalidate(const dti::invalidate_request& r);

private:
    const known_stream* search(std::uint64_t key);

    set_associative<known_stream> store_;
    known_stream nobody_;
    const known_stream* last_ = &nobody_; ///< most transactions come from the stream of the one before
};

} // namespace iovp::smmu
