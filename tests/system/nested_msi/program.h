#pragma once

#include "support/program.h"

#include <nlohmann/json.hpp>

#include <string>

namespace iovp::test {

/// One run of the platform's program.
run_result run_program(const std::string& arguments, capture what = capture::all);

/// Runs one scenario with --json and returns its object; the test fails when the program does not give exactly one.
nlohmann::json run_scenario(const std::string& name, const std::string& options = "", int expected_exit = 0);

} // namespace iovp::test
