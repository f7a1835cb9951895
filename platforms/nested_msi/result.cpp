#include "result.h"

#include "event_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace iovp::nested_msi {

namespace {

double nanoseconds(time_ps t)
{
    return static_cast<double>(t) / 1000.0;
}

std::string hex(std::uint64_t v)
{
    return fmt::format("{:#x}", v);
}

template <class Strong>
json hex_or_null(const std::optional<Strong>& v)
{
    return v ? json(hex(v->value())) : json(nullptr);
}

bool device_writes_doorbell(std::uint32_t kind)
{
    return kind == REPORT_MSI || kind == REPORT_FOREIGN_MSI;
}

json event_json(const event_words& w)
{
    return {{"name", event_name(w)},
            {"words", {hex(w[0]), hex(w[1]), hex(w[2]), hex(w[3])}},
            {"stream_id", hex(w[0] >> 32)},
            {"text", event_text(w)}};
}

json stages_json(const latency_record& r)
{
    json stages = json::array();
    for (const stage_span& s : r.spans())
        stages.push_back({{"name", stage_label(s.what, s.detail)},
                          {"start_ns", nanoseconds(s.start - r.begin())},
                          {"end_ns", nanoseconds(s.end - r.begin())}});
    return stages;
}

void add_msi(json& to, const latency_record* r)
{
    to["intid"] = r && r->interrupt && r->cpu ? json(r->interrupt->value()) : json(nullptr);
    to["cpu"] = r && r->cpu ? json(*r->cpu) : json(nullptr);
    to["iova"] = r ? json(hex(r->iova.value())) : json(nullptr);
    to["ipa"] = r ? hex_or_null(r->ipa) : json(nullptr);
    to["pa"] = r ? hex_or_null(r->pa) : json(nullptr);
    to["latency_ns"] = r ? json(nanoseconds(r->end() - r->begin())) : json(nullptr);
    to["stages"] = r ? stages_json(*r) : json::array();
}

// One doorbell write of a device: what the hardware recorded against what the step must show.
class msi_check {
public:
    msi_check(const expected_step& expected, const report_step& seen, std::string where, std::vector<std::string>& out)
        : expected_(expected)
        , seen_(seen)
        , where_(std::move(where))
        , out_(out)
    {
    }

    void compare(const latency_record* r)
    {
        if (!r) {
            wrong("no MSI write left the device");
            return;
        }
        const bool delivered = r->interrupt && r->cpu;
        if (delivered != (expected_.outcome == REPORT_DELIVERED))
            wrong(delivered ? "the CPU interface delivered an interrupt" : "the CPU interface delivered no interrupt");
        else if (delivered && (r->interrupt->value() != seen_.seen_intid || *r->cpu != seen_.seen_cpu))
            wrong(fmt::format("the CPU interface delivered INTID {} to CPU {}, the driver saw {} on {}",
                              r->interrupt->value(), *r->cpu, seen_.seen_intid, seen_.seen_cpu));
        path(*r);
    }

private:
    void path(const latency_record& r)
    {
        address("IOVA", expected_.iova, r.iova.value());
        if (!expected_.pa) {
            if (r.pa && expected_.event != expected_step::fault::none)
                wrong("the write left the SMMU");
            return;
        }
        address("PA", expected_.pa, r.pa ? r.pa->value() : 0);
        address("IPA", expected_.ipa, r.ipa ? r.ipa->value() : 0);
        if (!expected_.ipa && r.ipa)
            wrong("the write went through a stage 2");
        if (!expected_.iova && r.pa && r.iova.value() == r.pa->value())
            wrong("the device uses the physical doorbell");
    }

    void address(const char* what, std::optional<std::uint64_t> want, std::uint64_t found)
    {
        if (want && *want != found)
            wrong(fmt::format("{} {:#x}, expected {:#x}", what, found, *want));
    }

    void wrong(const std::string& what) { out_.push_back(where_ + ": " + what); }

