#include "smmu/tbu/stream_key.h"
#include "smmu/tbu/tbu.h"

#include <algorithm>

// Direct memory pointers through the TBU. A pointer is given for what a TLB (or the stream's context) holds and the
// tables in memory confirm: access flag and dirty state have been brought up to date by the access that filled the TLB,
// and nothing is asked for or changed here.
namespace iovp::smmu {

void tbu::another_stream(std::uint64_t key)
{
    last_stream_ = key;
    streams_seen_ = std::min(streams_seen_ + 1, 2U);
    if (!dmi_possible())
        grants_.revoke_all(); // an IOVA means different memory now
}

/// The range around the request's address in which accesses like it go straight to memory, or nothing.
std::optional<dmi_grants::grant> tbu::permitted(const request& r, const stream_context& context)
{
    dmi_grants::grant g;
    g.stream = stream_key(r);
    const outcome confirmed = dti->translate_functional(r);
    if (!context.translates) {
        const outcome o = bypass(context, r);
        if (!std::holds_alternative<bypassed>(o) || !std::holds_alternative<bypassed>(confirmed))
            return {};
        g.last = (std::uint64_t(1) << context.output_bits) - 1;
        return g;
    }
    const packed_tag tag = packed_tag::of(context.tag_of(r));
    const std::uint64_t address = context.lookup_address(r.address);
    const tlb_line* line = micro_tlb_.peek(tag, address);
    if (!line)
        line = main_tlb_.peek(tag, address);
    if (!line || !line->translation.usable_for(context.overrides.apply(r.what)))
        return {};
    const outcome held = translate_hit(context, line->translation, r);
    const auto* mine = std::get_if<translated>(&held);
    const auto* theirs = std::get_if<translated>(&confirmed);
    if (!mine || !theirs || mine->out.pa != theirs->out.pa)
        return {};
    const std::uint64_t page = std::uint64_t(1) << std::min(line->size_log2, theirs->entry.page_size_log2);
    g.translated = true;
    g.line = *line;
    g.first = r.address & ~(page - 1);
    g.last = g.first + (page - 1);
    g.output = mine->out.pa.value() & ~(page - 1);
    return g;
}

bool tbu::get_direct_mem_ptr(tlm::tlm_generic_payload& trans, tlm::tlm_dmi& dmi)
{
    const std::uint64_t address = trans.get_address();
    const auto refused = [&] { // for this address alone: the next access may change it
        dmi.init();
        dmi.allow_none();
        dmi.set_start_address(address);
        dmi.set_end_address(address);
        return false;
    };
    request r = request_of(trans, address);
    const std::uint64_t key = stream_key(r);
    if (key != last_stream_ || streams_seen_ == 0)
        another_stream(key);
    const stream_context* const context = streams_.peek(key);
    if (!dmi_possible() || r.ats != ats_state::untranslated || !context)
        return refused();

    const transaction_attributes& a = attributes::of(trans);
    request access[2] = {request::from(a, address, false), request::from(a, address, true)};
    access[0].stream = access[1].stream = r.stream;
    const auto read = permitted(access[0], *context);
    const auto write = permitted(access[1], *context);
    if (!read && !write)
        return refused();
    dmi_grants::grant g = read ? *read : *write;
    const bool both = read && write && read->output == write->output && read->first == write->first;

    const std::uint64_t output = g.output + (address - g.first);
    trans.set_address(output);
    const bool granted = downstream->get_direct_mem_ptr(trans, dmi);
    trans.set_address(address);
    const bool read_allowed = granted && read && dmi.is_read_allowed();
    const bool write_allowed = granted && (both || !read) && dmi.is_write_allowed();
    if (!read_allowed && !write_allowed)
        return refused();

    // The part of the page that downstream grants, in IOVAs.
    const std::uint64_t output_last = g.output + (g.last - g.first);
    const std::uint64_t first = std::max<std::uint64_t>(dmi.get_start_address(), g.output);
    const std::uint64_t last = std::min<std::uint64_t>(dmi.get_end_address(), output_last);
    dmi.set_dmi_ptr(dmi.get_dmi_ptr() + (first - dmi.get_start_address()));
    g.first += first - g.output;
    g.last = g.first + (last - first);
    g.output = first;
    dmi.set_start_address(g.first);
    dmi.set_end_address(g.last);
    dmi.set_granted_access(read_allowed && write_allowed ? tlm::tlm_dmi::DMI_ACCESS_READ_WRITE
                           : read_allowed                ? tlm::tlm_dmi::DMI_ACCESS_READ
                                                         : tlm::tlm_dmi::DMI_ACCESS_WRITE);
    const sc_core::sc_time look_up = parameters_.clock_period * parameters_.micro_tlb_cycles;
    dmi.set_read_latency(dmi.get_read_latency() + look_up);
    dmi.set_write_latency(dmi.get_write_latency() + look_up);
    grants_.add(g);
    return true;
}

void tbu::invalidate_direct_mem_ptr(sc_dt::uint64 first, sc_dt::uint64 last)
{
    grants_.invalidate_output(first, last);
}

} // namespace iovp::smmu
