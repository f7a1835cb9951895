#pragma once

#include "common/strong.h"
#include "common/transaction_attributes.h"

#include <cstdint>
#include <initializer_list>
#include <vector>

namespace iovp::smmu {

/// Numbers of the events that can be counted (10.3).
namespace pmu_event {
using number = std::uint16_t;

constexpr number clock_cycle = 0;
constexpr number transaction = 1;          ///< or translation request, at the TCU
constexpr number tlb_miss = 2;             ///< caused by a transaction or a translation request
constexpr number configuration_miss = 3;   ///< likewise
constexpr number walk_access = 4;          ///< of a translation table
constexpr number configuration_access = 5; ///< of stream tables and CD tables
constexpr number ats_request = 6;          ///< PCIe Translation Request received
constexpr number ats_translated = 7;       ///< PCIe Translated transaction passed through

// IMPLEMENTATION DEFINED ones, numbered as in MMU-600 and MMU-700.
constexpr number main_tlb_lookup = 0x80, main_tlb_miss = 0x81;
constexpr number micro_tlb_lookup = 0x83, micro_tlb_miss = 0x84;
constexpr number slots_full = 0x85;
constexpr number out_of_tokens = 0x86;
/// `stage` 1 or 2, `level` 0 to 3.
constexpr number walk_cache_lookup(unsigned stage, unsigned level)
{
    return static_cast<number>(0x80 + (stage - 1) * 8 + level * 2);
}
constexpr number walk_cache_miss(unsigned stage, unsigned level)
{
    return static_cast<number>(walk_cache_lookup(stage, level) + 1);
}
} // namespace pmu_event

/// Whose transaction or request an event belongs to.
struct pmu_origin {
    stream_id stream;
    security_state sec_sid = security_state::non_secure;
};

/// Hears of events as they occur.
class pmu_observer {
public:
    virtual ~pmu_observer() = default;
    virtual void count(pmu_event::number what, const pmu_origin& from) = 0;
};

/// A component's events. Costs one comparison where nobody counts.
class pmu_source {
public:
    /// `events`: those that occur here, beside the clock.
    explicit pmu_source(std::vector<pmu_event::number> events)
        : events_(std::move(events))
    {
    }

    const std::vector<pmu_event::number>& events() const { return events_; }
    void set_observer(pmu_observer* o) { observer_ = o; }
    bool observed() const { return observer_ != nullptr; }

    void operator()(pmu_event::number what, const pmu_origin& from, bool counted = true) const
    {
        if (observer_ && counted)
            observer_->count(what, from);
    }
    /// `r`: anything that has a StreamID and a SEC_SID.
    template <class Request>
    void operator()(pmu_event::number what, const Request& r, bool counted = true) const
    {
        if (observer_ && counted)
            observer_->count(what, {r.stream, r.sec_sid});
    }

private:
    std::vector<pmu_event::number> events_;
    pmu_observer* observer_ = nullptr;
};

/// What a TBU and a TCU count.
std::vector<pmu_event::number> tbu_events();
std::vector<pmu_event::number> tcu_events(bool ats);

} // namespace iovp::smmu
