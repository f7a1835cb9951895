#pragma once

#include "common/memory_attributes.h"

#include <cstdint>

namespace iovp::vmsa {

/// A MAIR attribute byte (D24.2 MAIR_ELx) with the descriptor's SH field. Reserved values read as Device-nGnRnE.
memory_attributes decode_mair(std::uint8_t attribute, unsigned sh);

/// What a stage-2 leaf says about memory: kept as stored, because its effect depends on the stage-1 attributes.
struct stage2_memory {
    std::uint8_t memattr = 0xf;    ///< MemAttr[3:0]
    std::uint8_t sh = 3;           ///< SH[1:0]
    bool force_write_back = false; ///< S2FWB: memattr has the encoding of D8.6.6

    friend constexpr bool operator!=(const stage2_memory& a, const stage2_memory& b)
    {
        return a.memattr != b.memattr || a.sh != b.sh || a.force_write_back != b.force_write_back;
    }
};

/// Stage-2 MemAttr[3:0] without FWB (D8.6.5) with SH; also STE.MemAttr, GBPA.MemAttr and MSI attributes. Allocating,
/// not transient. Reserved values read as Device-nGnRnE.
memory_attributes decode_memattr(unsigned memattr, unsigned sh);

/// D8.6.5, IHI 0070 13.1.5: the stronger of the two stages' types and attributes.
memory_attributes combine(const memory_attributes& stage1, const stage2_memory& stage2);

/// Attributes of an access to a stage-1 structure (descriptor, L1CD, CD) that stage 2 has translated: combined, and
/// with device_walk_normal Normal Non-cacheable in place of Device (IHI 0070 5.2 S2PTW).
memory_attributes structure_memory(const memory_attributes& own, const stage2_memory& stage2, bool device_walk_normal);

/// The stronger of two attributes, each resolved.
memory_attributes combine(const memory_attributes& a, const memory_attributes& b);

/// Normal memory by the IRGN/ORGN/SH encoding of TCR, STE.S1C*, CR1 (RGN: 0 NC, 1 WB RA WA, 2 WT RA, 3 WB RA).
memory_attributes decode_walk_attributes(unsigned irgn, unsigned orgn, unsigned sh);

/// Applies 13.1.1's rule that Device and fully Non-cacheable Normal memory is outer shareable.
memory_attributes normalised(memory_attributes m);

} // namespace iovp::vmsa
