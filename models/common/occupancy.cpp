#include "common/occupancy.h"

#include <algorithm>

namespace iovp {

time_ps occupancy::take(time_ps now, time_ps arrival, time_ps duration)
{
    // What has passed is of no interest to anybody.
    const auto current = std::find_if(taken_.begin(), taken_.end(), [now](const interval& i) { return i.end > now; });
    taken_.erase(taken_.begin(), current);
    if (duration == 0)
        return arrival;

    auto next =
        std::upper_bound(taken_.begin(), taken_.end(), arrival, [](time_ps t, const interval& i) { return t < i.end; });
    time_ps start = arrival;
    while (next != taken_.end() && next->start < start + duration) {
        start = next->end;
        ++next;
    }
    const time_ps end = start + duration;

    const bool joins_previous = next != taken_.begin() && std::prev(next)->end == start;
    const bool joins_next = next != taken_.end() && next->start == end;
    if (joins_previous && joins_next) {
        std::prev(next)->end = next->end;
        taken_.erase(next);
    } else if (joins_previous) {
        std::prev(next)->end = end;
    } else if (joins_next) {
        next->start = start;
    } else {
        taken_.insert(next, {start, end});
        if (taken_.size() > most_intervals) {
            const auto older = taken_.begin() + most_intervals / 2;
            older->start = taken_.front().start;
            taken_.erase(taken_.begin(), older);
        }
    }
    return end;
}

} // namespace iovp
