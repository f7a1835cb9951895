#include "msi_system.h"

#include "common/systemc/system_register_if.h"

#include <stdexcept>

namespace iovp::bench {

static constexpr std::uint32_t device = 0x107, event = 3, lpi = 8200;
static constexpr system_register pmr{3, 0, 4, 6, 0}, iar1{3, 0, 12, 12, 0}, eoir1{3, 0, 12, 12, 1},
    igrpen1{3, 0, 12, 12, 7};

gic::gicv3::parameters msi_system::gic_parameters()
{
    gic::gicv3::parameters p;
    p.mpidr = {0x80000000};
    return p;
}

// The ITS's frame of 128 KiB, from PA 0.
translated_system::parameters msi_system::smmu_parameters()
{
    translated_system::parameters p;
    p.pages = 32;
    p.data = 0;
    return p;
}

msi_system::msi_system(const sc_core::sc_module_name& name)
    : sc_module(name)
    , gic_("gic", gic_parameters())
    , smmu_("smmu", smmu_parameters(), &gic_.gits.registers)
    , its_tables_("its_tables", sparse_memory::parameters())
    , lpi_tables_("lpi_tables", sparse_memory::parameters())
    , distributor_("distributor")
    , redistributor_("redistributor")
{
    gic_.gits.memory.bind(its_tables_.socket);
    gic_.gicr[0]->memory.bind(lpi_tables_.socket);
    gic_.icc[0]->irq.bind(irq_);
    distributor_.socket.bind(gic_.gicd.registers);
    redistributor_.socket.bind(gic_.gicr[0]->registers);
    SC_METHOD(handle);
    sensitive << irq_.posedge_event();
    dont_initialize();
    SC_METHOD(watch);
    dont_initialize();
    sensitive << watch_;
}

void msi_system::set(initiator& where, std::uint64_t address, std::uint64_t value, unsigned size)
{
    where.data() = value;
    if (!where.write(address, size))
        throw std::runtime_error("the GIC refuses a register write");
}

void msi_system::write_system_register(system_register r, std::uint64_t value)
{
    sc_core::sc_time delay;
    gic_.icc[0]->registers->write_register(r, value, delay);
}

// Group 1 enabled, the redistributor awake, LPI 8200 enabled.
void msi_system::start_gic()
{
    static constexpr std::uint64_t properties = 0x10000, pending = 0x20000;
    table_writer(lpi_tables_, 0).set(properties + (lpi - 8192), 0xa1);
    set(distributor_, 0x0000, 2);
    set(redistributor_, 0x0014, 0);
    wait(1, sc_core::SC_US);
    set(redistributor_, 0x0070, properties | 13, 8);
    set(redistributor_, 0x0078, pending | 1ULL << 62, 8);
    set(redistributor_, 0x0000, 1);
    write_system_register(pmr, 0xff);
    write_system_register(igrpen1, 1);
}

// Event 3 of the device is LPI 8200 on CPU 0: MAPD, MAPC, MAPTI, SYNC.
void msi_system::start_its()
{
    static constexpr std::uint64_t devices = 0x10000, collections = 0x20000, queue = 0x30000, itt = 0x40000;
    static constexpr std::uint64_t valid = 1ULL << 63;
    const std::uint64_t commands[4][4] = {{0x08 | std::uint64_t(device) << 32, 4, itt | valid, 0},
                                          {0x09, 0, valid, 0},
                                          {0x0a | std::uint64_t(device) << 32, event | std::uint64_t(lpi) << 32, 0, 0},
                                          {0x05, 0, 0, 0}};
    table_writer w(its_tables_, 0);
    for (unsigned i = 0; i < 4; ++i)
        for (unsigned j = 0; j < 4; ++j)
            w.set(queue + 32 * i + 8 * j, commands[i][j]);
    const std::uint64_t its = translated_system::iova;
    set(*smmu_.device, its + 0x100, valid | devices, 8);
    set(*smmu_.device, its + 0x108, valid | collections, 8);
    set(*smmu_.device, its + 0x080, valid | queue, 8);
    set(*smmu_.device, its + 0x000, 1);
    set(*smmu_.device, its + 0x088, sizeof commands, 8);
    wait(10, sc_core::SC_US);
}

void msi_system::start()
{
    if (started_)
        return;
    started_ = true;
    smmu_.start();
    start_gic();
    start_its();
    smmu_.device->with.device = device_id(device);
    watch_.notify(1, sc_core::SC_MS);
}

bool msi_system::raise()
{
    handled_ = 0;
    smmu_.device->data() = event;
    const bool ok = smmu_.device->write(translated_system::iova + 0x10040, 4);
    ++raised_;
    wait(done_);
    return ok && handled_ == lpi;
}

// A timeout of its own for each wait would stay in the kernel's queue of events long after the wait has ended.
void msi_system::watch()
{
    if (raised_ == watched_)
        done_.notify();
    watched_ = raised_;
    watch_.notify(1, sc_core::SC_MS);
}

void msi_system::handle()
{
    sc_core::sc_time delay;
    gic_.icc[0]->registers->read_register(iar1, handled_, delay);
    gic_.icc[0]->registers->write_register(eoir1, handled_, delay);
    done_.notify(delay);
}

} // namespace iovp::bench
