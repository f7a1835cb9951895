#include "smmu/tcu/wired_interrupt.h"

namespace iovp::smmu {

wired_interrupt::wired_interrupt(sc_core::sc_module_name name, sc_core::sc_out<bool>& output, sc_core::sc_time width)
    : sc_module(name)
    , output_(output)
    , width_(width)
{
    SC_HAS_PROCESS(wired_interrupt);
    SC_METHOD(drive);
    sensitive << triggered_;
    dont_initialize();
}

void wired_interrupt::trigger()
{
    requested_ = true;
    triggered_.notify(sc_core::SC_ZERO_TIME);
}

void wired_interrupt::drive()
{
    if (high_) {
        high_ = false;
        output_.write(false);
        if (requested_)
            next_trigger(width_);
    } else if (requested_) {
        requested_ = false;
        high_ = true;
        output_.write(true);
        next_trigger(width_);
    }
}

} // namespace iovp::smmu
