// 3.3.1, 3.3.2: from StreamID and SubstreamID to the configuration.

#include "smmu/arch/configuration.h"

#include "smmu/arch/sizes.h"
#include "smmu/arch/translate.h"
#include "vmsa/walk.h"

#include <algorithm>
#include <variant>

namespace iovp::smmu {

namespace {

terminated abort_with(const event_record& e, bool mev = false)
{
    return {termination::abort, e, mev};
}

terminated silent_abort()
{
    return {termination::abort, std::nullopt, false};
}

constexpr std::uint64_t aligned(std::uint64_t address, unsigned log2)
{
    return log2 >= 64 ? 0 : address & ~((std::uint64_t(1) << log2) - 1);
}

/// Stream tables and, without stage 2, CDs are in the PA space of the stream's state (3.10.2.1).
vmsa::structure_access fetch_of(vmsa::structure what, std::uint64_t address, const memory_attributes& memory,
                                security_state state)
{
    vmsa::structure_access a;
    a.what = what;
    a.stage = 0;
    a.level = -1;
    a.address = physical_address(address);
    a.memory = memory;
    a.non_secure = state == security_state::non_secure;
    return a;
}

/// 6.3.11 CR1.TABLE_*: 0 NC, 1 WB, 2 WT; the reserved 3 reads as NC.
memory_attributes table_attributes(std::uint32_t cr1_value)
{
    const auto rgn = [](std::uint64_t code) { return code == 3 ? 0U : static_cast<unsigned>(code); };
    return vmsa::decode_walk_attributes(rgn(cr1::table_ic::get(cr1_value)), rgn(cr1::table_oc::get(cr1_value)),
                                        static_cast<unsigned>(cr1::table_sh::get(cr1_value)));
}

struct located_ste {
    std::optional<terminated> failed;
    ste found;
};

/// 7.3.4: FetchAddr bits above the OAS are RES0, also where they are the reason (3.4.3).
located_ste failed_fetch(const translation_context& c, const request& r, std::uint64_t address)
{
    return {abort_with(f_ste_fetch(r, physical_address(address & bit_mask(c.feature.output_bits - 1, 0)))), {}};
}

/// C_BAD_STREAMID is recorded only when CR2.RECINVSID == 1 (7.3.3).
located_ste bad_stream(const translation_context& c, const request& r)
{
    if (cr2::recinvsid::get(c.registers.cr2))
        return {abort_with(c_bad_streamid(r)), {}};
    return {silent_abort(), {}};
}

/// 3.3.1: the STE of the stream.
located_ste fetch_ste(const translation_context& c, const request& r)
{
    located_ste result;
    if (c.configuration_cache.lookup(r.stream, result.found))
        return result;

    const std::uint32_t cfg = c.registers.strtab_base_cfg;
    const std::uint32_t stream = r.stream.value();
    const auto programmed = static_cast<unsigned>(strtab_base_cfg::log2size::get(cfg));
    const bool secure = r.sec_sid == security_state::secure;
    const unsigned log2size = std::min(programmed, secure ? c.feature.secure_stream_id_bits : c.feature.stream_id_bits);
    if ((std::uint64_t(stream) >> log2size) != 0)
        return bad_stream(c, r);

    const std::uint64_t base = strtab_base::addr::get(c.registers.strtab_base) << 6;
    const memory_attributes memory = table_attributes(c.registers.cr1);
    std::uint64_t address = 0;
    if (c.feature.stream_two_level && strtab_base_cfg::fmt::get(cfg) == 1) {
        // 6.3.25 SPLIT: 6, 8 or 10; other values behave as 6.
        const auto coded = static_cast<unsigned>(strtab_base_cfg::split::get(cfg));
        const unsigned split = coded == 8 || coded == 10 ? coded : 6;
        // 6.3.24: aligned to the larger of 64 bytes and the size of the level-1 table, by LOG2SIZE as programmed.
        const unsigned table_log2 = std::max(6U, programmed > split ? programmed - split + 3 : 0);
        const auto fetch =
            fetch_of(vmsa::structure::l1std, aligned(base, table_log2) + (std::uint64_t(stream >> split) << 3), memory,
                     r.sec_sid);
        l1std level1;
        if (beyond(fetch.address.value(), c.feature.output_bits) || !c.memory.read(fetch, &level1.word, 1))
            return failed_fetch(c, r, fetch.address.value());
        // 5.1: 12..31 are reserved and behave as 0; larger than SPLIT + 1 is invalid too (7.3.3).
        const auto span = static_cast<unsigned>(l1std::span::get(level1.word));
        if (span == 0 || span > 11 || span > split + 1)
            return bad_stream(c, r);
        const std::uint32_t index = stream & ((1U << split) - 1);
        if (index >= (1U << (span - 1)))
            return bad_stream(c, r);
        // L2Ptr is aligned to the size of the level-2 array.
        address = aligned(l1std::l2ptr::get(level1.word) << 6, 6 + span - 1) + std::uint64_t(index) * 64;
    } else {
        address = aligned(base, programmed + 6) + std::uint64_t(stream) * 64;
    }
    const auto fetch = fetch_of(vmsa::structure::ste, address, memory, r.sec_sid);
    if (beyond(address, c.feature.output_bits) || !c.memory.read(fetch, result.found.words.data(), 8))
        return failed_fetch(c, r, fetch.address.value());
    if (ste_illegal(result.found, c.feature, r.sec_sid, c.registers.nsstalld))
        return {abort_with(c_bad_ste(r)), {}};
    c.configuration_cache.fill(r.stream, result.found);
    return result;
}

/// 5.2 STE.S1CIR, S1COR: 1 WB RA, 2 WT RA, 3 WB no RA; write allocation is IMPLEMENTATION DEFINED: none.
cache_attributes cd_cache(std::uint64_t code)
{
    switch (code) {
    case 1: return {cacheability::write_back, true, false, false};
    case 2: return {cacheability::write_through, true, false, false};
    case 3: return {cacheability::write_back, false, false, false};
    default: return {};
    }
}

memory_attributes cd_attributes(const ste& s)
{
    const std::uint64_t sh = ste::s1csh::of(s.words);
    const shareability share = sh == 2   ? shareability::outer
                               : sh == 3 ? shareability::inner
                                         : shareability::non_shareable;
    return vmsa::normalised(
        {memory_type::normal, cd_cache(ste::s1cir::of(s.words)), cd_cache(ste::s1cor::of(s.words)), share});
}

/// Everything that a CD fetch needs of its stream.
struct cd_fetch {
    const translation_context& c;
    const request& r; ///< with the STE's overrides
    const ste& s;
    const configuration& config;

