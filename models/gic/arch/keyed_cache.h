#pragma once

#include "common/set_associative.h"

namespace iovp::gic {

/// A small cache of values by a number; least recently used replacement.
template <class Value>
class keyed_cache {
public:
    struct line {
        bool valid = false;
        std::uint64_t key = 0;
        Value value{};
    };

    /// `entries`: a multiple of `ways`; 0 switches the cache off.
    keyed_cache(unsigned entries, unsigned ways)
        : store_(entries, ways)
    {
    }

    const Value* find(std::uint64_t key)
    {
        const line* found = store_.find(hash(key), [key](const line& l) { return l.key == key; });
        return found ? &found->value : nullptr;
    }

    /// find() without a trace in the order of use; use() leaves it. The line stays there until the cache changes.
    const line* peek(std::uint64_t key) const
    {
        return store_.peek(hash(key), [key](const line& l) { return l.key == key; });
    }
    void use(const line* l) { store_.touch(l); }

    void insert(std::uint64_t key, const Value& value)
    {
        line* place = store_.find(hash(key), [key](const line& l) { return l.key == key; });
        if (!place)
            place = store_.victim(hash(key));
        if (place)
            *place = {true, key, value};
    }

    void erase(std::uint64_t key)
    {
        erase_if([key](std::uint64_t k) { return k == key; });
    }

    template <class Predicate>
    void erase_if(Predicate matches)
    {
        store_.remove_if([&matches](const line& l) { return matches(l.key); });
    }

    void clear()
    {
        erase_if([](std::uint64_t) { return true; });
    }

private:
    // The upper word of a key (the DeviceID of an event) is spread over the sets as well.
    static std::uint64_t hash(std::uint64_t key) { return (key & 0xFFFFFFFF) + (key >> 32) * 31; }

    set_associative<line, least_recently_used> store_;
};

} // namespace iovp::gic
