#pragma once

#include "smmu/pmcg/events.h"
#include "smmu/pmcg/parameters.h"
#include "smmu/pmcg/pmcg_frame.h"
#include "smmu/tcu/memory_master.h"
#include "smmu/tcu/wired_interrupt.h"

#include <cstdint>
#include <memory>
#include <systemc>
#include <tlm>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

namespace iovp::smmu {

/// Performance Monitor Counter Group (ch. 10): counts the events of one TBU or TCU. See models/smmu/pmcg/README.md.
class pmcg : public sc_core::sc_module, private pmu_observer, private pmcg_frame::listener {
public:
    using parameters = pmcg_parameters;

    tlm_utils::simple_target_socket<pmcg, 64> registers;          ///< page 0; with feature.relocated page 1 at 0x10000
    tlm_utils::simple_initiator_socket_optional<pmcg, 64> memory; ///< MSIs; bound with feature.msi
    sc_core::sc_out<bool> irq;                                    ///< edge-triggered pulses; may stay unbound

    pmcg(sc_core::sc_module_name name, const parameters& p);

    /// Counts what happens there; once, before elaboration ends.
    void watch(pmu_source& source);

    const parameters& configuration() const { return parameters_; }

private:
    void before_end_of_elaboration() override;
    void end_of_elaboration() override;
    void b_transport(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay);
    unsigned transport_dbg(tlm::tlm_generic_payload& trans);

    void count(pmu_event::number what, const pmu_origin& from) override;
    void update_requested() override { update_.notify(write_delay_); }

    /// The clock cycles until `at` are counted. An access may lie ahead of simulation time; what it has seen is past.
    void catch_up(sc_core::sc_time at);
    void schedule();
    void cycle_overflow();
    void overflowed(std::uint64_t counters);
    void update();
    void send_msis();

    const parameters parameters_;
    pmcg_frame frame_;
    memory_master master_;
    wired_interrupt wire_;
    std::unique_ptr<sc_core::sc_signal<bool>> unused_wire_; ///< of `irq` when nobody has bound it
    pmu_source* source_ = nullptr;

    std::uint64_t cycles_ = 0; ///< counted so far
    sc_core::sc_event cycle_overflow_;

    sc_core::sc_time write_delay_; ///< annotated delay of the register write in progress
    sc_core::sc_event update_;
    bool msi_pending_ = false;
    bool msi_sending_ = false;
    sc_core::sc_event msi_due_;
    sc_core::sc_event msi_idle_;
};

} // namespace iovp::smmu
