#include "common/latency_record.h"

#include <array>
#include <cstddef>
#include <new>
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

bool latency_record::adds_up() const
{
    time_ps reached = begin_;
    for (const stage_span& s : spans_) {
        if (s.start != reached || s.end < s.start)
            return false;
        reached = s.end;
    }
    return reached == end_;
}

const char* kind_name(latency_record::kind k)
{
    static constexpr std::array<const char*, static_cast<std::size_t>(latency_record::kind::count)> names = {
        "dma_read", "dma_write", "msi", "ats", "command"};
    return names.at(static_cast<std::size_t>(k));
}

latency_record* latency_log::begin(latency_record::kind what, time_ps now)
{
    latency_listener* const end = this;
    if (free_.empty())
        return &records_.emplace_back(what, now, end);
    latency_record* const r = free_.back();
    free_.pop_back();
    r->~latency_record(); // made anew in its place: an assignment would make another one and move its spans
    return new (r) latency_record(what, now, end);
}

void latency_log::closed(const latency_record& r)
{
    for (latency_listener* l : listeners_)
        l->closed(r);
    if (recycle_)
        free_.push_back(const_cast<latency_record*>(&r)); // all of them are in records_
}

} // namespace iovp
