#include "smmu/dti/tbu_group.h"

#include <algorithm>

namespace iovp::smmu::dti {

using sc_core::sc_time;

void tbu_group::attach()
{
    for (int i = 0; i < socket_.size(); ++i) {
        links_.push_back(std::make_unique<link>(socket_[i]->link()));
        for (to_tbu* tbu : socket_[i]->ends()) {
            tbu->attach(size());
            tbus_.push_back({tbu, links_.back().get(), false});
        }
    }
}

void tbu_group::connected(unsigned tbu, bool is)
{
    tbus_[tbu].connected = is;
    if (is)
        return;
    invalidating_.settled(tbu);
    syncing_.settled(tbu);
}

template <class Deliver>
void tbu_group::deliver_all(const std::vector<unsigned>& to, unsigned bytes, const Deliver& deliver)
{
    std::vector<std::pair<sc_time, std::size_t>> arrivals;
    for (std::size_t i = 0; i < to.size(); ++i) {
        sc_time delay;
        send(direction::to_tbu, to[i], bytes, delay);
        arrivals.emplace_back(sc_core::sc_time_stamp() + delay, i);
    }
    std::stable_sort(arrivals.begin(), arrivals.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (const auto& [when, i] : arrivals) {
        if (when > sc_core::sc_time_stamp())
            sc_core::wait(when - sc_core::sc_time_stamp());
        deliver(i);
    }
}

template <class Deliver>
void tbu_group::exchange_with_all(exchange& x, unsigned bytes, const Deliver& deliver)
{
    x.busy.lock();
    std::vector<unsigned> to;
    for (unsigned tbu = 0; tbu < size(); ++tbu)
        if (tbus_[tbu].connected)
            to.push_back(tbu);
    x.awaited = to;
    x.last = sc_core::sc_time_stamp();
    deliver_all(to, bytes, [&](std::size_t i) {
        if (x.awaits(to[i]))
            deliver(*tbus_[to[i]].end);
    });
    x.wait_all();
    x.busy.unlock();
}

void tbu_group::exchange::acknowledged(tbu_group& group, unsigned tbu, unsigned bytes)
{
    if (!awaits(tbu))
        return;
    sc_time delay;
    group.send(direction::to_tcu, tbu, bytes, delay);
    last = std::max(last, sc_core::sc_time_stamp() + delay);
    settled(tbu);
}

bool tbu_group::exchange::awaits(unsigned tbu) const
{
    return std::find(awaited.begin(), awaited.end(), tbu) != awaited.end();
}

void tbu_group::exchange::settled(unsigned tbu)
{
    const auto found = std::find(awaited.begin(), awaited.end(), tbu);
    if (found == awaited.end())
        return;
    awaited.erase(found);
    if (awaited.empty())
        all.notify(sc_core::SC_ZERO_TIME); // who waits may be the caller's caller
}

void tbu_group::exchange::wait_all()
{
    while (!awaited.empty())
        sc_core::wait(all);
    if (last > sc_core::sc_time_stamp())
        sc_core::wait(last - sc_core::sc_time_stamp());
}

void tbu_group::invalidate(const invalidate_request& r)
{
    exchange_with_all(invalidating_, message_size::inv_req, [&r](to_tbu& tbu) { tbu.invalidate(r); });
}

void tbu_group::sync()
{
    exchange_with_all(syncing_, message_size::sync_req, [](to_tbu& tbu) { tbu.sync(); });
}

void tbu_group::release(const std::vector<addressed_release>& all)
{
    std::vector<unsigned> to;
    to.reserve(all.size());
    for (const addressed_release& r : all)
        to.push_back(r.link);
    deliver_all(to, message_size::stall_release, [&](std::size_t i) { tbus_[to[i]].end->release(all[i].message); });
}

} // namespace iovp::smmu::dti
