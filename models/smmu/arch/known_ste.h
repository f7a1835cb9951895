#pragma once

#include "smmu/arch/configuration.h"

namespace iovp::smmu {

/// The STE is at hand, perhaps changed for the purpose; CDs are cached as for transactions.
class known_ste : public configuration_cache_port {
public:
    known_ste(const ste& s, configuration_cache_port& cds)
        : ste_(s)
        , cds_(cds)
    {
    }
    bool lookup(stream_id, ste& found) override
    {
        found = ste_;
        return true;
    }
    bool lookup(stream_id stream, substream_id substream, cd& found) override
    {
        return cds_.lookup(stream, substream, found);
    }
    void fill(stream_id, const ste&) override {}
    void fill(stream_id stream, substream_id substream, const cd& entry) override
    {
        cds_.fill(stream, substream, entry);
    }

private:
    const ste& ste_;
    configuration_cache_port& cds_;
};

} // namespace iovp::smmu
