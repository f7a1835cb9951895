#pragma once

#include "configuration/json_fields.h"

#include <string>
#include <vector>

namespace iovp::profile {

using configuration::json;

/// "key=value" of --set into `to`. A key without a dot is the workload's: window is workload.window. Values are JSON,
/// or text; 64K, 2M and 1G are binary multiples. Throws configuration::error.
void apply_setting(json& to, const std::string& text);

/// One point of a sweep: what was set, in order.
struct setting {
    std::string key;
    std::string value;
};

/// Every combination of the values of each "key=v1,v2,..."; one empty point without any.
std::vector<std::vector<setting>> sweep_points(const std::vector<std::string>& sweeps);

} // namespace iovp::profile
