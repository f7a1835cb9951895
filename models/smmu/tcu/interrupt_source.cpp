#include "smmu/tcu/interrupt_source.h"

#include <utility>

namespace iovp::smmu {

interrupt_source::interrupt_source(sc_core::sc_module_name name, const registers& r, register_frame& frame,
                                   memory_master& memory, sc_core::sc_out<bool>& wire, sc_core::sc_time pulse,
                                   std::function<void(unsigned)> raise_error)
    : sc_module(name)
    , registers_(r)
    , frame_(frame)
    , memory_(memory)
    , wire_("wire", wire, pulse)
    , raise_error_(std::move(raise_error))
    , pulse_(pulse)
{
    SC_HAS_PROCESS(interrupt_source);
    SC_THREAD(send);
}

void interrupt_source::trigger()
{
    if ((frame_.get(reg::irq_ctrl) & frame_.get(reg::irq_ctrlack) & registers_.enable) == 0)
        return;
    wire_.trigger();
    // An address of zero sends none; without IDR0.MSI the registers are RES0 and it is zero.
    if ((frame_.get(registers_.cfg0) & irq_cfg::addr::mask) == 0)
        return;
    pending_ = true;
    triggered_.notify(sc_core::SC_ZERO_TIME);
}

void interrupt_source::wait_idle()
{
    while (pending_ || sending_)
        wait(idle_);
    while (!wire_.quiet())
        wait(pulse_);
}

void interrupt_source::send()
{
    for (;;) {
        while (!pending_)
            wait(triggered_);
        pending_ = false;
        sending_ = true;
        const std::uint64_t cfg2 = frame_.get(registers_.cfg2);
        sc_core::sc_time delay;
        const bool ok =
            memory_.send_msi(frame_.get(registers_.cfg0) & irq_cfg::addr::mask, frame_.get32(registers_.cfg1),
                             static_cast<unsigned>(irq_cfg::memattr::get(cfg2)),
                             static_cast<unsigned>(irq_cfg::sh::get(cfg2)), delay, frame_.non_secure());
        wait(delay);
        if (!ok)
            raise_error_(registers_.abort_error);
        sending_ = false;
        if (!pending_)
            idle_.notify();
    }
}

} // namespace iovp::smmu
