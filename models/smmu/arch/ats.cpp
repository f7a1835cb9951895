// 3.9.1: ATS Translation Requests and Translated transactions.

#include "smmu/arch/ats.h"

#include "smmu/arch/known_ste.h"
#include "smmu/arch/sizes.h"
#include "vmsa/walk.h"

namespace iovp::smmu {

namespace {

bool records_configuration_errors(const translation_context& c)
{
    return c.feature.ats_record_errors && cr2::rec_cfg_ats::get(c.registers.cr2);
}

ats_completion with_status(ats_status s)
{
    ats_completion a;
    a.status = s;
    return a;
}

ats_completion unsupported(const request& r, const ats_request& asked, bool mev = false)
{
    ats_completion a = with_status(ats_status::unsupported_request);
    a.event = f_bad_ats_treq(r, asked.span);
    a.mev = mev;
    return a;
}

/// Success with R == W == 0; the size is the STU.
ats_completion no_access(const translation_context& c, const request& r)
{
    ats_completion a = with_status(ats_status::success);
    a.size_log2 = static_cast<std::uint8_t>(smallest_translation_unit_log2(c.feature));
    a.privileged = r.what.privileged;
    return a;
}

/// CA; the event is recorded when CR2.REC_CFG_ATS says so.
ats_completion aborted(const translation_context& c, const std::optional<event_record>& e, bool mev)
{
    ats_completion a = with_status(ats_status::completer_abort);
    if (records_configuration_errors(c))
        a.event = e;
    a.mev = mev;
    return a;
}

bool translation_related(const event_record& e)
{
    return e.type() == event_type::f_translation || e.type() == event_type::f_addr_size ||
           e.type() == event_type::f_access || e.type() == event_type::f_permission;
}

bool permits(const vmsa::translation& t, const vmsa::access& a)
{
    return (!t.stage1.active || t.stage1.permissions.permits(a)) &&
           (!t.stage2.active || t.stage2.permissions.permits(a));
}

/// 13.7.1, for a finished translation. `read` is the access that stands for reading after INSTCFG and PRIVCFG.
void grant(ats_completion& a, const vmsa::translation& t, const vmsa::access& read, const attribute_overrides& o,
           bool execute_asked, bool no_write, bool split)
{
    const bool privileged = read.privileged;
    const bool readable = permits(t, {false, false, privileged});
    const bool executable = permits(t, {false, true, privileged});
    a.write = permits(t, {true, false, privileged});
    // 13.7: NW == 1 marks no page dirty, so that a writable-clean page is not granted for writing. Split-stage: stage 2
    // does it when the write comes (3.13.7.1).
    if (no_write && (t.stage1.write_needs_update || (t.stage2.write_needs_update && !split)))
        a.write = false;
    a.read = permits(t, read);
    switch (o.instcfg) {
    case 3: a.execute = execute_asked && executable; break;              // Instruction: reads are fetches
    case 2: a.execute = execute_asked && readable; break;                // Data: execution is reading
    default: a.execute = execute_asked && readable && executable; break; // Exe implies R
    }
}

/// 13.6.4, 13.6.5: all stages bypassed for this request.
ats_completion identity(const translation_context& c, const stream_context& context, const request& r)
{
    ats_completion a = no_access(c, r);
    if (beyond(r.address, context.output_bits))
        return a; // F_ADDR_SIZE for an ordinary transaction
    a.address = r.address & ~bit_mask(a.size_log2 - 1, 0);
    a.read = true;
    a.write = true;
    return a;
}

struct translation_requester {
    const translation_context& c;
    const ats_request& asked;
    request r;

