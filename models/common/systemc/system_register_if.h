#pragma once

#include <cstdint>
#include <systemc>

namespace iovp {

/// An AArch64 system register by the fields of MRS/MSR (Arm ARM C5.3).
struct system_register {
    std::uint8_t op0, op1, crn, crm, op2;

    constexpr std::uint16_t encoding() const
    {
        return static_cast<std::uint16_t>(op0 << 14 | op1 << 11 | crn << 7 | crm << 3 | op2);
    }
};

/// System registers that live outside the CPU proper, reached by MRS and MSR: the GIC's CPU interface. `delay` is
/// annotated with the time the access takes. False: no such register, or no such access: UNDEFINED.
///
/// A GIC offers two of them to each CPU, because the CPU alone knows who accesses: the physical one has ICC_* and
/// ICH_*, the virtual one has ICV_* under the encodings of ICC_*. From EL1 an access goes to the virtual one where
/// HCR_EL2 virtualizes the interrupt: registers of Group 1 with IMO, of Group 0 with FMO, the common ones (PMR, RPR,
/// CTLR, DIR) with either; ICC_SRE_EL1 always to the physical one, and ICC_SGI*R_EL1 trap then. The CPU also checks the
/// exception level, and asks trapped_to_el2() before an access from EL1.
class system_register_if : public virtual sc_core::sc_interface {
public:
    virtual bool read_register(system_register which, std::uint64_t& value, sc_core::sc_time& delay) = 0;
    virtual bool write_register(system_register which, std::uint64_t value, sc_core::sc_time& delay) = 0;
    /// The hypervisor has asked for a trap of EL1's access to that register (ICH_HCR_EL2.{TC,TALL0,TALL1,TDIR}), which
    /// takes priority over both interfaces. To be asked of the physical one.
    virtual bool trapped_to_el2(system_register) const { return false; }
};

} // namespace iovp
