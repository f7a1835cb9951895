#pragma once

#include "profiles/profile.h"

#include <string>
#include <utility>
#include <vector>

namespace iovp::validation {

/// What every experiment gets: profiles by name, with the changes of the command line. An experiment without changes
/// must hold all its rows; with one, the test of this suite shows that it can fail.
struct context {
    /// JSON pointer into the profile, such as "/tcu/walk_slots", and the value's text.
    std::vector<std::pair<std::string, std::string>> changes;

    /// Throws configuration::error for a change that the profile does not take.
    profiles::profile models(const std::string& name) const;
};

} // namespace iovp::validation
