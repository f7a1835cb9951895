#pragma once

#include "configuration/json_fields.h"
#include "measurement.h"

#include <string>

namespace iovp::profile {

using configuration::json;

/// One run as JSON; README.md of this folder lists the keys.
json json_of(const measurement& m);

/// All runs as CSV: a line per run, kind, stream, substream, page size and stage; the stage "total" is end to end.
std::string csv_of(const json& report);

/// All runs as one HTML page that needs nothing else.
std::string html_of(const json& report);

} // namespace iovp::profile
