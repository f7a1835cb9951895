#pragma once

#include "smmu/tcu/memory_master.h"
#include "smmu/tcu/register_frame.h"
#include "smmu/tcu/wired_interrupt.h"

#include <cstdint>
#include <functional>
#include <systemc>

namespace iovp::smmu {

/// The interrupt of the Event queue or of GERROR (3.18): wired pulse and MSI, each when its source is enabled.
class interrupt_source : public sc_core::sc_module {
public:
    struct registers {
        std::uint64_t enable; ///< mask in IRQ_CTRL
        std::uint32_t cfg0, cfg1, cfg2;
        unsigned abort_error; ///< GERROR bit of an aborted MSI
    };

    /// `raise_error` activates a GERROR bit.
    interrupt_source(sc_core::sc_module_name name, const registers& r, register_frame& frame, memory_master& memory,
                     sc_core::sc_out<bool>& wire, sc_core::sc_time pulse, std::function<void(unsigned)> raise_error);

    /// The condition has occurred and is observable. Triggers while an MSI is under way make one more.
    void trigger();

    /// 6.3.16: an Update of the enable to 0 waits until no MSI is under way or due and no edge is still to come.
    void wait_idle();

private:
    void send();

    const registers registers_;
    register_frame& frame_;
    memory_master& memory_;
    wired_interrupt wire_;
    std::function<void(unsigned)> raise_error_;
    bool pending_ = false;
    bool sending_ = false;
    const sc_core::sc_time pulse_;
    sc_core::sc_event triggered_;
    sc_core::sc_event idle_;
};

} // namespace iovp::smmu
