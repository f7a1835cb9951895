#include "smmu/tbu/micro_tlb.h"

namespace iovp::smmu {

// Nodes are numbered as in a heap from 1; leaf i stands at size + i.
void micro_tlb::touch(unsigned index)
{
    for (unsigned node = static_cast<unsigned>(lines_.size()) + index; node > 1; node /= 2) {
        const std::uint64_t parent = std::uint64_t(1) << (node / 2);
        if (node % 2 == 0)
            tree_ |= parent;
        else
            tree_ &= ~parent;
    }
}

unsigned micro_tlb::victim() const
{
    const auto size = static_cast<unsigned>(lines_.size());
    unsigned node = 1;
    while (node < size)
        node = node * 2 + static_cast<unsigned>(tree_ >> node & 1);
    return node - size;
}

const vmsa::translation* micro_tlb::find(packed_tag tag, std::uint64_t address)
{
    if (lines_[last_].serves(tag, address)) // it was touched last: the tree would not change
        return &lines_[last_].translation;
    const auto size = static_cast<unsigned>(lines_.size());
    for (unsigned i = 0; i < size; ++i)
        if (lines_[i].serves(tag, address)) {
            touch(i);
            last_ = i;
            return &lines_[i].translation;
        }
    return nullptr;
}

void micro_tlb::insert(const tlb_line& line)
{
    const auto size = static_cast<unsigned>(lines_.size());
    unsigned place = size;
    for (unsigned i = 0; i < size; ++i) {
        // A translation of the same address replaces its older copy: two would be a TLB conflict (3.17).
        if (lines_[i].valid && lines_[i].serves({line.tag}, line.translation.input)) {
            place = i;
            break;
        }
        if (!lines_[i].valid && place == size)
            place = i;
    }
    if (place == size)
        place = victim();
    lines_[place] = line;
    touch(place);
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
