#include "smmu/tbu/stream_table.h"

#include "smmu/dti/invalidation.h"

namespace iovp::smmu {

const stream_context* stream_table::find(std::uint64_t key)
{
    if (last_ && last_->valid && last_->key == key)
        return &last_->context;
    const entry* found = store_.find(key >> 20 ^ key, [key](const entry& e) { return e.key == key; });
    if (!found)
        return nullptr;
    last_ = found;
    return &found->context;
}

void stream_table::insert(std::uint64_t key, const stream_context& context)
{
    const std::uint64_t hash = key >> 20 ^ key;
    entry* e = store_.find(hash, [key](const entry& x) { return x.key == key; });
    if (!e)
        e = store_.victim(hash);
    e->valid = true;
    e->key = key;
    e->context = context;
}

const stream_context* stream_table::peek(std::uint64_t key) const
{
    const entry* found = store_.peek(key >> 20 ^ key, [key](const entry& e) { return e.key == key; });
    return found ? &found->context : nullptr;
}

unsigned stream_table::invalidate(const dti::invalidate_request& r)
{
    return store_.remove_if([&r](const entry& e) { return matches_stream(r, e.key); });
}

bool matches_stream(const dti::invalidate_request& r, std::uint64_t key)
{
    // Which CD a transaction without a SubstreamID used depends on STE.S1DSS, which is not kept here: CD 0 at most
    // (5.2 S1DSS). Over-invalidating its context is permitted (4.3).
    const substream_id substream(static_cast<std::uint32_t>(key & 0xfffff));
    return dti::matches(r, stream_id(static_cast<std::uint32_t>(key >> 21)), &substream, (key >> 53 & 1) != 0);
}

} // namespace iovp::smmu
