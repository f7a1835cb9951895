#include "smmu/pmcg/counter_group.h"

#include "smmu/pmcg/registers.h"
#include "smmu/pmcg/stream_filter.h"

#include <algorithm>

namespace iovp::smmu {

namespace {

/// Calls `f` for the number of every bit that is set.
template <class Function>
void each(std::uint64_t set, Function&& f)
{
    for (; set != 0; set &= set - 1)
        f(static_cast<unsigned>(__builtin_ctzll(set)));
}

} // namespace

bool counter_group::matches(unsigned n, pmu_event::number what, const pmu_origin& from) const
{
    if (pmcg_evtyper::event::get(type_[n]) != what)
        return false;
    // 10.4: one filter for each counter, or that of counter 0 for all.
    const unsigned filter = feature_.shared_filter ? 0 : n;
    return stream_filter(type_[filter], match_[filter], feature_, secure_observation_).matches(from);
}

bool counter_group::add(unsigned n, std::uint64_t amount)
{
    const std::uint64_t room = feature_.counter_mask() - value_[n];
    value_[n] = (value_[n] + amount) & feature_.counter_mask();
    return amount > room;
}

// 10.2.1: an overflow does not depend on OVS; what is captured are the values after it.
std::uint64_t counter_group::take(std::uint64_t overflows)
{
    overflowed_ |= overflows;
    bool captures = false;
    each(overflows, [&](unsigned n) { captures = captures || pmcg_evtyper::ovfcap::get(type_[n]); });
    if (captures && feature_.capture)
        capture();
    return overflows;
}

std::uint64_t counter_group::count(pmu_event::number what, const pmu_origin& from)
{
    std::uint64_t overflows = 0;
    each(event_counters_, [&](unsigned n) {
        if (matches(n, what, from) && add(n, 1))
            overflows |= std::uint64_t(1) << n;
    });
    return overflows == 0 ? 0 : take(overflows);
}

// 10.3: cycles are of no StreamID, filters do not matter.
std::uint64_t counter_group::elapse(std::uint64_t cycles)
{
    std::uint64_t overflows = 0;
    each(cycle_counters_, [&](unsigned n) {
        if (add(n, cycles))
            overflows |= std::uint64_t(1) << n;
    });
    return overflows == 0 ? 0 : take(overflows);
}

std::optional<std::uint64_t> counter_group::cycles_to_overflow() const
{
    std::optional<std::uint64_t> least;
    each(cycle_counters_, [&](unsigned n) {
        const std::uint64_t room = feature_.counter_mask() - value_[n];
        least = std::min(least.value_or(room), room);
    });
    // One more than there is room for; a full 64 bits of room never pass.
    if (least && *least == ~std::uint64_t(0))
        return std::nullopt;
    return least ? std::optional(*least + 1) : least;
}

void counter_group::set_type(unsigned n, std::uint32_t evtyper)
{
    type_[n] = evtyper;
    changed();
}

void counter_group::enable(std::uint64_t counters, bool on)
{
    enabled_ = on ? enabled_ | counters : enabled_ & ~counters;
    changed();
}

void counter_group::set_global_enable(bool on)
{
    global_enable_ = on;
    changed();
}

void counter_group::changed()
{
    event_counters_ = cycle_counters_ = 0;
    if (!global_enable_)
        return;
    each(enabled_, [this](unsigned n) {
        const bool cycles = pmcg_evtyper::event::get(type_[n]) == pmu_event::clock_cycle;
        (cycles ? cycle_counters_ : event_counters_) |= std::uint64_t(1) << n;
    });
}

} // namespace iovp::smmu
