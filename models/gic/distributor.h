#pragma once

#include "gic/arch/distributor_state.h"
#include "gic/optional_inputs.h"

#include <systemc>
#include <tlm>
#include <tlm_utils/simple_target_socket.h>

#include <vector>

namespace iovp::gic {

class redistributor;

/// GICv3 distributor: the GICD frame, SPIs by wire and by message, routing by affinity. See models/gic/README.md.
class distributor : public sc_core::sc_module {
public:
    struct parameters {
        std::uint32_t spi_count = 224; ///< SPIs, INTIDs from 32; 32..960, a multiple of 32 (GICD_TYPER.ITLinesNumber)
        sc_core::sc_time register_access{5, sc_core::SC_NS}; ///< one access to the frame; assumed
        sc_core::sc_time spi_latency{4, sc_core::SC_NS};     ///< wire or register to the CPU interface; assumed
        sc_core::sc_time sgi_latency{8, sc_core::SC_NS};     ///< ICC_SGI1R_EL1 to the other CPU interface; assumed

        /// Reports what is out of range as a configuration error of `object`.
        void check(const std::string& object) const;
    };

    tlm_utils::simple_target_socket<distributor, 64> registers; ///< GICD frame, 64 KiB
    /// spi[n] is INTID 32 + n; may stay unbound. Level or rising edge, as GICD_ICFGR says.
    sc_core::sc_vector<sc_core::sc_in<bool>> spi;

    SC_HAS_PROCESS(distributor);
    distributor(const sc_core::sc_module_name& name, const parameters& p);

    // For the other modules of this GIC.

    /// A redistributor introduces itself; its Processor_Number is the order of construction.
    unsigned attach(redistributor& r, std::uint32_t affinity);
    /// The redistributor with that Processor_Number, null where there is none.
    redistributor* by_number(std::uint64_t processor_number) const;
    /// ICC_SGI1R_EL1: an SGI of Group 1 from a CPU to those the register value names.
    void send_sgi(std::uint64_t sgi1r, unsigned from, const sc_core::sc_time& delay);
    distributor_state& state() { return state_; }
    const parameters& params() const { return parameters_; }
    /// SPIs changed: every CPU interface looks again after `delay`.
    void changed(const sc_core::sc_time& delay);

private:
    void before_end_of_elaboration() override { unused_.bind_unused(spi); }
    void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
    unsigned transport_dbg(tlm::tlm_generic_payload& payload);
    void wire(unsigned n);

    parameters parameters_;
    distributor_state state_;
    std::vector<redistributor*> redistributors_;
    optional_inputs unused_;
};

} // namespace iovp::gic
