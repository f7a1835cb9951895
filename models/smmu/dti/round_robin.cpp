#include "smmu/dti/round_robin.h"

namespace iovp::smmu::dti {

round_robin::round_robin(sc_core::sc_module_name name)
    : sc_module(name)
{
    SC_HAS_PROCESS(round_robin);
    SC_METHOD(arbitrate);
    sensitive << requested_;
    dont_initialize();
}

void round_robin::request(unsigned input, sc_core::sc_time duration, std::function<void()> granted)
{
    waiting_[input].emplace_back(duration, std::move(granted));
    requested_.notify(sc_core::SC_ZERO_TIME);
}

void round_robin::arbitrate()
{
    const sc_core::sc_time& now = sc_core::sc_time_stamp();
    if (free_ > now) {
        requested_.notify(free_ - now);
        return;
    }
    // A delta cycle later: who wakes at this time too has asked by then.
    if (!collected_) {
        collected_ = true;
        requested_.notify(sc_core::SC_ZERO_TIME);
        return;
    }
    collected_ = false;
    for (std::size_t i = 0; i < waiting_.size(); ++i) {
        auto& input = waiting_[(next_ + i) % waiting_.size()];
        if (input.empty())
            continue;
        next_ = (next_ + i + 1) % waiting_.size();
        const auto [duration, granted] = std::move(input.front());
        input.pop_front();
        free_ = now + duration;
        requested_.notify(duration);
        granted();
        return;
    }
}

} // namespace iovp::smmu::dti
