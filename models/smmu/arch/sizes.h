#pragma once

#include "vmsa/access.h"
#include "vmsa/attributes.h"

#include <algorithm>
#include <cstdint>
#include <optional>

namespace iovp::smmu {

/// CD.TG0 and STE.S2TG (5.4, 5.2); empty: reserved.
inline std::optional<vmsa::granule> decode_tg0(std::uint64_t code)
{
    switch (code) {
    case 0: return vmsa::granule::k4;
    case 1: return vmsa::granule::k64;
    case 2: return vmsa::granule::k16;
    default: return std::nullopt;
    }
}

/// CD.TG1 (5.4); empty: reserved.
inline std::optional<vmsa::granule> decode_tg1(std::uint64_t code)
{
    switch (code) {
    case 1: return vmsa::granule::k16;
    case 2: return vmsa::granule::k4;
    case 3: return vmsa::granule::k64;
    default: return std::nullopt;
    }
}

/// CD.IPS, STE.S2PS (5.4, 5.2): address bits, capped to what is implemented (`cap`, at most 48: larger codes do not
/// matter).
inline unsigned effective_size(std::uint64_t code, unsigned cap)
{
    constexpr unsigned sizes[] = {32, 36, 40, 42, 44, 48, 48, 48};
    return std::min(sizes[code & 7], cap);
}

/// The address has bits above the lower `address_bits`.
inline bool beyond(std::uint64_t address, unsigned address_bits)
{
    return address_bits < 64 && (address >> address_bits) != 0;
}

} // namespace iovp::smmu
