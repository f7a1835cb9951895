// Runs the experiments, each in a process of its own because SystemC elaborates once per process, and compares.

#include "experiments.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <string>
#include <sys/wait.h>
#include <systemc>
#include <unistd.h>

namespace iovp::validation {

namespace {

using json = nlohmann::ordered_json;

struct options {
    std::vector<std::string> chosen;
    std::string json_file;
    bool markdown = false;
    bool summary = false;
    bool list = false;
    context changes;
};

/// An experiment under way.
struct running {
    const experiment* what;
    pid_t child;
    int from;
};

[[noreturn]] void work(const experiment& e, const context& c, int to)
{
    int code = 0;
    std::string text;
    try {
        json all = json::array();
        for (const row& r : e.run(c))
            all.push_back(to_json(r));
        text = all.dump();
    } catch (const sc_core::sc_report& report) {
        std::cerr << "validate: " << e.name << ": " << report.get_msg() << "\n";
        code = 2;
    } catch (const std::exception& failure) {
        std::cerr << "validate: " << e.name << ": " << failure.what() << "\n";
        code = 2;
    }
    for (std::size_t done = 0; done < text.size();) {
        const ssize_t n = write(to, text.data() + done, text.size() - done);
        if (n < 0 && errno != EINTR)
            _exit(2);
        done += n > 0 ? static_cast<std::size_t>(n) : 0;
    }
    std::fflush(nullptr);
    _exit(code);
}

running start(const experiment& e, const context& c)
{
    int ends[2];
    std::fflush(nullptr);
    if (pipe(ends) != 0)
        throw std::runtime_error(std::string("pipe: ") + std::strerror(errno));
    const pid_t child = fork();
    if (child < 0)
        throw std::runtime_error(std::string("fork: ") + std::strerror(errno));
    if (child == 0) {
        close(ends[0]);
        work(e, c, ends[1]);
    }
    close(ends[1]);
    return {&e, child, ends[0]};
}

/// False when the experiment gave no rows.
bool collect(const running& r, rows& all)
{
    std::string text;
    char chunk[4096];
    for (;;) {
        const ssize_t n = read(r.from, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        text.append(chunk, static_cast<std::size_t>(n));
    }
    close(r.from);
    int status = 0;
    while (waitpid(r.child, &status, 0) < 0 && errno == EINTR) {
    }
    const json parsed = json::parse(text, nullptr, false);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || !parsed.is_array() || parsed.empty()) {
        std::cerr << "validate: " << r.what->name << " did not end as it should\n";
        return false;
    }
    for (const json& one : parsed)
        all.push_back(from_json(one));
    return true;
}

std::string bound_text(const row& r)
{
    return r.bound == 0 ? "exact" : fmt::format("{:g} %", 100 * r.bound);
}

std::string table(const rows& all)
{
    std::string text;
    const char* before = "";
    for (const row& r : all) {
        if (r.experiment != before)
            text += fmt::format("\n{:<62} {:>10} {:>10} {:>8} {:>7}\n", r.experiment, "expected", "measured", "error",
                                "bound");
        before = r.experiment.c_str();
        text += fmt::format("  {:<60} {:>10.4g} {:>10.4g} {:>6.2f} % {:>7}  {}\n", r.name, r.expected, r.measured,
                            100 * r.error(), bound_text(r), r.ok() ? "ok" : "DEVIATES");
    }
    return text;
}

std::string markdown(const rows& all)
{
    std::string text = "| experiment | row | expected | measured | error | bound |\n|---|---|---|---|---|---|\n";
    for (const row& r : all)
        text += fmt::format("| {} | {} | {:.4g} | {:.4g} | {:.2f} % | {} |\n", r.experiment, r.name, r.expected,
                            r.measured, 100 * r.error(), bound_text(r));
    return text;
}

/// One line for each experiment.
std::string summary(const rows& all)
{
    std::string text = "| experiment | what | rows | largest error | bound | within |\n|---|---|---|---|---|---|\n";
    for (const experiment& e : experiments()) {
        unsigned count = 0, good = 0;
        double worst = 0, least = 1, most = 0;
        for (const row& r : all) {
            if (r.experiment != e.name)
                continue;
            ++count;
            good += r.ok();
            worst = std::max(worst, r.error());
            least = std::min(least, r.bound);
            most = std::max(most, r.bound);
        }
        const std::string bounds = most == 0       ? "exact"
                                   : least == most ? fmt::format("{:g} %", 100 * most)
                                                   : fmt::format("{:g} to {:g} %", 100 * least, 100 * most);
        text += fmt::format("| `{}` | {} | {} | {:.2f} % | {} | {} |\n", e.name, e.summary, count, 100 * worst, bounds,
                            good);
    }
    return text;
}

int run(const options& o)
{
    if (o.list) {
        for (const experiment& e : experiments())
            std::cout << e.name << "  " << e.summary << "\n";
        return 0;
    }
    std::vector<running> under_way;
    for (const experiment& e : experiments())
        if (o.chosen.empty() || std::find(o.chosen.begin(), o.chosen.end(), e.name) != o.chosen.end())
            under_way.push_back(start(e, o.changes));
    rows all;
    bool complete = true;
    for (const running& r : under_way)
        complete = collect(r, all) && complete;

    std::cout << (o.summary ? summary(all) : o.markdown ? markdown(all) : table(all));
    if (!o.json_file.empty()) {
        json list = json::array();
        for (const row& r : all)
            list.push_back(to_json(r));
        std::ofstream out(o.json_file);
        out << list.dump(2) << "\n";
        out.close();
        if (!out) {
            std::cerr << "validate: cannot write " << o.json_file << ": " << std::strerror(errno) << "\n";
            return 2;
        }
    }
    if (!complete)
        return 2;
    const auto good = std::count_if(all.begin(), all.end(), [](const row& r) { return r.ok(); });
    if (!o.markdown && !o.summary)
        std::cout << "\n" << good << " of " << all.size() << " rows within their bounds\n";
    return good == static_cast<std::ptrdiff_t>(all.size()) ? 0 : 1;
}

} // namespace

} // namespace iovp::validation

int sc_main(int argc, char** argv)
{
    using namespace iovp::validation;
    options o;
    std::vector<std::string> names;
    for (const experiment& e : experiments())
        names.emplace_back(e.name);
    std::vector<std::string> changes;
    CLI::App app("Compares the models with published numbers. Exit code: 0 every row is within its bound, 1 a row "
                 "deviates, 2 a wrong option or an experiment without result.");
    app.add_option("--experiment", o.chosen, "run only this one (may be repeated)")
        ->type_name("NAME")
        ->check(CLI::IsMember(names));
    app.add_option("--json", o.json_file, "write the rows as JSON")->type_name("FILE");
    app.add_flag("--markdown", o.markdown, "print the rows as the table of RESULTS.md");
    app.add_flag("--summary", o.summary, "print a line for each experiment, the README's table");
    app.add_flag("--list", o.list, "list the experiments");
    app.add_option("--change", changes, "change a parameter of the profiles, as /tcu/walk_slots=3; shows what fails")
        ->type_name("PATH=VALUE");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        return app.exit(e) == 0 ? 0 : 2;
    }
    for (const std::string& change : changes) {
        const std::size_t equals = change.find('=');
        if (equals == std::string::npos) {
            std::cerr << "validate: --change " << change << ": expected PATH=VALUE\n";
            return 2;
        }
        o.changes.changes.emplace_back(change.substr(0, equals), change.substr(equals + 1));
    }
    try {
        return run(o);
    } catch (const std::exception& e) {
        std::cerr << "validate: " << e.what() << "\n";
        return 2;
    }
}
