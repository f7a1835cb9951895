#pragma once

#include "common/strong.h"
#include "smmu/dti/messages.h"
#include "vmsa/walk_cache.h"

#include <cstdint>

namespace iovp::smmu::dti {

constexpr bool is_configuration(invalidation what)
{
    return what >= invalidation::config_stream;
}

/// What an invalidation compares in a cached translation, whole (TLB) or partial (walk cache).
struct cached_translation {
    const vmsa::translation_tag& tag; ///< for partial entries of stage 2: stage1 false
    std::uint64_t base;               ///< input address, aligned to the size
    unsigned size_log2;               ///< input range covered by the descriptor, not only by this piece of it
    bool global;                      ///< stage 1, nG == 0: matched for any ASID
    bool partial;                     ///< a table descriptor: kept by leaf-only invalidations
};

/// 4.4: whether the TLB invalidation removes the entry. An address matches anywhere in an entry of any size. TG and TTL
/// (4.4.1.1) only narrow what must go: entries of other granules and levels go too.
bool matches(const invalidate_request& i, const cached_translation& entry);

/// 4.3: whether the configuration invalidation removes what is cached for the stream and, where `substream` is not
/// null, the substream. What is known of a stream as a whole (`substream` null: its STE) survives config_substream.
/// `secure`: the stream is a Secure one.
bool matches(const invalidate_request& i, stream_id stream, const substream_id* substream, bool secure = false);

} // namespace iovp::smmu::dti
