#include "smmu/dti/invalidation.h"

#include "common/bit_field.h"

namespace iovp::smmu::dti {

using vmsa::regime;

static bool address_matches(const invalidate_request& i, const cached_translation& entry)
{
    if (i.leaf && entry.partial)
        return false;
    const std::uint64_t last = entry.base + bit_mask(entry.size_log2 - 1, 0);
    if (i.span == 0)
        return i.address >= entry.base && i.address <= last;
    // 4.4.1.1: the range does not wrap at the top of the address space.
    const std::uint64_t range_last =
        i.address + (i.span - 1) < i.address ? ~std::uint64_t(0) : i.address + (i.span - 1);
    return i.address <= last && range_last >= entry.base;
}

static bool vmid_matches(const invalidate_request& i, const cached_translation& entry)
{
    return !entry.tag.has_vmid || (entry.tag.vm.value() ^ i.vm.value()) >> i.wildcard == 0;
}

static bool asid_matches(const invalidate_request& i, const cached_translation& entry)
{
    return entry.tag.has_asid && entry.tag.space == i.space;
}

bool matches(const invalidate_request& i, const cached_translation& entry)
{
    const vmsa::translation_tag& tag = entry.tag;
    const bool state = tag.non_secure == !i.secure;
    const bool el1 = tag.world == regime::el1 && state;
    const bool el1_stage1 = el1 && tag.stage1 && vmid_matches(i, entry);
    const bool el2 = tag.world == (i.e2h ? regime::el2_host : regime::el2) && state;
    switch (i.what) {
    case invalidation::nh_all: // 4.4.2.1
        return el1_stage1;
    case invalidation::nh_asid: // 4.4.2.2
        return el1_stage1 && !entry.global && asid_matches(i, entry);
    case invalidation::nh_vaa: // 4.4.2.3
        return el1_stage1 && address_matches(i, entry);
    case invalidation::nh_va: // 4.4.2.4
        return el1_stage1 && (entry.global || asid_matches(i, entry)) && address_matches(i, entry);
    case invalidation::el2_all: // 4.4.2.7
        return (tag.world == regime::el2 || tag.world == regime::el2_host) && state;
    case invalidation::el2_va: // 4.4.2.8
        return el2 && (!i.e2h || entry.global || asid_matches(i, entry)) && address_matches(i, entry);
    case invalidation::el2_vaa: // 4.4.2.9
        return el2 && address_matches(i, entry);
    case invalidation::el2_asid: // 4.4.2.10
        return tag.world == regime::el2_host && state && !entry.global && asid_matches(i, entry);
    case invalidation::s2_ipa: // 4.4.3.1: combined entries are tagged by VA and stay
        return el1 && tag.stage2 && !tag.stage1 && tag.non_secure_ipa == i.non_secure_ipa && vmid_matches(i, entry) &&
               address_matches(i, entry);
    case invalidation::s12_vmall: // 4.4.3.2
        return el1 && vmid_matches(i, entry);
    case invalidation::nsnh_all: // 4.4.4
        return el1;
    case invalidation::el3_all: // 4.4.2.5
        return tag.world == regime::el3;
    case invalidation::el3_va: // 4.4.2.6
        return tag.world == regime::el3 && address_matches(i, entry);
    case invalidation::config_stream:
    case invalidation::config_range:
    case invalidation::config_substream:
    case invalidation::config_all: break;
    }
    return false;
}

bool matches(const invalidate_request& i, stream_id stream, const substream_id* substream, bool secure)
{
    if (i.secure != secure) // 4.3: SSec
        return false;
    switch (i.what) {
    case invalidation::config_stream: // 4.3.1, 4.3.4
        return i.stream == stream;
    case invalidation::config_range: // 4.3.2: the bottom Range + 1 bits are ignored
        return i.range >= 31 || (i.stream.value() >> (i.range + 1)) == (stream.value() >> (i.range + 1));
    case invalidation::config_substream: // 4.3.3
        return i.stream == stream && substream && *substream == i.substream;
    case invalidation::config_all: return true;
    default: return false;
    }
}

} // namespace iovp::smmu::dti
