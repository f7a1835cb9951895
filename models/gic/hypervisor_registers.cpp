#include "gic/hypervisor_registers.h"

#include "gic/system_registers.h"

namespace iovp::gic {

using namespace registers;
using group = virtual_interface_state::group;

namespace {

// ICH_LR<n>_EL2: n, or -1. List registers that are not implemented are UNDEFINED.
int list_register_of(const virtual_interface_state& state, std::uint16_t encoding)
{
    const int n = encoding - ich_lr0;
    return n >= 0 && n < static_cast<int>(state.list_registers()) ? n : -1;
}

} // namespace

bool read_hypervisor_register(const virtual_interface_state& state, system_register which, std::uint64_t& value)
{
    const std::uint16_t encoding = which.encoding();
    switch (encoding) {
    case ich_hcr: value = state.hcr(); return true;
    case ich_vtr: value = state.vtr(); return true;
    case ich_misr: value = state.misr(); return true;
    case ich_eisr: value = state.eisr(); return true;
    case ich_elrsr: value = state.elrsr(); return true;
    case ich_vmcr: value = state.vmcr(); return true;
    case ich_ap0r0: value = state.active_priorities(group::zero); return true;
    case ich_ap1r0: value = state.active_priorities(group::one); return true;
    default: break;
    }
    const int n = list_register_of(state, encoding);
    if (n < 0)
        return false;
    value = state.list_register(static_cast<unsigned>(n));
    return true;
}

bool write_hypervisor_register(virtual_interface_state& state, system_register which, std::uint64_t value)
{
    const std::uint16_t encoding = which.encoding();
    switch (encoding) {
    case ich_hcr: state.set_hcr(value); return true;
    case ich_vmcr: state.set_vmcr(value); return true;
    case ich_ap0r0: state.set_active_priorities(group::zero, value); return true;
    case ich_ap1r0: state.set_active_priorities(group::one, value); return true;
    default: break;
    }
    const int n = list_register_of(state, encoding);
    if (n < 0)
        return false;
    state.set_list_register(static_cast<unsigned>(n), value);
    return true;
}

bool hypervisor_traps(const virtual_interface_state& state, system_register which)
{
    const std::uint64_t h = state.hcr();
    switch (which.encoding()) {
    case icc_dir: return ich::hcr_tc::get(h) || ich::hcr_tdir::get(h);
    case icc_pmr:
    case icc_rpr:
    case icc_ctlr:
    case icc_sgi0r:
    case icc_sgi1r:
    case icc_asgi1r: return ich::hcr_tc::get(h);
    case icc_iar0:
    case icc_eoir0:
    case icc_hppir0:
    case icc_bpr0:
    case icc_ap0r0:
    case icc_igrpen0: return ich::hcr_tall0::get(h);
    case icc_iar1:
    case icc_eoir1:
    case icc_hppir1:
    case icc_bpr1:
    case icc_ap1r0:
    case icc_igrpen1: return ich::hcr_tall1::get(h);
    default: return false;
    }
}

} // namespace iovp::gic
