#include "common/occupancy.h"

#include <algorithm>

namespace iovp {

time_ps occupancy::take(time_ps now, time_ps arrival, time_ps duration)
{
    if (!taken_.empty() && taken_.front().end <= now)
        forget(now);
    if (duration == 0)
        return arrival;
    // Mostly who asks comes after all the others.
    if (taken_.empty() || arrival > taken_.back().end) {
        const time_ps end = arrival + duration;
        taken_.push_back({arrival, end});
        close_old_gaps();
        return end;
    }
    if (arrival >= taken_.back().start)
        return taken_.back().end += duration;
    return take_first_gap(arrival, duration);
}

// What has passed is of no interest to anybody.
void occupancy::forget(time_ps now)
{
    const auto current = std::find_if(taken_.begin(), taken_.end(), [now](const interval& i) { return i.end > now; });
    taken_.erase(taken_.begin(), current);
}

void occupancy::close_old_gaps()
{
    if (taken_.size() <= most_intervals)
        return;
    const auto older = taken_.begin() + most_intervals / 2;
    older->start = taken_.front().start;
    taken_.erase(taken_.begin(), older);
}

time_ps occupancy::take_first_gap(time_ps arrival, time_ps duration)
{
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
        close_old_gaps();
    }
    return end;
}

} // namespace iovp
