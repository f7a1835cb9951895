#pragma once

#include "apps/nested_msi/report.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace iovp::nested_msi {

/// What one counter group's TCU or TBU did for all streams, by the model's own statistics.
struct event_counts {
    std::uint64_t transactions;  ///< event 1
    std::uint64_t tlb_misses;    ///< event 2; not compared at the TCU, whose statistics do not have it
    std::uint64_t walk_accesses; ///< event 4; the TCU's
};

/// {"devices":[{"stream","groups":[{"transactions","tlb_misses","walk_accesses"}]}],"sampled","overflows"}
nlohmann::ordered_json counts_json(const report_counts& seen);

/// The devices are all the traffic that there is: what the driver counted of each must add up to what the models did.
void compare_counts(const report_counts& seen, const std::vector<event_counts>& models,
                    std::vector<std::string>& deviations);

} // namespace iovp::nested_msi
