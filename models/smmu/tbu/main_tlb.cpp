#include "smmu/tbu/main_tlb.h"

#include <algorithm>

namespace iovp::smmu {

const tlb_line* main_tlb::find(packed_tag tag, std::uint64_t address)
{
    for (unsigned i = 0; i < sizes_present_; ++i) {
        const unsigned size = sizes_[i];
        const auto matches = [tag, address, size](const tlb_line& l) {
            return l.size_log2 == size && l.serves(tag, address);
        };
        probes_ = i + 1;
        std::uint32_t& last = guess(tag, address >> size);
        if (const tlb_line* found = store_.find_there(last, matches))
            return found;
        if (const tlb_line* found = store_.find(address >> size, matches)) {
            last = static_cast<std::uint32_t>(store_.line_of(*found));
            return found;
        }
    }
    probes_ = std::max(sizes_present_, 1U);
    return nullptr;
}

const tlb_line* main_tlb::peek(packed_tag tag, std::uint64_t address) const
{
    for (unsigned i = 0; i < sizes_present_; ++i) {
        const unsigned size = sizes_[i];
        const tlb_line* found = store_.peek(address >> size, [tag, address, size](const tlb_line& l) {
            return l.size_log2 == size && l.serves(tag, address);
        });
        if (found)
            return found;
    }
    return nullptr;
}

void main_tlb::insert(const tlb_line& line)
{
    tlb_line* place = store_.find(line.page, [&line](const tlb_line& l) {
        return l.size_log2 == line.size_log2 && l.serves({line.tag}, line.translation.input);
    });
    if (!place)
        place = store_.victim(line.page);
    if (!place)
        return;
    if (place->valid)
        uncount(place->size_log2);
    *place = line;
    count(line.size_log2);
    guess({line.tag}, line.page) = static_cast<std::uint32_t>(store_.line_of(*place));
}

unsigned main_tlb::invalidate(const dti::invalidate_request& r)
{
    return store_.remove_if([&r](const tlb_line& l) { return l.removed_by(r); },
                            [this](const tlb_line& l) { uncount(l.size_log2); });
}

void main_tlb::count(unsigned size_log2)
{
    if (entries_of_size_[size_log2]++ == 0)
        sizes_[sizes_present_++] = static_cast<std::uint8_t>(size_log2);
}

void main_tlb::uncount(unsigned size_log2)
{
    if (--entries_of_size_[size_log2] != 0)
        return;
    auto* const end = sizes_.begin() + sizes_present_;
    std::copy(std::find(sizes_.begin(), end, size_log2) + 1, end, std::find(sizes_.begin(), end, size_log2));
    --sizes_present_;
}

} // namespace iovp::smmu
