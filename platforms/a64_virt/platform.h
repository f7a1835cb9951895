#pragma once

#include "a64_machine/psci_cores.h"
#include "configuration.h"
#include "exit_register.h"
#include "uart/file_line.h"

#include <systemc>

namespace iovp::a64_virt {

/// The whole machine: what is there, and in main.cpp what is connected to what.
class platform : public sc_core::sc_module {
public:
    /// `console`, `input`: what the UART's cable leads to, see uart::file_line.
    platform(sc_core::sc_module_name name, const parameters& p, const std::string& console, const std::string& input);

    sc_core::sc_vector<cpu::a64_cpu> cpus;
    psci_cores firmware;
    interconnect bus;
    sparse_memory memory;
    gic::gicv3 gic;
    smmu::tcu tcu;
    sc_core::sc_vector<smmu::tbu> tbus; ///< one per root port
    pcie::root_complex root;
    sc_core::sc_vector<pcie::link> links;
    sc_core::sc_vector<pcie::endpoint> endpoints; ///< one behind each port
    uart::pl011 uart;
    exit_register exit;

private:
    void connect_cpus(const parameters& p);
    void connect_targets(const parameters& p);
    void connect_interrupts(const parameters& p);
    void connect_pcie();

    uart::file_line terminal_;
    static constexpr unsigned timer_lines = 3;
    sc_core::sc_vector<sc_core::sc_signal<bool>> irq_, virq_, vfiq_;
    sc_core::sc_vector<sc_core::sc_signal<bool>> timer_; ///< timer_lines of each core
    sc_core::sc_signal<bool> uart_irq_{"uart_irq"}, eventq_irq_{"eventq_irq"}, priq_irq_{"priq_irq"},
        sync_irq_{"sync_irq"}, gerror_irq_{"gerror_irq"};
};

} // namespace iovp::a64_virt
