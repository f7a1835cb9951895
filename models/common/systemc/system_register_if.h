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

/// System registers that live outside the CPU proper, reached by MRS and MSR: the GIC's CPU interface (ICC_*).
/// `delay` is annotated with the time the access takes. False: no such register, or no such access: UNDEFINED.
class system_register_if : public virtual sc_core::sc_interface {
public:
    virtual bool read_register(system_register which, std::uint64_t& value, sc_core::sc_time& delay) = 0;
    virtual bool write_register(system_register which, std::uint64_t value, sc_core::sc_time& delay) = 0;
};

} // namespace iovp
