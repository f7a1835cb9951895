#include "hand_over.h"

#include "firmware/acpi_tables.h"

#include <fmt/format.h>

#include <algorithm>

namespace iovp::nested_msi {

namespace {

constexpr std::uint32_t its_id = 0;

firmware::acpi_description describe_hardware(const parameters& p)
{
    firmware::acpi_description d;
    for (std::uint32_t cpu = 0; cpu < p.gic.mpidr.size(); ++cpu)
        d.cpus.push_back({cpu, p.gic.mpidr[cpu]});
    d.gicd_base = p.map.gicd_base;
    d.gicr_base = p.map.gicr_base;
    d.gicr_length = parameters::redistributor_size * static_cast<std::uint32_t>(p.gic.mpidr.size());
    d.its_list = {{its_id, p.map.its_base}};
    d.ecam_base = p.map.ecam_base;
    d.last_bus = 255;
    d.iort.its_id = its_id;
    d.iort.smmu.base = p.map.smmu_base;
    d.iort.smmu.event_gsiv = p.smmu_spi.event_queue;
    d.iort.smmu.pri_gsiv = p.smmu_spi.priq;
    d.iort.smmu.gerror_gsiv = p.smmu_spi.gerror;
    d.iort.smmu.sync_gsiv = p.smmu_spi.cmd_sync;
    d.iort.smmu.msi_device_id = p.tcu.msi_device.value();
    d.iort.smmu.coherent = p.tcu.feature.coherent;
    for (unsigned group = 0; group < parameters::pmcg_count; ++group) {
        const smmu::pmcg::parameters g = p.pmcg_of(group);
        const std::uint64_t page0 = p.pmcg_page0(group);
        d.iort.counter_groups.push_back({page0, g.feature.relocated ? page0 + 0x10000 : page0, p.smmu_spi.pmcg + group,
                                         g.feature.msi, g.msi_device.value()});
    }
    d.iort.root_complex.stream_base = p.root_complex.stream_base;
    d.iort.root_complex.device_base = p.root_complex.device_base;
    d.iort.reserved = {{p.map.msi_window_base, p.map.msi_window_size}};
    return d;
}

} // namespace

memory_layout layout_of(const parameters& p, const loader::program& program)
{
    constexpr std::uint64_t platform_size = 0x100000;
    const std::uint64_t free_base = p.map.ram_base + platform_size;
    std::uint64_t free_end = p.map.ram_base + p.memory.size;
    for (const loader::segment& s : program.segments)
        free_end = std::min(free_end, s.address);
    if (free_end < free_base + p.least_memory())
        throw loader::error(fmt::format("the program at {:#x} leaves no room for the driver's memory, {:#x}..{:#x}",
                                        free_end, free_base, free_base + p.least_memory() - 1));
    return {p.map.ram_base, p.map.ram_base + 0x1000, p.map.ram_base + 0x10000, free_base, free_end - free_base};
}

void write_firmware(const parameters& p, const memory_layout& layout, scenario which, std::uint32_t switches,
                    bool count_events, const memory_writer& write)
{
    const firmware::acpi_image tables = firmware::build_acpi_tables(describe_hardware(p), layout.tables);
    write(tables.base, tables.bytes.data(), tables.bytes.size());

    boot_info b{};
    b.magic = BOOT_INFO_MAGIC;
    b.version = BOOT_INFO_VERSION;
    b.rsdp = tables.base;
    b.ram_base = layout.free_base;
    b.ram_size = layout.free_size;
    b.mmio_base = p.map.mmio_base;
    b.mmio_size = p.map.mmio_size;
    b.report = layout.report;
    b.scenario = which;
    b.switches = switches;
    b.options = (p.smmu_msi ? BOOT_SMMU_MSI : 0) | (p.smmu_sync_msi ? BOOT_SMMU_SYNC_MSI : 0) |
                (count_events ? BOOT_COUNT_EVENTS : 0);
    b.msi_cpu = p.msi_cpu;
    b.granule_log2 = p.granule_log2;
    b.guest_ram_ipa = p.guest_ram_ipa;
    b.guest_ram_size = p.guest_ram_size;
    b.guest_hotplug_ipa = p.guest_hotplug_ipa;
    b.guest_hotplug_size = p.guest_hotplug_size;
    write(layout.boot_info, &b, sizeof b);
}

} // namespace iovp::nested_msi
