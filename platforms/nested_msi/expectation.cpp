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

const char* kind_name(std::uint32_t kind)
{
    switch (kind) {
    case REPORT_MSI: return "MSI";
    case REPORT_DMA_READ: return "DMA read";
    case REPORT_DMA_WRITE: return "DMA write";
    case REPORT_CPU_STORE: return "CPU store to the doorbell";
    case REPORT_FOREIGN_MSI: return "MSI with another device's message";
    default: return "unknown step";
    }
}

const char* outcome_name(std::uint32_t outcome)
{
    switch (outcome) {
    case REPORT_DELIVERED: return "delivered";
    case REPORT_DONE: return "done";
    case REPORT_CORRUPT: return "wrong data";
    case REPORT_ABORTED: return "aborted";
    case REPORT_SILENT: return "no interrupt";
    default: return "unknown outcome";
    }
}

// Steps as every scenario uses them.
expected_step msi_arrives(std::uint64_t address)
{
    return {REPORT_MSI, REPORT_DELIVERED, fault::none, address};
}
expected_step msi_faults(std::uint64_t address, fault event)
{
    return {REPORT_MSI, REPORT_SILENT, event, address};
}
expected_step msi_arrives_anywhere()
{
    return {REPORT_MSI, REPORT_DELIVERED};
}
expected_step dma_read_done()
{
    return {REPORT_DMA_READ, REPORT_DONE};
}
expected_step dma_write_done()
{
    return {REPORT_DMA_WRITE, REPORT_DONE};
}
expected_step dma_read_faults(fault event)
{
    return {REPORT_DMA_READ, REPORT_ABORTED, event};
}
expected_step dma_write_faults(fault event)
{
    return {REPORT_DMA_WRITE, REPORT_ABORTED, event};
}

std::string words_text(const event_words& w)
{
    return fmt::format("{:016x} {:016x} {:016x} {:016x}", w[0], w[1], w[2], w[3]);
}

event_words words_of(const std::uint64_t (&raw)[4])
{
    return {raw[0], raw[1], raw[2], raw[3]};
}

void check_events(const expected_step& expected, const report_step& seen, const platform_facts& facts,
                  const std::string& where, std::vector<std::string>& out)
{
    const std::uint32_t expected_count = expected.event == fault::none ? 0 : 1;
    if (seen.event_count != expected_count) {
        out.push_back(fmt::format("{}: {} event(s) recorded, expected {}{}", where, seen.event_count, expected_count,
                                  seen.event_count ? "; the first: " + words_text(words_of(seen.events[0])) : ""));
        return;
    }
    if (expected_count == 0)
        return;
    std::optional<std::uint64_t> ipa;
    if (expected.event == fault::stage2_translation)
        ipa = seen.kind == REPORT_MSI ? expected.msi_address.value_or(0) : seen.ipa;
    const event_words want =
        f_translation(facts.stream_base + seen.rid, seen.address, seen.kind == REPORT_DMA_READ, ipa);
    if (words_of(seen.events[0]) != want)
        out.push_back(
            fmt::format("{}: event {}, expected {}", where, words_text(words_of(seen.events[0])), words_text(want)));
}

