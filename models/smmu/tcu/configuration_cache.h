#pragma once

#include "common/set_associative.h"
#include "smmu/arch/configuration.h"
#include "smmu/cache/replacement.h"
#include "smmu/dti/messages.h"

namespace iovp::smmu {

/// The TCU's copies of STEs, by SEC_SID and StreamID, and of CDs, by SubstreamID too (16.2). Level-1 descriptors are
/// not kept.
class configuration_cache {
public:
    /// Powers of two, ways <= entries; as many CDs as STEs.
    configuration_cache(unsigned entries, unsigned ways, replacement policy = replacement::random,
                        std::uint64_t seed = 1)
        : stes_(entries, ways, replacement_state(policy, entries, ways, seed))
        , cds_(entries, ways, replacement_state(policy, entries, ways, seed + 1))
    {
    }

    bool lookup(bool secure, stream_id stream, ste& found);
    void fill(bool secure, stream_id stream, const ste& content);
    bool lookup(bool secure, stream_id stream, substream_id substream, cd& found);
    void fill(bool secure, stream_id stream, substream_id substream, const cd& content);

    unsigned invalidate(const dti::invalidate_request& r);

private:
    template <class Structure>
    struct entry {
        bool valid = false;
        bool secure = false;
        stream_id stream;
        substream_id substream;
        Structure content;
    };

    template <class Structure>
    using store_of = iovp::set_associative<entry<Structure>, replacement_state>;

    template <class Structure>
    static void put(store_of<Structure>& store, bool secure, stream_id stream, substream_id substream,
                    const Structure& content);

    store_of<ste> stes_;
    store_of<cd> cds_;
};

} // namespace iovp::smmu
