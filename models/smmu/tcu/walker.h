#pragma once

#include "smmu/tcu/tcu.h"

#include "common/latency_record.h"
#include "smmu/pmcg/translation_events.h"
#include "vmsa/port.h"
#include "vmsa/walk_cache.h"

#include <boost/container/small_vector.hpp>

#include <utility>

namespace iovp::smmu {

/// One translation's way through the TCU: its memory accesses and cache look-ups take time and are recorded.
///
/// A configuration slot is held from a look-up that misses until the structure is known, or the translation ends
/// without it; a walk slot from the first table read, which may be one of stage 2 for a CD, until the end. Slots are
/// always taken in this order: who has a walk slot never waits for a configuration slot.
class tcu::walker : public vmsa::memory_port, public vmsa::walk_cache_port, public configuration_cache_port {
public:
    walker(tcu& owner, latency_record* latency, sc_core::sc_time& delay, const pmu_origin& from)
        : pmu(owner.pmu, from)
        , owner_(owner)
        , latency_(latency)
        , delay_(delay)
        , secure_(from.sec_sid == security_state::secure)
        , born_(owner.invalidations_)
    {
    }
    walker(const walker&) = delete;
    walker& operator=(const walker&) = delete;
    ~walker() override;

    translation_events pmu;

    /// An invalidation has happened since: nothing that was read may be kept.
    bool overtaken() const { return owner_.invalidations_ != born_; }

    /// The translation is over: the walk caches take what it read, unless it was overtaken. Not before: a walk is not
    /// served by itself, so that its accesses are those of the architecture (N = L1 + (L1 + 1) x L2 when cold).
    void keep();

    // vmsa::memory_port
    bool read(const vmsa::structure_access& what, std::uint64_t* words, unsigned count) override;
    exchange compare_exchange(const vmsa::structure_access& what, std::uint64_t& expected,
                              std::uint64_t desired) override;

    // vmsa::walk_cache_port
    void begin(std::uint8_t stage) override;
    bool lookup(const vmsa::walk_cache_key& key, vmsa::table_pointer& found) override;
    void fill(const vmsa::walk_cache_key& key, const vmsa::table_pointer& entry) override;

    // configuration_cache_port
    bool lookup(stream_id stream, ste& found) override;
    void fill(stream_id stream, const ste& entry) override;
    bool lookup(stream_id stream, substream_id substream, cd& found) override;
    void fill(stream_id stream, substream_id substream, const cd& entry) override;

private:
    void spent(stage s, int detail = -1);
    void look_up_time(unsigned cycles);
    void take(slot_pool& pool, bool& taken);
    bool read_table(const vmsa::structure_access& what, std::uint64_t& descriptor);
    bool read_in_fixed_time(const vmsa::structure_access& what, std::uint64_t& descriptor);
    void configuration_is_known();
    bool counted(bool hit);
    static stage stage_of(const vmsa::structure_access& what);

    tcu& owner_;
    latency_record* latency_;
    sc_core::sc_time& delay_;
    const bool secure_; ///< whose configuration
    const std::uint64_t born_;
    boost::container::small_vector<std::pair<vmsa::walk_cache_key, vmsa::table_pointer>, 20> learned_; ///< 19: nested
    bool walked_ = false; ///< the fixed time of a walk is spent
    bool walk_slot_ = false;
    bool configuration_slot_ = false;
};

} // namespace iovp::smmu
