#pragma once

#include <systemc>

namespace iovp::smmu {

/// A number of equal resources: who finds none free waits for one.
class slot_pool {
public:
    explicit slot_pool(unsigned slots)
        : free_(slots)
    {
    }

    /// Called from a thread; a wait ends the caller's annotated delay first.
    void acquire(sc_core::sc_time& delay)
    {
        if (free_ == 0 && delay != sc_core::SC_ZERO_TIME) {
            sc_core::wait(delay);
            delay = sc_core::SC_ZERO_TIME;
        }
        while (free_ == 0)
            sc_core::wait(released_);
        --free_;
    }
    void release()
    {
        ++free_;
        released_.notify(sc_core::SC_ZERO_TIME);
    }

private:
    unsigned free_;
    sc_core::sc_event released_;
};

} // namespace iovp::smmu
