#include "traffic/request_sequence.h"

#include <cmath>

namespace iovp::traffic {

request_sequence::request_sequence(const workload& w)
    : workload_(w)
    , random_(w.seed)
    , step_(w.alignment != 0 ? w.alignment : w.request_size)
    , places_(w.order == pattern::list ? w.list.size() : (w.window_size - w.request_size) / step_ + 1)
{
}

// Not std::uniform_int_distribution: its numbers differ between standard libraries.
std::uint64_t request_sequence::below(std::uint64_t bound)
{
    __extension__ using wide = unsigned __int128;
    return static_cast<std::uint64_t>(wide(random_()) * bound >> 64);
}

bool request_sequence::next(request& r)
{
    if (given_ == workload_.count)
        return false;
    r.number = given_++;
    r.size = workload_.request_size;
    const bool by_chance = workload_.order == pattern::random;
    const std::uint64_t place = by_chance ? below(places_) : r.number % places_;
    if (workload_.order == pattern::list) {
        const list_entry& e = workload_.list[place];
        r.address = e.address;
        r.write = e.write;
        if (e.size != 0)
            r.size = e.size;
    } else {
        r.address = workload_.window_base + place * step_;
        r.write =
            workload_.read_share < 1 && std::ldexp(static_cast<double>(random_() >> 11), -53) >= workload_.read_share;
    }
    const std::size_t sources = workload_.sources.size();
    r.from =
        sources == 0 ? nullptr : &workload_.sources[by_chance && sources > 1 ? below(sources) : r.number % sources];
    return true;
}

} // namespace iovp::traffic
