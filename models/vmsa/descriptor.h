#pragma once

#include "common/bit_field.h"
#include "vmsa/regime.h"
#include "vmsa/translation.h"
#include "vmsa/walk_cache.h"

#include <cstdint>

namespace iovp::vmsa {

/// A translation table descriptor (D8.3; VMSAv8-32 LPAE has the same layout), with what its bits mean at a level of a
/// stage.
class descriptor {
public:
    constexpr explicit descriptor(std::uint64_t word)
        : word_(word)
    {
    }

    enum class kind : std::uint8_t { invalid, table, leaf };

    /// D8.3.1: pages at level 3, blocks at level 2 and where tables D8-17, D8-27 and D8-36 have them; everything else
    /// that is not a table is invalid.
    kind classify(granule tg, int level, high_address high = high_address::none) const
    {
        switch (word_ & 3) {
        case 3: return level == 3 ? kind::leaf : kind::table;
        case 1:
            // Blocks: level 2 of every granule, level 1 of 4K; with 52-bit addresses one level more: level 0 of 4K,
            // level 1 of 16K and 64K.
            if (level == 2 || (level == 1 && (tg == granule::k4 || high != high_address::none)))
                return kind::leaf;
            if (level == 0 && tg == granule::k4 && high == high_address::ds)
                return kind::leaf;
            return kind::invalid;
        default: return kind::invalid;
        }
    }

    /// Bits [47:granule] of a table or page, [47:shift] of a block, with [51:48] from where `high` says.
    std::uint64_t output_address(unsigned low_bit, high_address high = high_address::none) const
    {
        switch (high) {
        case high_address::low4: return (word_ & bit_mask(47, low_bit)) | bits(word_, 15, 12) << 48;
        case high_address::ds: return (word_ & bit_mask(49, low_bit)) | bits(word_, 9, 8) << 50;
        case high_address::none: break;
        }
        return word_ & bit_mask(47, low_bit);
    }

    bool access_flag() const { return ((word_ >> 10) & 1) != 0; }
    bool dirty_modifier() const { return ((word_ >> 51) & 1) != 0; }
    bool contiguous() const { return ((word_ >> 52) & 1) != 0; }
    bool not_global() const { return ((word_ >> 11) & 1) != 0; }
    unsigned sh() const { return (word_ >> 8) & 3; }
    unsigned attr_index() const { return (word_ >> 2) & 7; } ///< stage 1
    unsigned memattr() const { return (word_ >> 2) & 0xf; }  ///< stage 2
    bool ns() const { return ((word_ >> 5) & 1) != 0; }      ///< stage 1
    unsigned ap() const { return (word_ >> 6) & 3; }         ///< stage 1 AP[2:1], stage 2 S2AP[1:0]
    bool pxn() const { return ((word_ >> 53) & 1) != 0; }    ///< stage 1
    bool uxn() const { return ((word_ >> 54) & 1) != 0; }    ///< stage 1 UXN or XN
    unsigned stage2_xn() const { return (word_ >> 53) & 3; } ///< stage 2 XN[1:0]

    /// The limits that a table descriptor adds (D8.3.2), all of them; HPD is the caller's.
    hierarchical_limits limits() const
    {
        hierarchical_limits l;
        l.privileged_execute_never = bit(word_, 59);
        l.execute_never = bit(word_, 60);
        l.no_unprivileged = bit(word_, 61);
        l.read_only = bit(word_, 62);
        l.non_secure = bit(word_, 63);
        return l;
    }

    std::uint64_t word() const { return word_; }
    descriptor with_access_flag() const { return descriptor(word_ | (std::uint64_t(1) << 10)); }
    /// D8.5.2: stage 1 clears AP[2], stage 2 sets S2AP[1].
    descriptor marked_dirty(unsigned stage) const
    {
        const std::uint64_t bit7 = std::uint64_t(1) << 7;
        return descriptor(stage == 1 ? word_ & ~bit7 : word_ | bit7);
    }

private:
    std::uint64_t word_;
};

/// log2 of the size that a contiguous leaf of this granule and level belongs to (table D8-104); the leaf's own at the
/// levels that the table does not have.
unsigned contiguous_log2(granule tg, int level);

/// D8.4.1: permissions of a stage-1 leaf under its tables' limits and the regime's controls. `hd`: hardware manages
/// dirty state, so that a clean writable descriptor (DBM) counts as writable.
stage_permissions stage1_permissions(const stage1_regime& r, descriptor d, const hierarchical_limits& above, bool hd);

/// D8.4.2: S2AP and XN.
stage_permissions stage2_permissions(descriptor d, bool hd, bool xnx, bool aarch32 = false);

} // namespace iovp::vmsa
