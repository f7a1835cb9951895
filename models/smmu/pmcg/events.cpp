#include "smmu/pmcg/events.h"

namespace iovp::smmu {

std::vector<pmu_event::number> tbu_events()
{
    using namespace pmu_event;
    return {transaction,   tlb_miss,         configuration_miss, ats_translated, main_tlb_lookup,
            main_tlb_miss, micro_tlb_lookup, micro_tlb_miss,     slots_full,     out_of_tokens};
}

std::vector<pmu_event::number> tcu_events(bool ats)
{
    using namespace pmu_event;
    std::vector<number> all{transaction, tlb_miss, configuration_miss, walk_access, configuration_access};
    if (ats)
        all.push_back(ats_request);
    for (unsigned stage = 1; stage <= 2; ++stage)
        for (unsigned level = 0; level <= 3; ++level) {
            all.push_back(walk_cache_lookup(stage, level));
            all.push_back(walk_cache_miss(stage, level));
        }
    return all;
}

} // namespace iovp::smmu
