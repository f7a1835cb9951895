#pragma once

#include <systemc>
#include <tlm>
#include <tlm_utils/peq_with_cb_and_phase.h>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

namespace iovp::bench {

/// Passes the four phases on, each at its annotated time, through one queue in each direction: the least that a bridge
/// in AT style must do, which may not look into the annotated future.
class at_null_bridge : public sc_core::sc_module {
public:
    tlm_utils::simple_target_socket<at_null_bridge, 64> upstream{"upstream"};
    tlm_utils::simple_initiator_socket<at_null_bridge, 64> downstream{"downstream"};

    explicit at_null_bridge(const sc_core::sc_module_name& name)
        : sc_module(name)
        , down_("down", this, &at_null_bridge::send_down)
        , up_("up", this, &at_null_bridge::send_up)
    {
        upstream.register_nb_transport_fw(this, &at_null_bridge::nb_transport_fw);
        downstream.register_nb_transport_bw(this, &at_null_bridge::nb_transport_bw);
    }

private:
    using queue = tlm_utils::peq_with_cb_and_phase<at_null_bridge>;

    tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& trans, tlm::tlm_phase& phase, sc_core::sc_time& delay)
    {
        down_.notify(trans, phase, delay);
        return tlm::TLM_ACCEPTED;
    }
    tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& trans, tlm::tlm_phase& phase, sc_core::sc_time& delay)
    {
        up_.notify(trans, phase, delay);
        return tlm::TLM_ACCEPTED;
    }
    void send_down(tlm::tlm_generic_payload& trans, const tlm::tlm_phase& phase)
    {
        tlm::tlm_phase p = phase;
        sc_core::sc_time delay;
        if (downstream->nb_transport_fw(trans, p, delay) == tlm::TLM_UPDATED)
            up_.notify(trans, p, delay);
    }
    void send_up(tlm::tlm_generic_payload& trans, const tlm::tlm_phase& phase)
    {
        tlm::tlm_phase p = phase;
        sc_core::sc_time delay;
        if (upstream->nb_transport_bw(trans, p, delay) == tlm::TLM_UPDATED)
            down_.notify(trans, p, delay);
    }

    queue down_;
    queue up_;
};

} // namespace iovp::bench
