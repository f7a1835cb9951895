#include "smmu/tbu/micro_tlb.h"

#include <algorithm>

namespace iovp::smmu {

// A miss compares no line, and a hit mostly one: an empty bucket says that no line of the kind serves.
inline std::size_t micro_tlb::place_of(packed_tag tag, std::uint64_t address) const
{
    for (const kind& k : kinds_) {
        const bucket& b = buckets_[hash(address >> k.size_log2, tag.word & k.tag_mask)];
        if (b.lines == 0)
            continue;
        if (lines_[b.latest].serves(tag, address))
            return b.latest;
        for (std::size_t i = 0; i < lines_.size(); ++i)
            if (lines_[i].serves(tag, address))
                return i;
    }
    return lines_.size();
}

const tlb_line* micro_tlb::search(packed_tag tag, std::uint64_t address)
{
    const std::size_t place = place_of(tag, address);
    if (place == lines_.size())
        return nullptr;
    replacement_.touch(place);
    last_ = place;
    const tlb_line& line = lines_[place];
    buckets_[hash(line)].latest = static_cast<std::uint8_t>(place);
    return &line;
}

const tlb_line* micro_tlb::peek(packed_tag tag, std::uint64_t address) const
{
    const std::size_t place = place_of(tag, address);
    return place == lines_.size() ? nullptr : &lines_[place];
}

inline void micro_tlb::count(const tlb_line& line, std::size_t place)
{
    ++used_;
    bucket& b = buckets_[hash(line)];
    ++b.lines;
    b.latest = static_cast<std::uint8_t>(place);
    for (kind& k : kinds_)
        if (k.size_log2 == line.size_log2 && k.tag_mask == line.tag_mask) {
            ++k.lines;
            return;
        }
    kinds_.push_back({line.size_log2, line.tag_mask, 1});
}

inline void micro_tlb::uncount(const tlb_line& line)
{
    --used_;
    --buckets_[hash(line)].lines;
    for (kind& k : kinds_)
        if (k.size_log2 == line.size_log2 && k.tag_mask == line.tag_mask) {
            if (--k.lines == 0) {
                k = kinds_.back();
                kinds_.pop_back();
            }
            return;
        }
}

void micro_tlb::insert(const tlb_line& line)
{
    const std::size_t size = lines_.size();
    // A translation of the same address replaces its older copy: two would be a TLB conflict (3.17).
    std::size_t place = place_of({line.tag}, line.translation.input);
    if (place == size && used_ < size)
        place = static_cast<std::size_t>(
            std::find_if(lines_.begin(), lines_.end(), [](const tlb_line& l) { return !l.valid; }) - lines_.begin());
    if (place == size)
        place = replacement_.choose(0, static_cast<unsigned>(size));
    if (lines_[place].valid)
        uncount(lines_[place]);
    lines_[place] = line;
    count(line, place);
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

} // namespace iovp::smmu
