#pragma once

#include "vmsa/access.h"

#include <cstdint>

namespace iovp::vmsa {

/// What tags a cached translation, whole or partial (D8.16.3, IHI 0070 3.17).
struct translation_tag {
    regime world = regime::el1;
    bool non_secure = true; ///< SEC_SID of the stream (true: Non-secure)
    bool stage1 = false;    ///< stage 1 takes part
    bool stage2 = false;    ///< stage 2 takes part
    bool non_secure_ipa =
        false;             ///< Secure stage 2: the input is of the stream's Non-secure IPA space (IHI 0070 3.10.2.2)
    bool has_vmid = false; ///< regime el1 with stage 2 implemented (also when stage 2 is bypassed: IHI 0070 5.2 S2VMID)
    bool has_asid = false; ///< stage 1 translates, regimes el1 and el2_host
    vmid vm;               ///< 0 unless has_vmid
    asid space;            ///< 0 unless has_asid
    bool aset = false;     ///< CD.ASET, false unless has_asid: global entries are those of one ASET, others of both, so
                           ///< that it is not part of the comparison (IHI 0070 3.17.1)

    friend constexpr bool operator==(const translation_tag& a, const translation_tag& b)
    {
        return a.world == b.world && a.non_secure == b.non_secure && a.stage1 == b.stage1 && a.stage2 == b.stage2 &&
               a.non_secure_ipa == b.non_secure_ipa && a.has_vmid == b.has_vmid && a.has_asid == b.has_asid &&
               a.vm == b.vm && a.space == b.space;
    }
    friend constexpr bool operator!=(const translation_tag& a, const translation_tag& b) { return !(a == b); }
};

/// Restrictions that table descriptors put on what lies below them (D8.3.2), already freed of those that HPD ignores.
struct hierarchical_limits {
    bool privileged_execute_never = false; ///< PXNTable
    bool execute_never = false;            ///< XNTable, UXNTable
    bool no_unprivileged = false;          ///< APTable[0]
    bool read_only = false;                ///< APTable[1]
    bool non_secure = false;               ///< NSTable, and in Secure regimes the first table's space
};

/// A table descriptor's content in a walk cache: where the next table is, and what the tables so far restrict.
struct table_pointer {
    physical_address next; ///< PA of the next table. Stage 1 of a nested walk: after stage 2, so that a hit saves it
    bool next_is_final = true;     ///< false in a nested walk whose stage-2 pages are smaller than the table: every
                                   ///< descriptor of it goes through stage 2, from next_ipa
    intermediate_address next_ipa; ///< the same before stage 2; equals `next` where stage 2 does not apply
    bool non_secure = true;        ///< physical address space of `next`
    memory_attributes memory;      ///< attributes of accesses to that table, all stages combined
    hierarchical_limits limits;    ///< stage 1 only
};

/// Which table descriptor: the one of `level` that the walk of `address` reads.
struct walk_cache_key {
    translation_tag tag;    ///< stage-2 entries: has_asid false, stage1 false
    std::uint8_t stage;     ///< 1 or 2
    std::int8_t level;      ///< of the table descriptor; it points to a table of level + 1
    std::uint8_t size_log2; ///< the input range that the descriptor covers
    granule tg;             ///< for TLBI by range and TTL
    std::uint64_t address;  ///< input address, aligned down to size_log2; TBI already applied
    bool upper_half;        ///< stage 1: translated through TTB1
};

/// Cache of table pointers per stage and level. The walk asks from the deepest level upwards and takes the first hit;
/// it fills after every table descriptor that it read. Faults are never cached (IHI 0070 3.17).
class walk_cache_port {
public:
    virtual ~walk_cache_port() = default;

    /// One call per walk and stage, before any level: where look-up time is spent. Default: none.
    virtual void begin(std::uint8_t stage) { (void)stage; }

    virtual bool lookup(const walk_cache_key& key, table_pointer& found)
    {
        (void)key;
        (void)found;
        return false;
    }

    virtual void fill(const walk_cache_key& key, const table_pointer& entry)
    {
        (void)key;
        (void)entry;
    }
};

} // namespace iovp::vmsa
