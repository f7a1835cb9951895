#pragma once

#include "smmu/dti/invalidation.h"
#include "vmsa/translation.h"
#include "vmsa/walk_cache.h"

#include <cstdint>

namespace iovp::smmu {

/// A translation_tag in one word: equal words, equal tags. The ASID stands lowest, so that global entries ignore it
/// with a mask (3.17).
struct packed_tag {
    std::uint64_t word = 0;

    static packed_tag of(const vmsa::translation_tag& t)
    {
        return {std::uint64_t(t.space.value()) | std::uint64_t(t.vm.value()) << 16 | std::uint64_t(t.has_asid) << 32 |
                std::uint64_t(t.has_vmid) << 33 | std::uint64_t(t.stage1) << 34 | std::uint64_t(t.stage2) << 35 |
                std::uint64_t(t.non_secure) << 36 | std::uint64_t(t.world) << 37 |
                std::uint64_t(t.non_secure_ipa) << 39};
    }

    static constexpr std::uint64_t any_asid = ~std::uint64_t(0xffff);
};

/// An entry of either TLB: tag and page first, so that a look-up reads one cache line of it.
struct tlb_line {
    bool valid = false;
    std::uint8_t size_log2 = 12;
    std::uint64_t tag = 0;
    std::uint64_t tag_mask = ~std::uint64_t(0);
    std::uint64_t page = 0; ///< input address >> size_log2
    vmsa::translation_tag full_tag;
    vmsa::translation translation;

    static tlb_line from(const vmsa::translation_tag& t, const vmsa::translation& x)
    {
        tlb_line line;
        line.valid = true;
        line.size_log2 = x.page_size_log2;
        line.tag = packed_tag::of(t).word;
        line.tag_mask = x.not_global ? ~std::uint64_t(0) : packed_tag::any_asid;
        line.page = x.input >> x.page_size_log2;
        line.full_tag = t;
        line.translation = x;
        return line;
    }

    bool serves(packed_tag t, std::uint64_t address) const
    {
        return valid && (address >> size_log2) == page && ((t.word ^ tag) & tag_mask) == 0;
    }

    bool removed_by(const dti::invalidate_request& r) const
    {
        return dti::matches(r, {full_tag, page << size_log2, size_log2, !translation.not_global, false});
    }
};

} // namespace iovp::smmu
