#include "translated_system.h"

#include <stdexcept>
#include <string>

namespace iovp::bench {

// The tables' memory.
static constexpr std::uint64_t command_queue = 0x100000;
static constexpr std::uint64_t event_queue = 0x200000;
static constexpr std::uint64_t descriptors = 0x300000; ///< CDs
static constexpr std::uint64_t stream_table = 0x1000000;
static constexpr std::uint64_t pool = 0x10000000;
static constexpr unsigned stream_bits = 17;

// DMI grants of one page, as an IOMMU gives them: floor and subject hold the same number.
static sparse_memory::parameters memory_parameters()
{
    sparse_memory::parameters p;
    p.page_size = 4096;
    return p;
}

static smmu::tcu::parameters with_streams(smmu::tcu::parameters p)
{
    p.feature.stream_id_bits = stream_bits;
    return p;
}

translated_system::translated_system(const sc_core::sc_module_name& name, const parameters& p,
                                     tlm::tlm_base_target_socket_b<64>* target)
    : sc_module(name)
    , configuration(p)
    , device(p.at ? nullptr : std::make_unique<initiator>("device"))
    , at_device(p.at ? std::make_unique<at_initiator>("device") : nullptr)
    , tbu("tbu", p.tbu)
    , tcu("tcu", with_streams(p.tcu))
    , memory(target ? nullptr : std::make_unique<sparse_memory>("memory", memory_parameters()))
    , tables("tables", sparse_memory::parameters())
    , cpu_("cpu")
    , wires_("wires", 4)
{
    if (device)
        device->socket.bind(tbu.upstream);
    else
        at_device->socket.bind(tbu.upstream);
    tbu.downstream.bind(target ? *target : memory->socket);
    tbu.dti.bind(tcu.dti);
    tcu.memory.bind(tables.socket);
    cpu_.socket.bind(tcu.registers);
    tcu.eventq_irq.bind(wires_[0]);
    tcu.gerror_irq.bind(wires_[1]);
    tcu.cmd_sync_irq.bind(wires_[2]);
    tcu.priq_irq.bind(wires_[3]);
}

void translated_system::set_register(std::uint64_t offset, std::uint64_t value, unsigned size)
{
    cpu_.data() = value;
    cpu_.write(offset, size);
}

void translated_system::map_stage1_streams()
{
    table_writer w(tables, pool);
    const std::uint64_t root = w.new_table();
    for (std::uint64_t page = 0; page < configuration.pages; ++page)
        w.map_stage1(root, page_address(page), configuration.data + (page << 12));
    w.write_cd(descriptors, root, 1);
    for (unsigned stream = 0; stream < configuration.streams; ++stream)
        w.write_ste(stream_table + stream * 64ULL, descriptors);
}

// Each stream is a VM with one address space: nothing that a cache holds of one serves the other.
void translated_system::map_nested_streams()
{
    table_writer w(tables, pool);
    for (unsigned stream = 0; stream < 2; ++stream) {
        const std::uint64_t root2 = w.new_table();
        const std::uint64_t first = w.next();
        const std::uint64_t root1 = w.new_table();
        for (std::uint64_t page = 0; page < configuration.pages; ++page)
            w.map_stage1(root1, page_address(page), configuration.data + (page << 12));
        const std::uint64_t end = w.next();
        const std::uint64_t cd = descriptors + stream * 64ULL;
        w.write_cd(cd, root1, 1);
        w.map_stage2(root2, descriptors, descriptors);
        for (std::uint64_t table = first; table < end; table += 0x1000)
            w.map_stage2(root2, table, table);
        for (std::uint64_t page = 0; page < configuration.pages; ++page)
            w.map_stage2(root2, configuration.data + (page << 12), configuration.data + (page << 12));
        w.write_nested_ste(stream_table + stream * 64ULL, cd, root2, static_cast<std::uint16_t>(stream + 1));
    }
}

// 3.11: queues of 8 commands and 4 events, a linear stream table.
void translated_system::enable()
{
    set_register(0x28, 0xd75); // CR1: write-back inner shareable
    set_register(0x80, stream_table, 8);
    set_register(0x88, stream_bits);
    set_register(0x90, command_queue | 3, 8);
    set_register(0xa0, event_queue | 2, 8);
    set_register(0x20, 0xd); // CR0: SMMUEN, EVENTQEN, CMDQEN
    wait(1, sc_core::SC_US);
}

void translated_system::start()
{
    if (started_)
        return;
    started_ = true;
    if (configuration.nested)
        map_nested_streams();
    else
        map_stage1_streams();
    enable();
    const auto touch = [this](std::uint32_t stream, std::uint64_t page) {
        use_stream(stream);
        if (!(device ? device->read(page_address(page)) : at_device->read(page_address(page))))
            throw std::runtime_error(std::string(name()) + ": stream " + std::to_string(stream) + " page " +
                                     std::to_string(page) + " does not translate");
    };
    for (unsigned stream = configuration.nested ? 2 : configuration.streams; stream-- > 0;)
        touch(stream, 0);
    for (std::uint64_t page = configuration.pages; page-- > 0;)
        touch(0, page);
}

} // namespace iovp::bench
