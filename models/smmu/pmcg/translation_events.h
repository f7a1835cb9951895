#pragma once

#include "smmu/pmcg/events.h"
#include "vmsa/walk_cache.h"

namespace iovp::smmu {

/// The events of one translation in the TCU: misses count once, accesses each time (10.3).
class translation_events {
public:
    translation_events(const pmu_source& pmu, const pmu_origin& from)
        : pmu_(pmu)
        , from_(from)
    {
    }

    /// Work for nobody's transaction or request (PRG responses, prefetches): it counts accesses, but no misses.
    void not_incoming() { tlb_missed_ = configuration_missed_ = true; }

    void access(bool table)
    {
        pmu_(table ? pmu_event::walk_access : pmu_event::configuration_access, from_);
        if (table)
            once(pmu_event::tlb_miss, tlb_missed_);
    }
    void configuration_lookup(bool hit)
    {
        if (!hit)
            once(pmu_event::configuration_miss, configuration_missed_);
    }
    bool walk_cache_lookup(const vmsa::walk_cache_key& key, bool hit) const
    {
        // Level -1 has the place of level 3, as in the walk cache.
        const auto level = static_cast<unsigned>(key.level & 3);
        pmu_(pmu_event::walk_cache_lookup(key.stage, level), from_);
        pmu_(pmu_event::walk_cache_miss(key.stage, level), from_, !hit);
        return hit;
    }

private:
    void once(pmu_event::number what, bool& already)
    {
        pmu_(what, from_, !already);
        already = true;
    }

    const pmu_source& pmu_;
    const pmu_origin from_;
    bool tlb_missed_ = false;
    bool configuration_missed_ = false;
};

} // namespace iovp::smmu
