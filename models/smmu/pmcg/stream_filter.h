#pragma once

#include "smmu/pmcg/events.h"
#include "smmu/pmcg/features.h"

#include <cstdint>

namespace iovp::smmu {

/// Which streams a counter counts (10.4): its EVTYPER and SMR as programmed, and SCR.SO.
class stream_filter {
public:
    stream_filter(std::uint32_t evtyper, std::uint32_t smr, const pmcg_features& f, bool secure_observation);

    bool matches(const pmu_origin& from) const;

private:
    std::uint32_t ignored_ = 0; ///< StreamID bits that need not match
    std::uint32_t wanted_;
    bool non_secure_;
    bool secure_;
    std::uint32_t implemented_;
};

} // namespace iovp::smmu
