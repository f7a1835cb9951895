#include "shapes.h"

#include "adapter.h"

#include <algorithm>

namespace iovp::oracle {

smmu::tcu_parameters random_tcu(choices& c, const machine& hw)
{
    smmu::tcu_parameters p;
    p.feature = features_of(hw);
    p.walk_cache_ways = c.of({4U, 1U, 2U});
    p.walk_cache_entries = p.walk_cache_ways * c.of({64U, 1U, 2U});
    p.configuration_cache_ways = c.of({4U, 1U, 2U});
    p.configuration_cache_entries = p.configuration_cache_ways * c.of({64U, 1U, 2U});
    p.slots = c.of({256U, 4U, 8U});
    p.walk_slots = p.slots == 256 ? c.of({16U, 2U}) : 2;
    p.configuration_slots = c.of({4U, 1U, 2U});
    p.event_slots = c.of({32U, 8U});
    return p;
}

smmu::tbu_parameters random_tbu(choices& c, const smmu::tcu_parameters& t)
{
    smmu::tbu_parameters p;
    p.micro_tlb_entries = c.of({32U, 4U, 8U});
    p.main_tlb_ways = c.of({4U, 8U});
    p.main_tlb_entries = p.main_tlb_ways * c.of({64U, 1U, 2U, 512U});
    p.stream_ways = c.of({4U, 1U});
    p.stream_entries = p.stream_ways * c.of({16U, 1U, 2U});
    p.slots = c.of({128U, 2U, 8U});
    p.tokens = std::min(p.slots, t.slots / 2); // for each of two TBUs
    if (c.chance(30))
        p.tokens = 2;
    p.hazards = c.of({p.slots < 32 ? p.slots : 32U, 0U});
    return p;
}

} // namespace iovp::oracle
