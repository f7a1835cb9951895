#pragma once

#include "common/strong.h"
#include "dma_system/page_table.h"

#include <cstdint>
#include <memory>

namespace iovp::dma {

/// How a stream's addresses are translated.
struct space_shape {
    bool stage1 = true;
    bool stage2 = false;
    unsigned granule_log2 = 12; ///< of both stages: 12, 14 or 16
    unsigned va_bits = 48;      ///< input of stage 1
    unsigned ipa_bits = 44;     ///< input of stage 2
};

/// A run of pages that are mapped together.
struct mapping {
    std::uint64_t iova = 0;
    std::uint64_t pa = 0;
    std::uint64_t size = 0;
    std::uint64_t page_size = 4096;        ///< of stage 1, or of stage 2 alone
    std::uint64_t stage2_page_size = 0;    ///< nested; 0: page_size
    std::uint64_t ipa = ~std::uint64_t(0); ///< nested; default: the PA
    permissions allowed;
};

/// The translation of one process or virtual machine: stage 1, stage 2 or both. Stage-1 tables of a nested space stand
/// at their physical addresses in IPA space, each mapped by pages of the granule, so that a cold walk reads every
/// level.
class address_space {
public:
    /// `space`, `vm`: the tags of its translations. Stage 2 can be shared: the spaces of one virtual machine.
    address_space(table_memory& memory, const space_shape& s, asid space, vmid vm,
                  std::shared_ptr<page_table> stage2 = {});

    void map(const mapping& m);
    /// The input's leaves of stage 1, or of stage 2 alone.
    void unmap(std::uint64_t iova, std::uint64_t size, std::uint64_t page_size);
    /// Stage 2 of a nested space, alone: IPAs that are no mapping's.
    void map_stage2(std::uint64_t ipa, std::uint64_t pa, std::uint64_t size, std::uint64_t page_size,
                    permissions p = {});

    const space_shape& shape() const { return shape_; }
    asid space() const { return asid_; }
    vmid vm() const { return vmid_; }
    const page_table* stage1() const { return stage1_.get(); }            ///< null without stage 1
    const std::shared_ptr<page_table>& stage2() const { return stage2_; } ///< null without stage 2

private:
    const space_shape shape_;
    const asid asid_;
    const vmid vmid_;
    std::shared_ptr<page_table> stage2_;
    std::unique_ptr<page_table> stage1_;
};

} // namespace iovp::dma
