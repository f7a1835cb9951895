#pragma once

#include <systemc>
#include <tlm>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

namespace iovp::bench {

/// Passes everything on as it is: what a TBU's place costs without a TBU.
struct null_bridge : sc_core::sc_module {
    tlm_utils::simple_target_socket<null_bridge, 64> upstream{"upstream"};
    tlm_utils::simple_initiator_socket<null_bridge, 64> downstream{"downstream"};

    explicit null_bridge(const sc_core::sc_module_name& name)
        : sc_module(name)
    {
        upstream.register_b_transport(this, &null_bridge::b_transport);
        upstream.register_get_direct_mem_ptr(this, &null_bridge::get_direct_mem_ptr);
        downstream.register_invalidate_direct_mem_ptr(this, &null_bridge::invalidate_direct_mem_ptr);
    }

private:
    void b_transport(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay)
    {
        downstream->b_transport(trans, delay);
    }
    bool get_direct_mem_ptr(tlm::tlm_generic_payload& trans, tlm::tlm_dmi& dmi)
    {
        return downstream->get_direct_mem_ptr(trans, dmi);
    }
    void invalidate_direct_mem_ptr(sc_dt::uint64 first, sc_dt::uint64 last)
    {
        upstream->invalidate_direct_mem_ptr(first, last);
    }
};

} // namespace iovp::bench
