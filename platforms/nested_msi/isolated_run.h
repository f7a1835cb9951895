#pragma once

#include "result.h"

#include <exception>
#include <functional>

namespace iovp::nested_msi {

/// A module refused its parameters: nothing can be simulated.
class refused : public std::exception {};

/// Runs `work` in a child process and returns the JSON it produced. SystemC elaborates once per process, and every
/// scenario starts from reset with cold caches whatever ran before it. A child that dies, throws or takes
/// longer than `wall_limit_s` seconds of real time gives crashed_result(expected, why); a configuration error throws
/// refused.
json run_isolated(const expectation& expected, unsigned wall_limit_s, const std::function<json()>& work);

} // namespace iovp::nested_msi
