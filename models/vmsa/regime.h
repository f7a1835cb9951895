#pragma once

#include "vmsa/access.h"

#include <cstdint>

namespace iovp::vmsa {

/// What the implementation can do, as far as walks depend on it.
struct implementation {
    unsigned output_bits = 44; ///< OAS: implemented physical address bits; 32, 36, 40, 42, 44, 48 or 52 (FEAT_LPA)
    bool granule_4k = true;
    bool granule_16k = true;
    bool granule_64k = true;
    bool small_tables = false;         ///< STT: TxSZ up to 48 (47 with 64K granules) instead of 39
    bool xnx = false;                  ///< stage-2 XN[1:0] by privilege (D8.4); otherwise bit 54 alone
    bool hierarchical_disable = false; ///< HAD/HPDS

    constexpr bool supports(granule g) const
    {
        return g == granule::k4 ? granule_4k : g == granule::k16 ? granule_16k : granule_64k;
    }
};

/// Where a VMSAv8-64 descriptor holds address bits [51:48] (D8.3.1).
enum class high_address : std::uint8_t {
    none, ///< nowhere: they are zero
    low4, ///< in bits [15:12]: 64K granule with FEAT_LPA
    ds    ///< [49:48] in place, [51:50] in bits [9:8] where SH stood: 4K and 16K granules with DS (FEAT_LPA2)
};

/// The format of a stage's descriptors: `ds` is its effective DS, without meaning for 64K granules.
constexpr high_address high_address_of(granule tg, bool ds, const implementation& impl)
{
    if (tg == granule::k64)
        return impl.output_bits >= 52 ? high_address::low4 : high_address::none;
    return ds ? high_address::ds : high_address::none;
}

/// One of the two halves of a stage-1 input range (TTBR0 or TTBR1).
struct stage1_half {
    bool disabled = false; ///< EPD: a walk through this half is a translation fault of level 0
    granule tg = granule::k4;
    unsigned tsz = 16;                 ///< T0SZ or T1SZ as effective: the region has 64 - tsz bits
    std::uint64_t ttb = 0;             ///< address of the first table: IPA when stage 2 applies, otherwise PA
    bool top_byte_ignored = false;     ///< TBI
    bool hierarchical_disable = false; ///< HPD (HAD): limits of table descriptors are ignored
    bool unprivileged_fault = false;   ///< E0PD: an unprivileged access is a translation fault (D8.4)
    memory_attributes walk = normal_write_back(); ///< IRGN, ORGN, SH
    std::uint8_t sh = 0;           ///< SH as programmed: with DS the shareability of every cacheable leaf (D8.6)
    bool non_secure_table = false; ///< Secure regimes: the first table is in Non-secure space (IHI 0070 5.4 NSCFGx)
};

/// Stage 1 of a regime (D8.2): the CPU's TCR, TTBRs, MAIR and SCTLR bits, or the SMMU's CD.
struct stage1_regime {
    regime world = regime::el1;
    bool aarch32 = false;      ///< VMSAv8-32 LPAE: 4K granule, 32-bit input split by TxSZ - 32, output_bits 40
    bool ds = false;           ///< DS (FEAT_LPA2): 52-bit addresses with 4K and 16K granules
    stage1_half half[2];       ///< [1] only in regimes with two privileges
    unsigned output_bits = 44; ///< effective IPS: min(IPS, OAS), or min(IPS, IAS) when stage 2 applies
    std::uint64_t mair = 0;    ///< eight attribute bytes
    bool big_endian = false;   ///< descriptors
    bool affd = false;         ///< access flag fault disable
    bool ha = false;           ///< hardware access flag
    bool hd = false;           ///< hardware dirty state
    bool wxn = false;
    bool uwxn = false;   ///< VMSAv8-32: writable by EL0 implies PXN; VMSAv8-64 always behaves so (D8.4.1.2)
    bool pan = false;    ///< privileged data access to what EL0 can reach is not permitted
    bool secure = false; ///< the regime walks in Secure state: NS and NSTable mean something
    bool sif = false;    ///< Secure regimes: nothing is executed from Non-secure space (IHI 0070 6.3.57.2)
};

/// Stage 2 (D8.2): the CPU's VTCR and VTTBR, or the SMMU's STE.S2*.
struct stage2_regime {
    bool aarch32 = false; ///< VMSAv8-32 LPAE: 4K granule, output_bits 40
    bool ds = false;      ///< DS (FEAT_LPA2): 52-bit addresses with 4K and 16K granules
    granule tg = granule::k4;
    unsigned tsz = 16;         ///< the input range has 64 - tsz bits (VMSAv8-32: S2T0SZ + 32)
    int start_level = 0;       ///< from SL0 and granule, see stage2_start_level()
    std::uint64_t ttb = 0;     ///< S2TTB; concatenated tables where the input range needs them
    unsigned output_bits = 44; ///< effective S2PS
    memory_attributes walk = normal_write_back();
    std::uint8_t sh = 0; ///< S2SH0 as programmed: with DS the shareability of every leaf (D8.6.5)
    bool big_endian = false;
    bool affd = false;
    bool ha = false;
    bool hd = false;
    bool protected_walk = false;     ///< S2PTW: a stage-1 descriptor in Device memory is a stage-2 permission fault
    bool device_walk_normal = false; ///< IDR3.PTWNNC: without S2PTW, structures in Device memory are read Non-cacheable
    bool force_write_back = false;   ///< S2FWB
    bool non_secure_walk = true;     ///< space of the tables: false only for Secure streams (IHI 0070 S2SW, S2NSW)
    bool non_secure_output = true;   ///< space of what it maps to (IHI 0070 S2SA, S2NSA, as effective)
};

/// What stage2_start_level() returns for a reserved encoding.
constexpr int reserved_start_level = -128;

/// Start level of a stage-2 walk from {SL2, SL0} (tables D8-19, D8-29, D8-38), or reserved_start_level. SL2 counts with
/// the 4K granule and DS only.
int stage2_start_level(granule tg, unsigned sl, bool ds = false);

/// Start level of a stage-1 walk (D8.2.7): -1 for more than 48 bits with 4K granules.
int stage1_start_level(granule tg, unsigned tsz);

/// Whether SL0's start level and T0SZ fit together (tables D8-20 to D8-24, D8-30 to D8-33, D8-39 to D8-41): the first
/// look-up resolves at least one bit and at most what 16 concatenated tables hold; level -1, and level 0 of 16K
/// granules, exist with DS only.
bool stage2_start_level_fits(granule tg, unsigned tsz, int start_level, bool ds = false);

/// Smallest TxSZ without 52-bit addresses, smallest with them, largest (D8.2.4.1, IHI 0070 5.4 CD.T0SZ).
constexpr unsigned min_tsz = 16;
constexpr unsigned min_tsz_52 = 12;
unsigned max_tsz(const implementation& impl, granule tg);

/// log2 of the input range that one descriptor of `level` covers.
constexpr unsigned level_shift(granule tg, int level)
{
    return log2_size(tg) + (3 - level) * (log2_size(tg) - 3);
}

} // namespace iovp::vmsa
