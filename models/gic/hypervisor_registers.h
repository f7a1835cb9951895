#pragma once

#include "common/systemc/system_register_if.h"
#include "gic/arch/virtual_interface_state.h"

namespace iovp::gic {

/// The ICH_*_EL2 registers by their encodings. False: no such register, or no such access: UNDEFINED.
bool read_hypervisor_register(const virtual_interface_state& state, system_register which, std::uint64_t& value);
bool write_hypervisor_register(virtual_interface_state& state, system_register which, std::uint64_t value);

/// An access from EL1 to a register of the CPU interface, ICC or ICV, goes to EL2: ICH_HCR_EL2.{TC,TALL0,TALL1,TDIR}.
bool hypervisor_traps(const virtual_interface_state& state, system_register which);

} // namespace iovp::gic
