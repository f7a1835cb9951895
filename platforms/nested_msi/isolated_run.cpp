#include "isolated_run.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

namespace iovp::nested_msi {

namespace {

void write_all(int descriptor, const std::string& text)
{
    std::size_t done = 0;
    while (done < text.size()) {
        const ssize_t n = write(descriptor, text.data() + done, text.size() - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            _exit(3);
        done += static_cast<std::size_t>(n);
    }
}

std::string read_all(int descriptor)
{
    std::string text;
    char chunk[4096];
    while (true) {
        const ssize_t n = read(descriptor, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return text;
        text.append(chunk, static_cast<std::size_t>(n));
    }
}

[[noreturn]] void child(int descriptor, const std::function<json()>& work)
{
    int code = 0;
    try {
        write_all(descriptor, work().dump());
    } catch (const std::exception& e) {
        std::fprintf(stderr, "%s\n", e.what());
        code = 4;
    }
    std::fflush(nullptr);
    _exit(code); // not exit(): the parent's static objects are the parent's to destroy
}

} // namespace

json run_isolated(const expectation& expected, const std::function<json()>& work)
{
    std::fflush(nullptr);
    int ends[2];
    if (pipe(ends) != 0)
        throw std::runtime_error(std::string("pipe: ") + std::strerror(errno));
    const pid_t pid = fork();
    if (pid < 0)
        throw std::runtime_error(std::string("fork: ") + std::strerror(errno));
    if (pid == 0) {
        close(ends[0]);
        child(ends[1], work);
    }
    close(ends[1]);
    const std::string text = read_all(ends[0]);
    close(ends[0]);
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }

    if (WIFSIGNALED(status))
        return crashed_result(expected, std::string("the simulation died: ") + strsignal(WTERMSIG(status)));
    json result = json::parse(text, nullptr, false);
    if (WEXITSTATUS(status) != 0 || result.is_discarded())
        return crashed_result(expected, "the simulation stopped with an error");
    return result;
}

} // namespace iovp::nested_msi
