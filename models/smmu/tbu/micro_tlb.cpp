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
    buckets_[bucket_of_[place]].latest = static_cast<std::uint8_t>(place);
    return &lines_[place];
}

const tlb_line* micro_tlb::peek(packed_tag tag, std::uint64_t address) const
{
    const std::size_t place = place_of(tag, address);
    return place == lines_.size() ? nullptr : &lines_[place];
}

void micro_tlb::add_kind(const tlb_line& line)
{
    for (kind& k : kinds_)
        if (k.of(line)) {
            ++k.lines;
            return;
        }
    kinds_.push_back({line.size_log2, line.tag_mask, 1});
}

void micro_tlb::remove_kind(const tlb_line& line)
{
    for (kind& k : kinds_)
        if (k.of(line)) {
            if (--k.lines == 0) {
                k = kinds_.back();
                kinds_.pop_back();
            }
            return;
        }
}

void micro_tlb::insert(const tlb_line& line)
{
    // A translation of the same address replaces its older copy: two would be a TLB conflict (3.17).
    put(line, place_of({line.tag}, line.translation.input));
}

void micro_tlb::refill(const tlb_line& line)
{
    // What the look-up has missed need not be looked for again: a copy of the line's own kind would have served it.
    if (only_kind(line))
        put(line, lines_.size());
    else
        insert(line);
}

inline void micro_tlb::put(const tlb_line& line, std::size_t place)
{
    const std::size_t size = lines_.size();
    if (place == size && used_ < size)
        place = static_cast<std::size_t>(
            std::find_if(lines_.begin(), lines_.end(), [](const tlb_line& l) { return !l.valid; }) - lines_.begin());
    if (place == size)
        place = replacement_.choose(0, static_cast<unsigned>(size));
    tlb_line& old = lines_[place];
    if (!old.valid) {
        ++used_;
        add_kind(line);
    } else {
        --buckets_[bucket_of_[place]].lines;
        if (!only_kind(line)) {
            remove_kind(old);
            add_kind(line);
        }
    }
    old = line;
    bucket_of_[place] = static_cast<std::uint8_t>(hash(line));
    bucket& b = buckets_[bucket_of_[place]];
    ++b.lines;
    b.latest = static_cast<std::uint8_t>(place);
    replacement_.touch(place);
    last_ = place;
}

unsigned micro_tlb::invalidate(const dti::invalidate_request& r)
{
    unsigned dropped = 0;
    for (tlb_line& line : lines_)
        if (line.valid && line.removed_by(r)) {
            --used_;
            --buckets_[hash(line)].lines;
            remove_kind(line);
            line.valid = false;
            ++dropped;
        }
    return dropped;
}

} // namespace iovp::smmu
