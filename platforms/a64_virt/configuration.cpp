#include "configuration.h"

#include "profiles/profile.h"

namespace iovp::a64_virt {

parameters::parameters()
{
    gic.gits.limits.device_bits = 18;
    // Bases that differ from each other and from zero: no identifier can be taken for another.
    root_complex.stream_base = 0x1000;
    root_complex.device_base = 0x20000;
    root_complex.ports = port_count;
    root_complex.mmio_base = map.mmio_base;
    tcu.feature.stream_id_bits = 17;
    memory.size = std::uint64_t(1) << 30;
    uart.prepared = true;
    // The divisor's 87 us at 115200 baud would be most of a small program's time.
    uart.character_time = sc_core::sc_time(1, sc_core::SC_US);
}

// Identifiers, features and sizes stay what they are: they are the platform's.
static void apply(const profiles::profile& from, parameters& p)
{
    const parameters platform = p;
    p.tbu = from.tbu;
    p.tcu = from.tcu;
    p.tcu.feature = platform.tcu.feature;
    p.memory = from.memory;
    p.memory.size = platform.memory.size;
    p.memory.page_size = platform.memory.page_size;
    p.bus = from.bus;
    p.root_complex = from.root_complex;
    p.root_complex.stream_base = platform.root_complex.stream_base;
    p.root_complex.device_base = platform.root_complex.device_base;
    p.root_complex.ports = platform.root_complex.ports;
    p.root_complex.mmio_base = platform.root_complex.mmio_base;
    p.link = from.link;
    p.endpoint = from.endpoint;
    p.gic = from.gic;
    p.gic.gits.limits.device_bits = platform.gic.gits.limits.device_bits;
    p.cpu.interrupt_entry = from.cpu_interrupt_entry;
}

parameters make_parameters(unsigned cpus, std::uint64_t memory, unsigned exception_level, const std::string& profile)
{
    parameters p;
    p.memory.size = memory;
    if (!profile.empty())
        apply(profiles::named(profile), p);
    p.cpus = cpus;
    p.exception_level = exception_level;
    p.cpu.reset_exception_level = exception_level;
    p.gic.icc.interrupt_entry = p.cpu.interrupt_entry;
    p.gic.mpidr.clear();
    for (unsigned cpu = 0; cpu < cpus; ++cpu)
        p.gic.mpidr.push_back(cpu);
    return p;
}

} // namespace iovp::a64_virt
