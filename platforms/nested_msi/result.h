#pragma once

#include "common/latency_record.h"
#include "event_counts.h"
#include "expectation.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace iovp::nested_msi {

/// Results are JSON objects from the start: a scenario runs in a process of its own and sends its result as text.
using json = nlohmann::ordered_json;

/// What the hardware saw, independent of what the driver reported.
struct hardware_view {
    const latency_log& latencies;             ///< every transaction that left an endpoint
    std::uint64_t ignored_unmapped = 0;       ///< doorbell writes of devices that the ITS ignored: nothing is mapped
    std::uint64_t ignored_no_device_id = 0;   ///< doorbell writes without a DeviceID that the ITS ignored
    std::vector<event_counts> groups = {};    ///< what the TCU and each TBU did, in the order of their counter groups
    std::vector<std::string> complaints = {}; ///< of the cores, and what the software wrote to its console
};

/// {"name","summary","expected","observed","ok","deviations","intid","cpu","iova","ipa","pa","latency_ns","stages",
/// "events","steps"}, as the README documents it. intid to stages are those of the first MSI.
json scenario_result(const expectation& expected, const report& seen, const hardware_view& hardware,
                     const platform_facts& facts);

/// The result of a scenario whose process ended without giving one.
json crashed_result(const expectation& expected, const std::string& why);

/// The table a person reads.
std::string result_table(const std::vector<json>& scenarios);

} // namespace iovp::nested_msi
