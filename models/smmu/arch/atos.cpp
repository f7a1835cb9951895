// Chapter 9: Address Translation Operations.

#include "smmu/arch/atos.h"

#include "smmu/arch/known_ste.h"
#include "vmsa/attributes.h"

namespace iovp::smmu {

namespace {

enum class lookup : std::uint8_t { reserved = 0, stage1 = 1, stage2 = 2, both = 3 };

std::uint64_t faulted(std::uint64_t code, std::uint64_t reason = 0, std::uint64_t fault_page = 0)
{
    return atos_par::fault::make(1) | atos_par::faultcode::make(code) | atos_par::reason::make(reason) |
           atos_par::faddr::make(fault_page);
}

/// 9.1.4: FAULTCODE, REASON and FADDR by the type of the request and the event that a transaction would have recorded.
std::uint64_t faulted(lookup type, const event_record& e)
{
    const auto code = static_cast<std::uint64_t>(e.type());
    const bool related = e.type() == event_type::f_translation || e.type() == event_type::f_addr_size ||
                         e.type() == event_type::f_access || e.type() == event_type::f_permission;
    const bool walk_abort = e.type() == event_type::f_walk_eabt;
    const bool at_stage2 = (related || walk_abort) && event_record::s2::of(e.words);
    const std::uint64_t cls = event_record::cls::of(e.words);
    switch (type) {
    case lookup::stage1:
        // Stage 2 is not shown: what it does to a fetch looks like an abort.
        if (at_stage2)
            return faulted(static_cast<std::uint64_t>(cls == 0 ? event_type::f_cd_fetch : event_type::f_walk_eabt));
        return faulted(code);
    case lookup::stage2:
        if (e.type() == event_type::f_addr_size && !at_stage2)
            return faulted(code); // the input is beyond the IAS: a fault of the bypassed stage 1
        return faulted(code, 0b11);
    default:
        if (!at_stage2)
            return faulted(code);
        if (!related)
            return faulted(code, cls + 1);
        // 6.3.86 NSIPA: wherever an IPA is told; zero for Non-secure streams.
        return faulted(code, cls + 1, event_record::ipa::of(e.words)) |
               atos_par::nsipa::make(event_record::nsipa::of(e.words));
    }
}

/// 6.3.40: the attributes of the translation tables, without the STE's overrides.
memory_attributes attributes_of(const vmsa::translation& t)
{
    if (t.stage1_memory)
        return vmsa::normalised(t.stage2_memory_bits ? vmsa::combine(*t.stage1_memory, *t.stage2_memory_bits)
                                                     : *t.stage1_memory);
    const vmsa::stage2_memory& m = *t.stage2_memory_bits; // what has no stage 1 here has stage 2
    return vmsa::normalised(m.force_write_back ? vmsa::combine(normal_write_back(), m)
                                               : vmsa::decode_memattr(m.memattr, m.sh));
}

/// 6.3.40: of an IPA beyond the output size (VMSAv8-32 has 40 bits), the upper bits are RES0.
std::uint64_t succeeded(const features& f, std::uint64_t address, unsigned size_log2, const memory_attributes& m)
{
    std::uint64_t par = address & ~bit_mask(size_log2 - 1, 0) & bit_mask(f.output_bits - 1, 12);
    if (size_log2 > 12) {
        par |= std::uint64_t(1) << (size_log2 - 1);
        atos_par::size::set(par, 1);
    }
    atos_par::sh::set(par, static_cast<std::uint64_t>(m.share));
    atos_par::attr::set(par, encode_mair(m));
    return par;
}

unsigned smallest_granule_log2(const features& f)
{
    return f.granule_4k ? 12 : f.granule_16k ? 14 : 16;
}

/// INV_REQ: determined statically (9.1.3, 9.1.5).
bool invalid(lookup type, const features& f, bool ssid_valid)
{
    switch (type) {
    case lookup::stage1: return !f.stage1;
    case lookup::stage2: return !f.stage2 || ssid_valid;
    case lookup::both: return !f.stage1 || !f.stage2;
    default: return true;
    }
}

/// INV_STAGE, point B: by STE.Config, whatever S1DSS says.
bool stages_missing(lookup type, const ste& s)
{
    switch (type) {
    case lookup::stage1: return !s.stage1_enabled();
    case lookup::stage2: return !s.stage2_enabled();
    default: return !s.stage1_enabled() || !s.stage2_enabled();
    }
}

} // namespace

std::uint8_t encode_mair(const memory_attributes& m)
{
    switch (m.type) {
    case memory_type::device_nGnRnE: return 0x00;
    case memory_type::device_nGnRE: return 0x04;
    case memory_type::device_nGRE: return 0x08;
    case memory_type::device_GRE: return 0x0c;
    case memory_type::normal: break;
    }
    const auto nibble = [](const cache_attributes& c) {
        if (c.policy == cacheability::non_cacheable)
            return 0x4U;
        const unsigned hints = (c.read_allocate ? 2U : 0U) | (c.write_allocate ? 1U : 0U);
        const unsigned base = c.policy == cacheability::write_back ? 0x4U : 0x0U;
        // Transient without allocation has no encoding.
        return base | hints | (c.transient && hints != 0 ? 0U : 0x8U);
    };
    return static_cast<std::uint8_t>(nibble(m.outer) << 4 | nibble(m.inner));
}

std::uint64_t address_translation_operation(const translation_context& context, std::uint64_t sid, std::uint64_t addr,
                                            security_state interface)
{
    const features& f = context.feature;
    const auto type = static_cast<lookup>(atos_addr::type::get(addr));
    const bool ssid_valid = atos_sid::ssid_valid::get(sid);
    if (invalid(type, f, ssid_valid))
        return faulted(atos_inv_req);
    if (!context.registers.enabled) // SMMUEN was cleared after RUN had been set (6.3.37)
        return faulted(atos_internal_err);
    const security_state state = atos_stream_state(interface, sid);
    const bool secure = state == security_state::secure;
    // 9.1.5: INV_STAGE, point A.
    if (secure && !f.secure_stage2 && type != lookup::stage1)
        return faulted(atos_inv_stage);

    request r;
    r.sec_sid = state;
    r.non_secure = !secure || (f.secure_stage2 && atos_addr::ns::get(addr));
    r.stream = stream_id(static_cast<std::uint32_t>(atos_sid::stream::get(sid)));
    if (ssid_valid)
        r.substream = substream_id(static_cast<std::uint32_t>(atos_sid::substream::get(sid)));
    r.address = atos_addr::addr::get(addr) << 12;
    r.what.write = !atos_addr::rnw::get(addr);
    r.what.instruction = atos_addr::ind::get(addr) && !r.what.write;
    r.what.privileged = atos_addr::pnu::get(addr);

    control registers = context.registers;
    registers.cr2 |= static_cast<std::uint32_t>(cr2::recinvsid::mask); // decides about records, not about PAR
    const bool may_update = context.may_update && !atos_addr::httui::get(addr);
    const translation_context first{
        f, registers, context.memory, context.walk_cache, context.configuration_cache, may_update};
    const auto found = find_ste(first, r);
    if (const auto* t = std::get_if<terminated>(&found))
        return t->event ? faulted(type, *t->event) : faulted(atos_internal_err);
    ste s = std::get<ste>(found);
    if (stages_missing(type, s))
        return faulted(atos_inv_stage);

    // Faults of stage 2 are told whatever S2R says; a stage-2 request behaves as on a stage-2-only stream.
    ste::s2r::put(s.words, 1);
    if (type == lookup::stage2)
        ste::config::put(s.words, static_cast<std::uint64_t>(ste_config::stage2));
    known_ste configuration_of(s, context.configuration_cache);
    const translation_context c{f, registers, context.memory, context.walk_cache, configuration_of, may_update};
    auto looked_up = find_configuration(c, r);
    if (const auto* t = std::get_if<terminated>(&looked_up))
        return t->event ? faulted(type, *t->event) : faulted(atos_internal_err);
    auto& config = std::get<configuration>(looked_up);
    config.context.overrides = {};
    if (secure)
        config.context.overrides.nscfg = 0; // 9.1.3: incoming
    config.context.stage1_record = true;
    if (type == lookup::stage1) {
        if (config.stage1) {
            config.stage1_only = true;
        } else { // S1DSS: stage 1 is bypassed, and stage 2 is not asked for
            config.stage2.reset();
            config.stage2_non_secure.reset();
            config.context.translates = false;
        }
    }
    const outcome result = translate(c, config, r);
    if (const auto* t = std::get_if<terminated>(&result))
        return t->event ? faulted(type, *t->event) : faulted(atos_internal_err);
    // 6.3.86 NS; RES0 in SMMU_GATOS_PAR
    const auto space = [interface](const output& o) {
        return atos_par::ns::make(interface == security_state::secure && o.non_secure);
    };
    if (const auto* b = std::get_if<bypassed>(&result))
        return succeeded(f, b->out.pa.value(), smallest_granule_log2(f), b->out.memory) | space(b->out);
    const auto& done = std::get<translated>(result);
    return succeeded(f, done.entry.pa.value(), done.entry.page_size_log2, attributes_of(done.entry)) | space(done.out);
}

} // namespace iovp::smmu
