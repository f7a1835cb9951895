#pragma once

#include "cpu/a64/a64_cpu.h"
#include "cpu/host_cpu.h"
#include "gic/gicv3.h"
#include "interconnect/interconnect.h"
#include "memory/sparse_memory.h"
#include "pcie/endpoint.h"
#include "pcie/link.h"
#include "pcie/root_complex.h"
#include "profiles/profile.h"
#include "smmu/pmcg/pmcg.h"
#include "smmu/tbu/tbu.h"
#include "smmu/tcu/tcu.h"
#include "uart/pl011.h"

#include <cstdint>
#include <string>

namespace iovp::nested_msi {

/// Who runs the driver: code of the machine that simulates, or the ELF file on simulated AArch64 cores.
enum class cpu_model { native, a64 };

/// Everything that can be set by --config. Defaults: the profile "server" of the models.
struct parameters {
    static constexpr std::uint32_t redistributor_size = 0x20000; ///< RD_base and SGI_base of one CPU (IHI 0069)
    static constexpr std::uint32_t pmcg_size = 0x20000;          ///< pages 0 and 1, each in 64 KiB of its own
    static constexpr unsigned tbu_count = 2;                     ///< one per root port
    static constexpr unsigned pmcg_count = 1 + tbu_count;

    /// Where things stand in the physical address space.
    struct {
        std::uint64_t ram_base = 0x80000000;
        std::uint64_t gicd_base = 0x30000000; ///< 64 KiB
        std::uint64_t gicr_base = 0x30040000; ///< 128 KiB per CPU
        std::uint64_t its_base = 0x30100000;  ///< 128 KiB; outside the MSI window, as on most hardware
        std::uint64_t smmu_base = 0x2b400000; ///< 128 KiB
        std::uint64_t pmcg_base = 0x2b440000; ///< 128 KiB per counter group: the TCU's, then one for each TBU
        std::uint64_t uart_base = 0x1c090000; ///< 4 KiB
        std::uint64_t ecam_base = 0x40000000; ///< 256 MiB
        std::uint64_t mmio_base = 0x50000000; ///< 32-bit PCI memory window
        std::uint64_t mmio_size = 0x10000000;
        std::uint64_t msi_window_base = 0x08000000; ///< MSI_IOVA_BASE: the IORT's RMR; nothing stands there
        std::uint64_t msi_window_size = 0x00100000; ///< MSI_IOVA_LENGTH
    } map;

    /// Wired interrupts of the SMMU, as INTIDs of SPIs.
    struct {
        std::uint32_t event_queue = 106;
        std::uint32_t priq = 107;
        std::uint32_t cmd_sync = 108;
        std::uint32_t gerror = 109;
        std::uint32_t pmcg = 110; ///< of the first counter group, the others' follow
    } smmu_spi;

    bool smmu_msi = false;       ///< event queue, GERROR and counter overflow interrupts as MSIs instead of by wire
    bool smmu_sync_msi = false;  ///< CMD_SYNC completes by a write to memory
    unsigned granule_log2 = 12;  ///< of all translation tables that driver and guest build: 12, 14 or 16
    unsigned wall_limit_s = 600; ///< real seconds that one scenario may take; 0: for ever
    unsigned msi_cpu = 1;        ///< CPU that the driver routes the devices' interrupts to

    std::uint64_t guest_ram_ipa = 0x40000000;
    std::uint64_t guest_ram_size = 0x400000;
    std::uint64_t guest_hotplug_ipa = 0x60000000;
    std::uint64_t guest_hotplug_size = 0x200000;

    sc_core::sc_time time_limit =
        sc_core::sc_time(1, sc_core::SC_SEC); ///< simulated; a scenario that takes longer hangs

    cpu::host_cpu::parameters cpu;
    cpu::a64_cpu::parameters a64; ///< cpu.interrupt_entry and cpu.counter_frequency hold for it as well
    uart::pl011::parameters uart;
    interconnect::parameters bus;
    sparse_memory::parameters memory = profiles::server_memory();
    gic::gicv3::parameters gic;
    smmu::tcu::parameters tcu;
    smmu::tbu::parameters tbu;
    smmu::pmcg::parameters pmcg; ///< of all groups; sizes of the SMMU and the MSIs' DeviceIDs are added: pmcg_of()
    pcie::root_complex::parameters root_complex;
    pcie::link::parameters link;
    pcie::endpoint::parameters endpoint;

    parameters();

    /// Counter group 0 is the TCU's, 1 + n that of TBU n. Its MSIs have the DeviceID behind the TCU's and those before.
    smmu::pmcg::parameters pmcg_of(unsigned group) const;
    std::uint64_t pmcg_page0(unsigned group) const { return map.pmcg_base + std::uint64_t(group) * pmcg_size; }

    /// What driver and virtual machine need of memory.
    std::uint64_t least_memory() const { return guest_ram_size + guest_hotplug_size + 16 * std::uint64_t(0x200000); }

    /// Physical address of GITS_TRANSLATER.
    std::uint64_t doorbell() const { return map.its_base + 0x10040; }
};

/// The defaults, with structure and time of a named profile, changed by a JSON file; empty: neither. Throws
/// iovp::configuration::error.
parameters load_parameters(const std::string& profile, const std::string& file);

/// Reports contradictions between the parts as iovp::configuration_error; each module checks its own parameters.
void check_parameters(const parameters& p);

/// All parameters as JSON, in a form that load_parameters() takes.
std::string dump_parameters(const parameters& p);

} // namespace iovp::nested_msi
