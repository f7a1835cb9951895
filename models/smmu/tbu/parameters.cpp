#include "smmu/tbu/parameters.h"

#include "common/systemc/configuration_error.h"

namespace iovp::smmu {

static void check_main_tlb(const std::string& object, unsigned entries, unsigned ways)
{
    const bool fully_associative = ways == entries && entries <= 256;
    if (ways != 4 && ways != 8 && ways != 16 && !fully_associative)
        configuration_error(object, "main_tlb_ways", std::to_string(ways), "4, 8, 16, or all entries up to 256");
    require_range(object, "main_tlb_entries", entries, ways, 65536);
    require_power_of_two(object, "main_tlb_entries", entries);
}

void tbu_parameters::check(const std::string& object) const
{
    if (clock_period == sc_core::SC_ZERO_TIME)
        configuration_error(object, "clock_period", clock_period.to_string(), "more than 0 s");
    require_range(object, "micro_tlb_entries", micro_tlb_entries, 4, 64);
    require_power_of_two(object, "micro_tlb_entries", micro_tlb_entries);
    require_range(object, "micro_tlb_cycles", micro_tlb_cycles, 0, 1000);
    if (main_tlb_entries != 0)
        check_main_tlb(object, main_tlb_entries, main_tlb_ways);
    require_range(object, "main_tlb_cycles", main_tlb_cycles, 0, 1000);
    require_range(object, "stream_ways", stream_ways, 1, 16);
    require_power_of_two(object, "stream_ways", stream_ways);
    require_range(object, "stream_entries", stream_entries, stream_ways, 65536);
    require_power_of_two(object, "stream_entries", stream_entries);
    require_range(object, "slots", slots, 2, 512);
    require_range(object, "tokens", tokens, 2, slots);
    require_range(object, "hazards", hazards, 0, slots);
    require_range(object, "prefetch_sequences", prefetch_sequences, 1, 64);
    if (prefetch && main_tlb_entries == 0)
        configuration_error(object, "prefetch", "true", "false without a main TLB, which keeps what it brings");
    link.check(object);
}

} // namespace iovp::smmu
