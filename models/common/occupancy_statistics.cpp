#include "common/occupancy_statistics.h"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace iovp {

occupancy_statistics::occupancy_statistics(time_ps begin, unsigned level, std::size_t stretches)
    : most_stretches_(stretches)
    , begin_(begin)
    , now_(begin)
    , level_(level)
    , max_(level)
{
}

// The stretch that holds `t`; halves the series as often as it takes.
occupancy_statistics::stretch& occupancy_statistics::stretch_at(time_ps t)
{
    while ((t - begin_) / width_ >= most_stretches_) {
        width_ *= 2;
        for (std::size_t i = 0; i < series_.size(); i += 2) {
            stretch both = series_[i];
            if (i + 1 < series_.size()) {
                both.level_time += series_[i + 1].level_time;
                both.max = std::max(both.max, series_[i + 1].max);
            }
            series_[i / 2] = both;
        }
        series_.resize((series_.size() + 1) / 2);
    }
    const std::size_t index = (t - begin_) / width_;
    if (index >= series_.size())
        series_.resize(index + 1);
    return series_[index];
}

void occupancy_statistics::until(time_ps now)
{
    if (now < now_)
        throw std::logic_error("occupancy_statistics: " + std::to_string(now) + " ps after " + std::to_string(now_) +
                               " ps");
    if (now == now_)
        return;
    level_time_ += level_ * (now - now_);
    if (level_ >= time_at_.size())
        time_at_.resize(std::size_t(level_) + 1);
    time_at_[level_] += now - now_;
    stretch_at(now - 1); // the width does not change any more
    while (now_ < now) {
        stretch& s = stretch_at(now_);
        const time_ps end = std::min(now, now_ + width_ - (now_ - begin_) % width_);
        s.level_time += level_ * (end - now_);
        s.max = std::max(s.max, level_);
        now_ = end;
    }
}

void occupancy_statistics::changed(time_ps now, unsigned level)
{
    until(now);
    level_ = level;
    max_ = std::max(max_, level);
}

double occupancy_statistics::mean() const
{
    return duration() == 0 ? 0.0 : static_cast<double>(level_time_) / static_cast<double>(duration());
}

} // namespace iovp