    const expected_step& expected_;
    const report_step& seen_;
    std::string where_;
    std::vector<std::string>& out_;
};

std::string with_events(std::string text, const std::vector<event_words>& events)
{
    for (const event_words& e : events)
        text += ", " + event_text(e);
    return text;
}

std::string expected_text(const expected_step& s, const report_step* seen, const platform_facts& facts)
{
    const std::optional<event_words> event = expected_event(s, seen, facts);
    return with_events(outcome_text(s.kind, s.outcome),
                       event ? std::vector<event_words>{*event} : std::vector<event_words>{});
}

std::string observed_text(const report_step& s)
{
    std::vector<event_words> events;
    for (std::uint32_t i = 0; i < std::min<std::uint32_t>(s.event_count, REPORT_MAX_EVENTS); ++i)
        events.push_back(words_of(s.events[i]));
    return with_events(outcome_text(s.kind, s.outcome), events);
}

std::string joined(const std::vector<std::string>& parts)
{
    std::string text;
    for (const std::string& p : parts)
        text += (text.empty() ? "" : "; ") + p;
    return text;
}

json step_json(const report_step& s, const latency_record* r)
{
    static constexpr const char* kinds[] = {"msi", "dma_read", "dma_write", "cpu_store", "foreign_msi"};
    static constexpr const char* outcomes[] = {"delivered", "done", "corrupt", "aborted", "silent", "idle"};
    json step = {{"kind", s.kind < std::size(kinds) ? kinds[s.kind] : "unknown"},
                 {"outcome", s.outcome < std::size(outcomes) ? outcomes[s.outcome] : "unknown"},
                 {"text", observed_text(s)},
                 {"rid", hex(s.rid)},
                 {"address", hex(s.address)},
                 {"repeats", s.repeats},
                 {"events", json::array()}};
    for (std::uint32_t e = 0; e < std::min<std::uint32_t>(s.event_count, REPORT_MAX_EVENTS); ++e)
        step["events"].push_back(event_json(words_of(s.events[e])));
    if (device_writes_doorbell(s.kind))
        add_msi(step, r);
    return step;
}

// The MSI writes that left the endpoints, in order.
std::vector<const latency_record*> msi_records(const latency_log& log)
{
    std::vector<const latency_record*> out;
    for (const latency_record& r : log.records())
        if (r.what == latency_record::kind::msi)
            out.push_back(&r);
    return out;
}

// Every doorbell write that must be ignored was ignored by the ITS, for the right reason, and none else was.
void compare_ignored(const expectation& expected, const hardware_view& hardware, std::vector<std::string>& out)
{
    const auto count = [&expected](auto&& matches) {
        return static_cast<std::uint64_t>(std::count_if(expected.steps.begin(), expected.steps.end(), matches));
    };
    const std::uint64_t unmapped = count([](const expected_step& s) {
        return device_writes_doorbell(s.kind) && s.outcome == REPORT_SILENT && s.pa.has_value();
    });
    const std::uint64_t nameless = count([](const expected_step& s) { return s.kind == REPORT_CPU_STORE; });
    if (hardware.ignored_unmapped != unmapped)
        out.push_back(fmt::format("the ITS ignored {} write(s) of events that are not mapped, expected {}",
                                  hardware.ignored_unmapped, unmapped));
    if (hardware.ignored_no_device_id != nameless)
        out.push_back(fmt::format("the ITS ignored {} write(s) without a DeviceID, expected {}",
                                  hardware.ignored_no_device_id, nameless));
}

// Of every transaction that left an endpoint, not of those alone that steps speak of.
void compare_stages(const latency_log& log, std::vector<std::string>& out)
{
    for (const latency_record& r : log.records())
        if (!r.adds_up())
            out.push_back(fmt::format("the stages of the {} begun at {} ps do not add up to its latency",
                                      kind_name(r.what), r.begin()));
}

std::string path_text(const json& s)
{
    const auto part = [&s](const char* key) { return s[key].is_null() ? std::string("-") : s[key].get<std::string>(); };
    return part("iova") + " -> " + part("ipa") + " -> " + part("pa");
}

// Spans of one name are added up: a nested walk has two dozen of them.
std::string breakdown(const json& stages)
{
    std::vector<std::pair<std::string, double>> sums;
    for (const json& span : stages) {
        const auto name = span["name"].get<std::string>();
        const double length = span["end_ns"].get<double>() - span["start_ns"].get<double>();
        const auto it = std::find_if(sums.begin(), sums.end(), [&name](const auto& s) { return s.first == name; });
        if (it == sums.end())
            sums.emplace_back(name, length);
        else
            it->second += length;
    }
    std::string text;
    std::size_t line = 0;
    for (const auto& [name, length] : sums) {
        const std::string item = fmt::format("{} {:.1f}", name, length);
        if (!text.empty())
            text += text.size() - line > 96 ? ",\n                " : ", ";
        if (!text.empty() && text[text.size() - 1] == ' ' && text.size() - line > 96)
            line = text.size();
        text += item;
    }
    return text;
}

std::string step_line(std::size_t number, const json& step)
{
    std::string text = fmt::format("    step {:<2}         {}", number, step["text"].get<std::string>());
    if (step["repeats"].get<unsigned>() > 1)
        text += fmt::format(" ({} times)", step["repeats"].get<unsigned>());
    if (step.contains("latency_ns") && !step["latency_ns"].is_null())
        text += fmt::format(", {}, {:.1f} ns", path_text(step), step["latency_ns"].get<double>());
    if (step.contains("intid") && !step["intid"].is_null())
        text += fmt::format(", INTID {} on CPU {}", step["intid"].get<unsigned>(), step["cpu"].get<unsigned>());
    return text + "\n";
}

std::string scenario_lines(const json& s)
{
    const std::string latency =
        s["latency_ns"].is_null() ? "-" : fmt::format("{:.1f} ns", s["latency_ns"].get<double>());
    std::string out = fmt::format("{:<24}{:<42}{:>12}  {}\n", s["name"].get<std::string>(), path_text(s), latency,
                                  s["ok"].get<bool>() ? "as expected" : "DEVIATES");
    out += fmt::format("    {}\n", s["summary"].get<std::string>());
    std::size_t number = 0;
    for (const json& step : s["steps"])
        out += step_line(++number, step);
    if (!s["stages"].empty())
        out += fmt::format("    stages (ns) {}\n", breakdown(s["stages"]));
    for (const json& d : s["deviations"])
        out += fmt::format("    DEVIATION   {}\n", d.get<std::string>());
    return out;
}

} // namespace

