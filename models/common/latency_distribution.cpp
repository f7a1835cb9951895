#include "common/latency_distribution.h"

#include <algorithm>

namespace iovp {

// The highest linear_bits + 1 bits of the duration: places of width 1 up to 255, then 128 of width 2, 128 of width 4...
std::size_t latency_distribution::index_of(time_ps d)
{
    unsigned shift = 0;
    while ((d >> shift) >= (std::uint64_t(2) << linear_bits))
        ++shift;
    return (std::size_t(shift) << linear_bits) + static_cast<std::size_t>(d >> shift);
}

time_ps latency_distribution::first_of(std::size_t index)
{
    if (index < (std::size_t(2) << linear_bits))
        return index;
    const std::size_t shift = (index >> linear_bits) - 1;
    return static_cast<time_ps>(index - (shift << linear_bits)) << shift;
}

void latency_distribution::add(time_ps duration)
{
    const std::size_t index = index_of(duration);
    if (index >= counts_.size())
        counts_.resize(index + 1);
    ++counts_[index];
    ++count_;
    sum_ += duration;
    min_ = std::min(min_, duration);
    max_ = std::max(max_, duration);
}

void latency_distribution::add(const latency_distribution& other)
{
    if (other.counts_.size() > counts_.size())
        counts_.resize(other.counts_.size());
    for (std::size_t i = 0; i < other.counts_.size(); ++i)
        counts_[i] += other.counts_[i];
    count_ += other.count_;
    sum_ += other.sum_;
    min_ = std::min(min_, other.min_);
    max_ = std::max(max_, other.max_);
}

double latency_distribution::mean() const
{
    return count_ == 0 ? 0.0 : static_cast<double>(sum_) / static_cast<double>(count_);
}

time_ps latency_distribution::quantile(unsigned per_mille) const
{
    const std::uint64_t wanted = std::max<std::uint64_t>(1, (count_ * per_mille + 999) / 1000);
    std::uint64_t seen = 0;
    for (const place& p : places()) {
        seen += p.count;
        if (seen >= wanted)
            return std::min(p.last, max_);
    }
    return max_;
}

std::vector<latency_distribution::place> latency_distribution::places() const
{
    std::vector<place> out;
    for (std::size_t i = 0; i < counts_.size(); ++i)
        if (counts_[i] != 0)
            out.push_back({first_of(i), first_of(i + 1) - 1, counts_[i]});
    return out;
}

} // namespace iovp
