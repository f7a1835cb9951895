#pragma once

#include "common/systemc/system_register_if.h"
#include "gic/arch/cpu_interface_state.h"
#include "gic/redistributor.h"

#include <systemc>

namespace iovp::gic {

/// GICv3 CPU interface of one CPU: the ICC_*_EL1 system registers of Group 1 and the IRQ wire. See
/// models/gic/README.md.
class cpu_interface : public sc_core::sc_module, private system_register_if {
public:
    struct parameters {
        sc_core::sc_time register_access{4, sc_core::SC_NS}; ///< one MRS or MSR; assumed
        /// Interrupt wire and exception entry, only for the split of an MSI's waiting time into stage::cpu_wait and
        /// stage::cpu_entry: the CPU model spends the time. Give both the same value; assumed 50 ns.
        sc_core::sc_time interrupt_entry{50, sc_core::SC_NS};
    };

    struct statistics {
        std::uint64_t acknowledged = 0; ///< ICC_IAR1_EL1 reads that returned an interrupt
        std::uint64_t spurious = 0;     ///< ... that returned 1023
    };

    /// ICC_*_EL1 by MRS and MSR. Reading ICC_IAR1_EL1 acknowledges.
    sc_core::sc_export<system_register_if> registers;
    sc_core::sc_out<bool> irq; ///< high while an interrupt of sufficient priority is pending

    SC_HAS_PROCESS(cpu_interface);
    cpu_interface(const sc_core::sc_module_name& name, const parameters& p, redistributor& r);

    const statistics& stats() const { return statistics_; }

private:
    bool read_register(system_register which, std::uint64_t& value, sc_core::sc_time& delay) override;
    bool write_register(system_register which, std::uint64_t value, sc_core::sc_time& delay) override;
    candidate highest();
    std::uint32_t acknowledge(const sc_core::sc_time& start, const sc_core::sc_time& end);
    void end_of_interrupt(std::uint32_t intid);
    void deactivate(std::uint32_t intid);
    void evaluate();

    parameters parameters_;
    redistributor& redistributor_;
    cpu_interface_state state_;
    std::uint32_t signalled_ = spurious_intid; ///< what `irq` is high for
    statistics statistics_;
};

} // namespace iovp::gic
