#include "command_name.h"
#include "report.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>
#include <vector>

namespace iovp::profile {

namespace {

double ns(time_ps t)
{
    return static_cast<double>(t) / 1000.0;
}

// To the picosecond: a mean has no more digits that mean anything.
double mean_ns(const latency_distribution& d)
{
    return std::round(d.mean()) / 1000.0;
}

json distribution_json(const latency_distribution& d)
{
    return {{"count", d.count()},
            {"sum_ps", d.sum()},
            {"mean_ns", mean_ns(d)},
            {"min_ns", ns(d.min())},
            {"p50_ns", ns(d.quantile(500))},
            {"p90_ns", ns(d.quantile(900))},
            {"p99_ns", ns(d.quantile(990))},
            {"p999_ns", ns(d.quantile(999))},
            {"max_ns", ns(d.max())}};
}

json stages_json(const latency_statistics::group& g)
{
    // In the order of stage.h, which is that of a path: groups and runs read alike.
    std::vector<const std::pair<latency_statistics::stage_key, latency_distribution>*> in_order;
    for (const auto& s : g.stages)
        in_order.push_back(&s);
    std::sort(in_order.begin(), in_order.end(), [](const auto* a, const auto* b) {
        return std::tie(a->first.what, a->first.detail) < std::tie(b->first.what, b->first.detail);
    });
    json stages = json::array();
    for (const auto* s : in_order) {
        const auto& [key, d] = *s;
        json item = {{"stage", stage_label(key.what, key.detail)}};
        item.update(distribution_json(d));
        // What the stage adds to the mean of all, visited or not: these add up to the total's mean.
        item["share_ns"] = static_cast<double>(d.sum()) / static_cast<double>(g.total.count()) / 1000.0;
        stages.push_back(item);
    }
    return stages;
}

json group_json(const latency_statistics::group& g)
{
    json out = distribution_json(g.total);
    out["aborted"] = g.aborted;
    out["stages"] = stages_json(g);
    return out;
}

json kinds_json(const latency_statistics& s)
{
    json kinds = json::array();
    for (unsigned k = 0; k < static_cast<unsigned>(latency_record::kind::count); ++k) {
        const auto kind = static_cast<latency_record::kind>(k);
        const latency_statistics::group g = s.together(kind);
        if (g.total.count() == 0)
            continue;
        json item = {{"kind", kind_name(kind)}};
        item.update(group_json(g));
        item["histogram"] = json::array();
        for (const auto& p : g.total.places())
            item["histogram"].push_back({ns(p.first), ns(p.last + 1), p.count});
        kinds.push_back(item);
    }
    return kinds;
}

json groups_json(const latency_statistics& s)
{
    json groups = json::array();
    for (const auto& [key, g] : s.groups()) {
        json item = {{"kind", kind_name(key.kind)},
                     {"stream", key.stream.value()},
                     {"substream", key.substream ? json(key.substream->value()) : json(nullptr)},
                     {"page_size", key.page_size_log2 == 0 ? 0 : std::uint64_t(1) << key.page_size_log2},
                     {"command", key.opcode ? json(command_name(*key.opcode)) : json(nullptr)}};
        item.update(group_json(g));
        groups.push_back(item);
    }
    return groups;
}

json resource_json(const resource_occupancy& r)
{
    const occupancy_statistics& o = r.level;
    json out = {{"name", r.name}, {"capacity", r.capacity}, {"mean", o.mean()}, {"max", o.max()}};
    json levels = json::array();
    for (std::size_t level = 0; level < o.time_at().size(); ++level)
        if (o.time_at()[level] != 0)
            levels.push_back({level, ns(o.time_at()[level])});
    out["time_at_level_ns"] = levels;
    json mean = json::array(), max = json::array();
    time_ps left = o.duration();
    for (const auto& s : o.series()) {
        const time_ps width = std::min(left, o.stretch_width());
        left -= width;
        mean.push_back(std::round(1000.0 * double(s.level_time) / double(width)) / 1000.0);
        max.push_back(s.max);
    }
    out["series"] = {{"begin_ns", ns(o.begin())}, {"width_ns", ns(o.stretch_width())}, {"mean", mean}, {"max", max}};
    return out;
}

} // namespace

json json_of(const measurement& m)
{
    const time_ps duration = m.end - m.begin;
    const double seconds = static_cast<double>(duration) * 1e-12;
    json out = {{"simulated_ns", ns(duration)},
                {"requests", m.requests},
                {"errors", m.errors},
                {"bytes", m.bytes},
                {"gbps", duration == 0 ? 0.0 : 8e-9 * static_cast<double>(m.bytes) / seconds},
                {"requests_per_second", duration == 0 ? 0.0 : static_cast<double>(m.requests) / seconds}};
    out["kinds"] = kinds_json(m.latencies);
    out["groups"] = groups_json(m.latencies);
    out["invalidations"] = m.invalidations.count() == 0 ? json(nullptr) : distribution_json(m.invalidations);
    out["caches"] = json::array();
    for (const cache_counts& c : m.caches)
        if (c.lookups != 0)
            out["caches"].push_back({{"cache", c.name},
                                     {"lookups", c.lookups},
                                     {"hits", c.hits},
                                     {"hit_rate", static_cast<double>(c.hits) / static_cast<double>(c.lookups)}});
    out["counts"] = json::object();
    for (const named_count& c : m.counts)
        out["counts"][c.name] = c.value;
    out["occupancy"] = json::array();
    for (const resource_occupancy& r : m.resources)
        out["occupancy"].push_back(resource_json(r));
    return out;
}

} // namespace iovp::profile
