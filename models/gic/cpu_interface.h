#pragma once

#include "common/systemc/system_register_if.h"
#include "gic/arch/cpu_interface_state.h"
#include "gic/arch/virtual_interface_state.h"
#include "gic/redistributor.h"
#include "gic/virtual_registers.h"

#include <memory>
#include <optional>
#include <systemc>
#include <vector>

namespace iovp::gic {

/// GICv3 CPU interface of one CPU: the ICC_*_EL1 system registers of Group 1 and the IRQ wire, and for guests the
/// virtual interface, ICH_*_EL2 and ICV_*_EL1, with its wires. See models/gic/README.md.
class cpu_interface : public sc_core::sc_module, private system_register_if {
public:
    struct parameters {
        sc_core::sc_time register_access{4, sc_core::SC_NS}; ///< one MRS or MSR; assumed
        /// Interrupt wire and exception entry, only for the split of an MSI's waiting time into stage::cpu_wait and
        /// stage::cpu_entry: the CPU model spends the time. Give both the same value; assumed 50 ns.
        sc_core::sc_time interrupt_entry{50, sc_core::SC_NS};
        unsigned list_registers = 4;     ///< ICH_LR<n>_EL2, 1..16; assumed
        unsigned maintenance_intid = 25; ///< PPI of the virtual interface, 16..31; 25 by the BSA

        void check(const std::string& object) const;
    };

    struct statistics {
        std::uint64_t acknowledged = 0; ///< ICC_IAR1_EL1 reads that returned an interrupt
        std::uint64_t spurious = 0;     ///< ... that returned 1023
    };

    /// ICC_*_EL1, ICC_SRE_EL2 and ICH_*_EL2 by MRS and MSR. Reading ICC_IAR1_EL1 acknowledges.
    sc_core::sc_export<system_register_if> registers;
    /// ICV_*_EL1, under the encodings of ICC_*_EL1: what EL1 reaches where HCR_EL2 virtualizes interrupts.
    sc_core::sc_export<system_register_if> virtual_registers;
    sc_core::sc_out<bool> irq;  ///< high while an interrupt of sufficient priority is pending
    sc_core::sc_out<bool> virq; ///< the same for virtual interrupts of Group 1; may stay unbound
    sc_core::sc_out<bool> vfiq; ///< ... of Group 0; may stay unbound

    SC_HAS_PROCESS(cpu_interface);
    cpu_interface(const sc_core::sc_module_name& name, const parameters& p, redistributor& r);

    const statistics& stats() const { return statistics_; }

private:
    bool read_register(system_register which, std::uint64_t& value, sc_core::sc_time& delay) override;
    bool write_register(system_register which, std::uint64_t value, sc_core::sc_time& delay) override;
    bool trapped_to_el2(system_register which) const override;
    void before_end_of_elaboration() override;
    candidate highest();
    std::uint32_t acknowledge(const sc_core::sc_time& start, const sc_core::sc_time& end);
    void end_of_interrupt(std::uint32_t intid);
    void deactivate(std::uint32_t intid);
    void evaluate();
    void evaluate_virtual();
    void virtual_access(std::optional<std::uint32_t> deactivated);

    parameters parameters_;
    redistributor& redistributor_;
    cpu_interface_state state_;
    std::uint32_t signalled_ = spurious_intid; ///< what `irq` is high for
    virtual_interface_state virtual_state_;
    gic::virtual_registers guest_;
    sc_core::sc_event virtual_changed_;
    bool maintenance_ = false;                                      ///< level of the maintenance interrupt
    std::vector<std::unique_ptr<sc_core::sc_signal<bool>>> unused_; ///< on wires that nobody has bound
    statistics statistics_;
};

} // namespace iovp::gic
