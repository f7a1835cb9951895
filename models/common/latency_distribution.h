#pragma once

#include "common/latency_record.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace iovp {

/// Durations in picoseconds: exact count, sum, least and most, and quantiles. The quantiles come from a log-linear
/// histogram of 128 places per power of two: what quantile() says is never below the true value and at most 1/128
/// (0.8 %) above it, and exact below 256 ps. (Boost.Histogram has no quantiles and Boost.Accumulators' have no bound on
/// their error; Debian has HdrHistogram for Go and Java only.)
class latency_distribution {
public:
    void add(time_ps duration);
    /// What add() would have made of the other's durations.
    void add(const latency_distribution& other);

    std::uint64_t count() const { return count_; }
    time_ps sum() const { return sum_; }
    time_ps min() const { return count_ == 0 ? 0 : min_; }
    time_ps max() const { return max_; }
    double mean() const; ///< 0 of nothing

    /// The least duration that at least `per_mille` / 1000 of all do not exceed, to the bound above; 0 of nothing.
    time_ps quantile(unsigned per_mille) const;

    /// A place of the histogram: durations first..last.
    struct place {
        time_ps first;
        time_ps last;
        std::uint64_t count;
    };
    std::vector<place> places() const; ///< those that are not empty, ascending

private:
    static constexpr unsigned linear_bits = 7;

    static std::size_t index_of(time_ps d);
    static time_ps first_of(std::size_t index);

    std::uint64_t count_ = 0;
    time_ps sum_ = 0;
    time_ps min_ = ~time_ps(0);
    time_ps max_ = 0;
    std::vector<std::uint64_t> counts_;
};

} // namespace iovp
