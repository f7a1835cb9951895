// The wiring diagram: what is there stands in platform.h, what is connected to what stands here.

#include "platform.h"
#include "program.h"

namespace iovp::a64_virt {

namespace {

template <class Module, class Parameters>
auto maker(const Parameters& p)
{
    return [&p](const char* name, std::size_t) { return new Module(name, p); };
}

auto cpu_maker(const parameters& p)
{
    return [&p](const char* name, std::size_t index) {
        cpu::a64_cpu::parameters c = p.cpu;
        c.index = static_cast<unsigned>(index);
        c.affinity = p.gic.mpidr.at(index);
        c.powered_on_at_reset = index == 0;
        return new cpu::a64_cpu(name, c);
    };
}

} // namespace

platform::platform(sc_core::sc_module_name name, const parameters& p, const std::string& console,
                   const std::string& input)
    : sc_module(name)
    , cpus("cpu", p.cpus, cpu_maker(p))
    , firmware({p.map.ram_base, p.memory.size}, p.exception_level)
    , bus("bus", p.bus)
    , memory("memory", p.memory)
    , gic("gic", p.gic)
    , tcu("tcu", p.tcu)
    , tbus("tbu", parameters::port_count, maker<smmu::tbu>(p.tbu))
    , root("root", p.root_complex)
    , links("link", parameters::port_count, maker<pcie::link>(p.link))
    , endpoints("endpoint", parameters::port_count, maker<pcie::endpoint>(p.endpoint))
    , uart("uart", p.uart)
    , exit("exit")
    , terminal_(this->name(), console, input)
    , irq_("irq", p.cpus)
    , virq_("virq", p.cpus)
    , vfiq_("vfiq", p.cpus)
    , timer_("timer", timer_lines * p.cpus)
{
    connect_cpus(p);
    connect_targets(p);
    connect_interrupts(p);
    connect_pcie();
    uart.connect(terminal_);
}

void platform::connect_cpus(const parameters& p)
{
    for (unsigned n = 0; n < cpus.size(); ++n) {
        cpu::a64_cpu& core = cpus[n];
        core.bus.bind(bus.upstream);
        firmware.serve(core);
        gic.icc[n]->irq.bind(irq_[n]);
        core.irq.bind(irq_[n]);
        core.gic.bind(gic.icc[n]->registers);
        gic.icc[n]->virq.bind(virq_[n]);
        gic.icc[n]->vfiq.bind(vfiq_[n]);
        core.virq.bind(virq_[n]);
        core.vfiq.bind(vfiq_[n]);
        core.virtual_gic.bind(gic.icc[n]->virtual_registers);
        const auto wire = [this, n](unsigned line, sc_core::sc_out<bool>& out, std::uint32_t intid) {
            sc_core::sc_signal<bool>& signal = timer_[n * timer_lines + line];
            out.bind(signal);
            gic.gicr[n]->ppi[intid - 16].bind(signal);
        };
        wire(0, core.timer.physical_irq, p.ppi.physical);
        wire(1, core.timer.virtual_irq, p.ppi.virtual_);
        wire(2, core.timer.hypervisor_irq, p.ppi.hypervisor);
    }
    for (auto& t : tbus)
        t.downstream.bind(bus.upstream);
    tcu.memory.bind(bus.upstream);
    gic.gits.memory.bind(bus.upstream);
    for (auto& r : gic.gicr)
        r->memory.bind(bus.upstream);
}

void platform::connect_targets(const parameters& p)
{
    unsigned next = 0;
    const auto attach = [this, &next](const std::string& range, auto& socket, std::uint64_t base, std::uint64_t size) {
        bus.downstream.bind(socket);
        bus.map(range, base, size, next++);
    };
    attach("ram", memory.socket, p.map.ram_base, p.memory.size);
    attach("uart", uart.registers, p.map.uart_base, 0x1000);
    attach("exit", exit.registers, p.map.exit_base, 0x1000);
    attach("gicd", gic.gicd.registers, p.map.gicd_base, 0x10000);
    for (unsigned n = 0; n < cpus.size(); ++n)
        attach("gicr" + std::to_string(n), gic.gicr[n]->registers, p.map.gicr_base + n * parameters::redistributor_size,
               parameters::redistributor_size);
    attach("its", gic.gits.registers, p.map.its_base, 0x20000);
    attach("smmu", tcu.registers, p.map.smmu_base, 0x20000);
    attach("ecam", root.ecam, p.map.ecam_base, 0x10000000);
    attach("pci_memory", root.mmio, p.map.mmio_base, p.map.mmio_size);
}

void platform::connect_interrupts(const parameters& p)
{
    const auto wire = [this](sc_core::sc_out<bool>& out, sc_core::sc_signal<bool>& signal, std::uint32_t intid) {
        out.bind(signal);
        gic.gicd.spi[intid - 32].bind(signal);
    };
    wire(uart.irq, uart_irq_, p.spi.uart);
    wire(tcu.eventq_irq, eventq_irq_, p.spi.event_queue);
    wire(tcu.priq_irq, priq_irq_, p.spi.priq);
    wire(tcu.cmd_sync_irq, sync_irq_, p.spi.cmd_sync);
    wire(tcu.gerror_irq, gerror_irq_, p.spi.gerror);
}

void platform::connect_pcie()
{
    for (unsigned port = 0; port < parameters::port_count; ++port) {
        links[port].connect(root, port, endpoints[port]);
        root.dma[port].bind(tbus[port].upstream);
        tbus[port].dti.bind(tcu.dti);
    }
}

} // namespace iovp::a64_virt

int sc_main(int argc, char** argv)
{
    return iovp::a64_virt::run_program(argc, argv);
}
