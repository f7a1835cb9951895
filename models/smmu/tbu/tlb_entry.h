#pragma once

#include "common/bit_field.h"
#include "smmu/dti/invalidation.h"
#include "vmsa/translation.h"
#include "vmsa/walk_cache.h"

#include <algorithm>
#include <cstdint>

namespace iovp::smmu {

/// A translation_tag in one word. Masks say what an entry ignores: a global one the ASID, any other the ASET (3.17.1).
struct packed_tag {
    std::uint64_t word = 0;

    static packed_tag of(const vmsa::translation_tag& t)
    {
        return {std::uint64_t(t.space.value()) | std::uint64_t(t.vm.value()) << 16 | std::uint64_t(t.has_asid) << 32 |
                std::uint64_t(t.has_vmid) << 33 | std::uint64_t(t.stage1) << 34 | std::uint64_t(t.stage2) << 35 |
                std::uint64_t(t.non_secure) << 36 | std::uint64_t(t.world) << 37 |
                std::uint64_t(t.non_secure_ipa) << 39 | std::uint64_t(t.aset) << 63};
    }

    static constexpr std::uint64_t any_asid = ~std::uint64_t(0xffff);
    static constexpr std::uint64_t any_aset = ~(std::uint64_t(1) << 63);
};

/// What the stages of a translation say about memory, in one word: equal words mean equal attributes.
inline std::uint32_t packed_stages(const vmsa::translation& t)
{
    const auto cache = [](const cache_attributes& c) {
        return static_cast<unsigned>(c.policy) | unsigned(c.read_allocate) << 2 | unsigned(c.write_allocate) << 3 |
               unsigned(c.transient) << 4;
    };
    std::uint32_t word = 0;
    if (const auto& m = t.stage1_memory)
        word = 1 | static_cast<unsigned>(m->type) << 1 | static_cast<unsigned>(m->share) << 4 | cache(m->inner) << 6 |
               cache(m->outer) << 11;
    if (const auto& m = t.stage2_memory_bits)
        word |= 1U << 16 | unsigned(m->memattr) << 17 | unsigned(m->sh) << 21 | unsigned(m->force_write_back) << 23;
    return word;
}

/// An entry of either TLB. What a look-up compares and what a hit needs come first: one cache line of the host.
struct alignas(64) tlb_line {
    bool valid = false;
    std::uint8_t size_log2 = 12;
    std::uint8_t permitted = 0;      ///< vmsa::permitted_accesses()
    bool has_ipa = false;            ///< stage 2 took part
    bool non_secure = true;          ///< output address space
    mutable bool prefetched = false; ///< by a prefetch, and not looked up since; the entry is the same either way
    std::uint32_t stages = 0;        ///< packed_stages()
    std::uint64_t tag = 0;
    std::uint64_t tag_mask = packed_tag::any_aset;
    std::uint64_t page = 0; ///< input address >> size_log2
    vmsa::translation translation;
    vmsa::translation_tag full_tag;

    static tlb_line from(const vmsa::translation_tag& t, const vmsa::translation& x)
    {
        tlb_line line;
        line.valid = true;
        line.size_log2 = x.page_size_log2;
        line.permitted = vmsa::permitted_accesses(x);
        line.has_ipa = x.stage2.active;
        line.non_secure = x.non_secure;
        line.stages = packed_stages(x);
        line.tag = packed_tag::of(t).word;
        line.tag_mask = x.not_global ? packed_tag::any_aset : packed_tag::any_asid;
        line.page = x.input >> x.page_size_log2;
        line.full_tag = t;
        line.translation = x;
        return line;
    }

    bool serves(packed_tag t, std::uint64_t address) const
    {
        return valid && (address >> size_log2) == page && ((t.word ^ tag) & tag_mask) == 0;
    }

    /// Compared over the whole stage-1 block or page of which this entry may be a piece (DDI 0487 R_TVTYQ): stage-2
    /// pages smaller than the block splinter it into entries that no index leads to from another address of the block,
    /// so that invalidations look at every entry. So does an output size smaller than the block.
    /// Entries without stage 1 go by their stage-2 leaf.
    bool removed_by(const dti::invalidate_request& r) const
    {
        const vmsa::stage_result& leaf = translation.stage1.active ? translation.stage1 : translation.stage2;
        const unsigned reach = std::max(size_log2, leaf.page_size_log2);
        const std::uint64_t base = align_down(page << size_log2, std::uint64_t(1) << reach);
        return dti::matches(r, {full_tag, base, reach, !translation.not_global, false});
    }
};

} // namespace iovp::smmu
