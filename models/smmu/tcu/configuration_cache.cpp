#include "smmu/tcu/configuration_cache.h"

#include "smmu/dti/invalidation.h"

namespace iovp::smmu {

static std::uint64_t hash_of(stream_id stream, substream_id substream)
{
    return stream.value() ^ std::uint64_t(substream.value()) << 4;
}

template <class Entry>
static auto is(stream_id stream, substream_id substream)
{
    return [stream, substream](const Entry& e) { return e.stream == stream && e.substream == substream; };
}

template <class Structure>
void configuration_cache::put(set_associative<entry<Structure>>& store, stream_id stream, substream_id substream,
                              const Structure& content)
{
    const std::uint64_t hash = hash_of(stream, substream);
    entry<Structure>* e = store.find(hash, is<entry<Structure>>(stream, substream));
    if (!e)
        e = store.victim(hash);
    *e = {true, stream, substream, content};
}

bool configuration_cache::lookup(stream_id stream, ste& found)
{
    const auto* e = stes_.find(hash_of(stream, substream_id(0)), is<entry<ste>>(stream, substream_id(0)));
    if (e)
        found = e->content;
    return e != nullptr;
}

void configuration_cache::fill(stream_id stream, const ste& content)
{
    put(stes_, stream, substream_id(0), content);
}

bool configuration_cache::lookup(stream_id stream, substream_id substream, cd& found)
{
    const auto* e = cds_.find(hash_of(stream, substream), is<entry<cd>>(stream, substream));
    if (e)
        found = e->content;
    return e != nullptr;
}

void configuration_cache::fill(stream_id stream, substream_id substream, const cd& content)
{
    put(cds_, stream, substream, content);
}

unsigned configuration_cache::invalidate(const dti::invalidate_request& r)
{
    const unsigned stes = stes_.remove_if([&r](const entry<ste>& e) { return dti::matches(r, e.stream, nullptr); });
    return stes + cds_.remove_if([&r](const entry<cd>& e) { return dti::matches(r, e.stream, &e.substream); });
}

} // namespace iovp::smmu
