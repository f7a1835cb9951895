#pragma once

#include "common/systemc/at_bridge.h"
#include "common/systemc/transaction_trace.h"
#include "interconnect/address_map.h"

#include <systemc>
#include <tlm>
#include <tlm_utils/multi_passthrough_initiator_socket.h>
#include <tlm_utils/multi_passthrough_target_socket.h>

namespace iovp {

/// What the interconnect keeps with an AT transaction.
struct interconnect_at_data {
    const address_map::range* range = nullptr;
    std::uint64_t address = 0;
    time_ps start = 0;
};

/// Routes transactions by address from any number of initiators to any number of targets. See
/// models/interconnect/README.md.
class interconnect : public sc_core::sc_module, private at_bridge<interconnect_at_data>::owner {
public:
    struct parameters {
        sc_core::sc_time latency = sc_core::sc_time(10, sc_core::SC_NS); ///< decode and transport, both ways; assumed
    };

    tlm_utils::multi_passthrough_target_socket<interconnect, 64> upstream;      ///< from initiators; LT, AT, DMI, debug
    tlm_utils::multi_passthrough_initiator_socket<interconnect, 64> downstream; ///< to targets, in binding order
    transaction_trace_port trace;                                               ///< every transaction, at its end

    interconnect(const sc_core::sc_module_name& name, const parameters& p);

    /// The target bound to downstream[index] answers [base, base + size) and sees addresses from 0. Before the
    /// simulation starts; a range without bytes, beyond 2^64 or overlapping another is a configuration error that names
    /// both.
    void map(const std::string& range_name, std::uint64_t base, std::uint64_t size, unsigned downstream_index);

    const address_map& decoder() const { return map_; }
    /// Addresses up to `last` that no target answers.
    std::vector<address_map::hole> holes(std::uint64_t last = ~std::uint64_t(0)) const { return map_.holes(last); }

protected:
    void end_of_elaboration() override;

private:
    void b_transport(int initiator, tlm::tlm_generic_payload& trans, sc_core::sc_time& delay);
    using bridge = at_bridge<interconnect_at_data>;
    tlm::tlm_sync_enum nb_transport_fw(int initiator, tlm::tlm_generic_payload& trans, tlm::tlm_phase& phase,
                                       sc_core::sc_time& delay);
    tlm::tlm_sync_enum nb_transport_bw(int target, tlm::tlm_generic_payload& trans, tlm::tlm_phase& phase,
                                       sc_core::sc_time& delay);
    void arrived(bridge::hop& h, const sc_core::sc_time& delay) override;
    void departing(bridge::hop& h, const sc_core::sc_time& delay) override;
    void returned(bridge::hop& h, const sc_core::sc_time& delay) override;
    tlm::tlm_bw_transport_if<>& upstream_link(unsigned i) override { return *upstream[static_cast<int>(i)]; }
    tlm::tlm_fw_transport_if<>& downstream_link(unsigned i) override { return *downstream[static_cast<int>(i)]; }
    bool get_direct_mem_ptr(int initiator, tlm::tlm_generic_payload& trans, tlm::tlm_dmi& dmi);
    unsigned transport_dbg(int initiator, tlm::tlm_generic_payload& trans);
    void invalidate_direct_mem_ptr(int target, sc_dt::uint64 start, sc_dt::uint64 end);
    void publish(int initiator, const tlm::tlm_generic_payload& trans, time_ps start, const sc_core::sc_time& delay);

    const parameters parameters_;
    address_map map_;
    bridge at_;
};

} // namespace iovp
