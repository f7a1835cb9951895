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

/// CD.IPS, STE.S2PS of VMSAv8-64 tables (5.4, 5.2): address bits, capped to the OAS (`cap`). From SMMUv3.1 to SMMUv3.3
/// the reserved 0b111 behaves as 0b110.
inline unsigned effective_size(std::uint64_t code, unsigned cap)
{
    constexpr unsigned sizes[] = {32, 36, 40, 42, 44, 48, 52, 52};
    return std::min(sizes[code & 7], cap);
}

/// Effective output size of VMSAv8-32 tables: IPS and S2PS are IGNORED (5.4, 5.2).
constexpr unsigned lpae_output_bits = 40;

/// 5.2 STE.S2TTB, 5.4 CD.TTBx: the range that a table base must lie in.
inline unsigned table_base_bits(bool aarch64, vmsa::granule tg, bool ds, unsigned output_bits)
{
    return aarch64 && tg != vmsa::granule::k64 && !ds ? std::min(output_bits, 48U) : output_bits;
}

/// The address has bits above the lower `address_bits`.
inline bool beyond(std::uint64_t address, unsigned address_bits)
{
    return address_bits < 64 && (address >> address_bits) != 0;
}

} // namespace iovp::smmu
