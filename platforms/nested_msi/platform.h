#pragma once

#include "a64_machine/psci_cores.h"
#include "common/latency_record.h"
#include "configuration.h"
#include "trace_file.h"
#include "uart/pl011.h"
#include "uart/serial_line.h"

#include <memory>
#include <systemc>
#include <vector>

namespace iovp::nested_msi {

/// What the software says on its console, kept for the result.
class console_text : public uart::serial_line {
public:
    void put(std::uint8_t character) override { text_ += static_cast<char>(character); }
    std::optional<std::uint8_t> get() override { return {}; }
    bool ended() const override { return true; }
    const std::string& text() const { return text_; }

private:
    std::string text_;
};

/// The whole system: what is there, and in main.cpp what is connected to what.
class platform : public sc_core::sc_module {
public:
    platform(sc_core::sc_module_name name, const parameters& p, cpu_model kind, const std::string& trace_path,
             const std::string& title);

    /// Physical memory without time, for firmware tables and the report.
    void write_memory(std::uint64_t address, const void* data, std::size_t size);
    void read_memory(std::uint64_t address, void* data, std::size_t size);

    static constexpr unsigned cpu_count = 2;
    static constexpr unsigned timer_lines = 3;
    static constexpr unsigned port_count = parameters::tbu_count;

    sc_core::sc_vector<cpu::host_cpu> cpus;    ///< of cpu_model::native, else none
    sc_core::sc_vector<cpu::a64_cpu> a64_cpus; ///< of cpu_model::a64, else none
    psci_cores firmware;                       ///< of a64_cpus
    interconnect bus;
    sparse_memory memory;
    gic::gicv3 gic;
    smmu::tcu tcu;
    sc_core::sc_vector<smmu::tbu> tbus;   ///< one per root port
    sc_core::sc_vector<smmu::pmcg> pmcgs; ///< of the TCU, then of each TBU
    pcie::root_complex root;
    sc_core::sc_vector<pcie::link> links;
    pcie::endpoint endpoint_a; ///< behind port 0: two functions
    pcie::endpoint endpoint_b; ///< behind port 1: one function
    uart::pl011 uart;          ///< the software's console; it speaks when it cannot go on
    console_text console;
    trace_file trace;
    latency_log latencies;

private:
    void connect_initiators();
    template <class Core>
    void connect_core(Core& core, unsigned index);
    void connect_targets(const parameters& p);
    void connect_interrupts(const parameters& p);
    void connect_timers();
    void connect_pcie();

    const std::uint64_t ram_base_;
    sc_core::sc_vector<sc_core::sc_signal<bool>> irq_;
    sc_core::sc_vector<sc_core::sc_signal<bool>> virq_, vfiq_; ///< virtual interrupts of a64_cpus
    sc_core::sc_vector<sc_core::sc_signal<bool>> timer_;       ///< timer_lines of each core
    sc_core::sc_vector<sc_core::sc_signal<bool>> pmcg_irq_;
    sc_core::sc_signal<bool> eventq_irq_{"eventq_irq"}, priq_irq_{"priq_irq"}, sync_irq_{"sync_irq"},
        gerror_irq_{"gerror_irq"};
};

} // namespace iovp::nested_msi
