// 3.3.2, 3.4, 13: what happens to one transaction, first to last.

#include "smmu/arch/translate.h"

#include "smmu/arch/ats.h"
#include "smmu/arch/sizes.h"
#include "vmsa/walk.h"

namespace iovp::smmu {

namespace {

/// 5.5: only the four translation-related faults obey A and R; everything else aborts and is recorded.
terminated terminate(const stream_context& context, const request& r, const vmsa::fault& f)
{
    terminated t;
    t.mev = context.mev;
    if (f.kind == vmsa::fault_kind::walk_abort) {
        t.event = translation_event(r, f);
        return t;
    }
    if (f.stage == 1 && context.tag.stage1) {
        t.how = context.stage1_abort ? termination::abort : termination::raz_wi;
        t.stall = context.stage1_stall;
        if (context.stage1_record || t.stall)
            t.event = translation_event(r, f);
        return t;
    }
    // Stage 2 aborts always; S2R decides about the record.
    t.stall = f.stage == 2 && context.stage2_stall;
    if (f.stage == 2 && !context.stage2_record && !t.stall)
        return t;
    t.event = translation_event(r, f);
    return t;
}

/// Stage 1 bypassed: the input address is checked against the IAS (stage 2 follows) or the OAS (3.4): a stage-1 address
/// size fault that aborts and is recorded, because there is no CD to say otherwise. So is a Non-secure instruction
/// fetch under S_CR0.SIF (6.3.57.2), a permission fault. `r`: with the overrides.
std::optional<terminated> check_bypassed_stage1(const stream_context& context, const request& r)
{
    vmsa::fault f;
    if (beyond(r.address, context.output_bits))
        f.kind = vmsa::fault_kind::address_size;
    else if (context.sif && r.what.instruction && context.overrides.non_secure(r.non_secure))
        f.kind = vmsa::fault_kind::permission;
    else
        return std::nullopt;
    f.stage = 1;
    return terminate(context, r, f);
}

/// 13.4.2: RA, WA and TR of a cacheable input combine with stage 1's; everything else is replaced.
memory_attributes with_input_hints(const memory_attributes& stage1, const memory_attributes& input)
{
    memory_attributes m = stage1;
    if (input.type != memory_type::normal || m.type != memory_type::normal)
        return m;
    const auto hints = [](cache_attributes& c, const cache_attributes& in) {
        if (c.policy == cacheability::non_cacheable || in.policy == cacheability::non_cacheable)
            return;
        c.read_allocate = c.read_allocate && in.read_allocate;
        c.write_allocate = c.write_allocate && in.write_allocate;
        c.transient = c.transient || in.transient;
    };
    hints(m.inner, input.inner);
    hints(m.outer, input.outer);
    return vmsa::normalised(m);
}

output output_of(const stream_context& context, const vmsa::translation& t, const request& incoming,
                 const vmsa::access& what)
{
    output o;
    o.what = what;
    o.pa = t.pa;
    o.ipa = t.ipa;
    o.memory = output_memory(context.overrides, t, incoming.memory);
    o.non_secure = output_non_secure(context, t.non_secure);
    return o;
}

/// 6.3.14, 13.2: SMMUEN == 0.
outcome global_bypass(const translation_context& c, const request& r)
{
    const std::uint32_t g = c.registers.gbpa;
    // 3.4: an address beyond the OAS aborts without an event.
    if (gbpa::abort::get(g) || beyond(r.address, c.feature.output_bits))
        return terminated{};
    stream_context context;
    context.output_bits = c.feature.output_bits;
    attribute_overrides& o = context.overrides;
    if (c.feature.attribute_permissions_override) {
        o.privcfg = static_cast<std::uint8_t>(gbpa::privcfg::get(g));
        o.instcfg = static_cast<std::uint8_t>(gbpa::instcfg::get(g));
    }
    if (c.feature.attribute_types_override) {
        o.mtcfg = gbpa::mtcfg::get(g);
        o.memattr = static_cast<std::uint8_t>(gbpa::memattr::get(g));
        o.shcfg = static_cast<std::uint8_t>(gbpa::shcfg::get(g));
        o.alloccfg = static_cast<std::uint8_t>(gbpa::alloccfg::get(g));
    }
    if (r.sec_sid == security_state::secure) {
        // 6.3.63: NSCFG is an override of permissions; 6.3.57.2: SIF aborts without an event.
        o.nscfg =
            c.feature.attribute_permissions_override ? static_cast<std::uint8_t>(gbpa::nscfg::get(g)) : std::uint8_t(0);
        context.tag.non_secure = false;
        context.sif = c.registers.sif;
        if (context.sif && o.apply(r.what).instruction && o.non_secure(r.non_secure))
            return terminated{};
    }
    return bypass(context, r);
}

} // namespace

outcome bypass(const stream_context& context, const request& r)
{
    request overridden = r;
    overridden.what = context.overrides.apply(r.what);
    if (auto t = check_bypassed_stage1(context, overridden))
        return *t;
    bypassed b;
    b.context = context;
    b.out.pa = physical_address(r.address);
    b.out.ipa = intermediate_address(r.address);
    b.out.what = overridden.what;
    b.out.memory = context.overrides.apply(r.memory);
    b.out.non_secure = context.overrides.non_secure(r.non_secure);
    return b;
}

outcome translate(const translation_context& c, const configuration& config, const request& incoming)
{
    const stream_context& context = config.context;
    if (!context.translates)
        return bypass(context, incoming);

    request r = incoming;
    r.what = context.overrides.apply(incoming.what);
    if (!config.stage1) {
        if (auto t = check_bypassed_stage1(context, r))
            return *t;
    }
    const vmsa::walk_context walk{c.feature.walks(),
                                  config.stage1 ? &*config.stage1 : nullptr,
                                  config.stage2 ? &*config.stage2 : nullptr,
                                  context.tag_of(r),
                                  c.memory,
                                  c.walk_cache,
                                  c.may_update,
                                  config.stage1_only,
                                  false,
                                  config.stage2_non_secure ? &*config.stage2_non_secure : nullptr};
    const auto result = vmsa::translate(walk, r.address, r.what);
    if (const auto* f = std::get_if<vmsa::fault>(&result))
        return terminate(context, r, *f);
    translated t;
    t.context = context;
    t.context.tag = walk.tag;
    t.entry = std::get<vmsa::translation>(result);
    t.out = output_of(context, t.entry, incoming, r.what);
    return t;
}

memory_attributes output_memory(const attribute_overrides& overrides, const vmsa::translation& t,
                                const memory_attributes& incoming)
{
    const memory_attributes input = overrides.apply(incoming);
    const memory_attributes first = t.stage1_memory ? with_input_hints(*t.stage1_memory, input) : input;
    return vmsa::normalised(t.stage2_memory_bits ? vmsa::combine(first, *t.stage2_memory_bits) : first);
}

outcome translate_hit(const stream_context& context, const vmsa::translation& entry, const request& incoming)
{
    request r = incoming;
    r.what = context.overrides.apply(incoming.what);
    if (context.sif && !context.tag.stage1) {
        if (auto t = check_bypassed_stage1(context, r))
            return *t;
    }
    if (const auto f = vmsa::check_permissions(entry, r.what, r.address))
        return terminate(context, r, *f);
    translated t;
    t.context = context;
    t.entry = entry;
    t.entry.input = in_page(entry.input, r.address, entry.page_size_log2);
    t.entry.pa = physical_address(in_page(entry.pa.value(), r.address, entry.page_size_log2));
    t.entry.ipa = intermediate_address(in_page(entry.ipa.value(), r.address, entry.page_size_log2));
    t.out = output_of(context, t.entry, incoming, r.what);
    return t;
}

outcome translate(const translation_context& c, const request& r)
{
    // 3.10.1: without Secure state nothing can be a Secure stream (13.2). ATS Translation Requests have an interface of
    // their own (3.9.1).
    if (r.sec_sid == security_state::secure && !c.feature.secure_impl)
        return terminated{};
    if (r.ats == ats_state::translation_request)
        return terminated{};
    if (r.ats == ats_state::translated) {
        if (r.sec_sid == security_state::secure) // 3.9.1.3
            return terminated{termination::abort, f_transl_forbidden(r), false};
        return translated_transaction(c, r);
    }
    if (!c.registers.enabled)
        return global_bypass(c, r);
    auto found = find_configuration(c, r);
    if (const auto* t = std::get_if<terminated>(&found))
        return *t;
    return translate(c, std::get<configuration>(found), r);
}

} // namespace iovp::smmu
