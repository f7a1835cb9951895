#include "expectation.h"

#include <fmt/format.h>

#include <algorithm>

namespace iovp::nested_msi {

namespace {

using fault = expected_step::fault;

constexpr std::array<const char*, SCENARIO_COUNT> names = {"identity",
                                                           "dma",
                                                           "stage2",
                                                           "nested_2023",
                                                           "nested_s2_hole",
                                                           "nested_unmanaged_helper",
                                                           "nested_parent_lookup",
                                                           "nested_parent_pointer",
                                                           "nested_premapped",
                                                           "nested_no_rmr",
                                                           "hotplug",
                                                           "replace_live",
                                                           "isolation"};

// Steps as the scenarios use them.
class step_maker {
public:
    explicit step_maker(const platform_facts& facts)
        : doorbell_(facts.doorbell)
        // GITS_TRANSLATER's place in its page, kept when the page is mapped elsewhere.
        , window_(facts.window_base + (facts.doorbell & 0xfff))
    {
    }

    // MSIs that arrive: by their physical address, through the kernel's stage 1, through a stage 2 (alone or nested).
    expected_step direct_msi() const { return arriving(doorbell_, {}); }
    expected_step kernel_msi(requester rid = requester::a0) const
    {
        expected_step s = arriving({}, {});
        s.rid = rid;
        return s;
    }
    expected_step window_msi() const { return arriving(window_, window_); }
    expected_step window_msi_live() const
    {
        expected_step s = window_msi();
        s.live = true;
        return s;
    }
    // MSIs that do not.
    expected_step faulting_msi(bool in_window, fault event) const
    {
        expected_step s{REPORT_MSI, REPORT_SILENT};
        s.event = event;
        s.iova = in_window ? window_ : doorbell_;
        return s;
    }
    expected_step silent_msi() const { return {REPORT_MSI, REPORT_SILENT}; }
    // ... although the write reached the doorbell.
    expected_step ignored_msi(report_kind kind, requester rid) const
    {
        expected_step s{kind, REPORT_SILENT, rid};
        s.pa = doorbell_;
        return s;
    }
    expected_step cpu_store() const
    {
        expected_step s{REPORT_CPU_STORE, REPORT_SILENT, requester::none};
        s.iova = doorbell_;
        return s;
    }

    static expected_step dma(report_kind kind) { return {kind, REPORT_DONE}; }
    static expected_step live_dma()
    {
        expected_step s{REPORT_DMA_READ, REPORT_DONE};
        s.live = true;
        return s;
    }
    static expected_step refused_dma(report_kind kind, fault event, requester rid = requester::a0)
    {
        return {kind, REPORT_ABORTED, rid, event};
    }

private:
    expected_step arriving(std::optional<std::uint64_t> iova, std::optional<std::uint64_t> ipa) const
    {
        expected_step s{REPORT_MSI, REPORT_DELIVERED};
        s.iova = iova;
        s.ipa = ipa;
        s.pa = doorbell_;
        return s;
    }

