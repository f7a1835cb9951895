#pragma once

#include "vmsa/access.h"

#include <cstdint>

namespace iovp::vmsa {

/// What the implementation can do, as far as walks depend on it.
struct implementation {
    unsigned output_bits = 44; ///< OAS: implemented physical address bits; 32, 36, 40, 42, 44 or 48
    unsigned ipa_bits = 44;    ///< IAS: what stage 2 accepts; VMSAv8-64: equal to output_bits (IHI 0070 3.4)
    bool granule_4k = true;
    bool granule_16k = true;
    bool granule_64k = true;
    bool small_tables = false;         ///< STT: TxSZ up to 48 (47 with 64K granules) instead of 39
    bool hardware_access_flag = false; ///< HTTU: AF
    bool hardware_dirty_state = false; ///< HTTU: dirty state
    bool xnx = false;                  ///< stage-2 XN[1:0] by privilege (D8.4); otherwise bit 54 alone
    bool hierarchical_disable = false; ///< HAD/HPDS

    constexpr bool supports(granule g) const
    {
        return g == granule::k4 ? granule_4k : g == granule::k16 ? granule_16k : granule_64k;
    }
};

/// One of the two halves of a stage-1 input range (TTBR0 or TTBR1).
struct stage1_half {
    bool disabled = false; ///< EPD: a walk through this half is a translation fault of level 0
    granule tg = granule::k4;
    unsigned tsz = 16;                 ///< T0SZ or T1SZ as effective: the region has 64 - tsz bits
    std::uint64_t ttb = 0;             ///< address of the first table: IPA when stage 2 applies, otherwise PA
    bool top_byte_ignored = false;     ///< TBI
    bool hierarchical_disable = false; ///< HPD (HAD): limits of table descriptors are ignored
    memory_attributes walk = normal_write_back(); ///< IRGN, ORGN, SH
};

/// Stage 1 of a regime, VMSAv8-64 (D8.2): the CPU's TCR, TTBRs, MAIR and SCTLR bits, or the SMMU's CD.
struct stage1_regime {
    regime world = regime::el1;
    stage1_half half[2];       ///< [1] only in regimes with two privileges
    unsigned output_bits = 44; ///< effective IPS: min(IPS, OAS), or min(IPS, IAS) when stage 2 applies
    std::uint64_t mair = 0;    ///< eight attribute bytes
    bool big_endian = false;   ///< descriptors
    bool affd = false;         ///< access flag fault disable
    bool ha = false;           ///< hardware access flag
    bool hd = false;           ///< hardware dirty state
    bool wxn = false;
    bool uwxn = false;   ///< writable by EL0 implies PXN; VMSAv8-64 EL1 always behaves so (D8.4.1.2)
    bool pan = false;    ///< privileged data access to what EL0 can reach is not permitted
    bool secure = false; ///< the regime walks in Secure state: NS and NSTable mean something
};

/// Stage 2 (D8.2): the CPU's VTCR and VTTBR, or the SMMU's STE.S2*.
struct stage2_regime {
    granule tg = granule::k4;
    unsigned tsz = 16;         ///< S2T0SZ
    int start_level = 0;       ///< from SL0 and granule, see stage2_start_level()
    std::uint64_t ttb = 0;     ///< S2TTB; concatenated tables where the input range needs them
    unsigned output_bits = 44; ///< effective S2PS
    memory_attributes walk = normal_write_back();
    bool big_endian = false;
    bool affd = false;
    bool ha = false;
    bool hd = false;
    bool protected_walk = false;   ///< S2PTW: a stage-1 descriptor in Device memory is a stage-2 permission fault
    bool force_write_back = false; ///< S2FWB
};

/// Start level of a stage-2 walk from SL0 (D8.2.9), or -1 where SL0 is reserved for the granule.
int stage2_start_level(granule tg, unsigned sl0);

/// Start level of a stage-1 walk (D8.2.7).
int stage1_start_level(granule tg, unsigned tsz);

/// Whether SL0's start level and T0SZ fit together: the first look-up resolves at least one bit and at most what 16
/// concatenated tables hold (D8.2.2).
bool stage2_start_level_fits(granule tg, unsigned tsz, int start_level);

/// Smallest and largest TxSZ (D8.2.4.1, 5.4.1 CD.T0SZ).
constexpr unsigned min_tsz = 16;
unsigned max_tsz(const implementation& impl, granule tg);

/// log2 of the input range that one descriptor of `level` covers.
constexpr unsigned level_shift(granule tg, int level)
{
    return log2_size(tg) + (3 - level) * (log2_size(tg) - 3);
}

} // namespace iovp::vmsa
