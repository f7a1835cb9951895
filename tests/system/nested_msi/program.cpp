#include "program.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

namespace iovp::test {

run_result run_program(const std::string& arguments, capture what)
{
    const std::string command = "SYSTEMC_DISABLE_COPYRIGHT_MESSAGE=1 " + std::string(NESTED_MSI_PROGRAM) + " " +
                                arguments + (what == capture::all ? " 2>&1" : " 2>/dev/null");
    FILE* pipe = popen(command.c_str(), "r"); // NOLINT(cert-env33-c): the test's own command
    if (!pipe)
        throw std::runtime_error("cannot start " + command);
    run_result r{-1, {}};
    std::array<char, 4096> chunk;
    while (const std::size_t n = fread(chunk.data(), 1, chunk.size(), pipe))
        r.output.append(chunk.data(), n);
    const int status = pclose(pipe);
    r.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return r;
}

// Several may be alive in one test.
static unsigned number = 0;

scratch::scratch()
    : directory_(std::filesystem::temp_directory_path() /
                 ("iovp-test-" + std::to_string(getpid()) + "-" + std::to_string(++number)))
{
    std::filesystem::create_directories(directory_);
}

scratch::~scratch()
{
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
}

std::string scratch::write(const std::string& name, const std::string& content) const
{
    std::ofstream(path(name)) << content;
    return path(name);
}

std::string scratch::read(const std::string& name) const
{
    std::ifstream in(path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
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
