#pragma once

#include "common/systemc/attributes.h"

#include <cstdint>
#include <systemc>
#include <tlm>
#include <tlm_utils/simple_initiator_socket.h>

namespace iovp::bench {

/// One 64-byte read after the other by nb_transport, each through all four phases (or as few as the target chooses).
class at_initiator : public sc_core::sc_module, private tlm::tlm_mm_interface {
public:
    tlm_utils::simple_initiator_socket<at_initiator, 64> socket;

    explicit at_initiator(const sc_core::sc_module_name& name);
    ~at_initiator() override;

    attributes with;

    /// From a process; returns when the response has come. False: it was not TLM_OK_RESPONSE.
    bool read(std::uint64_t address);

private:
    tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& trans, tlm::tlm_phase& phase, sc_core::sc_time& delay);
    void response_in(const sc_core::sc_time& delay);
    void free(tlm::tlm_generic_payload*) override {} // the payload is a member and used again

    tlm::tlm_generic_payload payload_;
    unsigned char data_[64] = {};
    bool begin_resp_ = false; ///< BEGIN_RESP has come and waits for END_RESP
    sc_core::sc_event response_;
};

} // namespace iovp::bench
