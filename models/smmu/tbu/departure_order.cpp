#include "smmu/tbu/departure_order.h"

#include <algorithm>

namespace iovp::smmu {

departure_order::place* departure_order::next_of(std::uint64_t id) const
{
    if (counts_[bucket(id)] == 0)
        return nullptr;
    const auto found = std::find_if(waiting_.begin(), waiting_.end(), [id](const place* p) { return p->id == id; });
    return found == waiting_.end() ? nullptr : *found;
}

bool departure_order::occupied(std::uint64_t id) const
{
    return id != 0 && next_of(id) != nullptr;
}

void departure_order::arrive(place& p, std::uint64_t id)
{
    p.id = id;
    if (id == 0)
        return;
    ++counts_[bucket(id)];
    p.where = waiting_.insert(waiting_.end(), &p);
}

bool departure_order::first(const place& p) const
{
    return p.id == 0 || next_of(p.id) == &p;
}

void departure_order::leave(place& p)
{
    if (p.id == 0)
        return;
    --counts_[bucket(p.id)];
    waiting_.erase(p.where);
    if (place* const next = next_of(p.id))
        next->turn.notify();
}

} // namespace iovp::smmu
