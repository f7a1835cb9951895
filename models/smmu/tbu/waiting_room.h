#pragma once

#include "common/systemc/occupancy_probe.h"

#include <cstdint>
#include <deque>
#include <systemc>

namespace iovp::smmu {

/// Translation slots and write-data buffer of a TBU: who cannot go on at once stays here until it leaves downstream.
/// Places are given in the order of arrival; the first that does not fit makes the others wait.
class waiting_room {
public:
    /// A transaction's place; lives as long as the transaction is in the TBU.
    struct place {
        unsigned bytes = 0; ///< of write data
        bool granted = false;
        sc_core::sc_event got_in;
    };

    /// `bytes`: 0: write data is not bounded.
    waiting_room(unsigned slots, unsigned bytes)
        : slots_(slots)
        , bytes_(bytes)
        , slots_in_use_("translation_slots", slots)
        , data_held_("write_buffer", bytes)
    {
    }

    void arrive(place& p, unsigned bytes);
    void leave(place& p);
    /// While it is stalled a transaction is buffered elsewhere; it comes back whether there is room or not, since those
    /// inside may wait for it.
    void step_out(place& p) { leave(p); }
    void step_in(place& p)
    {
        grant(p);
        tell();
    }

    unsigned used() const { return used_; }            ///< slots
    std::uint64_t buffered() const { return filled_; } ///< bytes

private:
    bool fits(const place& p) const
    {
        // Data larger than the buffer goes through it when there is nothing else.
        return used_ < slots_ && (bytes_ == 0 || filled_ == 0 || p.bytes == 0 || filled_ + p.bytes <= bytes_);
    }
    void grant(place& p);
    void tell()
    {
        slots_in_use_.set(used_);
        data_held_.set(static_cast<unsigned>(filled_));
    }

    unsigned slots_;
    unsigned bytes_;
    unsigned used_ = 0;
    std::uint64_t filled_ = 0;
    std::deque<place*> outside_;
    occupancy_probe slots_in_use_;
    occupancy_probe data_held_;
};

} // namespace iovp::smmu
