#include "smmu/tbu/micro_tlb.h"

namespace iovp::smmu {

const vmsa::translation* micro_tlb::find(packed_tag tag, std::uint64_t address)
{
    if (lines_[last_].serves(tag, address)) // it was used last: no policy's state would change
        return &lines_[last_].translation;
    for (std::size_t i = 0; i < lines_.size(); ++i)
        if (lines_[i].serves(tag, address)) {
            replacement_.touch(i);
            last_ = i;
            return &lines_[i].translation;
        }
    return nullptr;
}

const tlb_line* micro_tlb::peek(packed_tag tag, std::uint64_t address) const
{
    for (const tlb_line& line : lines_)
        if (line.serves(tag, address))
            return &line;
    return nullptr;
}

void micro_tlb::insert(const tlb_line& line)
{
    const std::size_t size = lines_.size();
    std::size_t place = size;
    for (std::size_t i = 0; i < size; ++i) {
        // A translation of the same address replaces its older copy: two would be a TLB conflict (3.17).
        if (lines_[i].valid && lines_[i].serves({line.tag}, line.translation.input)) {
            place = i;
            break;
        }
        if (!lines_[i].valid && place == size)
            place = i;
    }
    if (place == size)
        place = replacement_.choose(0, static_cast<unsigned>(size));
    lines_[place] = line;
    replacement_.touch(place);
    last_ = place;
}

unsigned micro_tlb::invalidate(const dti::invalidate_request& r)
{
    unsigned count = 0;
    for (tlb_line& line : lines_)
        if (line.valid && line.removed_by(r)) {
            line.valid = false;
            ++count;
        }
    return count;
}

} // namespace iovp::smmu
