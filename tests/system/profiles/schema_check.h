#pragma once

#include <nlohmann/json.hpp>

namespace iovp::test {

/// Whether a JSON document is valid by a JSON Schema (draft 7), as valijson sees it.
bool valid_by_schema(const nlohmann::json& document, const nlohmann::json& schema);

} // namespace iovp::test
