#pragma once

#include <nlohmann/json.hpp>

#include <cmath>
#include <string>
#include <vector>

namespace iovp::validation {

/// One number that the model must reproduce, and what it has shown.
struct row {
    std::string experiment;
    std::string name;
    double expected = 0;
    double measured = 0;
    double bound = 0; ///< the largest error that is good; 0: exact

    double error() const { return expected == 0 ? std::abs(measured) : std::abs(measured - expected) / expected; }
    bool ok() const { return error() <= bound; } // false for NaN as well
};

using rows = std::vector<row>;

inline nlohmann::ordered_json to_json(const row& r)
{
    return {{"experiment", r.experiment},
            {"row", r.name},
            {"expected", r.expected},
            {"measured", r.measured},
            {"error", r.error()},
            {"bound", r.bound},
            {"ok", r.ok()}};
}

inline row from_json(const nlohmann::ordered_json& j)
{
    // A measured value that is no number (null in JSON) stays one that is not good.
    return {j["experiment"], j["row"], j["expected"], j["measured"].is_number() ? j["measured"].get<double>() : NAN,
            j["bound"]};
}

} // namespace iovp::validation
