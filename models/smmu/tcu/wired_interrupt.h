#pragma once

#include <systemc>

namespace iovp::smmu {

/// An edge-triggered interrupt output: a pulse per trigger; triggers during a pulse make one more (3.18.2).
class wired_interrupt : public sc_core::sc_module {
public:
    wired_interrupt(sc_core::sc_module_name name, sc_core::sc_out<bool>& output, sc_core::sc_time width);

    void trigger();

    /// No edge is still to come.
    bool quiet() const { return !requested_; }

private:
    void drive();

    sc_core::sc_out<bool>& output_;
    const sc_core::sc_time width_;
    bool high_ = false;
    bool requested_ = false;
    sc_core::sc_event triggered_;
};

} // namespace iovp::smmu
