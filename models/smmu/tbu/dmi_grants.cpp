#include "smmu/tbu/dmi_grants.h"

#include "smmu/dti/invalidation.h"
#include "smmu/tbu/stream_table.h"

#include <vector>

namespace iovp::smmu {

void dmi_grants::add(const grant& g)
{
    grants_[{g.stream, g.first}] = g;
}

// The initiator is told when all are gone: it may ask again at once.
template <class Lost>
void dmi_grants::revoke_if(const Lost& lost)
{
    std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges;
    for (auto i = grants_.begin(); i != grants_.end();) {
        if (lost(i->second)) {
            ranges.emplace_back(i->second.first, i->second.last);
            i = grants_.erase(i);
        } else {
            ++i;
        }
    }
    for (const auto& [first, last] : ranges)
        revoke_(first, last);
}

void dmi_grants::invalidate(const dti::invalidate_request& r)
{
    if (grants_.empty())
        return;
    if (dti::is_configuration(r.what))
        revoke_if([&r](const grant& g) { return matches_stream(r, g.stream); });
    else
        revoke_if([&r](const grant& g) { return g.translated && g.line.removed_by(r); });
}

void dmi_grants::invalidate_output(std::uint64_t first, std::uint64_t last)
{
    revoke_if([first, last](const grant& g) { return g.output <= last && first <= g.output + (g.last - g.first); });
}

void dmi_grants::revoke_all()
{
    revoke_if([](const grant&) { return true; });
}

} // namespace iovp::smmu
