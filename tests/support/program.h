#pragma once

#include <filesystem>
#include <string>

namespace iovp::test {

/// One run of a program.
struct run_result {
    int exit_code; ///< -1: it did not exit by itself
    std::string output;
};

enum class capture { all, stdout_only };

/// `command` is the shell's.
run_result run_command(const std::string& command, capture what = capture::all);

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

} // namespace iovp::test
