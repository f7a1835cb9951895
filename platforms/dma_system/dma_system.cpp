#include "dma_system/dma_system.h"

#include "common/systemc/configuration_error.h"

#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

namespace iovp::dma {

static const system_parameters& checked(const system_parameters& p, const char* object)
{
    require_range(object, "tbus", p.tbus, 1, 62);
    require_range(object, "streams.stream_bits", p.streams.stream_bits, 0, p.models.tcu.feature.stream_id_bits);
    require_range(object, "streams.substream_bits", p.streams.substream_bits, 0,
                  p.models.tcu.feature.substream_id_bits);
    require_range(object, "streams.output_bits", p.streams.output_bits, 32, p.models.tcu.feature.output_bits);
    require_range(object, "command_log2", p.command_log2, 0, p.models.tcu.feature.cmdq_log2);
    require_range(object, "event_log2", p.event_log2, 0, p.models.tcu.feature.eventq_log2);
    require_range(object, "models.memory.size", p.models.memory.size, 1 << 20,
                  (std::uint64_t(1) << p.streams.output_bits) - dma_system::ram_base);
    if (p.ats && (p.pcie || !p.models.tcu.feature.ats))
        configuration_error(object, "ats", "true", "without pcie, and with models.tcu.feature.ats");
    return p;
}

static control_port::addresses addresses_of(const system_parameters& p, table_memory& tables,
                                            const stream_table& streams)
{
    const std::uint64_t command_bytes = std::uint64_t(16) << p.command_log2;
    const std::uint64_t event_bytes = std::uint64_t(32) << p.event_log2;
    return {dma_system::smmu_base,
            streams.base(),
            streams.strtab_base_cfg(),
            tables.allocate(command_bytes, command_bytes),
            p.command_log2,
            tables.allocate(event_bytes, event_bytes),
            p.event_log2};
}

static stream_table::shape shape_of(const system_parameters& p)
{
    stream_table::shape s = p.streams;
    s.ats = s.ats || p.ats;
    return s;
}

template <class Module, class Parameters>
static auto maker(const Parameters& p)
{
    return [&p](const char* name, std::size_t) { return new Module(name, p); };
}

struct dma_system::private_parts {
    sc_core::sc_vector<pcie_stub> stubs{"link_end"};
    sc_core::sc_signal<bool> eventq_irq{"eventq_irq"}, gerror_irq{"gerror_irq"}, cmd_sync_irq{"cmd_sync_irq"},
        priq_irq{"priq_irq"};
    std::deque<address_space> spaces;
    std::unordered_map<std::uint32_t, address_space*> by_stream;
    unsigned next_asid = 1;
    unsigned next_vmid = 1;
};

dma_system::dma_system(const sc_core::sc_module_name& name, const system_parameters& p)
    : sc_module(name)
    , generators("generator", checked(p, this->name()).tbus)
    , links("link")
    , atcs("atc")
    , tbus("tbu", p.tbus, maker<smmu::tbu>(p.models.tbu))
    , tcu("tcu", p.models.tcu)
    , bus("bus", p.models.bus)
    , memory("memory", p.models.memory)
    , tables(memory, ram_base, p.models.memory.size / 2)
    , streams(tables, shape_of(p))
    , control("control", addresses_of(p, tables, streams))
    , parameters_(p)
    , private_(std::make_unique<private_parts>())
{
    if (p.pcie) {
        links.init(p.tbus, maker<pcie::link>(p.models.link));
        private_->stubs.init(p.tbus);
    }
    if (p.ats)
        atcs.init(p.tbus, maker<translation_cache>(p.atc));
    connect();
}

dma_system::~dma_system() = default;

void dma_system::connect()
{
    for (unsigned i = 0; i < parameters_.tbus; ++i) {
        if (parameters_.pcie) {
            generators[i].socket.bind(links[i].from_device);
            links[i].to_root.bind(tbus[i].upstream);
            private_->stubs[i].root.bind(links[i].from_root);
            links[i].to_device.bind(private_->stubs[i].device);
        } else if (parameters_.ats) {
            generators[i].socket.bind(atcs[i].device);
            atcs[i].downstream.bind(tbus[i].upstream);
            atcs[i].ats.bind(tcu.ats);
        } else {
            generators[i].socket.bind(tbus[i].upstream);
        }
        tbus[i].dti.bind(tcu.dti);
        tbus[i].downstream.bind(bus.upstream);
    }
    tcu.memory.bind(bus.upstream);
    control.socket.bind(bus.upstream);
    bus.downstream.bind(memory.socket);
    bus.map("ram", ram_base, parameters_.models.memory.size, 0);
    bus.downstream.bind(tcu.registers);
    bus.map("smmu", smmu_base, 0x40000, 1);
    tcu.eventq_irq.bind(private_->eventq_irq);
    tcu.gerror_irq.bind(private_->gerror_irq);
    tcu.cmd_sync_irq.bind(private_->cmd_sync_irq);
    tcu.priq_irq.bind(private_->priq_irq);
}

address_space& dma_system::make_space(const space_shape& s, const address_space* shared)
{
    const auto tag = [this](unsigned& next, const char* what) {
        if (next > 0xffff)
            configuration_error(name(), what, std::to_string(next), "at most 65535 spaces of a system");
        return static_cast<std::uint16_t>(next++);
    };
    // Spaces of stage 1 alone share VMID 0, where only their ASIDs count.
    const asid space(s.stage1 ? tag(private_->next_asid, "asid") : std::uint16_t(0));
    const vmid vm = shared ? shared->vm() : vmid(s.stage2 ? tag(private_->next_vmid, "vmid") : std::uint16_t(0));
    return private_->spaces.emplace_back(tables, s, space, vm, shared ? shared->stage2() : nullptr);
}

address_space& dma_system::add_stream(stream_id stream, const space_shape& s)
{
    address_space& space = make_space(s);
    streams.attach(stream, space);
    private_->by_stream[stream.value()] = &space;
    return space;
}

address_space& dma_system::space_of(stream_id stream)
{
    const auto found = private_->by_stream.find(stream.value());
    if (found == private_->by_stream.end())
        configuration_error(name(), "stream", std::to_string(stream.value()), "one that add_stream() has made");
    return *found->second;
}

void dma_system::listen(bool on)
{
    for (auto& g : generators)
        g.set_latency_log(on ? &latencies : nullptr);
    for (auto& a : atcs)
        a.set_latency_log(on ? &latencies : nullptr);
}

} // namespace iovp::dma
