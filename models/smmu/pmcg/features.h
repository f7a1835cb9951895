#pragma once

#include <cstdint>

namespace iovp::smmu {

/// What a Performance Monitor Counter Group has (10.5: CFGR, SCR, AIDR and the sizes that are IMPLEMENTATION DEFINED).
struct pmcg_features {
    unsigned counters = 8;            ///< 1..64
    unsigned counter_bits = 64;       ///< 32, 36, 40, 44, 48 or 64
    bool capture = true;              ///< CFGR.CAPTURE: shadow registers
    bool relocated = true;            ///< CFGR.RELOC_CTRS: counters in page 1
    bool msi = true;                  ///< CFGR.MSI
    bool shared_filter = false;       ///< CFGR.SID_FILTER_TYPE: one StreamID filter for all counters
    bool secure_impl = false;         ///< Secure state (10.6)
    unsigned stream_id_bits = 16;     ///< 1..32: SMRn.STREAMID (10.4.1)
    unsigned output_bits = 44;        ///< 32..56: MSI address (SMMU_IDR5.OAS)
    unsigned architecture_minor = 2;  ///< AIDR: SMMUv3.0 to SMMUv3.4
    std::uint32_t identification = 0; ///< IIDR, also in the PIDRs; 0: no product of an implementer

    std::uint32_t cfgr() const;
    /// Counters that are there, one bit each.
    std::uint64_t all_counters() const { return counters == 0 ? 0 : ~std::uint64_t(0) >> (64 - counters); }
    std::uint64_t counter_mask() const { return ~std::uint64_t(0) >> (64 - counter_bits); }
    std::uint32_t stream_id_mask() const { return ~std::uint32_t(0) >> (32 - stream_id_bits); }
    /// Bytes from one counter register to the next.
    unsigned stride() const { return counter_bits <= 32 ? 4 : 8; }

    /// What is wrong, or null.
    const char* contradiction() const;
};

} // namespace iovp::smmu
