#include "child_process/child_process.h"
#include "experiment.h"
#include "options.h"
#include "profiles/describe.h"
#include "report.h"
#include "settings.h"
#include "workload.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <unistd.h>

namespace iovp::profile {

namespace {

struct point {
    std::vector<setting> settings;
    profiles::profile models;
    workload what;
};

// A name of platforms/profiles, or else a file.
profiles::profile load_profile(const std::string& name)
{
    const std::vector<std::string> names = profiles::names();
    if (std::find(names.begin(), names.end(), name) != names.end())
        return profiles::named(name);
    std::ifstream in(name, std::ios::binary);
    if (!in)
        throw configuration::error(
            fmt::format("--profile: \"{}\"; allowed: {}, or a file that can be read", name, fmt::join(names, ", ")));
    return profiles::parse({std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()}, name);
}

point make_point(const options& o, const profiles::profile& base, const std::vector<setting>& settings)
{
    json all = json::object();
    all["workload"] = json::object();
    for (const std::string& s : o.settings)
        apply_setting(all, s);
    for (const setting& s : settings)
        apply_setting(all, s.key + "=" + s.value);
    point p;
    p.settings = settings;
    p.models = base;
    configuration::json_reader reader(all, "");
    reader.section("workload", [&p](auto& s) { describe(s, p.what); });
    profiles::describe(reader, p.models);
    reader.finish();
    p.what.check();
    const unsigned tbus = p.what.tbus + (p.what.kind == "msi" ? 1 : 0); // MSIs have one of their own
    // The TCU's slots are all the tokens that there are.
    p.models.tbu.tokens = std::max(2U, std::min(p.models.tbu.tokens, p.models.tcu.slots / tbus));
    p.models.check();
    return p;
}

json parameters_json(const point& p)
{
    configuration::json_writer writer;
    workload w = p.what;
    profiles::profile models = p.models;
    writer.section("workload", [&w](auto& s) { describe(s, w); });
    profiles::describe(writer, models);
    return writer.object();
}

std::string title_of(const point& p)
{
    std::string text;
    for (const setting& s : p.settings)
        text += fmt::format("{}{}={}", text.empty() ? "" : " ", s.key, s.value);
    return text.empty() ? p.what.kind : text;
}

// What stands on stderr while a run is under way; on a terminal the line is written again and again.
class progress_line {
public:
    progress_line(std::string head, bool quiet)
        : head_(std::move(head))
        , quiet_(quiet)
        , terminal_(isatty(2) != 0)
    {
        if (!quiet_ && !terminal_)
            fmt::print(stderr, "{}\n", head_);
    }
    void tell(std::uint64_t done, std::uint64_t of) const
    {
        if (!quiet_ && terminal_)
            fmt::print(stderr, "\r{}  {:3} %", head_, 100 * done / of);
    }
    void end(const std::string& result) const
    {
        if (!quiet_)
            fmt::print(stderr, "{}{}  {}\n", terminal_ ? "\r" : "", head_, result);
    }

private:
    const std::string head_;
    const bool quiet_;
    const bool terminal_;
};

std::string line_of(const json& result, double seconds)
{
    std::string latencies;
    for (const json& k : result["kinds"])
        latencies += fmt::format("{} mean {:.1f} ns, p99 {:.1f} ns; ", k["kind"].get<std::string>(),
                                 k["mean_ns"].get<double>(), k["p99_ns"].get<double>());
    return fmt::format("{}{:.2f} Gb/s, {} errors ({:.1f} s)", latencies, result["gbps"].get<double>(),
                       result["errors"].get<std::uint64_t>(), seconds);
}

bool write_file(const std::string& file, const std::string& content)
{
    if (file.empty())
        return true;
    std::ofstream out(file, std::ios::binary);
    out << content;
    out.close();
    if (!out)
        fmt::print(stderr, "profile: cannot write {}: {}\n", file, std::strerror(errno));
    return static_cast<bool>(out);
}

// Runs a point; null where it failed, which was said on stderr.
json run_point(const point& p, const options& o, std::size_t number, std::size_t of, bool& refused)
{
    const progress_line line(fmt::format("[{}/{}] {}", number, of, title_of(p)), o.quiet);
    const auto start = std::chrono::steady_clock::now();
    const child_result r = run_in_child("profile", p.what.wall_limit_s, [&] {
        experiment e(p.models, p.what, {o.perfetto_file, o.vcd_file});
        return json_of(e.run([&line](std::uint64_t done, std::uint64_t all) { line.tell(done, all); })).dump();
    });
    refused = r.how == child_result::end::refused;
    if (r.how != child_result::end::good) {
        fmt::print(stderr, "profile: {}: {}\n", title_of(p), refused ? "refused" : r.text);
        return nullptr;
    }
    json result = {{"point", number}, {"title", title_of(p)}, {"settings", json::object()}};
    for (const setting& s : p.settings)
        result["settings"][s.key] = s.value;
    result["parameters"] = parameters_json(p);
    result.update(json::parse(r.text));
    line.end(line_of(result, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count()));
    return result;
}

std::string table_of(const json& report)
{
    std::string out = fmt::format("{:<40}{:<10}{:>10}{:>12}{:>12}{:>12}{:>12}{:>10}\n", "point", "kind", "count",
                                  "mean ns", "p50 ns", "p99 ns", "max ns", "Gb/s");
    for (const json& p : report["points"])
        for (const json& k : p["kinds"])
            out += fmt::format("{:<40}{:<10}{:>10}{:>12.1f}{:>12.1f}{:>12.1f}{:>12.1f}{:>10.2f}\n",
                               p["title"].get<std::string>(), k["kind"].get<std::string>(),
                               k["count"].get<std::uint64_t>(), k["mean_ns"].get<double>(), k["p50_ns"].get<double>(),
                               k["p99_ns"].get<double>(), k["max_ns"].get<double>(), p["gbps"].get<double>());
    return out;
}

int run(const options& o)
{
    const auto sweeps = sweep_points(o.sweeps);
    const profiles::profile base = load_profile(o.profile);
    std::vector<point> points;
    points.reserve(sweeps.size());
    for (const auto& settings : sweeps)
        points.push_back(make_point(o, base, settings)); // all are checked before the first one runs
    if (o.dump) {
        std::cout << parameters_json(points[0]).dump(2) << "\n";
        return 0;
    }
    if (points.size() > 1 && !(o.perfetto_file.empty() && o.vcd_file.empty()))
        throw configuration::error(fmt::format("--perfetto and --vcd: {} runs; allowed: one run", points.size()));
    if (!o.vcd_file.empty() && (o.vcd_file.size() < 5 || o.vcd_file.substr(o.vcd_file.size() - 4) != ".vcd"))
        throw configuration::error(fmt::format("--vcd: \"{}\"; allowed: a name that ends in .vcd", o.vcd_file));

    json report = {{"tool", "iovp profile"}, {"profile", base.name}, {"swept", json::array()}};
    for (const setting& s : points[0].settings)
        report["swept"].push_back(s.key);
    report["points"] = json::array();
    for (std::size_t i = 0; i < points.size(); ++i) {
        bool refused = false;
        json result = run_point(points[i], o, i + 1, points.size(), refused);
        if (result.is_null())
            return refused ? 2 : 1;
        report["points"].push_back(std::move(result));
    }
    std::cout << table_of(report);
    const bool written = write_file(o.json_file, o.json_file.empty() ? "" : report.dump(1) + "\n") &&
                         write_file(o.csv_file, o.csv_file.empty() ? "" : csv_of(report)) &&
                         write_file(o.html_file, o.html_file.empty() ? "" : html_of(report));
    return written ? 0 : 2;
}

} // namespace

int run_program(int argc, char** argv)
{
    const parsed_options parsed = parse_options(argc, argv);
    if (parsed.stop)
        return parsed.exit_code;
    try {
        return run(parsed.chosen);
    } catch (const configuration::error& e) {
        fmt::print(stderr, "profile: {}\n", e.what());
    } catch (const sc_core::sc_report& e) {
        fmt::print(stderr, "profile: {}\n", e.get_msg());
    }
    return 2;
}

} // namespace iovp::profile

int sc_main(int argc, char** argv)
{
    return iovp::profile::run_program(argc, argv);
}
