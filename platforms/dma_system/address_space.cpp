#include "dma_system/address_space.h"

#include "common/systemc/configuration_error.h"

namespace iovp::dma {

address_space::address_space(table_memory& memory, const space_shape& s, asid space, vmid vm,
                             std::shared_ptr<page_table> stage2)
    : shape_(s)
    , asid_(space)
    , vmid_(vm)
    , stage2_(std::move(stage2))
{
    if (!s.stage1 && !s.stage2)
        configuration_error("dma_system.address_space", "stage1, stage2", "false, false", "one of them or both");
    if (s.stage2 && !stage2_)
        stage2_ = std::make_shared<page_table>(memory, page_table::shape{2, s.granule_log2, s.ipa_bits});
    if (!s.stage1)
        return;
    const auto reachable = [this](std::uint64_t table, std::uint64_t bytes) {
        if (stage2_)
            stage2_->map(table, table, bytes, std::uint64_t(1) << shape_.granule_log2, {});
    };
    stage1_ = std::make_unique<page_table>(memory, page_table::shape{1, s.granule_log2, s.va_bits}, reachable);
    reachable(stage1_->root(), stage1_->root_bytes());
}

void address_space::map(const mapping& m)
{
    if (!stage1_) {
        stage2_->map(m.iova, m.pa, m.size, m.page_size, m.allowed);
        return;
    }
    const bool nested = stage2_ != nullptr;
    const std::uint64_t ipa = nested && m.ipa != ~std::uint64_t(0) ? m.ipa : m.pa;
    stage1_->map(m.iova, ipa, m.size, m.page_size, m.allowed);
    if (nested)
        stage2_->map(ipa, m.pa, m.size, m.stage2_page_size != 0 ? m.stage2_page_size : m.page_size, m.allowed);
}

void address_space::unmap(std::uint64_t iova, std::uint64_t size, std::uint64_t page_size)
{
    (stage1_ ? stage1_.get() : stage2_.get())->unmap(iova, size, page_size);
}

void address_space::map_stage2(std::uint64_t ipa, std::uint64_t pa, std::uint64_t size, std::uint64_t page_size,
                               permissions p)
{
    stage2_->map(ipa, pa, size, page_size, p);
}

} // namespace iovp::dma
