#pragma once

#include "vmsa/regime.h"

#include <cstdint>

namespace iovp::smmu {

/// What this SMMU implements. The ID registers are made from it, and every rule that depends on a feature asks it: what
/// is false here reads as zero there and behaves as absent. Defaults: the platform's SMMU.
struct features {
    // SMMU_IDR0 (6.3.1)
    bool aarch32_tables = false;    ///< TTF[0]: VMSAv8-32 LPAE (TTF 0b11); false: VMSAv8-64 alone (0b10)
    bool stage1 = true;             ///< S1P
    bool stage2 = true;             ///< S2P
    bool coherent = true;           ///< COHACC
    unsigned htt_update = 0;        ///< HTTU: 0 none, 1 access flag, 2 access flag and dirty state
    bool hypervisor = true;         ///< Hyp: EL2 and EL2-E2H StreamWorlds; mandatory from SMMUv3.2 with both stages
    bool asid16 = true;             ///< ASID16
    bool vmid16 = true;             ///< VMID16
    bool msi = true;                ///< MSI
    bool cd_two_level = true;       ///< CD2L
    bool mixed_endian = true;       ///< TTENDIAN 0b00 (mixed); false: 0b10 (little)
    bool raz_wi_model = true;       ///< TERM_MODEL: true 0b0 (CD.A selects abort or RAZ/WI), false 0b1 (CD.A must be 1)
    bool stream_two_level = true;   ///< ST_LEVEL 0b01
    bool atos = false;              ///< ATOS: the SMMU_GATOS_* registers (ch. 9)
    bool vatos = false;             ///< VATOS: the VATOS page, SMMU_VATOS_SEL (9.1.6); needs atos and both stages
    bool ats = false;               ///< ATS: PCIe Translation Requests, Translated transactions, CMD_ATC_INV (3.9)
    bool ats_split_stage = false;   ///< NS1ATS == 0: STE.EATS 0b10; needs ats and both stages
    bool ats_record_errors = false; ///< ATSRECERR: SMMU_CR2.REC_CFG_ATS; needs ats
    bool pri = false;               ///< PRI: the PRI queue, CMD_PRI_RESP (ch. 8); needs ats
    bool wake_events = false;       ///< SEV: the TCU's event_out wakes PEs from WFE
    bool vmid_wildcard = false;     ///< VMW: CR0.VMW; needs stage2
    unsigned stall_model = 1;       ///< STALL_MODEL: 0 stall and terminate, 1 terminate only, 2 stall forced

    // SMMU_IDR1 (6.3.2)
    bool tables_preset = false;                 ///< TABLES_PRESET: tcu_parameters::embedded says where
    bool queues_preset = false;                 ///< QUEUES_PRESET: likewise
    bool relative_bases = false;                ///< REL: preset bases are offsets from page 0; needs one of the two
    unsigned stream_id_bits = 16;               ///< SIDSIZE, 0..32
    unsigned substream_id_bits = 10;            ///< SSIDSIZE, 0..20
    unsigned priq_log2 = 0;                     ///< PRIQS, 0..19; 0 without PRI
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
    bool e0pd = false;                ///< E0PD; mandatory from SMMUv3.3
    bool ptw_nnc = false; ///< PTWNNC: STE.S2PTW 0 reads structures in Device memory Non-cacheable; mandatory from 3.3
    bool pri_pasid_always = false;     ///< PPS: automatic PRI responses carry the PASID, STE.PPAR is IGNORED; needs pri
    bool ats_translated_pasid = false; ///< PASIDTT: PASIDs count on Translated transactions; needs ats and substreams
    unsigned bbm_level = 2; ///< BBML: nT is ignored and no TLB conflict is ever reported (3.21.1.3); 0 before SMMUv3.2

    // SMMU_IDR5 (6.3.6)
    unsigned stall_max = 0;    ///< STALL_MAX: stall records outstanding, 1..65535; 0 with stall_model 1
    unsigned output_bits = 44; ///< OAS: 32, 36, 40, 42, 44, 48 or 52
    bool ds = false;           ///< DS: 52-bit addresses with 4K and 16K granules; needs va52
    bool va52 = false;         ///< VAX 0b01: TxSZ down to 12 with 64K granules, and with DS
    bool granule_4k = true;
    bool granule_16k = true;
    bool granule_64k = true;

    // SMMU_S_IDR1 (6.3.53)
    bool secure_impl = false;            ///< SECURE_IMPL: Secure state; needs stage1
    bool secure_stage2 = false;          ///< SEL2: Secure EL2 and Secure stage 2; needs secure_impl, stage2, SMMUv3.2
    unsigned secure_stream_id_bits = 16; ///< S_SIDSIZE, 0..32

    // Not implemented, and reported so: BTM, D128, VAX 0b10, MPAM, PBHA, DPT, permission
    // indirection and overlays, EPAN, HAFT, Realm state, ECMDQ.

    unsigned architecture_minor = 2; ///< AIDR: SMMUv3.1 to SMMUv3.3, with features of one version more at most (2.9)

    /// IAS (3.4): the OAS, and 40 bits at least where VMSAv8-32 tables are implemented.
    unsigned page_table_ipa_bits() const { return aarch32_tables && output_bits < 40 ? 40 : output_bits; }

    std::uint32_t idr0() const;
    std::uint32_t idr1() const;
    std::uint32_t idr2() const { return 0; } ///< BA_VATOS: the VATOS page stands at 0x20000
    std::uint32_t idr3() const;
    std::uint32_t idr4() const { return 0; }
    std::uint32_t idr5() const;
    std::uint32_t iidr() const { return 0x0; } ///< no product of an implementer
    std::uint32_t aidr() const { return architecture_minor; }
    std::uint32_t secure_idr0() const; ///< S_IDR0 to S_IDR4 stand in the Secure frame; zero without secure_impl
    std::uint32_t secure_idr1() const;
    /// BA_S_VATOS: the S_VATOS page stands at 0x30000.
    std::uint32_t secure_idr2() const { return secure_vatos() ? 1 : 0; }
    /// SAMS: the Secure Command queue has no ATS maintenance.
    std::uint32_t secure_idr3() const { return secure_impl && ats ? 1U << 6 : 0; }
    std::uint32_t secure_idr4() const { return 0; }

    /// 6.3.103: the Secure Virtual ATOS interface is there.
    bool secure_vatos() const { return vatos && secure_stage2; }

    /// STALL_MODEL as the Non-secure state may use it (3.12): terminate only where S_CR0.NSSTALLD says so.
    unsigned non_secure_stall_model(bool nsstalld) const { return stall_model == 0 && nsstalld ? 1 : stall_model; }

    /// The part that walks depend on.
    vmsa::implementation walks() const;

    /// Null when the combination is one an implementation may have; otherwise "field = value: what is allowed", for
    /// the module's configuration error.
    const char* contradiction() const;
};

} // namespace iovp::smmu
