#include "smmu/pmcg/parameters.h"

#include "common/systemc/configuration_error.h"

namespace iovp::smmu {

void pmcg_parameters::check(const std::string& object) const
{
    if (const char* contradiction = feature.contradiction())
        configuration_error(object, "feature", "contradictory", contradiction);
    if (clock_period == sc_core::SC_ZERO_TIME)
        configuration_error(object, "clock_period", clock_period.to_string(), "more than 0 s");
    require_range(object, "register_cycles", register_cycles, 0, 1000);
    require_range(object, "update_cycles", update_cycles, 1, 1000);
    require_range(object, "interrupt_cycles", interrupt_cycles, 1, 1000);
}

} // namespace iovp::smmu
