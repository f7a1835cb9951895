#pragma once

#include "common/latency_record.h"

#include <cstddef>
#include <vector>

namespace iovp {

/// When a resource that serves one user at a time is taken, on the axis of local time. Loosely timed initiators do not
/// ask in the order of their local times: who asks later for an earlier time gets the gap that is there, and waits
/// only for what overlaps.
class occupancy {
public:
    /// Takes the resource for `duration` in the first gap at or after `arrival`; returns the end of it. `now`, which
    /// never goes back: nobody will ask for a time before it.
    time_ps take(time_ps now, time_ps arrival, time_ps duration);

    /// Intervals kept. Beyond it the gaps of the older half close: an initiator that never waits must not make the list
    /// grow without end. 64 initiators that run 10 us ahead with an access each 150 ns need 4300.
    static constexpr std::size_t most_intervals = 16384;
    std::size_t intervals() const { return taken_.size(); } ///< kept; neighbours without a gap are one

private:
    struct interval {
        time_ps start;
        time_ps end;
    };
    void forget(time_ps now);
    void close_old_gaps();
    time_ps take_first_gap(time_ps arrival, time_ps duration);

    std::vector<interval> taken_; ///< by time, with gaps between them
};

} // namespace iovp
