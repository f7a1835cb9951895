// sw/hal/hal.h on host_cpu. Every call belongs to the core whose thread is executing.

#include "cpu/host_cpu.h"
#include "hal/hal.h"

namespace {

using iovp::system_register;
using iovp::cpu::host_cpu;

host_cpu& core()
{
    return *host_cpu::current();
}

template <class T>
T read(phys_addr_t address, host_cpu::memory_kind kind)
{
    T value = 0;
    core().read(address, &value, sizeof value, kind);
    return value;
}

template <class T>
void write(phys_addr_t address, T value, host_cpu::memory_kind kind)
{
    core().write(address, &value, sizeof value, kind);
}

constexpr auto device = host_cpu::memory_kind::device;
constexpr auto normal = host_cpu::memory_kind::normal;

// Arm ARM C5.3 and IHI 0069 12.2: the registers' encodings, in the order of enum hal_icc.
constexpr system_register icc_registers[HAL_ICC_COUNT] = {
    {3, 0, 4, 6, 0},   // ICC_PMR_EL1
    {3, 0, 12, 12, 0}, // ICC_IAR1_EL1
    {3, 0, 12, 12, 1}, // ICC_EOIR1_EL1
    {3, 0, 12, 12, 2}, // ICC_HPPIR1_EL1
    {3, 0, 12, 12, 3}, // ICC_BPR1_EL1
    {3, 0, 12, 11, 1}, // ICC_DIR_EL1
    {3, 0, 12, 11, 3}, // ICC_RPR_EL1
    {3, 0, 12, 11, 5}, // ICC_SGI1R_EL1
    {3, 0, 12, 12, 4}, // ICC_CTLR_EL1
    {3, 0, 12, 12, 5}, // ICC_SRE_EL1
    {3, 0, 12, 12, 7}, // ICC_IGRPEN1_EL1
};

} // namespace

extern "C" {

uint8_t hal_mmio_read8(phys_addr_t a)
{
    return read<uint8_t>(a, device);
}
uint16_t hal_mmio_read16(phys_addr_t a)
{
    return read<uint16_t>(a, device);
}
uint32_t hal_mmio_read32(phys_addr_t a)
{
    return read<uint32_t>(a, device);
}
uint64_t hal_mmio_read64(phys_addr_t a)
{
    return read<uint64_t>(a, device);
}
void hal_mmio_write8(phys_addr_t a, uint8_t v)
{
    write(a, v, device);
}
void hal_mmio_write16(phys_addr_t a, uint16_t v)
{
    write(a, v, device);
}
void hal_mmio_write32(phys_addr_t a, uint32_t v)
{
    write(a, v, device);
}
void hal_mmio_write64(phys_addr_t a, uint64_t v)
{
    write(a, v, device);
}

uint8_t hal_mem_read8(phys_addr_t a)
{
    return read<uint8_t>(a, normal);
}
uint16_t hal_mem_read16(phys_addr_t a)
{
    return read<uint16_t>(a, normal);
}
uint32_t hal_mem_read32(phys_addr_t a)
{
    return read<uint32_t>(a, normal);
}
uint64_t hal_mem_read64(phys_addr_t a)
{
    return read<uint64_t>(a, normal);
}
void hal_mem_write8(phys_addr_t a, uint8_t v)
{
    write(a, v, normal);
}
void hal_mem_write16(phys_addr_t a, uint16_t v)
{
    write(a, v, normal);
}
void hal_mem_write32(phys_addr_t a, uint32_t v)
{
    write(a, v, normal);
}
void hal_mem_write64(phys_addr_t a, uint64_t v)
{
    write(a, v, normal);
}
void hal_mem_copy_in(void* to, phys_addr_t from, size_t size)
{
    core().copy_in(to, from, size);
}
void hal_mem_copy_out(phys_addr_t to, const void* from, size_t size)
{
    core().copy_out(to, from, size);
}
void hal_mem_fill(phys_addr_t to, uint8_t value, size_t size)
{
    core().fill(to, value, size);
}

bool hal_bus_error(void)
{
    return core().take_bus_error();
}

void hal_dsb(void)
{
    core().barrier();
}
void hal_dmb(void)
{
    core().barrier();
}

void hal_irq_set_handler(hal_irq_handler handler, void* context)
{
    core().set_interrupt_handler([handler, context] { handler(context); });
}
void hal_irq_enable(void)
{
    core().enable_interrupts();
}
bool hal_irq_disable(void)
{
    return core().disable_interrupts();
}
void hal_wfi(uint64_t deadline)
{
    core().wait_for_interrupt(deadline);
}

uint64_t hal_icc_read(enum hal_icc reg)
{
    uint64_t value = 0;
    if (reg < HAL_ICC_COUNT)
        core().read_register(icc_registers[reg], value);
    return value;
}

void hal_icc_write(enum hal_icc reg, uint64_t value)
{
    if (reg < HAL_ICC_COUNT)
        core().write_register(icc_registers[reg], value);
}

unsigned hal_cpu_index(void)
{
    return core().configuration().index;
}
uint64_t hal_cpu_affinity(void)
{
    return core().configuration().affinity;
}
uint64_t hal_counter(void)
{
    return core().counter();
}
uint64_t hal_counter_frequency(void)
{
    return core().configuration().counter_frequency;
}

bool hal_cpu_on(uint64_t affinity, void (*entry)(void* context), void* context)
{
    host_cpu* cpu = host_cpu::find(affinity);
    return cpu && cpu->power_on([entry, context] { entry(context); });
}

uint64_t hal_guest_run(const struct hal_guest* guest, uint64_t (*entry)(void* argument), void* argument)
{
    const host_cpu::guest g{guest->vttbr, guest->vtcr, [guest](std::uint64_t function, const std::uint64_t a[4]) {
                                return guest->hypercall(guest->context, function, a);
                            }};
    return core().run_guest(g, [entry, argument] { return entry(argument); });
}

uint64_t hal_hvc(uint64_t function, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3)
{
    const std::uint64_t arguments[4] = {a0, a1, a2, a3};
    return core().hypercall(function, arguments);
}

// A guest's access walks the tables each time: nothing is remembered.
void hal_guest_invalidate(uint64_t)
{
    core().barrier();
}

struct hal_range hal_program(void)
{
    return {0, 0};
}

} // extern "C"
