#pragma once

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>

namespace iovp::test {

/// One run of the platform's program.
struct run_result {
    int exit_code;
    std::string output; ///< what was asked for
};

enum class capture { all, stdout_only };

run_result run_program(const std::string& arguments, capture what = capture::all);

/// A file below a fresh directory of this test, removed with it.
class scratch {
public:
    scratch();
    ~scratch();
    scratch(const scratch&) = delete;
    scratch& operator=(const scratch&) = delete;

    std::string path(const std::string& name) const { return (directory_ / name).string(); }
    std::string write(const std::string& name, const std::string& content) const;
    std::string read(const std::string& name) const;

private:
    std::filesystem::path directory_;
};

/// Runs one scenario with --json and returns its object; the test fails when the program does not give exactly one.
nlohmann::json run_scenario(const std::string& name, const std::string& options = "", int expected_exit = 0);

} // namespace iovp::test
