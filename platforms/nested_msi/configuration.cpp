#include "configuration.h"

#include "common/bit_field.h"
#include "common/systemc/configuration_error.h"
#include "configuration/json_fields.h"
#include "profiles/describe.h"
#include "profiles/profile.h"

#include <fmt/format.h>

#include <fstream>
#include <set>

namespace iovp::nested_msi {

namespace {

using configuration::json;

std::string hex(std::uint64_t v)
{
    return fmt::format("{:#x}", v);
}

template <class V>
void describe(V& v, cpu::host_cpu::parameters& p)
{
    v.time_ns("clock_period_ns", p.clock_period);
    v.field("counter_frequency", p.counter_frequency);
    v.field("stack_size", p.stack_size);
    v.field("cycles_per_access", p.cycles_per_access);
    v.time_ns("interrupt_entry_ns", p.interrupt_entry);
    v.time_ns("hypercall_entry_ns", p.hypercall_entry);
    v.field("copy_size", p.copy_size);
    v.time_ns("quantum_ns", p.quantum);
}

template <class V>
void describe(V& v, cpu::a64_cpu::parameters& p)
{
    v.time_ns("clock_period_ns", p.clock_period);
    v.field("cycles_per_instruction", p.cycles_per_instruction);
    v.field("stack_size", p.stack_size);
    v.time_ns("quantum_ns", p.quantum);
    v.time_ns("wfe_timeout_ns", p.wfe_timeout);
}

// Structure and time as a profile has them (profiles/describe.h), and what belongs to this platform.

template <class V>
void describe(V& v, sparse_memory::parameters& p)
{
    v.field("size", p.size);
    profiles::describe(v, p);
    v.field("page_size", p.page_size);
}

template <class V>
void describe(V& v, gic::gicv3::parameters& p)
{
    v.section("distributor", [&p](auto& s) {
        s.field("spi_count", p.gicd.spi_count);
        profiles::describe(s, p.gicd);
    });
    v.section("redistributor", [&p](auto& s) { profiles::describe(s, p.gicr); });
    v.section("cpu_interface", [&p](auto& s) { profiles::describe(s, p.icc); });
    v.section("its", [&p](auto& s) {
        s.field("device_bits", p.gits.limits.device_bits);
        s.field("event_bits", p.gits.limits.event_bits);
        profiles::describe(s, p.gits);
    });
}

template <class V>
void describe(V& v, smmu::features& f)
{
    v.field("stage1", f.stage1);
    v.field("stage2", f.stage2);
    v.field("coherent", f.coherent);
    v.field("raz_wi_model", f.raz_wi_model);
    v.field("attribute_permissions_override", f.attribute_permissions_override);
    v.field("attribute_types_override", f.attribute_types_override);
    v.field("architecture_minor", f.architecture_minor);
    v.field("htt_update", f.htt_update);
    v.field("hypervisor", f.hypervisor);
    v.field("asid16", f.asid16);
    v.field("vmid16", f.vmid16);
    v.field("msi", f.msi);
    v.field("cd_two_level", f.cd_two_level);
    v.field("mixed_endian", f.mixed_endian);
    v.field("stream_two_level", f.stream_two_level);
    v.field("stream_id_bits", f.stream_id_bits);
    v.field("substream_id_bits", f.substream_id_bits);
    v.field("eventq_log2", f.eventq_log2);
    v.field("cmdq_log2", f.cmdq_log2);
    v.field("hierarchical_disable", f.hierarchical_disable);
    v.field("xnx", f.xnx);
    v.field("force_write_back", f.force_write_back);
    v.field("small_tables", f.small_tables);
    v.field("range_invalidation", f.range_invalidation);
    v.field("output_bits", f.output_bits);
    v.field("granule_4k", f.granule_4k);
    v.field("granule_16k", f.granule_16k);
    v.field("granule_64k", f.granule_64k);
    v.field("aarch32_tables", f.aarch32_tables);
    v.field("atos", f.atos);
    v.field("ats", f.ats);
    v.field("ats_split_stage", f.ats_split_stage);
    v.field("ats_record_errors", f.ats_record_errors);
    v.field("ats_translated_pasid", f.ats_translated_pasid);
    v.field("pri", f.pri);
    v.field("pri_pasid_always", f.pri_pasid_always);
    v.field("priq_log2", f.priq_log2);
    v.field("wake_events", f.wake_events);
    v.field("vmid_wildcard", f.vmid_wildcard);
    v.field("stall_model", f.stall_model);
    v.field("stall_max", f.stall_max);
    v.field("e0pd", f.e0pd);
    v.field("ptw_nnc", f.ptw_nnc);
    v.field("bbm_level", f.bbm_level);
    v.field("ds", f.ds);
    v.field("va52", f.va52);
    v.field("secure_impl", f.secure_impl);
    v.field("secure_stage2", f.secure_stage2);
    v.field("secure_stream_id_bits", f.secure_stream_id_bits);
}

template <class V>
void describe(V& v, smmu::tcu::parameters& p)
{
    v.section("features", [&p](auto& s) { describe(s, p.feature); });
    profiles::describe(v, p);
    v.field("suppress_duplicate_stalls", p.suppress_duplicate_stalls);
    v.time_ns("atc_timeout_ns", p.atc_timeout);
    v.field("gbpa_reset", p.gbpa_reset);
    std::uint32_t msi_device = p.msi_device.value();
    v.field("msi_device", msi_device);
    p.msi_device = device_id(msi_device);
}

template <class V>
void describe(V& v, smmu::pmcg::parameters& p)
{
    v.field("counters", p.feature.counters);
    v.field("counter_bits", p.feature.counter_bits);
    v.field("capture", p.feature.capture);
    v.field("relocated", p.feature.relocated);
    v.field("msi", p.feature.msi);
    v.field("shared_filter", p.feature.shared_filter);
    v.time_ns("clock_period_ns", p.clock_period);
    v.field("register_cycles", p.register_cycles);
    v.field("update_cycles", p.update_cycles);
    v.field("interrupt_cycles", p.interrupt_cycles);
}

template <class V>
void describe_pcie(V& v, parameters& p)
{
    v.section("root_complex", [&p](auto& s) {
        s.field("stream_base", p.root_complex.stream_base);
        s.field("device_base", p.root_complex.device_base);
        profiles::describe(s, p.root_complex);
    });
    v.section("link", [&p](auto& s) { profiles::describe(s, p.link); });
    v.section("endpoint", [&p](auto& s) {
        s.field("vectors", p.endpoint.vectors);
        s.field("buffer_size", p.endpoint.buffer_size);
        profiles::describe(s, p.endpoint);
    });
}

template <class V>
void describe(V& v, parameters& p)
{
    v.section("map", [&p](auto& s) {
        s.field("ram_base", p.map.ram_base);
        s.field("gicd_base", p.map.gicd_base);
        s.field("gicr_base", p.map.gicr_base);
        s.field("its_base", p.map.its_base);
        s.field("smmu_base", p.map.smmu_base);
        s.field("pmcg_base", p.map.pmcg_base);
        s.field("uart_base", p.map.uart_base);
        s.field("ecam_base", p.map.ecam_base);
        s.field("mmio_base", p.map.mmio_base);
        s.field("mmio_size", p.map.mmio_size);
        s.field("msi_window_base", p.map.msi_window_base);
        s.field("msi_window_size", p.map.msi_window_size);
    });
    v.section("smmu_spi", [&p](auto& s) {
        s.field("event_queue", p.smmu_spi.event_queue);
        s.field("priq", p.smmu_spi.priq);
        s.field("cmd_sync", p.smmu_spi.cmd_sync);
        s.field("gerror", p.smmu_spi.gerror);
        s.field("pmcg", p.smmu_spi.pmcg);
    });
    v.field("smmu_msi", p.smmu_msi);
    v.field("smmu_sync_msi", p.smmu_sync_msi);
    v.field("granule_log2", p.granule_log2);
    v.field("msi_cpu", p.msi_cpu);
    v.field("wall_limit_s", p.wall_limit_s);
    v.section("guest", [&p](auto& s) {
        s.field("ram_ipa", p.guest_ram_ipa);
        s.field("ram_size", p.guest_ram_size);
        s.field("hotplug_ipa", p.guest_hotplug_ipa);
        s.field("hotplug_size", p.guest_hotplug_size);
    });
    v.time_ns("time_limit_ns", p.time_limit);
    v.section("cpu", [&p](auto& s) { describe(s, p.cpu); });
    v.section("a64_cpu", [&p](auto& s) { describe(s, p.a64); });
    v.section("interconnect", [&p](auto& s) { profiles::describe(s, p.bus); });
    v.section("memory", [&p](auto& s) { describe(s, p.memory); });
    v.section("gic", [&p](auto& s) { describe(s, p.gic); });
    v.section("tcu", [&p](auto& s) { describe(s, p.tcu); });
    v.section("tbu", [&p](auto& s) { profiles::describe(s, p.tbu); });
    v.section("pmcg", [&p](auto& s) { describe(s, p.pmcg); });
    v.section("pcie", [&p](auto& s) { describe_pcie(s, p); });
}

} // namespace

parameters::parameters()
{
    gic.mpidr = {0, 1};
    gic.gits.limits.device_bits = 18;
    // Bases that differ from each other and from zero: no identifier can be taken for another.
    root_complex.stream_base = 0x1000;
    root_complex.device_base = 0x20000;
    tcu.feature.stream_id_bits = 17;
    tcu.msi_device = device_id(0x5001);
    uart.prepared = true;
    pmcg.feature.counters = 16; // three events of each of three devices in one group
}

smmu::pmcg::parameters parameters::pmcg_of(unsigned group) const
{
    smmu::pmcg::parameters g = pmcg;
    g.feature.stream_id_bits = std::max(1U, tcu.feature.stream_id_bits);
    g.feature.output_bits = tcu.feature.output_bits;
    g.feature.architecture_minor = tcu.feature.architecture_minor;
    g.msi_device = device_id(tcu.msi_device.value() + 1 + group);
    return g;
}

// Identifiers, features and sizes stay what they are: they are the platform's, and the profile's parts know nothing of
// them.
static void apply(const profiles::profile& from, parameters& p)
{
    const parameters platform = p;
    p.tbu = from.tbu;
    p.tcu = from.tcu;
    p.tcu.feature = platform.tcu.feature;
    p.tcu.msi_device = platform.tcu.msi_device;
    p.pmcg.clock_period = from.pmcg.clock_period;
    p.pmcg.register_cycles = from.pmcg.register_cycles;
    p.pmcg.update_cycles = from.pmcg.update_cycles;
    p.pmcg.interrupt_cycles = from.pmcg.interrupt_cycles;
    p.memory = from.memory;
    p.memory.size = platform.memory.size;
    p.memory.page_size = platform.memory.page_size;
    p.bus = from.bus;
    p.root_complex = from.root_complex;
    p.root_complex.stream_base = platform.root_complex.stream_base;
    p.root_complex.device_base = platform.root_complex.device_base;
    p.link = from.link;
    p.endpoint = from.endpoint;
    p.gic = from.gic;
    p.gic.mpidr = platform.gic.mpidr;
    p.gic.gits.limits.device_bits = platform.gic.gits.limits.device_bits;
    p.cpu.interrupt_entry = from.cpu_interrupt_entry;
}

parameters load_parameters(const std::string& profile, const std::string& file)
{
    parameters p;
    if (!profile.empty())
        apply(profiles::named(profile), p);
    if (file.empty())
        return p;
    std::ifstream in(file);
    json content = json::parse(in, nullptr, false, true);
    if (content.is_discarded())
        throw configuration::error(file + ": not JSON");
    configuration::json_reader reader(content, "");
    describe(reader, p);
    reader.finish();
    // One value for the two halves that split an interrupt's waiting time.
    p.gic.icc.interrupt_entry = p.cpu.interrupt_entry;
    return p;
}

void check_parameters(const parameters& p)
{
    constexpr std::uint64_t block = 0x200000;
    const std::string platform = "nested_msi";
    const auto aligned = [&platform](const char* key, std::uint64_t value, std::uint64_t unit) {
        if (value == 0 || !is_aligned(value, unit))
            configuration_error(platform, key, hex(value), "a multiple of " + hex(unit) + ", not 0");
    };
    const std::uint64_t window_end = p.map.msi_window_base + p.map.msi_window_size;
    if (p.map.its_base < window_end && p.map.its_base + 0x20000 > p.map.msi_window_base)
        configuration_error(platform, "map.its_base", hex(p.map.its_base),
                            "outside the MSI window " + hex(p.map.msi_window_base) + ".." + hex(window_end - 1));
    aligned("map.msi_window_base", p.map.msi_window_base, 0x10000);
    aligned("map.msi_window_size", p.map.msi_window_size, 0x10000);
    const smmu::features& f = p.tcu.feature;
    if (!((p.granule_log2 == 12 && f.granule_4k) || (p.granule_log2 == 14 && f.granule_16k) ||
          (p.granule_log2 == 16 && f.granule_64k)))
        configuration_error(platform, "granule_log2", std::to_string(p.granule_log2),
                            "12, 14 or 16, and a granule of the TCU's features");
    const auto inside_window = [&p](std::uint64_t base, std::uint64_t size) {
        return base < p.map.mmio_base + p.map.mmio_size && base + size > p.map.mmio_base;
    };
    if (inside_window(p.guest_ram_ipa, p.guest_ram_size))
        configuration_error(platform, "guest.ram_ipa", hex(p.guest_ram_ipa),
                            "outside the PCI window, which the guest sees as well");
    if (inside_window(p.guest_hotplug_ipa, p.guest_hotplug_size))
        configuration_error(platform, "guest.hotplug_ipa", hex(p.guest_hotplug_ipa),
                            "outside the PCI window, which the guest sees as well");
    std::set<std::uint32_t> spis = {p.smmu_spi.event_queue, p.smmu_spi.priq, p.smmu_spi.cmd_sync, p.smmu_spi.gerror};
    for (unsigned group = 0; group < parameters::pmcg_count; ++group)
        spis.insert(p.smmu_spi.pmcg + group);
    if (spis.size() != 4 + parameters::pmcg_count)
        configuration_error(platform, "smmu_spi", "one INTID twice",
                            "different INTIDs; pmcg takes " + std::to_string(parameters::pmcg_count));
    require_range(platform, "msi_cpu", p.msi_cpu, 0, p.gic.mpidr.size() - 1);
    aligned("guest.ram_ipa", p.guest_ram_ipa, block);
    aligned("guest.ram_size", p.guest_ram_size, block);
    aligned("guest.hotplug_ipa", p.guest_hotplug_ipa, block);
    aligned("guest.hotplug_size", p.guest_hotplug_size, block);
    if (p.memory.size < p.least_memory())
        configuration_error(platform, "memory.size", hex(p.memory.size),
                            "at least " + hex(p.least_memory()) + " for driver and virtual machine");
}

std::string dump_parameters(const parameters& p)
{
    configuration::json_writer writer;
    parameters copy = p;
    describe(writer, copy);
    return writer.object().dump(2);
}

} // namespace iovp::nested_msi
