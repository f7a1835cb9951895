#pragma once

#include "result.h"

#include <functional>

namespace iovp::nested_msi {

/// Runs `work` in a child process and returns the JSON it produced. SystemC elaborates once per process, and every
/// scenario starts from reset with cold caches whatever ran before it. A child that dies or throws gives
/// crashed_result(expected, why).
json run_isolated(const expectation& expected, const std::function<json()>& work);

} // namespace iovp::nested_msi
