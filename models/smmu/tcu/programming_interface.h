#pragma once

#include "common/transaction_attributes.h"
#include "smmu/tcu/command_queue.h"
#include "smmu/tcu/event_queue.h"
#include "smmu/tcu/interrupt_source.h"
#include "smmu/tcu/memory_master.h"
#include "smmu/tcu/parameters.h"
#include "smmu/tcu/register_frame.h"
#include "smmu/tcu/wired_interrupt.h"

#include <systemc>

namespace iovp::smmu {

/// What a security state has of its own (3.10.2.1): registers, Command and Event queue, GERROR, interrupts. The two of
/// an SMMU with Secure state work side by side as those of two SMMUs would.
struct programming_interface {
    struct wires {
        sc_core::sc_out<bool>& eventq_irq;
        sc_core::sc_out<bool>& gerror_irq;
        sc_core::sc_out<bool>& cmd_sync_irq;
    };

    /// Made in the constructor of the TCU, whose children its modules are.
    programming_interface(security_state s, const tcu_parameters& p, memory_master& memory, const wires& w,
                          register_frame::listener& l, command_queue::executor& e, event_queue::stall_listener& stalls);

    /// 7.5: activates a GERROR bit.
    void raise_error(unsigned bit);

    bool secure() const { return state == security_state::secure; }

    const security_state state;
    register_frame frame;
    interrupt_source gerror_interrupt;
    interrupt_source eventq_interrupt;
    wired_interrupt sync_wire;
    event_queue events;
    command_queue commands;
    sc_core::sc_event update; ///< a register that takes effect by an Update was written
};

} // namespace iovp::smmu
