#pragma once

#include "common/systemc/attributes.h"

#include <cstdint>

namespace iovp {

/// One access of `size` bytes through any object with b_transport (an initiator socket's ->), with attributes, waiting
/// annotated in `delay`. True when the response is TLM_OK_RESPONSE.
template <class Port>
bool transport(Port& port, tlm::tlm_command command, std::uint64_t address, void* data, unsigned size,
               const transaction_attributes& with, sc_core::sc_time& delay)
{
    tlm::tlm_generic_payload payload;
    attributes extension(with);
    payload.set_command(command);
    payload.set_address(address);
    payload.set_data_ptr(static_cast<unsigned char*>(data));
    payload.set_data_length(size);
    payload.set_streaming_width(size);
    payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    payload.set_extension(&extension);
    port->b_transport(payload, delay);
    payload.clear_extension(&extension);
    return payload.is_response_ok();
}

} // namespace iovp
