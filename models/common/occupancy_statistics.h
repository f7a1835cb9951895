#pragma once

#include "common/latency_record.h"

#include <cstddef>
#include <vector>

namespace iovp {

/// Hears how many units of a resource are in use.
class occupancy_listener {
public:
    virtual ~occupancy_listener() = default;
    /// `level` units are in use from `now` on; `now` never goes back.
    virtual void changed(time_ps now, unsigned level) = 0;
};

/// A resource's occupancy over time: exact integer integrals of the level, and a series of bounded length.
class occupancy_statistics : public occupancy_listener {
public:
    /// One stretch of the time series, all of the same width.
    struct stretch {
        std::uint64_t level_time = 0; ///< sum of level x duration, in units x ps
        unsigned max = 0;
    };

    /// From `begin` on, with `level` units in use. `stretches`: most of the time series, an even number; when more time
    /// passes, neighbours become one and the width doubles.
    explicit occupancy_statistics(time_ps begin = 0, unsigned level = 0, std::size_t stretches = 512);

    void changed(time_ps now, unsigned level) override;

    /// Accounts for the time up to `now`; call it before reading what follows.
    void until(time_ps now);

    time_ps duration() const { return now_ - begin_; }
    std::uint64_t level_time() const { return level_time_; } ///< sum of level x duration, in units x ps
    double mean() const;                                     ///< weighted by time; 0 when no time has passed
    unsigned max() const { return max_; }                    ///< also of levels that lasted no time
    /// The time spent at each level, from 0 to the highest that lasted.
    const std::vector<time_ps>& time_at() const { return time_at_; }

    const std::vector<stretch>& series() const { return series_; } ///< the last one may be shorter than the others
    time_ps stretch_width() const { return width_; }
    time_ps begin() const { return begin_; }

private:
    stretch& stretch_at(time_ps t);

    const std::size_t most_stretches_;
    const time_ps begin_;
    time_ps now_;
    unsigned level_;
    unsigned max_;
    std::uint64_t level_time_ = 0;
    std::vector<time_ps> time_at_;
    time_ps width_ = 1000;
    std::vector<stretch> series_;
};

} // namespace iovp
