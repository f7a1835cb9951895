#include "interconnect/address_map.h"

#include <algorithm>

namespace iovp {

static bool starts_after(std::uint64_t address, const address_map::range& r)
{
    return address < r.base;
}

std::string address_map::add(const range& r)
{
    if (r.size == 0)
        return "it has no bytes";
    if (r.last() < r.base)
        return "it ends beyond the last address";
    for (const range& other : ranges_)
        if (r.base <= other.last() && other.base <= r.last())
            return "it overlaps " + other.name;
    ranges_.insert(std::upper_bound(ranges_.begin(), ranges_.end(), r.base, starts_after), r);
    return {};
}

const address_map::range* address_map::find(std::uint64_t address) const
{
    const auto after = std::upper_bound(ranges_.begin(), ranges_.end(), address, starts_after);
    if (after == ranges_.begin())
        return nullptr;
    const range& candidate = *(after - 1);
    return address <= candidate.last() ? &candidate : nullptr;
}

std::vector<address_map::hole> address_map::holes(std::uint64_t last) const
{
    std::vector<hole> result;
    std::uint64_t next = 0; // the lowest address that is not yet accounted for
    for (const range& r : ranges_) {
        if (r.base > last)
            break;
        if (r.base > next)
            result.push_back({next, r.base - 1});
        if (r.last() >= last)
            return result;
        next = r.last() + 1;
    }
    result.push_back({next, last});
    return result;
}

} // namespace iovp
