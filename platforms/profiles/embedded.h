#pragma once

#include <vector>

namespace iovp::profiles {

/// The JSON files of this folder, compiled in: a program finds them wherever it stands.
struct embedded {
    const char* name;
    const char* text;
};
extern const std::vector<embedded> embedded_profiles;

} // namespace iovp::profiles
