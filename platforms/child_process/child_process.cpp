#include "child_process/child_process.h"

#include "common/systemc/configuration_error.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <stdexcept>
#include <sys/wait.h>
#include <systemc>
#include <unistd.h>
#include <utility>

namespace iovp {

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

constexpr int exit_failed = 4;
constexpr int exit_refused = 5;

[[noreturn]] void child(const char* program, int descriptor, unsigned wall_limit_s,
                        const std::function<std::string()>& work)
{
    int code = 0;
    alarm(wall_limit_s);
    try {
        write_all(descriptor, work());
    } catch (const sc_core::sc_report& e) {
        std::fprintf(stderr, "%s: %s\n", program, e.get_msg());
        code = e.get_msg_type() == std::string(configuration_message) ? exit_refused : exit_failed;
    } catch (const std::exception& e) {
        std::fprintf(stderr, "%s: %s\n", program, e.what());
        code = exit_failed;
    }
    std::fflush(nullptr);
    _exit(code); // not exit(): the parent's static objects are the parent's to destroy
}

} // namespace

child_result run_in_child(const char* program, unsigned wall_limit_s, const std::function<std::string()>& work)
{
    using end = child_result::end;
    std::fflush(nullptr);
    int ends[2];
    if (pipe(ends) != 0)
        throw std::runtime_error(std::string("pipe: ") + std::strerror(errno));
    const pid_t pid = fork();
    if (pid < 0)
        throw std::runtime_error(std::string("fork: ") + std::strerror(errno));
    if (pid == 0) {
        close(ends[0]);
        child(program, ends[1], wall_limit_s, work);
    }
    close(ends[1]);
    std::string text = read_all(ends[0]);
    close(ends[0]);
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }

    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
        return {end::failed, "no end after " + std::to_string(wall_limit_s) + " s of real time"};
    if (WIFSIGNALED(status))
        return {end::failed, std::string("the simulation died: ") + strsignal(WTERMSIG(status))};
    if (WEXITSTATUS(status) == exit_refused)
        return {end::refused, {}};
    if (WEXITSTATUS(status) != 0)
        return {end::failed, "the simulation stopped with an error"};
    return {end::good, std::move(text)};
}

} // namespace iovp