    /// Reads an L1CD or CD at an address that is an IPA when stage 2 is enabled (3.3.2, 5.2 STE.S1ContextPtr).
    std::optional<terminated> read(vmsa::structure what, std::uint64_t address, std::uint64_t* words,
                                   unsigned count) const
    {
        auto fetch = fetch_of(what, address, cd_attributes(s), r.sec_sid);
        if (config.stage2) {
            const vmsa::walk_context walk{c.feature.walks(), nullptr,      &*config.stage2, config.context.tag,
                                          c.memory,          c.walk_cache, c.may_update};
            const auto result =
                vmsa::translate_stage2(walk, intermediate_address(address), vmsa::access{}, vmsa::fault_class::cd);
            if (const auto* f = std::get_if<vmsa::fault>(&result))
                return translation_fault(*f);
            const auto& t = std::get<vmsa::translation>(result);
            fetch.address = t.pa;
            fetch.memory =
                vmsa::structure_memory(fetch.memory, *t.stage2_memory_bits, config.stage2->device_walk_normal);
            fetch.non_secure = t.non_secure;
        } // else the OAS holds it: what is larger makes the STE or the L1CD bad (3.4.3)
        if (!c.memory.read(fetch, words, count))
            return abort_with(f_cd_fetch(r, fetch.address), config.context.mev);
        return std::nullopt;
    }

