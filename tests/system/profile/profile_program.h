#pragma once

#include "support/program.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace iovp::test {

using json = nlohmann::json;

inline run_result run_profile(const std::string& arguments, capture what = capture::all)
{
    return run_command(std::string(PROFILE_PROGRAM) + " " + arguments, what);
}

/// The --json of a run that must succeed.
inline json profile_json(const std::string& arguments)
{
    const scratch files;
    const run_result r = run_profile("--quiet --json " + files.path("r.json") + " " + arguments);
    EXPECT_EQ(r.exit_code, 0) << r.output;
    return json::parse(files.read("r.json"), nullptr, false);
}

} // namespace iovp::test