    ats_completion run()
    {
        if (!c.registers.enabled)
            return unsupported(r, asked);
        const auto found = find_ste(c, r);
        if (const auto* t = std::get_if<terminated>(&found))
            return aborted(c, t->event, false);
        const ste& s = std::get<ste>(found);
        if (s.configuration() == ste_config::abort)
            return with_status(ats_status::unsupported_request); // silently
        const ats_mode mode = s.effective_eats(c.feature, c.registers.ats_check);
        if (mode == ats_mode::off)
            return unsupported(r, asked, ste::mev::of(s.words));

        known_ste with_ste(s, c.configuration_cache);
        const translation_context inner{c.feature, c.registers, c.memory, c.walk_cache, with_ste, c.may_update};
        const auto looked_up = find_configuration(inner, r);
        if (const auto* t = std::get_if<terminated>(&looked_up)) {
            // No event: a stage-2 fault of the CD fetch that STE.S2R hides.
            if (!t->event || translation_related(*t->event))
                return no_access(c, r);
            return aborted(c, t->event, t->mev);
        }
        return translate(std::get<configuration>(looked_up), mode == ats_mode::split_stage);
    }

    ats_completion translate(const configuration& config, bool split)
    {
        const stream_context& context = config.context;
        if (!context.translates)
            return identity(c, context, r);
        if (!config.stage1 && beyond(r.address, context.output_bits))
            return no_access(c, r); // stage-1 address size fault of the bypassed stage (13.6.5)

        vmsa::access read = r.what;
        read.write = false;
        read.instruction = false;
        read = context.overrides.apply(read);
        vmsa::walk_context walk{c.feature.walks(),
                                config.stage1 ? &*config.stage1 : nullptr,
                                config.stage2 ? &*config.stage2 : nullptr,
                                context.tag,
                                c.memory,
                                c.walk_cache,
                                false,
                                false,
                                true};
        const auto result = vmsa::translate(walk, r.address, read);
        if (const auto* f = std::get_if<vmsa::fault>(&result))
            return faulted(context, *f, read);
        const auto& t = std::get<vmsa::translation>(result);
        ats_completion a = no_access(c, r);
        grant(a, t, read, context.overrides, r.what.instruction, asked.no_write, split);
        if (!a.read && !a.write)
            return no_access(c, r);
        a.size_log2 = t.page_size_log2;
        a.address = (split ? t.ipa.value() : t.pa.value()) & ~bit_mask(a.size_log2 - 1, 0);

        // 3.13.7.1: what is granted is taken to be used, and this is the only chance to note it.
        const bool hardware_updates = (config.stage1 && config.stage1->ha) || (config.stage2 && config.stage2->ha);
        if (c.may_update && hardware_updates) {
            walk.any_permission = false;
            walk.may_update = true;
            vmsa::access used = read;
            if (a.write && (!asked.no_write || !a.read))
                used = {true, false, read.privileged};
            const auto updated = vmsa::translate(walk, r.address, used);
            if (const auto* f = std::get_if<vmsa::fault>(&updated))
                return faulted(context, *f, read);
        }
        return a;
    }

    ats_completion faulted(const stream_context& context, const vmsa::fault& f, const vmsa::access& read) const
    {
        if (f.kind != vmsa::fault_kind::walk_abort)
            return no_access(c, r);
        request with_overrides = r; // 7.3: InD and PnU after overrides; RnW is UNKNOWN (3.9.1.2)
        with_overrides.what = read;
        return aborted(c, translation_event(with_overrides, f), context.mev);
    }
};

struct translated_transactor {
    const translation_context& c;
    request r;

    static terminated silently() { return {}; }
    terminated forbidden(bool mev = false) const { return {termination::abort, f_transl_forbidden(r), mev}; }

    /// A configuration error: aborted, recorded when CR2.REC_CFG_ATS says so.
    terminated misconfigured(terminated t) const
    {
        t.how = termination::abort;
        if (t.event && !translation_related(*t.event) && t.event->type() != event_type::f_walk_eabt &&
            !records_configuration_errors(c))
            t.event.reset();
        return t;
    }

    /// 13.6.2: the address is a PA; the attributes are those that it came with.
    outcome passed(const stream_context& context) const
    {
        // 3.9.1.1: beyond the OAS it is aborted without an event; truncation would be the other choice.
        if (beyond(r.address, c.feature.output_bits))
            return silently();
        bypassed b;
        b.context = context;
        b.out.pa = physical_address(r.address);
        b.out.ipa = intermediate_address(r.address);
        b.out.what = context.overrides.apply(r.what); // 13.7: recommended
        b.out.memory = r.memory;                      // table 13.5: MTCFG and SHCFG are Ignored; ALLOCCFG is too
        b.out.non_secure = true;
        return b;
    }

