#pragma once

#include "common/systemc/occupancy_probe.h"

#include <deque>
#include <systemc>

namespace iovp::smmu {

/// A number of equal resources: who finds none free waits for one, first come, first served.
class slot_pool {
public:
    /// `name`: of its occupancy_probe, a child of the module under construction.
    slot_pool(const char* name, unsigned slots)
        : slots_(slots)
        , probe_(name, slots)
    {
    }

    /// Called from a thread; a wait ends the caller's annotated delay first.
    void acquire(sc_core::sc_time& delay)
    {
        if (used_ == slots_ && delay != sc_core::SC_ZERO_TIME) {
            sc_core::wait(delay);
            delay = sc_core::SC_ZERO_TIME;
        }
        if (used_ < slots_) {
            probe_.set(++used_);
            return;
        }
        sc_core::sc_event turn;
        waiting_.push_back(&turn);
        sc_core::wait(turn); // who releases a slot hands it over
    }
    void release()
    {
        if (waiting_.empty()) {
            probe_.set(--used_);
            return;
        }
        waiting_.front()->notify(sc_core::SC_ZERO_TIME);
        waiting_.pop_front();
    }

private:
    const unsigned slots_;
    unsigned used_ = 0;
    std::deque<sc_core::sc_event*> waiting_;
    occupancy_probe probe_;
};

} // namespace iovp::smmu
