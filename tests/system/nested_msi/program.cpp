#include "program.h"

#include <gtest/gtest.h>

namespace iovp::test {

run_result run_program(const std::string& arguments, capture what)
{
    return run_command(std::string(NESTED_MSI_PROGRAM) + " " + arguments, what);
}

nlohmann::json run_scenario(const std::string& name, const std::string& options, int expected_exit)
{
    const scratch files;
    const run_result r = run_program("--scenario " + name + " --json " + files.path("result.json") + " " + options);
    EXPECT_EQ(r.exit_code, expected_exit) << r.output;
    const auto all = nlohmann::json::parse(files.read("result.json"), nullptr, false);
    if (all.is_discarded() || !all.contains("scenarios") || all["scenarios"].size() != 1) {
        ADD_FAILURE() << "not one scenario in the result of " << name << ":\n" << r.output;
        return {};
    }
    return all["scenarios"][0];
}

} // namespace iovp::test
