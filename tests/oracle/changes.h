#pragma once

#include "scenario.h"

#include <string>
#include <utility>
#include <vector>

namespace iovp::oracle {

/// A change of a structure that a driver could make, with the invalidation that the architecture asks for.
struct change {
    std::string what;
    bool secure = false;
    std::uint32_t stream = 0; ///< whose accesses may see old or new until the sync
    bool any_stream = false;  ///< accesses of every stream may
    std::vector<std::pair<std::uint64_t, std::uint64_t>> writes;
    struct command {
        std::uint64_t first = 0, second = 0;
        bool secure = false; ///< the queue that it goes to
    };
    std::vector<command> commands;
};

/// Decides on a change; one without writes means nothing to do. The caller performs it.
change any_change(scenario& s, choices& c);

} // namespace iovp::oracle
