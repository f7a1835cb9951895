#pragma once

#include "common/latency_record.h"
#include "expectation.h"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace iovp::nested_msi {

/// Results are JSON objects from the start: a scenario runs in a process of its own and sends its result as text.
using json = nlohmann::ordered_json;

/// {"name","expected","observed","ok","deviations","intid","cpu","iova","ipa","pa","latency_ns","stages","events",
/// "steps"}: the scenario as the README documents it. intid to stages are those of the first MSI.
json scenario_result(const expectation& expected, const report& seen, const latency_log& log,
                     const platform_facts& facts);

/// The result of a scenario whose process ended without giving one.
json crashed_result(const expectation& expected, const std::string& why);

/// The table a person reads.
std::string result_table(const std::vector<json>& scenarios);

} // namespace iovp::nested_msi