json scenario_result(const expectation& expected, const report& seen, const hardware_view& hardware,
                     const platform_facts& facts)
{
    std::vector<std::string> wrong = deviations(expected, seen, facts);
    const std::vector<const latency_record*> msis = msi_records(hardware.latencies);
    const auto msi = [&msis](std::size_t n) { return n < msis.size() ? msis[n] : nullptr; };

    json events = json::array();
    json step_list = json::array();
    std::vector<std::string> expected_texts, observed_texts;
    std::size_t next_msi = 0;
    const std::size_t seen_count = std::min<std::size_t>(seen.step_count, REPORT_MAX_STEPS);
    for (std::size_t i = 0; i < seen_count; ++i) {
        const report_step& s = seen.steps[i];
        const std::size_t first_msi = next_msi;
        if (device_writes_doorbell(s.kind)) {
            for (std::uint32_t n = 0; n < s.repeats; ++n, ++next_msi)
                if (i < expected.steps.size())
                    msi_check(expected.steps[i], s, fmt::format("step {}", i + 1), wrong).compare(msi(next_msi));
        }
        step_list.push_back(step_json(s, msi(first_msi)));
        observed_texts.push_back(observed_text(s));
        for (const json& e : step_list.back()["events"])
            events.push_back(e);
    }
    for (std::size_t i = 0; i < expected.steps.size(); ++i)
        expected_texts.push_back(expected_text(expected.steps[i], i < seen_count ? &seen.steps[i] : nullptr, facts));
    if (next_msi != msis.size())
        wrong.push_back(fmt::format("the devices wrote {} MSIs, the driver asked for {}", msis.size(), next_msi));
    wrong.insert(wrong.end(), hardware.complaints.begin(), hardware.complaints.end());
    compare_ignored(expected, hardware, wrong);
    if (seen.counts.groups != 0)
        compare_counts(seen.counts, hardware.groups, wrong);
    compare_stages(hardware.latencies, wrong);

    json result = {{"name", expected.name},
                   {"summary", expected.summary},
                   {"expected", joined(expected_texts)},
                   {"observed", joined(observed_texts)},
                   {"ok", wrong.empty()},
                   {"deviations", wrong}};
    add_msi(result, msi(0));
    result["events"] = events;
    result["steps"] = step_list;
    if (seen.counts.groups != 0)
        result["counts"] = counts_json(seen.counts);
    return result;
}

json crashed_result(const expectation& expected, const std::string& why)
{
    json result = {{"name", expected.name}, {"summary", expected.summary}, {"expected", ""}, {"observed", why},
                   {"ok", false},           {"deviations", {why}}};
    add_msi(result, nullptr);
    result["events"] = json::array();
    result["steps"] = json::array();
    return result;
}

std::string result_table(const std::vector<json>& scenarios)
{
    const std::string rule = std::string(118, '-') + "\n";
    std::string out =
        fmt::format("{:<24}{:<42}{:>12}  {}\n", "scenario", "first MSI: IOVA -> IPA -> PA", "latency", "outcome");
    out += rule;
    for (const json& s : scenarios)
        out += scenario_lines(s);
    const auto as_expected =
        std::count_if(scenarios.begin(), scenarios.end(), [](const json& s) { return s["ok"].get<bool>(); });
    return out + rule + fmt::format("{} of {} scenarios as expected\n", as_expected, scenarios.size());
}

} // namespace iovp::nested_msi
