#include "smmu/tcu/programming_interface.h"

#include <string>

namespace iovp::smmu {

static constexpr unsigned msi_eventq_abt_err = 5;
static constexpr unsigned msi_gerror_abt_err = 7;

static std::string named(security_state s, const char* name)
{
    return s == security_state::secure ? std::string("secure_") + name : name;
}

programming_interface::programming_interface(security_state s, const tcu_parameters& p, memory_master& memory,
                                             const wires& w, register_frame::listener& l, command_queue::executor& e,
                                             event_queue::stall_listener& stalls)
    : state(s)
    , frame(p.feature, s == security_state::secure ? p.secure_gbpa_reset : p.gbpa_reset, l, s,
            s == security_state::secure ? embedded_storage() : p.embedded)
    , gerror_interrupt(named(s, "gerror_interrupt").c_str(),
                       {irq_ctrl::gerror_irqen::mask, reg::gerror_irq_cfg0, reg::gerror_irq_cfg1, reg::gerror_irq_cfg2,
                        msi_gerror_abt_err},
                       frame, memory, w.gerror_irq, p.clock_period * p.interrupt_cycles,
                       [this](unsigned bit) { raise_error(bit); })
    , eventq_interrupt(named(s, "eventq_interrupt").c_str(),
                       {irq_ctrl::eventq_irqen::mask, reg::eventq_irq_cfg0, reg::eventq_irq_cfg1, reg::eventq_irq_cfg2,
                        msi_eventq_abt_err},
                       frame, memory, w.eventq_irq, p.clock_period * p.interrupt_cycles,
                       [this](unsigned bit) { raise_error(bit); })
    , sync_wire(named(s, "sync_wire").c_str(), w.cmd_sync_irq, p.clock_period * p.interrupt_cycles)
    , events(named(s, "events").c_str(), p.event_slots, p.event_merge_window, frame, memory, eventq_interrupt, stalls,
             [this](unsigned bit) { raise_error(bit); })
    , commands(named(s, "commands").c_str(), p.feature, frame, memory, e, sync_wire, p.clock_period * p.command_cycles,
               p.command_fetch, [this](unsigned bit) { raise_error(bit); })
{
}

void programming_interface::raise_error(unsigned bit)
{
    // 7.5.1: a failed GERROR MSI is not announced by another.
    if (frame.activate_error(bit) && bit != msi_gerror_abt_err)
        gerror_interrupt.trigger();
}

} // namespace iovp::smmu
