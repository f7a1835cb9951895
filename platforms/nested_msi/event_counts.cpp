#include "event_counts.h"

#include <fmt/format.h>

#include <algorithm>

namespace iovp::nested_msi {

namespace {

std::uint32_t device_count(const report_counts& seen)
{
    return std::min<std::uint32_t>(seen.devices, REPORT_MAX_DEVICES);
}

std::uint32_t group_count(const report_counts& seen)
{
    return std::min<std::uint32_t>(seen.groups, REPORT_MAX_GROUPS);
}

} // namespace

nlohmann::ordered_json counts_json(const report_counts& seen)
{
    using json = nlohmann::ordered_json;
    json devices = json::array();
    for (std::uint32_t d = 0; d < device_count(seen); ++d) {
        json groups = json::array();
        for (std::uint32_t g = 0; g < group_count(seen); ++g) {
            const auto& c = seen.device[d].of_group[g];
            groups.push_back(
                {{"transactions", c.transactions}, {"tlb_misses", c.tlb_misses}, {"walk_accesses", c.walk_accesses}});
        }
        devices.push_back({{"stream", fmt::format("{:#x}", seen.device[d].stream_id)}, {"groups", groups}});
    }
    return {{"devices", devices}, {"sampled", seen.sampled}, {"overflows", seen.overflows}};
}

void compare_counts(const report_counts& seen, const std::vector<event_counts>& models,
                    std::vector<std::string>& deviations)
{
    if (seen.groups != models.size()) {
        deviations.push_back(fmt::format("the driver found {} counter groups of {}", seen.groups, models.size()));
        return;
    }
    for (std::uint32_t g = 0; g < group_count(seen); ++g) {
        event_counts sum{};
        for (std::uint32_t d = 0; d < device_count(seen); ++d) {
            const auto& c = seen.device[d].of_group[g];
            sum.transactions += c.transactions;
            sum.tlb_misses += c.tlb_misses;
            sum.walk_accesses += c.walk_accesses;
        }
        const auto compare = [&](const char* what, std::uint64_t driver, std::uint64_t model) {
            if (driver != model)
                deviations.push_back(
                    fmt::format("counter group {}: the driver counted {} {}, the model {}", g, driver, what, model));
        };
        compare("transactions", sum.transactions, models[g].transactions);
        if (g != 0)
            compare("TLB misses", sum.tlb_misses, models[g].tlb_misses);
        compare("walk accesses", sum.walk_accesses, models[g].walk_accesses);
    }
}

} // namespace iovp::nested_msi
