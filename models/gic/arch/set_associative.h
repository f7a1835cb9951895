#pragma once

#include <cstdint>
#include <vector>

namespace iovp::gic {

/// A small cache: `entries` in sets of `ways`, least recently used replacement, keyed by a number. Fixed storage.
template <class Value>
class set_associative {
public:
    /// `entries`: a multiple of `ways`; 0 switches the cache off.
    set_associative(unsigned entries, unsigned ways)
        : ways_(ways)
        , sets_(entries / ways)
        , lines_(entries / ways * ways)
    {
    }

    const Value* find(std::uint64_t key)
    {
        for (unsigned i = 0; i < set_size(); ++i) {
            line& l = lines_[base(key) + i];
            if (l.valid && l.key == key) {
                l.used = ++clock_;
                return &l.value;
            }
        }
        return nullptr;
    }

    void insert(std::uint64_t key, const Value& value)
    {
        line* victim = nullptr;
        for (unsigned i = 0; i < set_size(); ++i) {
            line& l = lines_[base(key) + i];
            if (l.valid && l.key == key) {
                victim = &l;
                break;
            }
            if (!victim || (victim->valid && (!l.valid || l.used < victim->used)))
                victim = &l;
        }
        if (victim)
            *victim = {true, key, ++clock_, value};
    }

    void erase(std::uint64_t key)
    {
        erase_if([key](std::uint64_t k) { return k == key; });
    }

    template <class Predicate>
    void erase_if(Predicate matches)
    {
        for (line& l : lines_)
            if (l.valid && matches(l.key))
                l.valid = false;
    }

    void clear()
    {
        for (line& l : lines_)
            l.valid = false;
    }

private:
    struct line {
        bool valid = false;
        std::uint64_t key = 0;
        std::uint64_t used = 0;
        Value value{};
    };

    unsigned set_size() const { return sets_ ? ways_ : 0; }
    // The upper word of a key (the DeviceID of an event) is spread over the sets as well.
    std::size_t base(std::uint64_t key) const { return (key + (key >> 32) * 31) % sets_ * ways_; }

    unsigned ways_;
    std::size_t sets_;
    std::vector<line> lines_;
    std::uint64_t clock_ = 0;
};

} // namespace iovp::gic
