#pragma once

#include "common/latency_record.h"
#include "configuration.h"
#include "trace_file.h"

#include <memory>
#include <systemc>
#include <vector>

namespace iovp::nested_msi {

/// The whole system: what is there, and in main.cpp what is connected to what.
class platform : public sc_core::sc_module {
public:
    platform(sc_core::sc_module_name name, const parameters& p, const std::string& trace_path,
             const std::string& title);

    /// Physical memory without time, for firmware tables and the report.
    void write_memory(std::uint64_t address, const void* data, std::size_t size);
    void read_memory(std::uint64_t address, void* data, std::size_t size);

    static constexpr unsigned cpu_count = 2;
    static constexpr unsigned port_count = parameters::tbu_count;

    sc_core::sc_vector<cpu::host_cpu> cpus;
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
    trace_file trace;
    latency_log latencies;

private:
    void connect_initiators();
    void connect_targets(const parameters& p);
    void connect_interrupts(const parameters& p);
    void connect_pcie();

    const std::uint64_t ram_base_;
    sc_core::sc_vector<sc_core::sc_signal<bool>> irq_;
    sc_core::sc_vector<sc_core::sc_signal<bool>> pmcg_irq_;
    sc_core::sc_signal<bool> eventq_irq_{"eventq_irq"}, priq_irq_{"priq_irq"}, sync_irq_{"sync_irq"},
        gerror_irq_{"gerror_irq"};
};

} // namespace iovp::nested_msi
