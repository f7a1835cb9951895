#pragma once

#include "scenario.h"

namespace iovp::oracle {

/// Moves one rule of a valid scenario to its limit: a field to the value beside the last legal one, a bit that must
/// have no effect, a page of structures to rights and dirty states that only a fetch or a hardware update meets.
void to_the_edge(scenario& s, choices& c);

} // namespace iovp::oracle