    std::uint64_t doorbell_, window_;
};

using steps = std::vector<expected_step>;

steps with_dma(steps s)
{
    s.push_back(step_maker::dma(REPORT_DMA_READ));
    s.push_back(step_maker::dma(REPORT_DMA_WRITE));
    return s;
}

steps hotplug_steps(const step_maker& m)
{
    return {m.window_msi(),
            m.refused_dma(REPORT_DMA_WRITE, fault::stage2_translation),
            m.window_msi_live(),
            m.dma(REPORT_DMA_WRITE),
            m.dma(REPORT_DMA_READ),
            m.window_msi_live(),
            m.refused_dma(REPORT_DMA_WRITE, fault::stage2_translation),
            m.refused_dma(REPORT_DMA_READ, fault::stage2_translation),
            m.window_msi()};
}

steps replace_live_steps(const step_maker& m)
{
    return {// the kernel's stage 1, a stage 2, another one, nested, identity
            m.kernel_msi(), m.dma(REPORT_DMA_READ), m.window_msi(), m.dma(REPORT_DMA_READ), m.window_msi_live(),
            m.live_dma(), m.window_msi_live(), m.live_dma(), m.direct_msi(), m.dma(REPORT_DMA_READ),
            // blocked, and the kernel's stage 1 again
            m.silent_msi(), m.refused_dma(REPORT_DMA_READ, fault::none), m.kernel_msi(), m.dma(REPORT_DMA_READ),
            // event unmapped, mapped again, memory unmapped
            m.ignored_msi(REPORT_MSI, requester::a0), m.kernel_msi(),
            m.refused_dma(REPORT_DMA_READ, fault::stage1_translation)};
}

steps isolation_steps(const step_maker& m)
{
    constexpr auto event = fault::stage1_translation;
    return {m.kernel_msi(),
            m.kernel_msi(requester::b0),
            m.ignored_msi(REPORT_FOREIGN_MSI, requester::b0),
            m.ignored_msi(REPORT_FOREIGN_MSI, requester::a1),
            m.cpu_store(),
            m.refused_dma(REPORT_DMA_READ, event, requester::b0),
            m.refused_dma(REPORT_DMA_WRITE, event, requester::b0),
            m.refused_dma(REPORT_DMA_READ, event, requester::a1),
            m.refused_dma(REPORT_DMA_WRITE, event, requester::a1),
            m.refused_dma(REPORT_DMA_READ, event, requester::b0),
            m.refused_dma(REPORT_DMA_WRITE, event, requester::b0),
            m.refused_dma(REPORT_DMA_WRITE, event, requester::b0),
            m.dma(REPORT_DMA_READ),
            m.kernel_msi()};
}

std::string words_text(const event_words& w)
{
    return fmt::format("{:016x} {:016x} {:016x} {:016x}", w[0], w[1], w[2], w[3]);
}

void check_events(const expected_step& expected, const report_step& seen, const platform_facts& facts,
                  const std::string& where, std::vector<std::string>& out)
{
    const std::optional<event_words> want = expected_event(expected, &seen, facts);
    const std::uint32_t count = want ? 1 : 0;
    if (seen.event_count != count)
        out.push_back(fmt::format("{}: {} event(s) recorded, expected {}{}", where, seen.event_count, count,
                                  seen.event_count ? "; the first: " + words_text(words_of(seen.events[0])) : ""));
    else if (want && words_of(seen.events[0]) != *want)
        out.push_back(
            fmt::format("{}: event {}, expected {}", where, words_text(words_of(seen.events[0])), words_text(*want)));
}

// The guest chooses its IOVAs; the IPA of a stage-2 fault must lie in the memory that is not there.
void check_ipa(const expected_step& expected, const report_step& seen, const platform_facts& facts,
               const std::string& where, std::vector<std::string>& out)
{
    if (expected.event == fault::stage2_translation && seen.kind != REPORT_MSI &&
        (seen.ipa < facts.hotplug_ipa || seen.ipa - facts.hotplug_ipa >= facts.hotplug_size))
        out.push_back(fmt::format("{}: IPA {:#x} is not in the hot-plug memory", where, seen.ipa));
}

void check_step(const expected_step& expected, const report_step& seen, const platform_facts& facts,
                const std::string& where, std::vector<std::string>& out)
{
    if (seen.kind != static_cast<std::uint32_t>(expected.kind)) {
        out.push_back(fmt::format("{}: another step, {}", where, outcome_text(seen.kind, seen.outcome)));
        return;
    }
    if (seen.outcome != static_cast<std::uint32_t>(expected.outcome))
        out.push_back(fmt::format("{}: {}, expected {}", where, outcome_text(seen.kind, seen.outcome),
                                  outcome_text(expected.kind, expected.outcome)));
    if (seen.rid != static_cast<std::uint32_t>(expected.rid))
        out.push_back(fmt::format("{}: requester {:#x}, expected {:#x}", where, seen.rid,
                                  static_cast<std::uint32_t>(expected.rid)));
    if (expected.iova && seen.address != *expected.iova)
        out.push_back(fmt::format("{}: address {:#x}, expected {:#x}", where, seen.address, *expected.iova));
    if (expected.live && seen.repeats < 4)
        out.push_back(
            fmt::format("{}: {} repetition(s) only while the device should have been at work", where, seen.repeats));
    if (seen.outcome == REPORT_DELIVERED && (seen.seen_intid != seen.mapped_intid || seen.seen_cpu != facts.msi_cpu))
        out.push_back(fmt::format("{}: INTID {} on CPU {}, expected INTID {} on CPU {}", where, seen.seen_intid,
                                  seen.seen_cpu, seen.mapped_intid, facts.msi_cpu));
    if (seen.bus_error != 0)
        out.push_back(fmt::format("{}: answered with a bus error", where));
    check_ipa(expected, seen, facts, where, out);
    check_events(expected, seen, facts, where, out);
}

} // namespace

const char* scenario_name(scenario which)
{
    return names.at(which);
}

std::optional<scenario> find_scenario(const std::string& name)
{
    const auto it = std::find(names.begin(), names.end(), name);
    if (it == names.end())
        return std::nullopt;
    return static_cast<scenario>(it - names.begin());
}

expectation expect(scenario which, const platform_facts& facts)
{
    const step_maker m(facts);
    const steps cured = with_dma({m.window_msi(), m.window_msi()});
    const char* name = scenario_name(which);
    switch (which) {
    case SCENARIO_IDENTITY:
        return {name, "no translation: the message carries the physical doorbell",
                with_dma({m.direct_msi(), m.direct_msi()})};
    case SCENARIO_DMA:
        return {name, "default domain: the kernel maps the doorbell in its own stage 1",
                with_dma({m.kernel_msi(), m.kernel_msi()})};
    case SCENARIO_STAGE2:
        return {name, "stage 2 alone with an MSI cookie: the doorbell stands at MSI_IOVA_BASE", cured};
    case SCENARIO_NESTED_2023:
        return {name, "the look-up finds the nested domain, which has no cookie: the doorbell is not mapped",
                with_dma({m.faulting_msi(false, fault::stage1_translation)})};
    case SCENARIO_NESTED_S2_HOLE:
        return {name, "the message names the window and stage 1 maps it, but nobody mapped it in the parent",
                with_dma({m.faulting_msi(true, fault::stage2_translation)})};
    case SCENARIO_NESTED_UNMANAGED_HELPER:
        return {name, "cure 1: a helper that returns the unmanaged (stage-2) domain", cured};
    case SCENARIO_NESTED_PARENT_LOOKUP:
        return {name, "cure 2: the existing call returns the parent of a nested domain", cured};
    case SCENARIO_NESTED_PARENT_POINTER: return {name, "cure 3: the domain carries a pointer to its parent", cured};
    case SCENARIO_NESTED_PREMAPPED:
        return {name, "today: the doorbell page is loaded into the parent before attach", cured};
    case SCENARIO_NESTED_NO_RMR:
        return {name, "the guest forgets the 1:1 mapping that its IORT asks for",
                with_dma({m.faulting_msi(true, fault::stage1_translation)})};
    case SCENARIO_HOTPLUG:
        return {name, "memory enters and leaves the parent while nesting is active; the MSIs go on", hotplug_steps(m)};
    case SCENARIO_REPLACE_LIVE:
        return {name, "domains replaced under a live device, each kind once, then everything taken down",
                replace_live_steps(m)};
    case SCENARIO_ISOLATION:
        return {name, "no device, and no CPU store, reaches what belongs to another device", isolation_steps(m)};
    case SCENARIO_COUNT: break;
    }
    return {"", "", {}};
}

event_words f_translation(std::uint32_t stream_id, std::uint64_t input_address, bool read,
                          std::optional<std::uint64_t> stage2_ipa)
{
    constexpr std::uint64_t number = 0x10;
    constexpr std::uint64_t class_in = 2;
    event_words w{};
    w[0] = number | static_cast<std::uint64_t>(stream_id) << 32;
    w[1] = (read ? std::uint64_t(1) << 35 : 0) | class_in << 40;
    w[2] = input_address;
    if (stage2_ipa) {
        w[1] |= std::uint64_t(1) << 39;
        w[3] = *stage2_ipa & 0x000ffffffffff000;
    }
    return w;
}

std::optional<event_words> expected_event(const expected_step& expected, const report_step* seen,
                                          const platform_facts& facts)
{
    if (expected.event == fault::none)
        return std::nullopt;
    const std::uint64_t address = expected.iova ? *expected.iova : seen ? seen->address : 0;
    std::optional<std::uint64_t> ipa;
    if (expected.event == fault::stage2_translation)
        ipa = expected.kind == REPORT_MSI ? address : seen ? seen->ipa : 0; // the guest maps the window 1:1
    return f_translation(facts.stream_base + static_cast<std::uint32_t>(expected.rid), address,
                         expected.kind == REPORT_DMA_READ, ipa);
}

event_words words_of(const std::uint64_t (&raw)[4])
{
    return {raw[0], raw[1], raw[2], raw[3]};
}

std::string outcome_text(std::uint32_t kind, std::uint32_t outcome)
{
    static constexpr const char* kinds[] = {"MSI", "DMA read", "DMA write", "CPU store to the doorbell",
                                            "MSI with another device's message"};
    static constexpr const char* outcomes[] = {"interrupt delivered", "done", "wrong data", "aborted", "no interrupt",
                                               "nothing under way"};
    return fmt::format("{}: {}", kind < std::size(kinds) ? kinds[kind] : "unknown step",
                       outcome < std::size(outcomes) ? outcomes[outcome] : "unknown outcome");
}

std::vector<std::string> deviations(const expectation& expected, const report& seen, const platform_facts& facts)
{
    std::vector<std::string> out;
    if (seen.magic != REPORT_MAGIC || seen.status == REPORT_RUNNING)
        out.emplace_back("the application did not finish");
    else if (seen.status != REPORT_FINISHED)
        out.push_back(fmt::format("the application gave up at {:.{}}:{} with error {}", seen.file, sizeof seen.file,
                                  seen.where, seen.error));
    if (seen.step_count != expected.steps.size())
        out.push_back(fmt::format("{} steps, expected {}", seen.step_count, expected.steps.size()));
    if (seen.unexpected_interrupts != 0)
        out.push_back(fmt::format("{} interrupt(s) that nobody asked for", seen.unexpected_interrupts));
    if (seen.stray_events != 0)
        out.push_back(fmt::format("{} SMMU event(s) outside every step", seen.stray_events));
    if (seen.gerrors != 0)
        out.push_back(fmt::format("SMMU_GERROR showed {:#x}", seen.gerrors));
    const std::size_t count = std::min<std::size_t>({expected.steps.size(), seen.step_count, REPORT_MAX_STEPS});
    for (std::size_t i = 0; i < count; ++i)
        check_step(expected.steps[i], seen.steps[i], facts, fmt::format("step {}", i + 1), out);
    return out;
}

} // namespace iovp::nested_msi
