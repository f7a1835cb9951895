// The wiring diagram: what is there stands in platform.h, what is connected to what stands here.

#include "platform.h"
#include "program.h"

#include "a64_machine/memory_image.h"
#include "common/systemc/configuration_error.h"

namespace iovp::nested_msi {

namespace {

template <class Module, class Parameters>
auto maker(const Parameters& p)
{
    return [&p](const char* name, std::size_t) { return new Module(name, p); };
}

auto cpu_maker(const parameters& p)
{
    return [&p](const char* name, std::size_t index) {
        cpu::host_cpu::parameters c = p.cpu;
        c.index = static_cast<unsigned>(index);
        c.affinity = p.gic.mpidr.at(index);
        c.powered_on_at_reset = index == 0;
        return new cpu::host_cpu(name, c);
    };
}

auto a64_maker(const parameters& p)
{
    return [&p](const char* name, std::size_t index) {
        cpu::a64_cpu::parameters c = p.a64;
        c.index = static_cast<unsigned>(index);
        c.affinity = p.gic.mpidr.at(index);
        c.powered_on_at_reset = index == 0;
        return new cpu::a64_cpu(name, c);
    };
}

auto pmcg_maker(const parameters& p)
{
    return [&p](const char* name, std::size_t group) {
        return new smmu::pmcg(name, p.pmcg_of(static_cast<unsigned>(group)));
    };
}

pcie::endpoint::parameters with_functions(pcie::endpoint::parameters p, unsigned functions)
{
    p.functions = functions;
    return p;
}

pcie::root_complex::parameters root_parameters(const parameters& p)
{
    pcie::root_complex::parameters r = p.root_complex;
    r.ports = platform::port_count;
    r.mmio_base = p.map.mmio_base;
    return r;
}

} // namespace

platform::platform(sc_core::sc_module_name name, const parameters& p, cpu_model kind, const std::string& trace_path,
                   const std::string& title)
    : sc_module(name)
    , cpus("cpu", kind == cpu_model::native ? cpu_count : 0, cpu_maker(p))
    , a64_cpus("a64_cpu", kind == cpu_model::a64 ? cpu_count : 0, a64_maker(p))
    , firmware({p.map.ram_base, p.memory.size}, 2)
    , bus("bus", p.bus)
    , memory("memory", p.memory)
    , gic("gic", p.gic)
    , tcu("tcu", p.tcu)
    , tbus("tbu", port_count, maker<smmu::tbu>(p.tbu))
    , pmcgs("pmcg", parameters::pmcg_count, pmcg_maker(p))
    , root("root", root_parameters(p))
    , links("link", port_count, maker<pcie::link>(p.link))
    , endpoint_a("endpoint_a", with_functions(p.endpoint, 2))
    , endpoint_b("endpoint_b", with_functions(p.endpoint, 1))
    , uart("uart", p.uart)
    , trace("trace", trace_path, title,
            {"cpu0", "cpu1", "tbu0", "tbu1", "tcu", "its", "gicr0", "gicr1", "pmcg0", "pmcg1", "pmcg2"})
    , ram_base_(p.map.ram_base)
    , irq_("irq", cpu_count)
    , virq_("virq", a64_cpus.size())
    , vfiq_("vfiq", a64_cpus.size())
    , timer_("timer", timer_lines * a64_cpus.size())
    , pmcg_irq_("pmcg_irq", parameters::pmcg_count)
{
    connect_initiators();
    connect_targets(p);
    connect_interrupts(p);
    connect_timers();
    connect_pcie();
    uart.connect(console);
    endpoint_a.set_latency_log(&latencies);
    endpoint_b.set_latency_log(&latencies);
    if (trace.active())
        bus.trace.bind(trace);
}

// In the order of the trace's names.
void platform::connect_initiators()
{
    for (auto& c : cpus)
        c.bus.bind(bus.upstream);
    for (auto& c : a64_cpus)
        c.bus.bind(bus.upstream);
    for (auto& t : tbus)
        t.downstream.bind(bus.upstream);
    tcu.memory.bind(bus.upstream);
    gic.gits.memory.bind(bus.upstream);
    for (auto& r : gic.gicr)
        r->memory.bind(bus.upstream);
    for (auto& g : pmcgs)
        g.memory.bind(bus.upstream);
}

void platform::connect_targets(const parameters& p)
{
    unsigned next = 0;
    const auto attach = [this, &next](const char* range, auto& socket, std::uint64_t base, std::uint64_t size) {
        bus.downstream.bind(socket);
        bus.map(range, base, size, next++);
    };
    attach("ram", memory.socket, p.map.ram_base, p.memory.size);
    attach("gicd", gic.gicd.registers, p.map.gicd_base, 0x10000);
    for (unsigned cpu = 0; cpu < cpu_count; ++cpu)
        attach(cpu == 0 ? "gicr0" : "gicr1", gic.gicr[cpu]->registers,
               p.map.gicr_base + cpu * parameters::redistributor_size, parameters::redistributor_size);
    attach("its", gic.gits.registers, p.map.its_base, 0x20000);
    attach("smmu", tcu.registers, p.map.smmu_base, 0x20000);
    for (unsigned group = 0; group < parameters::pmcg_count; ++group) {
        static constexpr const char* names[] = {"pmcg_tcu", "pmcg_tbu0", "pmcg_tbu1"};
        attach(names[group], pmcgs[group].registers, p.pmcg_page0(group), parameters::pmcg_size);
    }
    attach("uart", uart.registers, p.map.uart_base, 0x1000);
    attach("ecam", root.ecam, p.map.ecam_base, 0x10000000);
    attach("pci_memory", root.mmio, p.map.mmio_base, p.map.mmio_size);
}

template <class Core>
void platform::connect_core(Core& core, unsigned index)
{
    core.irq.bind(irq_[index]);
    core.gic.bind(gic.icc[index]->registers);
}

void platform::connect_interrupts(const parameters& p)
{
    for (unsigned cpu = 0; cpu < cpu_count; ++cpu)
        gic.icc[cpu]->irq.bind(irq_[cpu]);
    for (unsigned cpu = 0; cpu < cpus.size(); ++cpu)
        connect_core(cpus[cpu], cpu);
    for (unsigned cpu = 0; cpu < a64_cpus.size(); ++cpu) {
        connect_core(a64_cpus[cpu], cpu);
        firmware.serve(a64_cpus[cpu]);
        gic.icc[cpu]->virq.bind(virq_[cpu]);
        gic.icc[cpu]->vfiq.bind(vfiq_[cpu]);
        a64_cpus[cpu].virq.bind(virq_[cpu]);
        a64_cpus[cpu].vfiq.bind(vfiq_[cpu]);
        a64_cpus[cpu].virtual_gic.bind(gic.icc[cpu]->virtual_registers);
    }
    const auto wire = [this](const char* key, sc_core::sc_out<bool>& out, sc_core::sc_signal<bool>& signal,
                             std::uint32_t intid) {
        require_range(name(), key, intid, 32, 31 + gic.gicd.spi.size());
        out.bind(signal);
        gic.gicd.spi[intid - 32].bind(signal);
    };
    wire("smmu_spi.event_queue", tcu.eventq_irq, eventq_irq_, p.smmu_spi.event_queue);
    wire("smmu_spi.priq", tcu.priq_irq, priq_irq_, p.smmu_spi.priq);
    wire("smmu_spi.cmd_sync", tcu.cmd_sync_irq, sync_irq_, p.smmu_spi.cmd_sync);
    wire("smmu_spi.gerror", tcu.gerror_irq, gerror_irq_, p.smmu_spi.gerror);
    for (unsigned group = 0; group < parameters::pmcg_count; ++group)
        wire("smmu_spi.pmcg", pmcgs[group].irq, pmcg_irq_[group], p.smmu_spi.pmcg + group);
}

void platform::connect_timers()
{
    for (unsigned cpu = 0; cpu < a64_cpus.size(); ++cpu) {
        cpu::generic_timer& timer = a64_cpus[cpu].timer;
        const auto wire = [this, cpu](unsigned line, sc_core::sc_out<bool>& out, unsigned intid) {
            sc_core::sc_signal<bool>& signal = timer_[cpu * timer_lines + line];
            out.bind(signal);
            gic.gicr[cpu]->ppi[intid - 16].bind(signal);
        };
        wire(0, timer.physical_irq, 30);
        wire(1, timer.virtual_irq, 27);
        wire(2, timer.hypervisor_irq, 26);
    }
}

void platform::connect_pcie()
{
    links[0].connect(root, 0, endpoint_a);
    links[1].connect(root, 1, endpoint_b);
    for (unsigned port = 0; port < port_count; ++port) {
        root.dma[port].bind(tbus[port].upstream);
        tbus[port].dti.bind(tcu.dti);
        pmcgs[1 + port].watch(tbus[port].pmu);
    }
    pmcgs[0].watch(tcu.pmu);
}

void platform::write_memory(std::uint64_t address, const void* data, std::size_t size)
{
    put_bytes(memory, address - ram_base_, data, size);
}

void platform::read_memory(std::uint64_t address, void* data, std::size_t size)
{
    get_bytes(memory, address - ram_base_, data, size);
}

} // namespace iovp::nested_msi

int sc_main(int argc, char** argv)
{
    return iovp::nested_msi::run_program(argc, argv);
}
