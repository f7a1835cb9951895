#include "gic/arch/cpu_interface_state.h"

#include <algorithm>

namespace iovp::gic {

void cpu_interface_state::set_bpr1(std::uint64_t value)
{
    bpr1_ = std::max<std::uint8_t>(static_cast<std::uint8_t>(value & 7), 8 - priority_bits);
}

// PRIbits = 5 - 1, IDbits = 0 (16 bits), A3V = 1. CBPR, PMHE, SEIS, RSS and ExtRange are absent.
std::uint64_t cpu_interface_state::ctlr() const
{
    return (eoi_mode_ ? 1u << 1 : 0u) | (priority_bits - 1) << 8 | 1u << 15;
}

std::uint8_t cpu_interface_state::group_priority(std::uint8_t priority) const
{
    return static_cast<std::uint8_t>(priority & (0xFFu << bpr1_));
}

std::uint8_t cpu_interface_state::running_priority() const
{
    return ap1r0_ ? static_cast<std::uint8_t>(__builtin_ctz(ap1r0_) << (8 - priority_bits)) : idle_priority;
}

bool cpu_interface_state::sufficient(const candidate& c) const
{
    return c.valid() && igrpen1_ && c.priority < pmr_ && group_priority(c.priority) < running_priority();
}

void cpu_interface_state::activate(std::uint8_t priority)
{
    ap1r0_ |= 1u << (group_priority(priority) >> (8 - priority_bits));
}

bool cpu_interface_state::drop()
{
    const bool any = ap1r0_ != 0;
    ap1r0_ &= ap1r0_ - 1;
    return any;
}

} // namespace iovp::gic
