#include "result.h"

#include "event_text.h"

#include <fmt/format.h>

#include <algorithm>
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

bool writes_doorbell(std::uint32_t kind)
{
    return kind == REPORT_MSI || kind == REPORT_FOREIGN_MSI;
}

// The MSI writes that left the endpoints, in order: one per step that had a device write to the doorbell.
std::vector<const latency_record*> msi_records(const latency_log& log)
{
    std::vector<const latency_record*> out;
    for (const latency_record& r : log.records())
        if (r.what == latency_record::kind::msi)
            out.push_back(&r);
    return out;
}

event_words words_of(const std::uint64_t (&raw)[4])
{
    return {raw[0], raw[1], raw[2], raw[3]};
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

// What the hardware knows of an MSI, independent of what the driver reported.
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

std::string outcome_text(bool delivered, const std::vector<std::string>& events)
{
    std::string text = delivered ? "interrupt delivered" : "no interrupt";
    for (const std::string& e : events)
        text += ", " + e;
    return text;
}

std::string expected_text(const expected_step& s, const report_step* seen, const platform_facts& facts)
{
    std::vector<std::string> events;
    if (s.event != expected_step::fault::none) {
        const std::uint32_t rid = seen ? seen->rid : 0;
        const std::uint64_t address = s.msi_address.value_or(0);
        std::optional<std::uint64_t> ipa;
        if (s.event == expected_step::fault::stage2_translation)
            ipa = address;
        events.push_back(event_text(f_translation(facts.stream_base + rid, address, false, ipa)));
    }
    return outcome_text(s.outcome == REPORT_DELIVERED, events);
}

std::string observed_text(const report_step& s)
{
    std::vector<std::string> events;
    for (std::uint32_t i = 0; i < std::min<std::uint32_t>(s.event_count, REPORT_MAX_EVENTS); ++i)
        events.push_back(event_text(words_of(s.events[i])));
    return outcome_text(s.outcome == REPORT_DELIVERED, events);
}

// The hardware's own view of each MSI must agree with what the handler told the driver.
void compare_with_hardware(const report_step& s, const latency_record* r, std::size_t number,
                           std::vector<std::string>& out)
{
    if (!r) {
        out.push_back(fmt::format("step {}: no MSI write left the device", number));
        return;
    }
    const bool delivered = r->interrupt && r->cpu;
    if (delivered != (s.outcome == REPORT_DELIVERED))
        out.push_back(fmt::format("step {}: the driver {} the interrupt, the CPU interface {}", number,
                                  s.outcome == REPORT_DELIVERED ? "saw" : "missed",
                                  delivered ? "delivered it" : "did not deliver it"));
    else if (delivered && (r->interrupt->value() != s.seen_intid || *r->cpu != s.seen_cpu))
        out.push_back(fmt::format("step {}: the CPU interface delivered INTID {} to CPU {}, the driver saw {} on {}",
                                  number, r->interrupt->value(), *r->cpu, s.seen_intid, s.seen_cpu));
    if (!r->spans().empty() && (r->spans().front().start != r->begin() || r->spans().back().end != r->end()))
        out.push_back(fmt::format("step {}: the stages do not add up to the latency", number));
}

json step_json(const report_step& s, const latency_record* r)
{
    static constexpr const char* kinds[] = {"msi", "dma_read", "dma_write", "cpu_store", "foreign_msi"};
    static constexpr const char* outcomes[] = {"delivered", "done", "corrupt", "aborted", "silent"};
    json step = {{"kind", s.kind < std::size(kinds) ? kinds[s.kind] : "unknown"},
                 {"outcome", s.outcome < std::size(outcomes) ? outcomes[s.outcome] : "unknown"},
                 {"rid", hex(s.rid)},
                 {"address", hex(s.address)},
                 {"repeats", s.repeats},
                 {"events", json::array()}};
    for (std::uint32_t e = 0; e < std::min<std::uint32_t>(s.event_count, REPORT_MAX_EVENTS); ++e)
        step["events"].push_back(event_json(words_of(s.events[e])));
    if (writes_doorbell(s.kind))
        add_msi(step, r);
    return step;
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
        if (!text.empty()) {
            text += ", ";
            if (text.size() - line > 96) {
                text += "\n                          ";
                line = text.size();
            }
        }
        text += item;
    }
    return text;
}

} // namespace

json scenario_result(const expectation& expected, const report& seen, const latency_log& log,
                     const platform_facts& facts)
{
    std::vector<std::string> wrong = deviations(expected, seen, facts);
    const std::vector<const latency_record*> msis = msi_records(log);

    json events = json::array();
    json steps = json::array();
    std::size_t next_msi = 0;
    const std::size_t count = std::min<std::size_t>(seen.step_count, REPORT_MAX_STEPS);
    for (std::size_t i = 0; i < count; ++i) {
        const report_step& s = seen.steps[i];
        const latency_record* r = nullptr;
        if (writes_doorbell(s.kind)) {
            r = next_msi < msis.size() ? msis[next_msi] : nullptr;
            for (std::uint32_t n = 0; n < s.repeats; ++n, ++next_msi)
                compare_with_hardware(s, next_msi < msis.size() ? msis[next_msi] : nullptr, i + 1, wrong);
        }
        steps.push_back(step_json(s, r));
        for (const json& e : steps.back()["events"])
            events.push_back(e);
    }
    if (next_msi != msis.size())
        wrong.push_back(fmt::format("the devices wrote {} MSIs, the driver asked for {}", msis.size(), next_msi));

    const report_step* first = count ? &seen.steps[0] : nullptr;
    json result = {{"name", expected.name},
                   {"summary", expected.summary},
                   {"expected", expected_text(expected.steps.front(), first, facts)},
                   {"observed", first ? observed_text(*first) : "nothing"},
                   {"ok", wrong.empty()},
                   {"deviations", wrong}};
    add_msi(result, msis.empty() ? nullptr : msis.front());
    result["events"] = events;
    result["steps"] = steps;
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
    std::string out =
        fmt::format("{:<24}{:<42}{:>12}  {}\n", "scenario", "MSI write: IOVA -> IPA -> PA", "latency", "outcome");
    out += std::string(118, '-') + "\n";
    for (const json& s : scenarios) {
        const std::string latency =
            s["latency_ns"].is_null() ? "-" : fmt::format("{:.1f} ns", s["latency_ns"].get<double>());
        out += fmt::format("{:<24}{:<42}{:>12}  {}\n", s["name"].get<std::string>(), path_text(s), latency,
                           s["ok"].get<bool>() ? "as expected" : "DEVIATES");
        out += fmt::format("    {}\n", s["summary"].get<std::string>());
        out += fmt::format("    first MSI:            {}\n", s["observed"].get<std::string>());
        if (!s["intid"].is_null())
            out += fmt::format("                          INTID {} on CPU {}\n", s["intid"].get<unsigned>(),
                               s["cpu"].get<unsigned>());
        if (!s["stages"].empty())
            out += fmt::format("    stages (ns):          {}\n", breakdown(s["stages"]));
        for (const json& d : s["deviations"])
            out += fmt::format("    deviation:            {}\n", d.get<std::string>());
    }
    const auto as_expected =
        std::count_if(scenarios.begin(), scenarios.end(), [](const json& s) { return s["ok"].get<bool>(); });
    out += std::string(118, '-') + "\n";
    out += fmt::format("{} of {} scenarios as expected\n", as_expected, scenarios.size());
    return out;
}

} // namespace iovp::nested_msi