    std::variant<configuration, terminated> configured_as(const ste& s, ste_config what) const
    {
        ste changed = s;
        ste::config::put(changed.words, static_cast<std::uint64_t>(what));
        known_ste with_ste(changed, c.configuration_cache);
        const translation_context inner{c.feature, c.registers, c.memory, c.walk_cache, with_ste, c.may_update};
        request without_substream = r;
        if (what != s.configuration())
            without_substream.substream.reset();
        return find_configuration(inner, without_substream);
    }

    outcome run()
    {
        if (!c.feature.ats || !c.registers.enabled)
            return forbidden();
        if (!r.substream || !c.feature.ats_translated_pasid) {
            // 3.9.1.3: unprivileged data without a SubstreamID
            r.substream.reset();
            r.what.privileged = false;
            r.what.instruction = false;
        }
        if (!c.registers.ats_check)
            return passed(stream_context{});

        control registers = c.registers;
        registers.cr2 |= static_cast<std::uint32_t>(cr2::recinvsid::mask); // 3.9.1.3: is no condition here
        const translation_context any_stream{c.feature, registers, c.memory, c.walk_cache, c.configuration_cache};
        const auto found = find_ste(any_stream, r);
        if (const auto* t = std::get_if<terminated>(&found))
            return misconfigured(*t);
        const ste& s = std::get<ste>(found);
        const bool mev = ste::mev::of(s.words);
        if (s.configuration() == ste_config::abort)
            return silently();
        const ats_mode mode = s.effective_eats(c.feature, true);
        if (mode == ats_mode::off)
            return forbidden(mev);

        if (r.substream) {
            const auto checked = configured_as(s, s.configuration());
            if (const auto* t = std::get_if<terminated>(&checked))
                return misconfigured(*t);
        } else if (c.feature.ats_translated_pasid && s.stage1_enabled() && s.substreams_enabled(c.feature) &&
                   s.default_substream() == s1dss::terminate) {
            return misconfigured({termination::abort, f_stream_disabled(r), mev}); // 7.3.7
        }

        // Cannot fail: the STE is valid, and without stage 1 there is no CD to read.
        auto config = std::get<configuration>(
            configured_as(s, mode == ats_mode::split_stage ? ste_config::stage2 : ste_config::bypass));
        if (mode == ats_mode::full)
            return passed(config.context);
        // 13.6.3: an IPA; the input attributes go into stage 2 without MTCFG, SHCFG and ALLOCCFG.
        attribute_overrides& o = config.context.overrides;
        o.mtcfg = false;
        o.shcfg = 1;
        o.alloccfg = 0;
        return translate(c, config, r);
    }
};

} // namespace

std::uint64_t ats_completion::data_entry() const
{
    std::uint64_t e = address & ~bit_mask(11, 0);
    if (size_log2 > 12 && size_log2 < 64) {
        // S: the lowest zero from bit 12 upwards is the topmost bit of the offset.
        const std::uint64_t top = std::uint64_t(1) << (size_log2 - 1);
        e = (e & ~top) | (top - 1);
        e &= ~bit_mask(10, 0);
    }
    return e | std::uint64_t(privileged) << 4 | std::uint64_t(execute) << 3 | std::uint64_t(write) << 1 |
           std::uint64_t(read);
}

unsigned smallest_translation_unit_log2(const features& f)
{
    return f.granule_4k ? 12 : f.granule_16k ? 14 : 16;
}

ats_completion translation_request(const translation_context& context, const ats_request& asked)
{
    request r;
    r.stream = asked.stream;
    r.substream = asked.substream;
    r.ats = ats_state::translation_request;
    r.address = asked.address;
    r.what.write = !asked.no_write;
    // 13.7: without a PASID Exe and Priv are 0
    r.what.instruction = asked.substream && asked.execute;
    r.what.privileged = asked.substream && asked.privileged;
    return translation_requester{context, asked, r}.run();
}

outcome translated_transaction(const translation_context& context, const request& r)
{
    return translated_transactor{context, r}.run();
}

} // namespace iovp::smmu
