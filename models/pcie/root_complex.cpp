#include "pcie/root_complex.h"

#include "common/systemc/attributes.h"
#include "common/systemc/byte_enables.h"
#include "common/systemc/configuration_error.h"
#include "common/systemc/time.h"
#include "pcie/tlp.h"

#include <algorithm>
#include <cstring>

namespace iovp::pcie {

void root_complex::parameters::check(const std::string& object) const
{
    require_range(object, "ports", ports, 1, 31);
    require_range(object, "first_device", first_device, 0, 32 - ports);
    require_power_of_two(object, "max_payload", max_payload);
    require_range(object, "max_payload", max_payload, 128, 4096);
}

static const root_complex::parameters& checked(const root_complex::parameters& p, const char* object)
{
    p.check(object);
    return p;
}

root_complex::root_complex(const sc_core::sc_module_name& name, const parameters& p)
    : sc_module(name)
    , ecam("ecam")
    , mmio("mmio")
    , dma("dma", checked(p, this->name()).ports)
    , link_out("link_out", p.ports)
    , link_in("link_in", p.ports)
    , parameters_(p)
    , last_write_end_(p.ports, 0)
{
    ecam.register_b_transport(this, &root_complex::configuration_access);
    mmio.register_b_transport(this, &root_complex::memory_access);
    for (unsigned i = 0; i < p.ports; ++i) {
        ports_.emplace_back(root_port::identity{p.vendor_id, p.device_id, p.max_payload, i + 1, false});
        link_in[i].register_b_transport(this, &root_complex::device_request, static_cast<int>(i));
    }
}

std::uint16_t root_complex::port_rid(unsigned index) const
{
    return static_cast<std::uint16_t>((parameters_.first_device + index) << 3);
}

// Bus 0 holds the root ports and nothing else.
root_port* root_complex::port_at(std::uint16_t target)
{
    for (unsigned i = 0; i < ports_.size(); ++i)
        if (target == port_rid(i))
            return &ports_[i];
    return nullptr;
}

// Requests of CPUs only. One that has come up through a root port (or any other agent's that has a DeviceID) would
// wait behind writes of its own port that wait for it.
bool root_complex::refuse(tlm::tlm_generic_payload& trans)
{
    const transaction_attributes& from = attributes::of(trans);
    if (!from.stream && !from.device)
        return refuse_partial_access(trans);
    if (tlp* packet = trans.get_extension<tlp>())
        packet->unsupported = true;
    if (trans.is_read())
        std::memset(trans.get_data_ptr(), 0xff, trans.get_data_length());
    trans.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return true;
}

// ECAM takes 1, 2 and 4 bytes inside a double word; others are answered like an absent function.
void root_complex::configuration_access(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay)
{
    delay += parameters_.latency;
    if (refuse(trans))
        return;
    const auto target = static_cast<std::uint16_t>(trans.get_address() >> 12);
    const auto offset = static_cast<unsigned>(trans.get_address() & 0xfff);
    const unsigned size = trans.get_data_length();
    const bool good_size = (size == 1 || size == 2 || size == 4) && offset % size == 0;
    bool answered = false;
    if (good_size && target >> 8 == 0) {
        if (root_port* port = port_at(target)) {
            std::uint32_t value = 0;
            if (trans.is_read()) {
                value = port->space.read(offset, size);
                std::memcpy(trans.get_data_ptr(), &value, size);
            } else {
                std::memcpy(&value, trans.get_data_ptr(), size);
                port->space.write(offset, size, value);
            }
            answered = true;
        }
    } else if (good_size) {
        answered = forward_configuration(trans, target, offset, delay);
    }
    delay += parameters_.latency;
    // Software sees all ones for a configuration read completed with Unsupported Request.
    if (!answered && trans.is_read())
        std::memset(trans.get_data_ptr(), 0xff, size);
    trans.set_response_status(tlm::TLM_OK_RESPONSE);
}

bool root_complex::forward_configuration(tlm::tlm_generic_payload& trans, std::uint16_t target, unsigned offset,
                                         sc_core::sc_time& delay)
{
    const auto bus = static_cast<std::uint8_t>(target >> 8);
    for (unsigned i = 0; i < ports_.size(); ++i) {
        root_port& port = ports_[i];
        if (!port.owns_bus(bus))
            continue;
        // A link has only device 0 below it; what lies behind another bus is not there.
        bool answered = false;
        if (bus == port.secondary() && ((target >> 3) & 0x1f) == 0) {
            tlp packet;
            packet.what = tlp::kind::configuration;
            packet.target = target;
            tlm::tlm_generic_payload request;
            request.set_command(trans.get_command());
            request.set_address(offset);
            request.set_data_ptr(trans.get_data_ptr());
            request.set_data_length(trans.get_data_length());
            request.set_streaming_width(trans.get_data_length());
            request.set_extension(&packet);
            link_out[i]->b_transport(request, delay);
            request.clear_extension(&packet);
            answered = request.is_response_ok();
        }
        if (!answered)
            port.set_secondary_status(reg::status_received_master_abort);
        return answered;
    }
    return false;
}

void root_complex::memory_access(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay)
{
    const std::uint64_t offset = trans.get_address();
    const std::uint64_t address = parameters_.mmio_base + offset;
    delay += parameters_.latency;
    if (refuse(trans))
        return;
    for (unsigned i = 0; i < ports_.size(); ++i) {
        if (!ports_[i].forwards(address))
            continue;
        tlp packet;
        trans.set_extension(&packet);
        trans.set_address(address);
        link_out[i]->b_transport(trans, delay);
        trans.set_address(offset);
        trans.clear_extension(&packet);
        if (trans.get_response_status() == tlm::TLM_ADDRESS_ERROR_RESPONSE)
            ports_[i].set_secondary_status(reg::status_received_master_abort);
        if (trans.is_read())
            delay += parameters_.latency;
        return;
    }
    trans.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE); // no port claims it: Unsupported Request
}

void root_complex::device_request(int index, tlm::tlm_generic_payload& trans, sc_core::sc_time& delay)
{
    const auto port_index = static_cast<std::size_t>(index);
    root_port& port = ports_[port_index];
    attributes* with = trans.get_extension<attributes>();
    tlp* packet = trans.get_extension<tlp>();
    latency_record* record = with ? with->latency : nullptr;
    const bool ordered = trans.is_write() && !(packet && packet->relaxed_ordering);

    // A posted write without RO passes no earlier one. Its effect comes after all of theirs, wherever they went.
    if (ordered && local_ps(delay) < last_write_end_[port_index])
        delay = sc_core::sc_time::from_value(last_write_end_[port_index] - to_ps(sc_core::sc_time_stamp()));
    delay += parameters_.latency;
    if (record)
        record->until(local_ps(delay), stage::root_complex);

    if (!with || !port.accepts(with->requester)) {
        if (packet)
            packet->unsupported = true;
        if (record)
            record->aborted = true;
        trans.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
        return;
    }
    with->stream = stream_id(parameters_.stream_base + with->requester);
    with->device = device_id(parameters_.device_base + with->requester);
    if (record) {
        record->stream = *with->stream;
        record->substream = with->substream;
    }
    dma[port_index]->b_transport(trans, delay);
    if (trans.is_write())
        last_write_end_[port_index] = std::max(last_write_end_[port_index], local_ps(delay));
    if (!trans.is_response_ok()) {
        // The port answers (or, posted, would answer) with Completer Abort on its secondary side.
        if (!(packet && packet->unsupported))
            port.set_secondary_status(reg::status_signaled_target_abort);
        if (record)
            record->aborted = true;
    }
}

} // namespace iovp::pcie
