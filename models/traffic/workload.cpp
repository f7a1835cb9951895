#include "traffic/workload.h"

#include "common/systemc/configuration_error.h"

namespace iovp::traffic {

void workload::check(const std::string& object) const
{
    require_range(object, "request_size", request_size, 1, 1u << 20);
    require_range(object, "outstanding", outstanding, 1, 4096);
    require_range(object, "alignment", alignment, 0, 1u << 30);
    if (order == pattern::list) {
        if (list.empty())
            configuration_error(object, "list", "empty", "one entry or more");
    } else if (window_size < request_size) {
        configuration_error(object, "window_size", std::to_string(window_size),
                            "request_size (" + std::to_string(request_size) + ") or more");
    }
    if (!(read_share >= 0 && read_share <= 1))
        configuration_error(object, "read_share", std::to_string(read_share), "0..1");
    if (coding == style::approximately_timed && quantum != sc_core::SC_ZERO_TIME)
        configuration_error(object, "quantum", quantum.to_string(), "0 in the approximately timed style");
    if (requester != 0 && tags == 0)
        configuration_error(object, "requester", std::to_string(requester), "0 without tags");
    if (!(requests_per_second >= 0 && requests_per_second <= 1e12))
        configuration_error(object, "requests_per_second", std::to_string(requests_per_second), "0 (none)..10^12");
}

} // namespace iovp::traffic
