#pragma once

#include "smmu/arch/configuration.h"
#include "smmu/cache/set_associative.h"
#include "smmu/dti/messages.h"

namespace iovp::smmu {

/// The TCU's copies of STEs, by SEC_SID and StreamID, and of CDs, by SubstreamID too (16.2). Level-1 descriptors are
/// not kept.
class configuration_cache {
public:
    /// Powers of two, ways <= entries; as many CDs as STEs.
    configuration_cache(unsigned entries, unsigned ways)
        : stes_(entries, ways)
        , cds_(entries, ways)
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
    static void put(set_associative<entry<Structure>>& store, bool secure, stream_id stream, substream_id substream,
                    const Structure& content);

    set_associative<entry<ste>> stes_;
    set_associative<entry<cd>> cds_;
};

} // namespace iovp::smmu
