#include "gic/arch/lpi_list.h"

#include <algorithm>

namespace iovp::gic {

namespace {

auto position(std::vector<lpi_list::entry>& entries, std::uint32_t intid)
{
    return std::lower_bound(entries.begin(), entries.end(), intid,
                            [](const lpi_list::entry& e, std::uint32_t id) { return e.intid < id; });
}

} // namespace

bool lpi_list::insert(std::uint32_t intid, latency_record* record)
{
    const auto at = position(entries_, intid);
    if (at != entries_.end() && at->intid == intid)
        return false;
    entry e{intid};
    e.record = record;
    entries_.insert(at, e);
    return true;
}

bool lpi_list::remove(std::uint32_t intid, latency_record** record)
{
    const auto at = position(entries_, intid);
    if (at == entries_.end() || at->intid != intid)
        return false;
    if (record)
        *record = at->record;
    entries_.erase(at);
    return true;
}

lpi_list::entry* lpi_list::find(std::uint32_t intid)
{
    const auto at = position(entries_, intid);
    return at != entries_.end() && at->intid == intid ? &*at : nullptr;
}

candidate lpi_list::highest() const
{
    candidate best;
    for (const entry& e : entries_) {
        const candidate next{e.intid, e.configuration.priority};
        if (e.known && e.configuration.enabled && next.before(best))
            best = next;
    }
    return best;
}

} // namespace iovp::gic
