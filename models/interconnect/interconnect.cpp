#include "interconnect/interconnect.h"

#include "common/systemc/attributes.h"
#include "common/systemc/configuration_error.h"
#include "common/systemc/time.h"

#include <algorithm>
#include <sstream>

namespace iovp {

interconnect::interconnect(const sc_core::sc_module_name& name, const parameters& p)
    : sc_module(name)
    , upstream("upstream")
    , downstream("downstream")
    , trace("trace")
    , parameters_(p)
    , at_(*this)
{
    upstream.register_nb_transport_fw(this, &interconnect::nb_transport_fw);
    downstream.register_nb_transport_bw(this, &interconnect::nb_transport_bw);
    upstream.register_b_transport(this, &interconnect::b_transport);
    upstream.register_get_direct_mem_ptr(this, &interconnect::get_direct_mem_ptr);
    upstream.register_transport_dbg(this, &interconnect::transport_dbg);
    downstream.register_invalidate_direct_mem_ptr(this, &interconnect::invalidate_direct_mem_ptr);
}

void interconnect::map(const std::string& range_name, std::uint64_t base, std::uint64_t size, unsigned downstream_index)
{
    const std::string problem = map_.add({range_name, base, size, downstream_index});
    if (problem.empty())
        return;
    std::ostringstream value;
    value << std::hex << "0x" << base << " + 0x" << size;
    configuration_error(name(), "map " + range_name, value.str(),
                        "a range that overlaps no other and ends below 2^64; " + problem);
}

void interconnect::end_of_elaboration()
{
    for (const address_map::range& r : map_.ranges())
        if (r.target >= downstream.size())
            configuration_error(name(), "map " + r.name + " downstream_index", std::to_string(r.target),
                                "below the number of targets bound, " + std::to_string(downstream.size()));
    at_.connect(upstream.size(), downstream.size());
}

void interconnect::b_transport(int initiator, tlm::tlm_generic_payload& trans, sc_core::sc_time& delay)
{
    const std::uint64_t address = trans.get_address();
    const time_ps start = trace.bound() ? local_ps(delay) : 0;
    const address_map::range* r = map_.find(address);

    delay += parameters_.latency;
    if (latency_record* record = attributes::of(trans).latency)
        record->until(local_ps(delay), stage::interconnect);

    if (r && r->holds(address, trans.get_data_length())) {
        trans.set_address(address - r->base);
        downstream[static_cast<int>(r->target)]->b_transport(trans, delay);
        trans.set_address(address);
    } else {
        trans.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    }
    if (trace.bound())
        publish(initiator, trans, start, delay);
}

tlm::tlm_sync_enum interconnect::nb_transport_fw(int initiator, tlm::tlm_generic_payload& trans, tlm::tlm_phase& phase,
                                                 sc_core::sc_time& delay)
{
    return at_.nb_transport_fw(static_cast<unsigned>(initiator), trans, phase, delay);
}

tlm::tlm_sync_enum interconnect::nb_transport_bw(int target, tlm::tlm_generic_payload& trans, tlm::tlm_phase& phase,
                                                 sc_core::sc_time& delay)
{
    return at_.nb_transport_bw(static_cast<unsigned>(target), trans, phase, delay);
}

void interconnect::arrived(bridge::hop& h, const sc_core::sc_time& arrival)
{
    const std::uint64_t address = h.trans->get_address();
    h.data.start = trace.bound() ? local_ps(arrival) : 0;
    h.data.address = address;
    h.data.range = map_.find(address);
    const sc_core::sc_time delay = arrival + parameters_.latency;
    if (h.data.range && h.data.range->holds(address, h.trans->get_data_length())) {
        at_.forward(h, h.data.range->target, delay);
        return;
    }
    if (latency_record* record = attributes::of(*h.trans).latency)
        record->until(local_ps(delay), stage::interconnect);
    h.trans->set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    if (trace.bound())
        publish(static_cast<int>(h.from), *h.trans, h.data.start, delay);
    at_.respond(h, delay);
}

void interconnect::departing(bridge::hop& h, const sc_core::sc_time& delay)
{
    if (latency_record* record = attributes::of(*h.trans).latency)
        record->until(local_ps(delay), stage::interconnect);
    h.trans->set_address(h.data.address - h.data.range->base);
}

void interconnect::returned(bridge::hop& h, const sc_core::sc_time& delay)
{
    h.trans->set_address(h.data.address);
    if (trace.bound())
        publish(static_cast<int>(h.from), *h.trans, h.data.start, delay);
}

void interconnect::publish(int initiator, const tlm::tlm_generic_payload& trans, time_ps start,
                           const sc_core::sc_time& delay)
{
    const transaction_attributes& a = attributes::of(trans);
    trace.write({start, local_ps(delay), static_cast<unsigned>(initiator), a.requester, trans.get_command(),
                 trans.get_address(), trans.get_data_length(), a.stream, a.device, trans.get_response_status()});
}

bool interconnect::get_direct_mem_ptr(int, tlm::tlm_generic_payload& trans, tlm::tlm_dmi& dmi)
{
    const std::uint64_t address = trans.get_address();
    const address_map::range* r = map_.find(address);
    if (!r) {
        dmi.init();
        dmi.allow_none();
        for (const address_map::hole& h : map_.holes()) {
            if (address >= h.first && address <= h.last) {
                dmi.set_start_address(h.first);
                dmi.set_end_address(h.last);
            }
        }
        return false;
    }
    trans.set_address(address - r->base);
    const bool granted = downstream[static_cast<int>(r->target)]->get_direct_mem_ptr(trans, dmi);
    trans.set_address(address);
    // What the target says beyond the range is not reachable here.
    dmi.set_start_address(r->base + std::min<std::uint64_t>(dmi.get_start_address(), r->size - 1));
    dmi.set_end_address(r->base + std::min<std::uint64_t>(dmi.get_end_address(), r->size - 1));
    if (granted) {
        dmi.set_read_latency(dmi.get_read_latency() + parameters_.latency);
        dmi.set_write_latency(dmi.get_write_latency() + parameters_.latency);
    }
    return granted;
}

unsigned interconnect::transport_dbg(int, tlm::tlm_generic_payload& trans)
{
    const std::uint64_t address = trans.get_address();
    const address_map::range* r = map_.find(address);
    if (!r || !r->holds(address, trans.get_data_length()))
        return 0;
    trans.set_address(address - r->base);
    const unsigned count = downstream[static_cast<int>(r->target)]->transport_dbg(trans);
    trans.set_address(address);
    return count;
}

void interconnect::invalidate_direct_mem_ptr(int target, sc_dt::uint64 start, sc_dt::uint64 end)
{
    for (const address_map::range& r : map_.ranges()) {
        if (r.target != static_cast<unsigned>(target) || start > r.size - 1)
            continue;
        const std::uint64_t first = r.base + start;
        const std::uint64_t last = r.base + std::min<std::uint64_t>(end, r.size - 1);
        for (unsigned i = 0; i < upstream.size(); ++i)
            upstream[static_cast<int>(i)]->invalidate_direct_mem_ptr(first, last);
    }
}

} // namespace iovp
