#pragma once

#include <systemc>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

namespace iovp::dma {

/// The ends of a link's downstream half, where no CPU reaches for the device.
class pcie_stub : public sc_core::sc_module {
public:
    tlm_utils::simple_initiator_socket<pcie_stub, 64> root;
    tlm_utils::simple_target_socket<pcie_stub, 64> device;

    explicit pcie_stub(const sc_core::sc_module_name& name)
        : sc_module(name)
        , root("root")
        , device("device")
    {
        device.register_b_transport(this, &pcie_stub::b_transport);
    }

private:
    void b_transport(tlm::tlm_generic_payload& trans, sc_core::sc_time&)
    {
        trans.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    }
};

} // namespace iovp::dma
