#include "child.h"

#include <sys/wait.h>
#include <systemc>
#include <unistd.h>

#include <csignal>

namespace iovp::oracle {

std::string in_child(const std::function<std::string()>& body)
{
    int ends[2];
    if (pipe(ends) != 0)
        return "no pipe";
    const pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        alarm(60);
        sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
        std::string text;
        try {
            text = body();
        } catch (const std::exception& e) { // the parent's stack is not the child's to unwind
            text = std::string("\nexception: ") + e.what();
        }
        std::size_t done = 0;
        while (done < text.size()) {
            const ssize_t n = write(ends[1], text.data() + done, text.size() - done);
            if (n <= 0)
                break;
            done += static_cast<std::size_t>(n);
        }
        _exit(0);
    }
    close(ends[1]);
    std::string text;
    char part[4096];
    for (ssize_t n; (n = read(ends[0], part, sizeof part)) > 0;)
        text.append(part, static_cast<std::size_t>(n));
    close(ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status))
        return text + "\nthe simulation ended by signal " + std::to_string(WTERMSIG(status));
    if (WEXITSTATUS(status) != 0)
        return text + "\nthe simulation exited with " + std::to_string(WEXITSTATUS(status));
    return text;
}

} // namespace iovp::oracle
