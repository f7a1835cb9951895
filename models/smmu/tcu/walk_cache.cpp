#include "smmu/tcu/walk_cache.h"

#include "smmu/dti/invalidation.h"

namespace iovp::smmu {

static bool same(const vmsa::walk_cache_key& a, const vmsa::walk_cache_key& b)
{
    return a.address == b.address && a.tag == b.tag && a.stage == b.stage && a.level == b.level &&
           a.size_log2 == b.size_log2 && a.upper_half == b.upper_half && a.tg == b.tg;
}

bool walk_cache::lookup(const vmsa::walk_cache_key& key, vmsa::table_pointer& found)
{
    const std::size_t index = index_of(key);
    ++statistics_[index].lookups;
    const entry* e = store_of(key).find(hash_of(key), [&key](const entry& x) { return same(x.key, key); });
    if (!e)
        return false;
    ++statistics_[index].hits;
    found = e->pointer;
    return true;
}

void walk_cache::fill(const vmsa::walk_cache_key& key, const vmsa::table_pointer& pointer)
{
    level_store& store = store_of(key);
    const std::uint64_t hash = hash_of(key);
    entry* e = store.find(hash, [&key](const entry& x) { return same(x.key, key); });
    if (!e)
        e = store.victim(hash);
    if (!e)
        return; // no entries
    e->valid = true;
    e->key = key;
    e->pointer = pointer;
}

unsigned walk_cache::invalidate(const dti::invalidate_request& r)
{
    unsigned count = 0;
    // A table descriptor is never global: it stands for every leaf below it, global ones too, but it was read through
    // the ASID's table and is tagged so.
    for (level_store& store : levels_)
        count += store.remove_if([&r](const entry& e) {
            return dti::matches(r, {e.key.tag, e.key.address, e.key.size_log2, false, true});
        });
    return count;
}

} // namespace iovp::smmu
