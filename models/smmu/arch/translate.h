#pragma once

#include "smmu/arch/configuration.h"
#include "vmsa/translation.h"

#include <variant>

namespace iovp::smmu {

/// Everything translation needs beside the request. The ports decide about time, caches about accesses.
struct translation_context {
    const features& feature;
    const control& registers; ///< of the request's security state, as is the configuration cache
    vmsa::memory_port& memory;
    vmsa::walk_cache_port& walk_cache;
    configuration_cache_port& configuration_cache;
    bool may_update = true; ///< false: functional or debug, no HTTU
};

/// The transaction as it leaves the SMMU.
struct output {
    physical_address pa;
    intermediate_address ipa; ///< stage 2's input where stage 2 translated, otherwise the PA
    vmsa::access what;        ///< after overrides
    memory_attributes memory; ///< 13.1
    bool non_secure = true;
};

/// All stages bypassed; `context` (translates == false) may be cached per stream.
struct bypassed {
    output out;
    stream_context context;
};

/// Translated. A TLB may keep `entry` under `context.tag`, covering entry.page_size_log2 bits around entry.input.
struct translated {
    output out;
    stream_context context;
    vmsa::translation entry;
};

using outcome = std::variant<translated, bypassed, terminated>;

/// 3.3, 3.4, 7.3: the whole of what happens to a transaction: global bypass or abort, configuration look-up,
/// translation, permissions, output attributes.
outcome translate(const translation_context& context, const request& r);

/// 3.3.1: the legal STE of the stream alone.
std::variant<ste, terminated> find_ste(const translation_context& context, const request& r);

/// The first half: configuration look-up of the request's stream and substream.
std::variant<configuration, terminated> find_configuration(const translation_context& context, const request& r);

/// The second half, with the configuration at hand.
outcome translate(const translation_context& context, const configuration& c, const request& r);

/// A TLB hit: the same permission checks, event and output attributes as a walk gives. `entry` matches the request, and
/// entry.usable_for() the access; otherwise the caller asks for a walk.
outcome translate_hit(const stream_context& context, const vmsa::translation& entry, const request& r);

/// 13.1: the memory attributes of a translated transaction that came with `incoming`.
memory_attributes output_memory(const attribute_overrides& overrides, const vmsa::translation& entry,
                                const memory_attributes& incoming);

/// 13.4.4: the address space of a translated transaction. Non-secure streams are Non-secure.
inline bool output_non_secure(const stream_context& context, bool entry_is_non_secure)
{
    return context.tag.non_secure || entry_is_non_secure;
}

/// The address in an entry's page that `offset` (the address asked for) means.
constexpr std::uint64_t in_page(std::uint64_t page, std::uint64_t address, unsigned size_log2)
{
    const std::uint64_t offset = (std::uint64_t(1) << size_log2) - 1;
    return (page & ~offset) | (address & offset);
}

/// A request of a stream whose context says that it does not translate.
outcome bypass(const stream_context& context, const request& r);

} // namespace iovp::smmu
