#pragma once

#include "cpu/a64/a64_cpu.h"
#include "gic/gicv3.h"
#include "interconnect/interconnect.h"
#include "memory/sparse_memory.h"
#include "pcie/endpoint.h"
#include "pcie/link.h"
#include "pcie/root_complex.h"
#include "smmu/tbu/tbu.h"
#include "smmu/tcu/tcu.h"
#include "uart/pl011.h"

#include <cstdint>
#include <string>

namespace iovp::a64_virt {

/// Structure, time and places of the machine. The device tree says the same to software.
struct parameters {
    static constexpr std::uint64_t redistributor_size = 0x20000; ///< RD_base and SGI_base of one CPU (IHI 0069)
    static constexpr unsigned port_count = 2;                    ///< root ports, each with a TBU and an endpoint
    static constexpr unsigned max_cpus = 8;

    unsigned cpus = 1;            ///< 1..8; affinities 0, 1, ...
    unsigned exception_level = 2; ///< at which software starts: 1 or 2

    /// Where things stand in the physical address space.
    struct {
        std::uint64_t uart_base = 0x1c090000; ///< 4 KiB
        std::uint64_t exit_base = 0x1c0a0000; ///< 4 KiB: exit_register
        std::uint64_t smmu_base = 0x2b400000; ///< 128 KiB
        std::uint64_t gicd_base = 0x30000000; ///< 64 KiB
        std::uint64_t gicr_base = 0x30040000; ///< 128 KiB per CPU
        std::uint64_t its_base = 0x30200000;  ///< 128 KiB
        std::uint64_t ecam_base = 0x40000000; ///< 256 MiB
        std::uint64_t mmio_base = 0x50000000; ///< 32-bit PCI memory window
        std::uint64_t mmio_size = 0x10000000;
        std::uint64_t ram_base = 0x80000000;
    } map;

    /// INTIDs of SPIs.
    struct {
        std::uint32_t uart = 37;
        std::uint32_t event_queue = 106;
        std::uint32_t priq = 107;
        std::uint32_t cmd_sync = 108;
        std::uint32_t gerror = 109;
    } spi;

    /// INTIDs of each core's timers.
    struct {
        std::uint32_t physical = 30;
        std::uint32_t virtual_ = 27;
        std::uint32_t hypervisor = 26;
    } ppi;

    cpu::a64_cpu::parameters cpu;
    uart::pl011::parameters uart;
    interconnect::parameters bus;
    sparse_memory::parameters memory;
    gic::gicv3::parameters gic;
    smmu::tcu::parameters tcu;
    smmu::tbu::parameters tbu;
    pcie::root_complex::parameters root_complex;
    pcie::link::parameters link;
    pcie::endpoint::parameters endpoint;

    parameters();
};

/// `count` cores and the structure and time of a named profile; empty: the models' defaults.
parameters make_parameters(unsigned cpus, std::uint64_t memory, unsigned exception_level, const std::string& profile);

} // namespace iovp::a64_virt
