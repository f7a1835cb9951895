#include "smmu/tcu/configuration_cache.h"

#include "smmu/dti/invalidation.h"

namespace iovp::smmu {

static std::uint64_t hash_of(stream_id stream, substream_id substream)
{
    return stream.value() ^ std::uint64_t(substream.value()) << 4;
}

template <class Entry>
static auto is(bool secure, stream_id stream, substream_id substream)
{
    return [secure, stream, substream](const Entry& e) {
        return e.secure == secure && e.stream == stream && e.substream == substream;
    };
}

template <class Structure>
void configuration_cache::put(store_of<Structure>& store, bool secure, stream_id stream, substream_id substream,
                              const Structure& content)
{
    const std::uint64_t hash = hash_of(stream, substream);
    entry<Structure>* e = store.find(hash, is<entry<Structure>>(secure, stream, substream));
    if (!e)
        e = store.victim(hash);
    *e = {true, secure, stream, substream, content};
}

bool configuration_cache::lookup(bool secure, stream_id stream, ste& found)
{
    const auto* e = stes_.find(hash_of(stream, substream_id(0)), is<entry<ste>>(secure, stream, substream_id(0)));
    if (e)
        found = e->content;
    return e != nullptr;
}

void configuration_cache::fill(bool secure, stream_id stream, const ste& content)
{
    put(stes_, secure, stream, substream_id(0), content);
}

bool configuration_cache::lookup(bool secure, stream_id stream, substream_id substream, cd& found)
{
    const auto* e = cds_.find(hash_of(stream, substream), is<entry<cd>>(secure, stream, substream));
    if (e)
        found = e->content;
    return e != nullptr;
}

void configuration_cache::fill(bool secure, stream_id stream, substream_id substream, const cd& content)
{
    put(cds_, secure, stream, substream, content);
}

unsigned configuration_cache::invalidate(const dti::invalidate_request& r)
{
    const unsigned stes =
        stes_.remove_if([&r](const entry<ste>& e) { return dti::matches(r, e.stream, nullptr, e.secure); });
    return stes +
           cds_.remove_if([&r](const entry<cd>& e) { return dti::matches(r, e.stream, &e.substream, e.secure); });
}

} // namespace iovp::smmu
