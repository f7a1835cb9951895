// The Virtual ATOS interface (chapter 9).

#include "smmu/tcu/tcu.h"

#include "smmu/arch/vatos.h"
#include "smmu/tcu/walker.h"

namespace iovp::smmu {

// One operation at a time, independent of GATOS; it takes a translation slot and uses caches as transactions do.
void tcu::vatos_thread()
{
    for (;;) {
        while (!vatos_running())
            wait(vatos_requested_);
        ++vatos_begun_;
        sc_core::sc_time delay;
        slots_.acquire(delay);
        std::uint64_t par = 0;
        {
            walker w(*this, nullptr, delay);
            const control registers_now = frame_.translation_control();
            const translation_context context{parameters_.feature, registers_now, w, w, w};
            const vmid guest(static_cast<std::uint16_t>(frame_.get(reg::vatos_sel)));
            par = virtual_address_translation_operation(context, guest, frame_.get(reg::vatos_sid),
                                                        frame_.get(reg::vatos_addr));
            wait(delay + parameters_.clock_period);
            w.keep();
        }
        slots_.release();
        frame_.set(reg::vatos_par, par);
        frame_.set(reg::vatos_ctrl, 0);
        ++vatos_finished_;
        vatos_finished_one_.notify();
    }
}

bool tcu::vatos_running() const
{
    return parameters_.feature.vatos && gatos_ctrl::run::get(frame_.get(reg::vatos_ctrl));
}

// 4.7.3: those in progress may have used what was invalidated.
void tcu::wait_vatos()
{
    for (const std::uint64_t goal = vatos_begun_; vatos_finished_ < goal;)
        wait(vatos_finished_one_);
}

} // namespace iovp::smmu
