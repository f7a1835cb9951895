#include "common/latency_statistics.h"

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <string>
#include <tuple>

namespace iovp {

bool operator<(const latency_statistics::group_key& a, const latency_statistics::group_key& b)
{
    return std::tie(a.kind, a.stream, a.substream, a.page_size_log2, a.opcode) <
           std::tie(b.kind, b.stream, b.substream, b.page_size_log2, b.opcode);
}

static latency_distribution& of_stage(latency_statistics::group& g, const latency_statistics::stage_key& key)
{
    const auto found = std::find_if(g.stages.begin(), g.stages.end(), [&key](const auto& s) { return s.first == key; });
    if (found != g.stages.end())
        return found->second;
    return g.stages.emplace_back(key, latency_distribution()).second;
}

void latency_statistics::group::add(const group& other)
{
    total.add(other.total);
    bytes += other.bytes;
    aborted += other.aborted;
    for (const auto& [key, distribution] : other.stages)
        of_stage(*this, key).add(distribution);
}

void latency_statistics::closed(const latency_record& r)
{
    if (!r.closed() || !r.adds_up())
        throw std::logic_error("latency_statistics: the stages of a " + std::string(kind_name(r.what)) + " begun at " +
                               std::to_string(r.begin()) + " ps do not add up to its latency");
    ++counts_[static_cast<std::size_t>(r.what)];
    group& g = groups_[{r.what, r.stream, r.substream, r.page_size_log2, r.opcode}];
    g.total.add(r.duration());
    g.bytes += r.aborted ? 0 : r.size;
    g.aborted += r.aborted ? 1 : 0;

    boost::container::small_vector<std::pair<stage_key, time_ps>, 24> sums;
    for (const stage_span& s : r.spans()) {
        const stage_key key{s.what, s.detail};
        const auto found = std::find_if(sums.begin(), sums.end(), [&key](const auto& x) { return x.first == key; });
        if (found == sums.end())
            sums.emplace_back(key, s.end - s.start);
        else
            found->second += s.end - s.start;
    }
    for (const auto& [key, sum] : sums)
        of_stage(g, key).add(sum);
}

std::uint64_t latency_statistics::count() const
{
    return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t(0));
}

latency_statistics::group latency_statistics::together(std::optional<latency_record::kind> kind) const
{
    group all;
    for (const auto& [key, g] : groups_)
        if (!kind || key.kind == *kind)
            all.add(g);
    return all;
}

} // namespace iovp