void check_step(const expected_step& expected, const report_step& seen, const platform_facts& facts,
                const std::string& where, std::vector<std::string>& out)
{
    if (seen.kind != static_cast<std::uint32_t>(expected.kind)) {
        out.push_back(
            fmt::format("{}: was a {}, expected a {}", where, kind_name(seen.kind), kind_name(expected.kind)));
        return;
    }
    if (seen.outcome != static_cast<std::uint32_t>(expected.outcome))
        out.push_back(
            fmt::format("{}: {}, expected {}", where, outcome_name(seen.outcome), outcome_name(expected.outcome)));
    if (expected.msi_address && seen.address != *expected.msi_address)
        out.push_back(fmt::format("{}: the message's address is {:#x}, expected {:#x}", where, seen.address,
                                  *expected.msi_address));
    if (seen.outcome == REPORT_DELIVERED && (seen.seen_intid != seen.mapped_intid || seen.seen_cpu != seen.mapped_cpu))
        out.push_back(fmt::format("{}: INTID {} on CPU {}, expected INTID {} on CPU {}", where, seen.seen_intid,
                                  seen.seen_cpu, seen.mapped_intid, seen.mapped_cpu));
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
    // GITS_TRANSLATER's place in its page, kept when the page is mapped elsewhere.
    const std::uint64_t window_doorbell = facts.window_base + (facts.doorbell & 0xfff);
    const std::vector<expected_step> cured = {msi_arrives(window_doorbell), msi_arrives(window_doorbell),
                                              dma_read_done(), dma_write_done()};
    const char* name = scenario_name(which);
    switch (which) {
    case SCENARIO_IDENTITY:
        return {name,
                "no translation: the message carries the physical doorbell",
                {msi_arrives(facts.doorbell), msi_arrives(facts.doorbell), dma_read_done(), dma_write_done()}};
    case SCENARIO_DMA:
        return {name,
                "default domain: the kernel maps the doorbell in its own stage 1",
                {msi_arrives_anywhere(), msi_arrives_anywhere(), dma_read_done(), dma_write_done()}};
    case SCENARIO_STAGE2:
        return {name, "stage 2 alone with an MSI cookie: the doorbell stands at MSI_IOVA_BASE", cured};
    case SCENARIO_NESTED_2023:
        return {name,
                "the look-up finds the nested domain, which has no cookie: the doorbell is not mapped",
                {msi_faults(facts.doorbell, fault::stage1_translation), dma_read_done(), dma_write_done()}};
    case SCENARIO_NESTED_S2_HOLE:
        return {name,
                "the message names the window and stage 1 maps it, but nobody mapped it in the parent",
                {msi_faults(window_doorbell, fault::stage2_translation), dma_read_done(), dma_write_done()}};
    case SCENARIO_NESTED_UNMANAGED_HELPER:
        return {name, "cure 1: a helper that returns the unmanaged (stage-2) domain", cured};
    case SCENARIO_NESTED_PARENT_LOOKUP:
        return {name, "cure 2: the existing call returns the parent of a nested domain", cured};
    case SCENARIO_NESTED_PARENT_POINTER: return {name, "cure 3: the domain carries a pointer to its parent", cured};
    case SCENARIO_NESTED_PREMAPPED:
        return {name, "today: the doorbell page is loaded into the parent before attach", cured};
    case SCENARIO_NESTED_NO_RMR:
        return {name,
                "the guest forgets the 1:1 mapping that its IORT asks for",
                {msi_faults(window_doorbell, fault::stage1_translation), dma_read_done(), dma_write_done()}};
    case SCENARIO_HOTPLUG:
        return {name,
                "memory enters and leaves the parent while nesting is active",
                {msi_arrives(window_doorbell), dma_write_faults(fault::stage2_translation),
                 msi_arrives(window_doorbell), dma_write_done(), dma_read_done(), msi_arrives(window_doorbell),
                 dma_write_faults(fault::stage2_translation), dma_read_faults(fault::stage2_translation),
                 msi_arrives(window_doorbell)}};
    case SCENARIO_REPLACE_LIVE:
        return {name,
                "domains replaced under a live device",
                {msi_arrives_anywhere(), dma_read_done(), msi_arrives(window_doorbell), dma_read_done(),
                 msi_arrives(window_doorbell), dma_read_done(), msi_arrives(window_doorbell), dma_read_done(),
                 msi_arrives(facts.doorbell), dma_read_done(), msi_arrives_anywhere(), dma_read_done()}};
    case SCENARIO_ISOLATION:
        return {name,
                "no device, and no CPU store, reaches what belongs to another device",
                {msi_arrives_anywhere(),
                 msi_arrives_anywhere(),
                 {REPORT_FOREIGN_MSI, REPORT_SILENT},
                 {REPORT_FOREIGN_MSI, REPORT_SILENT},
                 {REPORT_CPU_STORE, REPORT_SILENT},
                 dma_read_faults(fault::stage1_translation),
                 dma_write_faults(fault::stage1_translation),
                 dma_write_faults(fault::stage1_translation),
                 dma_read_done(),
                 msi_arrives_anywhere()}};
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

std::vector<std::string> deviations(const expectation& expected, const report& seen, const platform_facts& facts)
{
    std::vector<std::string> out;
    if (seen.magic != REPORT_MAGIC || seen.status == REPORT_RUNNING)
        out.push_back("the application did not finish");
    else if (seen.status != REPORT_FINISHED)
        out.push_back(fmt::format("the application gave up at {}:{} with error {}", seen.file, seen.where, seen.error));
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
        check_step(expected.steps[i], seen.steps[i], facts,
                   fmt::format("step {} ({})", i + 1, kind_name(expected.steps[i].kind)), out);
    return out;
}

} // namespace iovp::nested_msi
