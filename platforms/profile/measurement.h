#pragma once

#include "common/latency_statistics.h"
#include "common/occupancy_statistics.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace iovp::profile {

struct cache_counts {
    std::string name;
    std::uint64_t lookups = 0;
    std::uint64_t hits = 0;
};

struct resource_occupancy {
    std::string name;
    unsigned capacity = 0; ///< 0: no bound
    occupancy_statistics level;
};

struct named_count {
    std::string name;
    std::uint64_t value = 0;
};

/// What one run of a workload gave.
struct measurement {
    time_ps begin = 0; ///< of the measurement: what set-up and warm-up took is not in it
    time_ps end = 0;
    std::uint64_t requests = 0;
    std::uint64_t errors = 0;
    std::uint64_t bytes = 0; ///< of requests without error
    latency_statistics latencies;
    latency_distribution
        invalidations; ///< churn: from the first command to the consumed CMD_SYNC, as the driver sees it
    std::vector<cache_counts> caches;
    std::vector<named_count> counts;
    std::vector<resource_occupancy> resources;
};

} // namespace iovp::profile
