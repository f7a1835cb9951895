#include "bus.h"

#include <cstring>

namespace iovp::oracle {

bus::bus(sc_core::sc_module_name name)
    : sc_module(name)
{
    tables.register_b_transport(this, &bus::tables_transport);
    tables.register_transport_dbg(this, &bus::tables_debug);
    devices.register_b_transport(this, &bus::devices_transport);
}

std::uint64_t bus::word(std::uint64_t address) const
{
    return ((address & ~secure_space) < queues_end ? queues : *scenario_memory).get(address);
}

void bus::set(std::uint64_t address, std::uint64_t value)
{
    of(address).set(address, value);
}

void bus::pass_time(sc_core::sc_time& delay)
{
    delay += latency;
    if (waits) {
        wait(delay);
        delay = sc_core::SC_ZERO_TIME;
    }
}

bool bus::move(tlm::tlm_generic_payload& t)
{
    const std::uint64_t from = t.get_address() | (iovp::attributes::of(t).non_secure ? 0 : secure_space);
    memory& m = of(from);
    if (m.aborts(from))
        return false;
    for (unsigned i = 0; i < t.get_data_length(); ++i) {
        if (t.get_byte_enable_ptr() != nullptr &&
            t.get_byte_enable_ptr()[i % t.get_byte_enable_length()] != TLM_BYTE_ENABLED)
            continue;
        const std::uint64_t at = (from + i) & ~std::uint64_t(7);
        const unsigned shift = unsigned((from + i) & 7) * 8;
        std::uint64_t w = m.get(at);
        if (t.is_write()) {
            w = (w & ~(std::uint64_t(0xff) << shift)) | std::uint64_t(t.get_data_ptr()[i]) << shift;
            m.set(at, w);
        } else {
            t.get_data_ptr()[i] = static_cast<unsigned char>(w >> shift);
        }
    }
    return true;
}

void bus::tables_transport(int, tlm::tlm_generic_payload& t, sc_core::sc_time& delay)
{
    pass_time(delay);
    t.set_response_status(move(t) ? tlm::TLM_OK_RESPONSE : tlm::TLM_ADDRESS_ERROR_RESPONSE);
}

/// The compare-exchange of hardware updates reads and writes without time.
unsigned bus::tables_debug(int, tlm::tlm_generic_payload& t)
{
    return move(t) ? t.get_data_length() : 0;
}

void bus::devices_transport(int, tlm::tlm_generic_payload& t, sc_core::sc_time& delay)
{
    departure d;
    d.address = t.get_address();
    d.size = t.get_data_length();
    d.write = t.is_write();
    d.with = iovp::attributes::of(t);
    if (on_departure)
        on_departure(d);
    else
        departures.push_back(d);
    if (t.is_read())
        std::memset(t.get_data_ptr(), 0x5a, t.get_data_length());
    pass_time(delay);
    t.set_response_status(tlm::TLM_OK_RESPONSE);
}

} // namespace iovp::oracle
