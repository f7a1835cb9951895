#pragma once

#include "common/bit_field.h"

#include <array>
#include <cstdint>

namespace iovp::cpu::a64 {

/// SPSR_ELx for exceptions from AArch64 (C5.2.19).
namespace spsr {
using m_aarch32 = field<4, 4>;
using m_el = field<3, 2>;
using m_zero = field<1, 1>;
using m_sp = field<0, 0>;
using daif = field<9, 6>;
using il = field<20, 20>;
using ss = field<21, 21>;
using nzcv = field<31, 28>;
} // namespace spsr

/// PSTATE without NZCV, which the translated code keeps, and the stack pointers that are not in use.
struct processor_state {
    static constexpr std::uint8_t mask_f = 1, mask_i = 2, mask_a = 4, mask_d = 8;

    unsigned el = 1;
    bool spsel = true;
    std::uint8_t daif = mask_d | mask_a | mask_i | mask_f;
    bool il = false;                        ///< PSTATE.IL: every instruction is undefined
    std::array<std::uint64_t, 3> sp_bank{}; ///< SP_EL0..SP_EL2; that of bank() is stale while the core runs

    /// Which stack pointer SP means.
    unsigned bank() const { return spsel ? el : 0; }

    std::uint64_t to_spsr(std::uint32_t nzcv_bits) const
    {
        return (nzcv_bits & spsr::nzcv::mask) | spsr::daif::make(daif) | spsr::il::make(il) | spsr::m_el::make(el) |
               spsr::m_sp::make(spsel && el != 0);
    }
};

/// Whether an ERET at `el` with this SPSR is legal (D1.4.5): to AArch64, not to a higher level, an existing mode.
constexpr bool is_legal_return(std::uint64_t value, unsigned el, bool el1_reachable)
{
    const auto target = static_cast<unsigned>(spsr::m_el::get(value));
    if (spsr::m_aarch32::get(value) || spsr::m_zero::get(value) || target > el)
        return false;
    if (target == 0)
        return !spsr::m_sp::get(value);
    return target != 1 || el1_reachable; // HCR_EL2.TGE: there is no EL1 to return to
}

} // namespace iovp::cpu::a64
