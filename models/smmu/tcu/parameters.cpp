#include "smmu/tcu/parameters.h"

#include "common/systemc/configuration_error.h"

namespace iovp::smmu {

static void check_cache(const std::string& object, const std::string& what, unsigned entries, unsigned ways,
                        unsigned most)
{
    require_range(object, what + "_ways", ways, 1, 16);
    require_power_of_two(object, what + "_ways", ways);
    require_range(object, what + "_entries", entries, ways, most);
    require_power_of_two(object, what + "_entries", entries);
}

void tcu_parameters::check(const std::string& object) const
{
    if (const char* contradiction = feature.contradiction())
        configuration_error(object, "feature", "contradictory", contradiction);
    if (clock_period == sc_core::SC_ZERO_TIME)
        configuration_error(object, "clock_period", clock_period.to_string(), "more than 0 s");
    require_range(object, "slots", slots, 4, 4096);
    require_range(object, "walk_slots", walk_slots, 2, slots < 512 ? slots : 512);
    if (configuration_slots != 1 && configuration_slots != 2 && configuration_slots != 4)
        configuration_error(object, "configuration_slots", std::to_string(configuration_slots), "1, 2 or 4");
    require_range(object, "outstanding_reads", outstanding_reads, 0, 4096);
    require_range(object, "outstanding_writes", outstanding_writes, 1, 4096);
    if (walk_cache_entries != 0)
        check_cache(object, "walk_cache", walk_cache_entries, walk_cache_ways, 65536);
    check_cache(object, "configuration_cache", configuration_cache_entries, configuration_cache_ways, 4096);
    require_range(object, "walk_cache_cycles", walk_cache_cycles, 0, 1000);
    require_range(object, "configuration_cache_cycles", configuration_cache_cycles, 0, 1000);
    require_range(object, "command_fetch", command_fetch, 1, 16);
    require_range(object, "command_cycles", command_cycles, 0, 1000);
    require_range(object, "register_cycles", register_cycles, 0, 1000);
    require_range(object, "update_cycles", update_cycles, 1, 1000);
    require_range(object, "interrupt_cycles", interrupt_cycles, 1, 1000);
    if (atc_timeout == sc_core::SC_ZERO_TIME)
        configuration_error(object, "atc_timeout", atc_timeout.to_string(), "more than 0 s");
    require_range(object, "event_slots", event_slots, 1, 4096);
}

} // namespace iovp::smmu
