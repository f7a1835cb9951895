#include "smmu/tbu/micro_tlb.h"

#include <algorithm>

namespace iovp::smmu {

const vmsa::translation* micro_tlb::find(packed_tag tag, std::uint64_t address)
{
    if (lines_[last_].serves(tag, address)) // it was used last: no policy's state would change
        return &lines_[last_].translation;
    if (!may_hold(address))
        return nullptr;
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
    // A translation of the same address replaces its older copy: two would be a TLB conflict (3.17).
    if (may_hold(line.translation.input))
        place = static_cast<std::size_t>(
            std::find_if(lines_.begin(), lines_.end(),
                         [&line](const tlb_line& l) { return l.serves({line.tag}, line.translation.input); }) -
            lines_.begin());
    if (place == size && used_ < size)
        place = static_cast<std::size_t>(
            std::find_if(lines_.begin(), lines_.end(), [](const tlb_line& l) { return !l.valid; }) - lines_.begin());
    if (place == size)
        place = replacement_.choose(0, static_cast<unsigned>(size));
    if (lines_[place].valid)
        uncount(lines_[place]);
    lines_[place] = line;
    count(line);
    replacement_.touch(place);
    last_ = place;
}

unsigned micro_tlb::invalidate(const dti::invalidate_request& r)
{
    unsigned dropped = 0;
    for (tlb_line& line : lines_)
        if (line.valid && line.removed_by(r)) {
            uncount(line);
            line.valid = false;
            ++dropped;
        }
    return dropped;
}

bool micro_tlb::may_hold(std::uint64_t address) const
{
    for (std::uint64_t sizes = sizes_; sizes != 0; sizes &= sizes - 1) {
        const auto size_log2 = static_cast<unsigned>(__builtin_ctzll(sizes));
        if (pages_[bucket(address >> size_log2)] != 0)
            return true;
    }
    return false;
}

void micro_tlb::count(const tlb_line& line)
{
    ++used_;
    ++pages_[bucket(line.page)];
    ++of_size_[line.size_log2];
    sizes_ |= std::uint64_t(1) << line.size_log2;
}

void micro_tlb::uncount(const tlb_line& line)
{
    --used_;
    --pages_[bucket(line.page)];
    if (--of_size_[line.size_log2] == 0)
        sizes_ &= ~(std::uint64_t(1) << line.size_log2);
}

} // namespace iovp::smmu
