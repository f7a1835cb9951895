#include "smmu/dti/link_parameters.h"

#include "common/systemc/configuration_error.h"

namespace iovp::smmu::dti {

void link_parameters::check(const std::string& object) const
{
    if (clock_period == sc_core::SC_ZERO_TIME)
        configuration_error(object, "link.clock_period", clock_period.to_string(), "more than 0 s");
    require_range(object, "link.request_cycles", request_cycles, 0, 10000);
    require_range(object, "link.response_cycles", response_cycles, 0, 10000);
    if (beat_bytes != 1 && beat_bytes != 4 && beat_bytes != 10 && beat_bytes != 20)
        configuration_error(object, "link.beat_bytes", std::to_string(beat_bytes), "1, 4, 10 or 20");
}

} // namespace iovp::smmu::dti
