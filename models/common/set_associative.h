#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace iovp {

/// Replacement: of the ways of a full set the one that was found or filled longest ago.
class least_recently_used {
public:
    explicit least_recently_used(std::size_t lines)
        : used_(lines)
    {
    }
    void touch(std::size_t line) { used_[line] = ++clock_; }
    std::size_t choose(std::size_t first, unsigned ways)
    {
        std::size_t oldest = first;
        for (std::size_t line = first + 1; line < first + ways; ++line)
            if (used_[line] < used_[oldest])
                oldest = line;
        return oldest;
    }

private:
    std::vector<std::uint64_t> used_;
    std::uint64_t clock_ = 0;
};

/// Replacement: a random way, with a fixed seed, so the same in every run (xorshift64).
class random_replacement {
public:
    explicit random_replacement(std::size_t) {}
    void touch(std::size_t) {}
    std::size_t choose(std::size_t first, unsigned ways)
    {
        random_ ^= random_ << 13;
        random_ ^= random_ >> 7;
        random_ ^= random_ << 17;
        return first + random_ % ways;
    }

private:
    std::uint64_t random_ = 0x9e3779b97f4a7c15;
};

/// Storage of a set-associative cache: what is in which way of which set. Fixed size. `Entry` has a member `bool valid`
/// and decides what matches; the caller has the hash that selects the set.
template <class Entry, class Replacement>
class set_associative {
public:
    /// `entries`: a multiple of `ways`; 0 switches the cache off. `ways`: 1 or more.
    set_associative(unsigned entries, unsigned ways)
        : set_associative(entries, ways, Replacement(entries))
    {
    }

    /// With a policy that needs more than the number of lines, or that is chosen at run time.
    set_associative(unsigned entries, unsigned ways, Replacement r)
        : ways_(ways)
        , sets_(entries / ways)
        , entries_(sets_ * ways)
        , replacement_(std::move(r))
    {
    }

    /// The entry of the set that `hash` selects for which `matches` holds, or null.
    template <class Matches>
    Entry* find(std::uint64_t hash, const Matches& matches)
    {
        if (sets_ == 0)
            return nullptr;
        const std::size_t first = set_of(hash);
        for (std::size_t line = first; line < first + ways_; ++line) {
            if (entries_[line].valid && matches(entries_[line])) {
                replacement_.touch(line);
                return &entries_[line];
            }
        }
        return nullptr;
    }

    /// find() without a trace: the policy does not hear of it.
    template <class Matches>
    const Entry* peek(std::uint64_t hash, const Matches& matches) const
    {
        if (sets_ == 0)
            return nullptr;
        const std::size_t first = set_of(hash);
        for (std::size_t line = first; line < first + ways_; ++line)
            if (entries_[line].valid && matches(entries_[line]))
                return &entries_[line];
        return nullptr;
    }

    /// What peek() found is used after all: the policy hears of it as of find().
    void touch(const Entry* e) { replacement_.touch(static_cast<std::size_t>(e - entries_.data())); }

    /// find() for who believes that `line` (line_of()) has it: null where it does not match.
    template <class Matches>
    Entry* find_there(std::size_t line, const Matches& matches)
    {
        if (!entries_[line].valid || !matches(entries_[line]))
            return nullptr;
        replacement_.touch(line);
        return &entries_[line];
    }
    std::size_t line_of(const Entry& e) const { return static_cast<std::size_t>(&e - entries_.data()); }

    /// Where a new entry goes: a free way, otherwise the one that the policy gives up. The caller overwrites it. Null
    /// when the cache is switched off.
    Entry* victim(std::uint64_t hash)
    {
        if (sets_ == 0)
            return nullptr;
        const std::size_t first = set_of(hash);
        std::size_t line = first;
        while (line < first + ways_ && entries_[line].valid)
            ++line;
        if (line == first + ways_)
            line = replacement_.choose(first, ways_);
        replacement_.touch(line);
        return &entries_[line];
    }

    /// Drops every entry for which `matches` holds; `dropped` hears of each before it goes.
    template <class Matches, class Dropped>
    unsigned remove_if(const Matches& matches, const Dropped& dropped)
    {
        unsigned count = 0;
        for (Entry& e : entries_) {
            if (e.valid && matches(e)) {
                dropped(e);
                e.valid = false;
                ++count;
            }
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
    std::size_t set_of(std::uint64_t hash) const
    {
        const std::uint64_t mixed = mix(hash); // a division takes longer than all the rest of a look-up
        return static_cast<std::size_t>((sets_ & (sets_ - 1)) == 0 ? mixed & (sets_ - 1) : mixed % sets_) * ways_;
    }

    // Folds upper bits in: page numbers of different regions must not fall into one set.
    static constexpr std::uint64_t mix(std::uint64_t h) { return h ^ (h >> 9) ^ (h >> 21) ^ (h >> 40); }

    unsigned ways_;
    std::size_t sets_;
    std::vector<Entry> entries_;
    Replacement replacement_;
};

} // namespace iovp
