#pragma once

#include "common/occupancy_statistics.h"
#include "common/systemc/time.h"

#include <systemc>
#include <vector>

namespace iovp {

/// How many units of a bounded resource (slots, queue entries, tokens) are in use. The resource has a probe as a member
/// and tells it of every change; who wants to know finds it in the object hierarchy. Costs a store and a branch when
/// nobody listens.
///     occupancy_probe in_use_{"translation_slots", parameters_.slots};
///     in_use_.set(used);
/// The name must be free among the children of the module under construction.
class occupancy_probe : public sc_core::sc_object {
public:
    /// `capacity`: 0 where there is no bound.
    occupancy_probe(const char* name, unsigned capacity)
        : sc_object(name)
        , capacity_(capacity)
    {
    }

    /// The level from the current simulation time on. An annotated delay does not count: the unit is taken now.
    void set(unsigned level)
    {
        level_ = level;
        if (listener_)
            listener_->changed(to_ps(sc_core::sc_time_stamp()), level);
    }

    /// Null: nobody.
    void listen(occupancy_listener* l) { listener_ = l; }

    unsigned capacity() const { return capacity_; }
    const unsigned& level() const { return level_; } ///< also for sc_trace

    /// All probes of the simulation in the order of the hierarchy; call it when elaboration has ended.
    static std::vector<occupancy_probe*> all();

    const char* kind() const override { return "occupancy_probe"; }

private:
    const unsigned capacity_;
    unsigned level_ = 0;
    occupancy_listener* listener_ = nullptr;
};

} // namespace iovp
