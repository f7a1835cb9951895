#pragma once

#include "gic/arch/registers.h"

#include <cstdint>

namespace iovp::gic {

/// An interrupt that could be signalled to a CPU. Lower priority values come first; of equal priorities the lower
/// INTID.
struct candidate {
    std::uint32_t intid = spurious_intid;
    std::uint8_t priority = 0xFF;

    constexpr bool valid() const { return intid != spurious_intid; }
    constexpr bool before(const candidate& other) const
    {
        if (!valid() || !other.valid())
            return valid();
        return priority != other.priority ? priority < other.priority : intid < other.intid;
    }
};

} // namespace iovp::gic
