#include "smmu/tbu/stream_table.h"

#include "smmu/dti/invalidation.h"

#include <type_traits>

namespace iovp::smmu {

// 3.10.2.2: on a Secure stream with stage 2 alone the transaction's NS says which IPA space it looks up.
known_stream known_stream::of(std::uint64_t key, const stream_context& context)
{
    known_stream k;
    k.valid = true;
    k.key = key;
    k.context = context;
    const vmsa::translation_tag& t = context.tag;
    k.tags_by_space = !t.non_secure && t.stage2 && !t.stage1;
    vmsa::translation_tag of_space = t;
    of_space.non_secure_ipa = false;
    k.tag = packed_tag::of(of_space);
    of_space.non_secure_ipa = true;
    k.non_secure_tag = packed_tag::of(of_space);
    k.careful = context.sif && !t.stage1;
    for (const bool privileged : {false, true})
        for (const vmsa::access a : {vmsa::access{false, false, privileged}, vmsa::access{false, true, privileged},
                                     vmsa::access{true, false, privileged}})
            k.access_as[vmsa::access_number(a)] =
                static_cast<std::uint8_t>(vmsa::access_number(context.overrides.apply(a)));
    static_assert(sizeof context.overrides <= sizeof k.overrides);
    static_assert(std::has_unique_object_representations_v<attribute_overrides>);
    std::memcpy(&k.overrides, &context.overrides, sizeof context.overrides);
    return k;
}

static std::uint64_t hash_of(std::uint64_t key)
{
    return key >> 20 ^ key;
}

const known_stream* stream_table::search(std::uint64_t key)
{
    const known_stream* found = store_.find(hash_of(key), [key](const known_stream& e) { return e.key == key; });
    if (found)
        last_ = found;
    return found;
}

void stream_table::insert(std::uint64_t key, const stream_context& context)
{
    known_stream* e = store_.find(hash_of(key), [key](const known_stream& x) { return x.key == key; });
    if (!e)
        e = store_.victim(hash_of(key));
    *e = known_stream::of(key, context);
}

const stream_context* stream_table::peek(std::uint64_t key) const
{
    const known_stream* found = store_.peek(hash_of(key), [key](const known_stream& e) { return e.key == key; });
    return found ? &found->context : nullptr;
}

unsigned stream_table::invalidate(const dti::invalidate_request& r)
{
    return store_.remove_if([&r](const known_stream& e) { return matches_stream(r, e.key); });
}

bool matches_stream(const dti::invalidate_request& r, std::uint64_t key)
{
    // Which CD a transaction without a SubstreamID used depends on STE.S1DSS, which is not kept here: CD 0 at most
    // (5.2 S1DSS). Over-invalidating its context is permitted (4.3).
    const substream_id substream(static_cast<std::uint32_t>(key & 0xfffff));
    return dti::matches(r, stream_id(static_cast<std::uint32_t>(key >> 21)), &substream, (key >> 53 & 1) != 0);
}

} // namespace iovp::smmu
