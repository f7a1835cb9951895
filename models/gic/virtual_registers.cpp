#include "gic/virtual_registers.h"

#include "gic/system_registers.h"

namespace iovp::gic {

using namespace registers;
using group = virtual_interface_state::group;

bool virtual_registers::read_register(system_register which, std::uint64_t& value, sc_core::sc_time& delay)
{
    switch (which.encoding()) {
    case icc_pmr: value = state_.pmr(); break;
    case icc_iar0:
    case icc_iar1:
        value = state_.acknowledge(which.encoding() == icc_iar0 ? group::zero : group::one);
        changed_(std::nullopt);
        break;
    case icc_hppir0: value = state_.highest_pending(group::zero); break;
    case icc_hppir1: value = state_.highest_pending(group::one); break;
    case icc_rpr: value = state_.running_priority(); break;
    case icc_bpr0: value = state_.bpr(group::zero); break;
    case icc_bpr1: value = state_.bpr(group::one); break;
    case icc_ap0r0: value = state_.active_priorities(group::zero); break;
    case icc_ap1r0: value = state_.active_priorities(group::one); break;
    case icc_igrpen0: value = state_.group_enable(group::zero); break;
    case icc_igrpen1: value = state_.group_enable(group::one); break;
    case icc_ctlr: value = state_.ctlr(); break;
    default: return false;
    }
    delay += access_;
    return true;
}

bool virtual_registers::write_register(system_register which, std::uint64_t value, sc_core::sc_time& delay)
{
    const auto intid = static_cast<std::uint32_t>(bits(value, 23, 0));
    std::optional<std::uint32_t> deactivated;
    switch (which.encoding()) {
    case icc_pmr: state_.set_pmr(value); break;
    case icc_eoir0: deactivated = state_.end_of_interrupt(group::zero, intid); break;
    case icc_eoir1: deactivated = state_.end_of_interrupt(group::one, intid); break;
    case icc_dir: deactivated = state_.deactivate(intid); break;
    case icc_bpr0: state_.set_bpr(group::zero, value); break;
    case icc_bpr1: state_.set_bpr(group::one, value); break;
    case icc_ap0r0: state_.set_active_priorities(group::zero, value); break;
    case icc_ap1r0: state_.set_active_priorities(group::one, value); break;
    case icc_igrpen0: state_.set_group_enable(group::zero, value); break;
    case icc_igrpen1: state_.set_group_enable(group::one, value); break;
    case icc_ctlr: state_.set_ctlr(value); break;
    default: return false;
    }
    delay += access_;
    changed_(deactivated);
    return true;
}

} // namespace iovp::gic
