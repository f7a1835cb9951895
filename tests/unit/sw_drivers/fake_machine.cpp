#include "fake_machine.h"

#include <cstdlib>

namespace sw_test {

static fake_machine* machine = nullptr;

uint64_t device::get(uint64_t offset, unsigned size) const
{
    uint64_t value = 0;
    for (unsigned i = 0; i < size; i++) {
        const auto byte = bytes_.find(offset + i);
        if (byte != bytes_.end())
            value |= static_cast<uint64_t>(byte->second) << (8 * i);
    }
    return value;
}

void device::set(uint64_t offset, unsigned size, uint64_t value)
{
    for (unsigned i = 0; i < size; i++)
        bytes_[offset + i] = static_cast<uint8_t>(value >> (8 * i));
}

uint64_t device::read(uint64_t offset, unsigned size)
{
    return get(offset, size);
}

void device::write(uint64_t offset, unsigned size, uint64_t value)
{
    set(offset, size, value);
}

fake_machine::fake_machine()
{
    machine = this;
}

fake_machine::~fake_machine()
{
    machine = nullptr;
}

fake_machine& fake_machine::current()
{
    if (!machine)
        abort();
    return *machine;
}

void fake_machine::add(uint64_t base, uint64_t size, device& dev)
{
    devices_.push_back({base, size, &dev});
}

fake_machine::mapping* fake_machine::find(uint64_t address, unsigned size)
{
    for (mapping& m : devices_)
        if (address >= m.base && address + size <= m.base + m.size)
            return &m;
    return nullptr;
}

uint64_t fake_machine::mem_read(uint64_t address, unsigned size)
{
    uint64_t value = 0;
    if (address < ram_base || address + size > ram_base + ram_size) {
        bus_error = true;
        return 0;
    }
    for (unsigned i = 0; i < size; i++) {
        const auto byte = memory_.find(address + i);
        if (byte != memory_.end())
            value |= static_cast<uint64_t>(byte->second) << (8 * i);
    }
    return value;
}

void fake_machine::mem_write(uint64_t address, unsigned size, uint64_t value)
{
    if (address < ram_base || address + size > ram_base + ram_size) {
        bus_error = true;
        return;
    }
    for (unsigned i = 0; i < size; i++) {
        const auto byte = static_cast<uint8_t>(value >> (8 * i));
        if (byte)
            memory_[address + i] = byte;
        else
            memory_.erase(address + i);
    }
}

void fake_machine::mem_fill(uint64_t address, uint8_t value, uint64_t size)
{
    // Zero is what is absent: clearing megabytes must cost nothing.
    if (!value && address >= ram_base && address + size <= ram_base + ram_size) {
        memory_.erase(memory_.lower_bound(address), memory_.lower_bound(address + size));
        return;
    }
    for (uint64_t i = 0; i < size; i++)
        mem_write(address + i, 1, value);
}

uint64_t fake_machine::mmio_read(uint64_t address, unsigned size)
{
    const uint64_t ones = ~uint64_t(0) >> (64 - 8 * size);
    mapping* m = find(address, size);
    if (!m)
        bus_error = true;
    const uint64_t value = m ? m->dev->read(address - m->base, size) & ones : ones;
    log.push_back({access::kind::mmio_read, address, size, value});
    return value;
}

void fake_machine::mmio_write(uint64_t address, unsigned size, uint64_t value)
{
    log.push_back({access::kind::mmio_write, address, size, value});
    if (mapping* m = find(address, size))
        m->dev->write(address - m->base, size, value);
    else
        bus_error = true;
}

int fake_machine::find_write(uint64_t address, int from) const
{
    for (size_t i = static_cast<size_t>(from); i < log.size(); i++)
        if (log[i].what == access::kind::mmio_write && log[i].address == address)
            return static_cast<int>(i);
    return -1;
}

std::vector<uint64_t> fake_machine::values_written(uint64_t address) const
{
    std::vector<uint64_t> values;
    for (const access& a : log)
        if (a.what == access::kind::mmio_write && a.address == address)
            values.push_back(a.value);
    return values;
}

} // namespace sw_test

using sw_test::access;
using sw_test::fake_machine;

