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

/// What a step must show. The event record is compared bit for bit; no event at all where none is given.
struct expected_step {
    report_kind kind;
    report_outcome outcome;
    enum class fault { none, stage1_translation, stage2_translation } event = fault::none;
    /// The address that an MSI's write must carry; DMA steps use addresses of the application's choice.
    std::optional<std::uint64_t> msi_address = {};
};

struct expectation {
    const char* name;
    const char* summary; ///< one line for people
    std::vector<expected_step> steps;
};

/// Facts of the platform that expectations are built from; all come from its configuration, none from a model.
struct platform_facts {
    std::uint64_t doorbell;    ///< physical address of GITS_TRANSLATER
    std::uint64_t window_base; ///< MSI_IOVA_BASE
    std::uint32_t stream_base; ///< StreamID of RID 0
};

expectation expect(scenario which, const platform_facts& facts);

/// The scenario's name, and the scenario of a name.
const char* scenario_name(scenario which);
std::optional<scenario> find_scenario(const std::string& name);

/// F_TRANSLATION as IHI 0070 7.3.13 lays it out, for an unprivileged data access of a stream without SubstreamID.
event_words f_translation(std::uint32_t stream_id, std::uint64_t input_address, bool read,
                          std::optional<std::uint64_t> stage2_ipa);

/// One sentence per deviation, none when the report shows exactly what is expected.
std::vector<std::string> deviations(const expectation& expected, const report& seen, const platform_facts& facts);

} // namespace iovp::nested_msi