    /// A stage-2 fault with CLASS == CD; recorded when S2R says so, F_WALK_EABT always (5.5).
    terminated translation_fault(const vmsa::fault& f) const
    {
        terminated t;
        t.mev = config.context.mev;
        t.stall = f.kind != vmsa::fault_kind::walk_abort && config.context.stage2_stall;
        if (f.kind == vmsa::fault_kind::walk_abort || t.stall || config.context.stage2_record)
            t.event = translation_event(r, f);
        return t;
    }

    /// The CD of `index` in the table that S1Fmt describes.
    std::optional<terminated> run(std::uint32_t index, cd& found) const
    {
        const std::uint64_t pointer = ste::s1contextptr::of(s.words) << 6;
        const auto cdmax = static_cast<unsigned>(ste::s1cdmax::of(s.words));
        const std::uint64_t s1fmt = ste::s1fmt::of(s.words);
        std::uint64_t address = pointer;
        if (s.substreams_enabled(c.feature)) {
            if (s1fmt == 1 || s1fmt == 2) {
                const unsigned split = s1fmt == 1 ? 6 : 10;
                // The level-1 table is aligned to its size or 64 bytes, whichever is greater; its RES0 bits are taken
                // to be zero.
                const unsigned table_log2 = std::max(6U, cdmax > split ? cdmax - split + 3 : 0);
                l1cd level1;
                if (auto t = read(vmsa::structure::l1cd,
                                  aligned(pointer, table_log2) + (std::uint64_t(index >> split) << 3), &level1.word, 1))
                    return t;
                const std::uint64_t l2ptr = l1cd::l2ptr::get(level1.word) << 12;
                // 7.3.9: L1CD.V == 0, or an L2Ptr beyond OAS or IAS
                if (!l1cd::v::get(level1.word) ||
                    beyond(l2ptr, s.stage2_enabled() ? c.feature.page_table_ipa_bits() : c.feature.output_bits))
                    return abort_with(c_bad_substreamid(r), config.context.mev);
                address = aligned(l2ptr, split + 6) + std::uint64_t(index & ((1U << split) - 1)) * 64;
            } else {
                address = aligned(pointer, cdmax + 6) + std::uint64_t(index) * 64;
            }
        }
        return read(vmsa::structure::cd, address, found.words.data(), 8);
    }
};

attribute_overrides overrides_of(const ste& s, const features& f)
{
    attribute_overrides o;
    if (f.attribute_permissions_override) {
        o.privcfg = static_cast<std::uint8_t>(ste::privcfg::of(s.words));
        o.instcfg = static_cast<std::uint8_t>(ste::instcfg::of(s.words));
    }
    if (f.attribute_types_override) {
        o.mtcfg = ste::mtcfg::of(s.words);
        o.memattr = static_cast<std::uint8_t>(ste::memattr::of(s.words));
        o.shcfg = static_cast<std::uint8_t>(ste::shcfg::of(s.words));
        o.alloccfg = static_cast<std::uint8_t>(ste::alloccfg::of(s.words));
    }
    return o;
}

} // namespace

std::variant<ste, terminated> find_ste(const translation_context& c, const request& r)
{
    const located_ste located = fetch_ste(c, r);
    if (located.failed)
        return *located.failed;
    return located.found;
}

std::variant<configuration, terminated> find_configuration(const translation_context& c, const request& incoming)
{
    const located_ste located = fetch_ste(c, incoming);
    if (located.failed)
        return *located.failed;
    const ste& s = located.found;
    const features& f = c.feature;

    // STE.Config == 0b0xx: abort, no event.
    if (s.configuration() == ste_config::abort)
        return silent_abort();

    configuration config;
    stream_context& context = config.context;
    const bool secure = incoming.sec_sid == security_state::secure;
    context.output_bits = s.stage2_enabled() ? f.page_table_ipa_bits() : f.output_bits;
    context.overrides = overrides_of(s, f);
    if (secure)
        context.overrides.nscfg =
            f.attribute_permissions_override ? static_cast<std::uint8_t>(ste::nscfg::of(s.words)) : std::uint8_t(0);
    context.sif = secure && c.registers.sif;
    context.mev = ste::mev::of(s.words);
    request r = incoming;
    r.what = context.overrides.apply(incoming.what);

    // 7.3.9: a SubstreamID needs stage 1, substreams, and a place in the table.
    const bool substreams = s.stage1_enabled() && s.substreams_enabled(f);
    if (r.substream) {
        if (!substreams || (std::uint64_t(r.substream->value()) >> ste::s1cdmax::of(s.words)) != 0)
            return abort_with(c_bad_substreamid(r), context.mev);
        // 5.2 STE.S1DSS: CD 0 is reserved for transactions without a substream.
        if (s.default_substream() == s1dss::substream0 && r.substream->value() == 0)
            return abort_with(f_stream_disabled(r), context.mev);
    }
    bool stage1 = s.stage1_enabled();
    if (substreams && !r.substream) {
        if (s.default_substream() == s1dss::terminate)
            return abort_with(f_stream_disabled(r), context.mev);
        if (s.default_substream() == s1dss::bypass_stage1)
            stage1 = false; // as though Config == 0b1x0
    }

    const vmsa::regime world = stream_world(s, f, cr2::e2h::get(c.registers.cr2), incoming.sec_sid);
    vmsa::translation_tag& tag = context.tag;
    tag.world = world;
    tag.non_secure = !secure;
    tag.stage2 = s.stage2_enabled();
    // 5.2 STE.S2VMID: VMID tags EL1 translations of either stage where stage 2 is implemented; 0 those of stage 1 alone
    // on a Secure stream.
    tag.has_vmid = vmid_tagged(s, f, world, incoming.sec_sid) && (stage1 || tag.stage2);
    if (tag.has_vmid && (!secure || tag.stage2))
        tag.vm = vmid(static_cast<std::uint16_t>(ste::s2vmid::of(s.words)));
    if (tag.stage2) {
        if (secure) {
            const secure_stage2 both = secure_stage2_of(s, f);
            config.stage2 = both.secure_ipa;
            config.stage2_non_secure = both.non_secure_ipa;
        } else {
            config.stage2 = stage2_of(s, f);
        }
        context.stage2_record = ste::s2r::of(s.words);
        context.stage2_stall = ste::s2s::of(s.words);
    }
    context.translates = stage1 || tag.stage2;
    if (!stage1)
        return config;

    const substream_id index = r.substream.value_or(substream_id(0));
    cd descriptor;
    if (!c.configuration_cache.lookup(r.stream, index, descriptor)) {
        if (auto failed = cd_fetch{c, r, s, config}.run(index.value(), descriptor))
            return *failed;
        if (cd_illegal(descriptor, s, f, world, incoming.sec_sid, c.registers.nsstalld))
            return abort_with(c_bad_cd(r), context.mev);
        c.configuration_cache.fill(r.stream, index, descriptor);
    }
    tag.stage1 = true;
    tag.has_asid = vmsa::has_two_privileges(world);
    if (tag.has_asid) {
        tag.space = asid(static_cast<std::uint16_t>(cd::asid::of(descriptor.words)));
        tag.aset = cd::aset::of(descriptor.words);
    }
    config.stage1 = stage1_of(descriptor, f, world, incoming.sec_sid);
    config.stage1->sif = context.sif;
    context.tbi0 = config.stage1->half[0].top_byte_ignored;
    context.tbi1 = vmsa::has_two_privileges(world) && config.stage1->half[1].top_byte_ignored;
    context.stage1_record = cd::r::of(descriptor.words);
    context.stage1_abort = cd::a::of(descriptor.words);
    context.stage1_stall = cd::s::of(descriptor.words);
    return config;
}

} // namespace iovp::smmu
