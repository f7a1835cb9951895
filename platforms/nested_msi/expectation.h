#pragma once

#include "apps/nested_msi/boot_info.h"
#include "apps/nested_msi/report.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace iovp::nested_msi {

using event_words = std::array<std::uint64_t, 4>;

/// Requester IDs as the platform's wiring and a depth-first bus numbering give them.
enum class requester : std::uint32_t { none = 0, a0 = 0x100, a1 = 0x101, b0 = 0x200 };

/// What a step must show. The event record is compared bit for bit; no event at all where none is given.
struct expected_step {
    report_kind kind;
    report_outcome outcome;
    requester rid = requester::a0;
    enum class fault { none, stage1_translation, stage2_translation } event = fault::none;
    /// The way of an MSI's write: what the device uses, what stage 2 gets, what reaches the bus. Only `iova` counts
    /// where the write does not arrive; an IOVA of the driver's choice is left out and must differ from the PA.
    std::optional<std::uint64_t> iova = {};
    std::optional<std::uint64_t> ipa = {};
    std::optional<std::uint64_t> pa = {};
    bool live = false; ///< the device was at work while something changed: several MSIs, several transfers
};

struct expectation {
    const char* name;
    const char* summary; ///< one line for people
    std::vector<expected_step> steps;
};

/// Facts of the platform that expectations are built from; all come from its configuration, none from a model or from
/// the driver.
struct platform_facts {
    std::uint64_t doorbell;    ///< physical address of GITS_TRANSLATER
    std::uint64_t window_base; ///< MSI_IOVA_BASE
    std::uint32_t stream_base; ///< StreamID of RID 0
    std::uint32_t msi_cpu;     ///< where the devices' interrupts must arrive
    std::uint64_t hotplug_ipa; ///< memory that enters and leaves the virtual machine
    std::uint64_t hotplug_size;
};

expectation expect(scenario which, const platform_facts& facts);

/// The scenario's name, and the scenario of a name.
const char* scenario_name(scenario which);
std::optional<scenario> find_scenario(const std::string& name);

/// F_TRANSLATION as IHI 0070 7.3.13 lays it out, for an unprivileged data access of a stream without SubstreamID.
event_words f_translation(std::uint32_t stream_id, std::uint64_t input_address, bool read,
                          std::optional<std::uint64_t> stage2_ipa);

/// The record that a step must leave, none where no event is due. `seen` gives the addresses of the application's
/// choice.
std::optional<event_words> expected_event(const expected_step& expected, const report_step* seen,
                                          const platform_facts& facts);

event_words words_of(const std::uint64_t (&raw)[4]);

/// "MSI: interrupt delivered", "DMA write: aborted", ...
std::string outcome_text(std::uint32_t kind, std::uint32_t outcome);

/// One sentence per deviation of what the driver saw, none when it saw exactly what is expected.
std::vector<std::string> deviations(const expectation& expected, const report& seen, const platform_facts& facts);

} // namespace iovp::nested_msi
