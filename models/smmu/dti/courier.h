#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <systemc>
#include <utility>

namespace iovp::smmu::dti {

/// Makes calls at later times, those of one time in the order in which they were asked for.
class courier : public sc_core::sc_module {
public:
    courier(sc_core::sc_module_name name)
        : sc_module(name)
    {
        SC_HAS_PROCESS(courier);
        SC_METHOD(deliver);
        sensitive << due_;
        dont_initialize();
    }

    /// `call` is made `delay` from now, in a method process.
    void after(const sc_core::sc_time& delay, std::function<void()> call)
    {
        calls_.emplace(std::make_pair(sc_core::sc_time_stamp() + delay, count_++), std::move(call));
        due_.notify(calls_.begin()->first.first - sc_core::sc_time_stamp());
    }

private:
    void deliver()
    {
        while (!calls_.empty() && calls_.begin()->first.first <= sc_core::sc_time_stamp()) {
            const auto call = std::move(calls_.begin()->second);
            calls_.erase(calls_.begin());
            call();
        }
        if (!calls_.empty())
            due_.notify(calls_.begin()->first.first - sc_core::sc_time_stamp());
    }

    std::map<std::pair<sc_core::sc_time, std::uint64_t>, std::function<void()>> calls_;
    std::uint64_t count_ = 0;
    sc_core::sc_event due_;
};

} // namespace iovp::smmu::dti