extern "C" {

uint8_t hal_mmio_read8(phys_addr_t addr)
{
    return static_cast<uint8_t>(fake_machine::current().mmio_read(addr, 1));
}
uint16_t hal_mmio_read16(phys_addr_t addr)
{
    return static_cast<uint16_t>(fake_machine::current().mmio_read(addr, 2));
}
uint32_t hal_mmio_read32(phys_addr_t addr)
{
    return static_cast<uint32_t>(fake_machine::current().mmio_read(addr, 4));
}
uint64_t hal_mmio_read64(phys_addr_t addr)
{
    return fake_machine::current().mmio_read(addr, 8);
}
void hal_mmio_write8(phys_addr_t addr, uint8_t value)
{
    fake_machine::current().mmio_write(addr, 1, value);
}
void hal_mmio_write16(phys_addr_t addr, uint16_t value)
{
    fake_machine::current().mmio_write(addr, 2, value);
}
void hal_mmio_write32(phys_addr_t addr, uint32_t value)
{
    fake_machine::current().mmio_write(addr, 4, value);
}
void hal_mmio_write64(phys_addr_t addr, uint64_t value)
{
    fake_machine::current().mmio_write(addr, 8, value);
}

uint8_t hal_mem_read8(phys_addr_t addr)
{
    return static_cast<uint8_t>(fake_machine::current().mem_read(addr, 1));
}
uint16_t hal_mem_read16(phys_addr_t addr)
{
    return static_cast<uint16_t>(fake_machine::current().mem_read(addr, 2));
}
uint32_t hal_mem_read32(phys_addr_t addr)
{
    return static_cast<uint32_t>(fake_machine::current().mem_read(addr, 4));
}
uint64_t hal_mem_read64(phys_addr_t addr)
{
    return fake_machine::current().mem_read(addr, 8);
}
void hal_mem_write8(phys_addr_t addr, uint8_t value)
{
    fake_machine::current().mem_write(addr, 1, value);
}
void hal_mem_write16(phys_addr_t addr, uint16_t value)
{
    fake_machine::current().mem_write(addr, 2, value);
}
void hal_mem_write32(phys_addr_t addr, uint32_t value)
{
    fake_machine::current().mem_write(addr, 4, value);
}
void hal_mem_write64(phys_addr_t addr, uint64_t value)
{
    fake_machine::current().mem_write(addr, 8, value);
}
void hal_mem_copy_in(void* to, phys_addr_t from, size_t size)
{
    for (size_t i = 0; i < size; i++)
        static_cast<uint8_t*>(to)[i] = hal_mem_read8(from + i);
}
void hal_mem_copy_out(phys_addr_t to, const void* from, size_t size)
{
    for (size_t i = 0; i < size; i++)
        hal_mem_write8(to + i, static_cast<const uint8_t*>(from)[i]);
}
void hal_mem_fill(phys_addr_t to, uint8_t value, size_t size)
{
    fake_machine::current().mem_fill(to, value, size);
}

bool hal_bus_error(void)
{
    const bool was = fake_machine::current().bus_error;
    fake_machine::current().bus_error = false;
    return was;
}
void hal_dsb(void)
{
    fake_machine::current().log.push_back({access::kind::barrier, 0, 0, 0});
}
void hal_dmb(void)
{
    fake_machine::current().counter += fake_machine::current().ticks_per_call;
}
void hal_irq_enable(void)
{
    fake_machine::current().irqs = true;
}
bool hal_irq_disable(void)
{
    const bool was = fake_machine::current().irqs;
    fake_machine::current().irqs = false;
    return was;
}

uint64_t hal_icc_read(enum hal_icc reg)
{
    fake_machine& m = fake_machine::current();
    return m.on_icc_read ? m.on_icc_read(reg) : m.icc[reg];
}
void hal_icc_write(enum hal_icc reg, uint64_t value)
{
    fake_machine& m = fake_machine::current();
    m.log.push_back({access::kind::icc_write, static_cast<uint64_t>(reg), 8, value});
    m.icc[reg] = value;
}

uint64_t hal_cpu_affinity(void)
{
    return fake_machine::current().affinity;
}
uint64_t hal_counter(void)
{
    fake_machine& m = fake_machine::current();
    return m.counter += m.ticks_per_call;
}
uint64_t hal_counter_frequency(void)
{
    return 1000; // slow, so that a time-out takes few calls
}
}
