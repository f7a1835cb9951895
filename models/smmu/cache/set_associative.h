#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace iovp::smmu {

/// Storage of a set-associative cache: what is in which way of which set. The entry type decides what matches; it has
/// a member `bool valid`. Replacement is random with a fixed seed, after free ways (MMU-600 policy, same in every run).
template <class Entry>
class set_associative {
public:
    /// `entries` and `ways` are powers of two, ways <= entries.
    set_associative(unsigned entries, unsigned ways)
        : ways_(ways)
        , set_mask_(entries / ways - 1)
        , entries_(entries)
    {
    }

    /// The entry of the set that `hash` selects for which `matches` holds, or null.
    template <class Matches>
    Entry* find(std::uint64_t hash, const Matches& matches)
    {
        Entry* const set = set_of(hash);
        for (unsigned way = 0; way < ways_; ++way)
            if (set[way].valid && matches(set[way]))
                return &set[way];
        return nullptr;
    }

    /// Where a new entry goes: a free way, otherwise a random one. The caller overwrites it.
    Entry& victim(std::uint64_t hash)
    {
        Entry* const set = set_of(hash);
        for (unsigned way = 0; way < ways_; ++way)
            if (!set[way].valid)
                return set[way];
        random_ ^= random_ << 13;
        random_ ^= random_ >> 7;
        random_ ^= random_ << 17;
        return set[random_ & (ways_ - 1)];
    }

    /// Drops every entry for which `matches` holds; `dropped` hears of each before it goes.
    template <class Matches, class Dropped>
    unsigned remove_if(const Matches& matches, const Dropped& dropped)
    {
        unsigned count = 0;
        for (Entry& e : entries_)
            if (e.valid && matches(e)) {
                dropped(e);
                e.valid = false;
                ++count;
            }
        return count;
    }
    template <class Matches>
    unsigned remove_if(const Matches& matches)
    {
        return remove_if(matches, [](const Entry&) {});
    }

    std::size_t size() const { return entries_.size(); }

private:
    Entry* set_of(std::uint64_t hash) { return &entries_[(mix(hash) & set_mask_) * ways_]; }

    // Folds upper bits in: page numbers of different regions must not fall into one set.
    static constexpr std::uint64_t mix(std::uint64_t h) { return h ^ (h >> 9) ^ (h >> 21) ^ (h >> 40); }

    unsigned ways_;
    std::uint64_t set_mask_;
    std::vector<Entry> entries_;
    std::uint64_t random_ = 0x9e3779b97f4a7c15;
};

} // namespace iovp::smmu
