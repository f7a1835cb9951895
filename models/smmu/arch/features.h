#pragma once

#include "vmsa/regime.h"

#include <cstdint>

namespace iovp::smmu {

/// What this SMMU implements. The ID registers are made from it, and every rule that depends on a feature asks it: what
/// is false here reads as zero there and behaves as absent. Defaults: the platform's SMMU.
struct features {
    // SMMU_IDR0 (6.3.1)
    bool stage1 = true;           ///< S1P
    bool stage2 = true;           ///< S2P
    bool coherent = true;         ///< COHACC
    unsigned htt_update = 0;      ///< HTTU: 0 none, 1 access flag, 2 access flag and dirty state
    bool hypervisor = true;       ///< Hyp: EL2 and EL2-E2H StreamWorlds; mandatory from SMMUv3.2 with both stages
    bool asid16 = true;           ///< ASID16
    bool vmid16 = true;           ///< VMID16
    bool msi = true;              ///< MSI
    bool cd_two_level = true;     ///< CD2L
    bool mixed_endian = true;     ///< TTENDIAN 0b00 (mixed); false: 0b10 (little)
    bool raz_wi_model = true;     ///< TERM_MODEL: true 0b0 (CD.A selects abort or RAZ/WI), false 0b1 (CD.A must be 1)
    bool stream_two_level = true; ///< ST_LEVEL 0b01

    // SMMU_IDR1 (6.3.2)
    unsigned stream_id_bits = 16;               ///< SIDSIZE, 0..32
    unsigned substream_id_bits = 10;            ///< SSIDSIZE, 0..20
    unsigned priq_log2 = 0;                     ///< PRIQS; 0: PRI is not implemented
    unsigned eventq_log2 = 8;                   ///< EVENTQS, 0..19
    unsigned cmdq_log2 = 8;                     ///< CMDQS, 0..19
    bool attribute_permissions_override = true; ///< ATTR_PERMS_OVR: PRIVCFG, INSTCFG
    bool attribute_types_override = true;       ///< ATTR_TYPES_OVR: MTCFG, SHCFG, ALLOCCFG

    // SMMU_IDR3 (6.3.4)
    bool hierarchical_disable = true; ///< HAD
    bool xnx = true;                  ///< XNX
    bool force_write_back = true;     ///< FWB
    bool small_tables = true;         ///< STT
    bool range_invalidation = true;   ///< RIL

    // SMMU_IDR5 (6.3.6)
    unsigned output_bits = 44; ///< OAS: 32, 36, 40, 42, 44 or 48
    bool granule_4k = true;
    bool granule_16k = true;
    bool granule_64k = true;

    // Not implemented, and reported so: AArch32 tables (TTF 0b10), ATS, PRI, ATOS, VATOS, stall (STALL_MODEL 0b01),
    // BTM, SEV, VMW, 52-bit addresses, D128, VAX, MPAM, PBHA, E0PD, BBML, DPT, Secure and Realm state, ECMDQ.

    unsigned architecture_minor = 2;                             ///< AIDR: SMMUv3.2
    unsigned page_table_ipa_bits() const { return output_bits; } ///< IAS (3.4): without AArch32 tables, the OAS

    std::uint32_t idr0() const;
    std::uint32_t idr1() const;
    std::uint32_t idr2() const { return 0; }
    std::uint32_t idr3() const;
    std::uint32_t idr4() const { return 0; }
    std::uint32_t idr5() const;
    std::uint32_t iidr() const { return 0x0; } ///< no product of an implementer
    std::uint32_t aidr() const { return architecture_minor; }

    /// The part that walks depend on.
    vmsa::implementation walks() const;

    /// Null when the combination is one an implementation may have; otherwise "field = value: what is allowed", for
    /// the module's configuration error.
    const char* contradiction() const;
};

} // namespace iovp::smmu
