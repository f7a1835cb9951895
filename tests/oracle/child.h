#pragma once

#include <functional>
#include <string>

namespace iovp::oracle {

/// Runs `body` in a child process, because SystemC elaborates once per process, and returns what it returns. A child
/// that dies or runs for a minute gives a text that says so.
std::string in_child(const std::function<std::string()>& body);

} // namespace iovp::oracle
