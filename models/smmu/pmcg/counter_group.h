#pragma once

#include "smmu/pmcg/events.h"
#include "smmu/pmcg/features.h"

#include <array>
#include <cstdint>
#include <optional>

namespace iovp::smmu {

/// The counters of one group: what they count, filters, overflow and capture (10.2 to 10.4, 10.6). No time, no
/// addresses: pmcg_frame has the registers, pmcg the clock and the interrupt.
class counter_group {
public:
    explicit counter_group(const pmcg_features& f)
        : feature_(f)
    {
    }

    /// An event occurs. Returns the counters that overflowed.
    std::uint64_t count(pmu_event::number what, const pmu_origin& from);
    /// So many clock cycles have passed. Returns the counters that overflowed.
    std::uint64_t elapse(std::uint64_t cycles);
    /// Clock cycles until a counter of cycles overflows; nothing when none is enabled.
    std::optional<std::uint64_t> cycles_to_overflow() const;
    bool counts_cycles() const { return cycle_counters_ != 0; }

    /// All counters into their shadow registers, at once (10.2.1).
    void capture() { shadow_ = value_; }

    std::uint64_t value(unsigned n) const { return value_[n]; }
    std::uint64_t shadow(unsigned n) const { return shadow_[n]; }
    void set_value(unsigned n, std::uint64_t v) { value_[n] = v & feature_.counter_mask(); }
    void set_type(unsigned n, std::uint32_t evtyper);
    void set_match(unsigned n, std::uint32_t smr) { match_[n] = smr; }

    std::uint64_t enabled() const { return enabled_; }
    void enable(std::uint64_t counters, bool on);
    void set_global_enable(bool on);
    std::uint64_t overflowed() const { return overflowed_; }
    void set_overflowed(std::uint64_t counters, bool on)
    {
        overflowed_ = on ? overflowed_ | counters : overflowed_ & ~counters;
    }
    void set_secure_observation(bool on) { secure_observation_ = on; }

private:
    bool matches(unsigned n, pmu_event::number what, const pmu_origin& from) const;
    /// Adds to one counter; true when it overflows.
    bool add(unsigned n, std::uint64_t amount);
    std::uint64_t take(std::uint64_t overflows);
    void changed();

    const pmcg_features feature_;
    std::array<std::uint64_t, 64> value_{}, shadow_{};
    std::array<std::uint32_t, 64> type_{}, match_{};
    std::uint64_t enabled_ = 0; ///< CNTEN
    std::uint64_t overflowed_ = 0;
    bool global_enable_ = false; ///< CR.E
    bool secure_observation_ = false;
    // Of the enabled ones, so that an event looks at few.
    std::uint64_t event_counters_ = 0, cycle_counters_ = 0;
};

} // namespace iovp::smmu
