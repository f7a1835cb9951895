#include "support/program.h"

#include <array>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

namespace iovp::test {

run_result run_command(const std::string& command, capture what)
{
    const std::string all =
        "SYSTEMC_DISABLE_COPYRIGHT_MESSAGE=1 " + command + (what == capture::all ? " 2>&1" : " 2>/dev/null");
    FILE* pipe = popen(all.c_str(), "r"); // NOLINT(cert-env33-c): the test's own command
    if (!pipe)
        throw std::runtime_error("cannot start " + all);
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

} // namespace iovp::test
