#include "dma_system/translation_cache.h"

#include "common/systemc/configuration_error.h"
#include "common/systemc/time.h"

#include <algorithm>

namespace iovp::dma {

using sc_core::sc_time;

static unsigned checked(const translation_cache::parameters& p, const char* object)
{
    require_range(object, "entries", p.entries, 1, 65536);
    p.link.check(object);
    return p.entries;
}

translation_cache::translation_cache(const sc_core::sc_module_name& name, const parameters& p)
    : sc_module(name)
    , device("device")
    , downstream("downstream")
    , ats("ats")
    , parameters_(p)
    , entries_(checked(p, this->name()), p.entries)
{
    device.register_b_transport(this, &translation_cache::b_transport);
    ats.bind(static_cast<smmu::dti::ats_to_root_complex&>(*this));
}

bool translation_cache::entry::serves(const transaction_attributes& a, std::uint64_t at, bool writing) const
{
    return stream == a.stream && substream == a.substream && at >= address && at <= last() && (writing ? write : read);
}

smmu::ats_completion translation_cache::ask(const smmu::ats_request& r, sc_time& delay)
{
    ++statistics_.requests;
    latency_record* const record = log_ ? log_->begin(latency_record::kind::ats, local_ps(delay)) : nullptr;
    if (record) {
        record->stream = r.stream;
        record->substream = r.substream;
        record->iova = virtual_address(r.address);
    }
    smmu::ats_completion completion;
    ats->ats_translate(r, record, completion, delay);
    if (record)
        record->close();
    if (delay != sc_core::SC_ZERO_TIME)
        wait(delay);
    delay = sc_core::SC_ZERO_TIME;
    return completion;
}

std::optional<translation_cache::entry> translation_cache::translate(const transaction_attributes& a,
                                                                     std::uint64_t address, bool write, sc_time& delay)
{
    ++statistics_.lookups;
    if (const entry* const e = entries_.find(0, [&](const entry& x) { return x.serves(a, address, write); })) {
        ++statistics_.hits;
        return *e;
    }
    smmu::ats_request r;
    r.stream = *a.stream;
    r.substream = a.substream;
    r.address = address & ~std::uint64_t(0xfff);
    r.no_write = !write;
    for (;;) {
        const std::uint64_t invalidations = statistics_.invalidations;
        const smmu::ats_completion c = ask(r, delay);
        entry e;
        e.valid = true;
        e.stream = r.stream;
        e.substream = r.substream;
        e.size_log2 = c.size_log2;
        e.address = address & ~((std::uint64_t(1) << c.size_log2) - 1);
        e.output = c.address;
        e.read = c.read;
        e.write = c.write;
        if (c.status != smmu::ats_status::success || !e.serves(a, address, write))
            return {};
        if (invalidations != statistics_.invalidations)
            continue; // the completion may be older than the invalidation
        *entries_.victim(0) = e;
        return e;
    }
}

// One Translated transaction for each translation that it needs.
void translation_cache::b_transport(tlm::tlm_generic_payload& trans, sc_time& delay)
{
    const transaction_attributes& from = attributes::of(trans);
    if (!from.stream) {
        downstream->b_transport(trans, delay); // a payload of no stream has nothing to ask for
        return;
    }
    streams_.insert(from.stream->value());
    attributes with(from);
    with.ats = ats_state::translated;
    with.substream.reset();
    tlm::tlm_generic_payload part;
    part.set_command(trans.get_command());
    part.set_extension(&with);
    trans.set_response_status(tlm::TLM_OK_RESPONSE);
    for (unsigned done = 0; done < trans.get_data_length() && trans.is_response_ok();) {
        const std::uint64_t address = trans.get_address() + done;
        const std::optional<entry> e = translate(from, address, trans.is_write(), delay);
        if (from.latency)
            from.latency->until(local_ps(delay), stage::endpoint);
        if (!e) {
            if (from.latency)
                from.latency->aborted = true;
            trans.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
            break;
        }
        const auto size =
            static_cast<unsigned>(std::min<std::uint64_t>(trans.get_data_length() - done, e->last() - address + 1));
        part.set_address(e->output + (address - e->address));
        part.set_data_ptr(trans.get_data_ptr() + done);
        part.set_data_length(size);
        part.set_streaming_width(size);
        part.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
        downstream->b_transport(part, delay);
        trans.set_response_status(part.get_response_status());
        done += size;
    }
    part.clear_extension(&with);
}

// Nothing that it has used waits here: what it sends is with the TBU at once.
void translation_cache::invalidate(const smmu::dti::ats_invalidate_request& r)
{
    ++statistics_.invalidations;
    const std::uint64_t last = r.size >= 52 ? ~std::uint64_t(0) : r.address + ((std::uint64_t(1) << (12 + r.size)) - 1);
    const std::uint64_t first = r.size >= 52 ? 0 : r.address;
    entries_.remove_if([&](const entry& e) {
        return e.stream == r.stream && (r.global || e.substream == r.substream) && e.address <= last &&
               e.last() >= first;
    });
    ats->ats_invalidated(r.id, smmu::dti::ats_invalidation_result::complete);
}

} // namespace iovp::dma
