#include "common/latency_record.h"

#include <stdexcept>
#include <string>

namespace iovp {

void latency_record::until(time_ps end, stage s, int detail)
{
    if (end < end_)
        throw std::logic_error("latency_record: stage " + stage_label(s, detail) + " ends at " + std::to_string(end) +
                               " ps, before the previous stage's end at " + std::to_string(end_) + " ps");
    if (end == end_ || closed_)
        return;
    spans_.push_back({s, static_cast<std::int8_t>(detail), end_, end});
    end_ = end;
}

} // namespace iovp
