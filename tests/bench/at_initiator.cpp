#include "at_initiator.h"

namespace iovp::bench {

at_initiator::at_initiator(const sc_core::sc_module_name& name)
    : sc_module(name)
    , socket("socket")
    , payload_(this)
{
    socket.register_nb_transport_bw(this, &at_initiator::nb_transport_bw);
    payload_.set_command(tlm::TLM_READ_COMMAND);
    payload_.set_data_ptr(data_);
    payload_.set_data_length(sizeof data_);
    payload_.set_streaming_width(sizeof data_);
    payload_.set_extension(&with);
}

at_initiator::~at_initiator()
{
    payload_.clear_extension(&with);
}

bool at_initiator::read(std::uint64_t address)
{
    payload_.acquire();
    payload_.set_address(address);
    payload_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    begin_resp_ = false;
    tlm::tlm_phase phase = tlm::BEGIN_REQ;
    sc_core::sc_time delay;
    const tlm::tlm_sync_enum sync = socket->nb_transport_fw(payload_, phase, delay);
    if (sync == tlm::TLM_COMPLETED) {
        response_in(delay);
    } else if (sync == tlm::TLM_UPDATED && phase == tlm::BEGIN_RESP) {
        begin_resp_ = true;
        response_in(delay);
    }
    wait(response_);
    if (begin_resp_) {
        phase = tlm::END_RESP;
        delay = sc_core::SC_ZERO_TIME;
        socket->nb_transport_fw(payload_, phase, delay);
    }
    const bool ok = payload_.is_response_ok();
    payload_.release();
    return ok;
}

// A delta cycle at least: read() is not waiting yet when the call itself brings the response.
void at_initiator::response_in(const sc_core::sc_time& delay)
{
    response_.notify(delay);
}

tlm::tlm_sync_enum at_initiator::nb_transport_bw(tlm::tlm_generic_payload&, tlm::tlm_phase& phase,
                                                 sc_core::sc_time& delay)
{
    if (phase == tlm::BEGIN_RESP) {
        begin_resp_ = true;
        response_in(delay);
    }
    return tlm::TLM_ACCEPTED;
}

} // namespace iovp::bench
