#include "smmu/dti/switch_parameters.h"

#include "common/systemc/configuration_error.h"

namespace iovp::smmu::dti {

void switch_parameters::check(const std::string& object) const
{
    if (clock_period == sc_core::SC_ZERO_TIME)
        configuration_error(object, "clock_period", clock_period.to_string(), "more than 0 s");
    require_range(object, "cycles", cycles, 0, 1000);
    link.check(object);
}

} // namespace iovp::smmu::dti
