#include "machine.h"

#include <stdexcept>

#include "walker.h"

namespace {
machine* the_machine = nullptr;

std::uint64_t allocate(void*, std::size_t bytes, std::size_t align)
{
    return the_machine->alloc(bytes, align);
}

void release(void*, phys_addr_t, std::size_t bytes)
{
    the_machine->allocated -= bytes;
}
} // namespace

machine::machine()
{
    the_machine = this;
    // S1P, S2P, TTF AArch64, COHACC, Hyp, ASID16, MSI, VMID16, CD2L, two-level stream table, no stall
    idr0 = 1u | 2u | 2u << 2 | 1u << 4 | 1u << 9 | 1u << 12 | 1u << 13 | 1u << 18 | 1u << 19 | 1u << 24 | 1u << 27;
    idr1 = 16u | 8u << 6 | 7u << 16 | 4u << 21 | 1u << 27; // SIDSIZE 16, SSIDSIZE 8, EVENTQS 7, CMDQS 4
    idr3 = 0;
    idr5 = 4u | 7u << 4; // OAS 44, all granules
}

machine::~machine()
{
    the_machine = nullptr;
}

machine* machine::current()
{
    return the_machine;
}

std::uint64_t machine::read64(std::uint64_t addr) const
{
    const auto found = words_.find(addr & ~std::uint64_t{7});
    return found == words_.end() ? 0 : found->second;
}

void machine::write64(std::uint64_t addr, std::uint64_t value)
{
    words_[addr & ~std::uint64_t{7}] = value;
}

std::uint64_t machine::alloc(std::uint64_t bytes, std::uint64_t align)
{
    if (allocated + bytes > alloc_limit)
        return 0;
    next_ = (next_ + align - 1) / align * align;
    const std::uint64_t at = next_;
    next_ += bytes;
    allocated += bytes;
    return at;
}

smmu_platform machine::platform()
{
    smmu_platform p{};
    p.base = smmu_base;
    p.alloc = allocate;
    p.free = release;
    p.timeout_us = 10;
    return p;
}

std::uint64_t machine::translate(std::uint64_t addr)
{
    if (!guest)
        return addr;
    const auto r =
        walker::walk(walker::from_vtcr(guest->vttbr, guest->vtcr), addr, [this](std::uint64_t a) { return read64(a); });
    if (!r) {
        guest_fault = true;
        return 0;
    }
    return r->pa;
}

void machine::consume()
{
    const unsigned log2 = regs[0x90] & 31;
    const std::uint32_t mask = (2u << log2) - 1;
    const std::uint64_t base = regs[0x90] & 0x00FFFFFFFFFFFFE0u;
    while (!hang && cons_ != (regs[0x98] & mask)) {
        if ((gerror_ ^ regs[0x64]) & 1)
            return;
        const std::uint64_t at = base + 16 * (cons_ & (mask >> 1));
        const command cmd{read64(at), read64(at + 8)};
        if (illegal && illegal(cmd)) {
            cons_err_ = 1;
            gerror_ ^= 1;
            errors_raised++;
            return;
        }
        commands.push_back(cmd);
        cons_ = (cons_ + 1) & mask;
        if ((cmd[0] & 0xFF) == 0x46) {
            if (on_sync)
                on_sync();
            if ((cmd[0] >> 12 & 3) == 1 && cmd[1])
                write64(cmd[1], (read64(cmd[1]) & ~std::uint64_t{0xFFFFFFFF}) | cmd[0] >> 32);
        }
    }
}

std::vector<unsigned> machine::opcodes()
{
    std::vector<unsigned> out;
    for (; seen_ < commands.size(); seen_++)
        out.push_back(commands[seen_][0] & 0xFF);
    return out;
}

void machine::post_event(const std::array<std::uint64_t, 4>& record)
{
    const unsigned log2 = regs[0xA0] & 31;
    const std::uint32_t mask = (2u << log2) - 1;
    const std::uint32_t ovflg = event_prod_ & 0x80000000u;
    const std::uint32_t cons = static_cast<std::uint32_t>(regs[0x100AC]);
    if (((event_prod_ ^ cons) & mask) == 1u << log2) {
        if (ovflg == (cons & 0x80000000u))
            event_prod_ ^= 0x80000000u;
        return;
    }
    const std::uint64_t at = (regs[0xA0] & 0x00FFFFFFFFFFFFE0u) + 32 * (event_prod_ & (mask >> 1));
    for (unsigned i = 0; i < 4; i++)
        write64(at + 8 * i, record[i]);
    event_prod_ = ((event_prod_ + 1) & mask) | ovflg;
}

std::uint64_t machine::mmio_read(std::uint64_t addr)
{
    now++;
    const auto offset = static_cast<std::uint32_t>(addr - smmu_base);
    switch (offset) {
    case 0x00: return idr0;
    case 0x04: return idr1;
    case 0x0C: return idr3;
    case 0x14: return idr5;
    case 0x24: return cr0_ack ? regs[0x20] : 0;
    case 0x44: return regs[0x44] & ~(1u << 31);
    case 0x54: return regs[0x50];
    case 0x60: return gerror_;
    case 0x9C: consume(); return cons_ | cons_err_ << 24;
    case 0x100A8: return event_prod_;
    default: return regs[offset];
    }
}

void machine::mmio_write(std::uint64_t addr, std::uint64_t value)
{
    now++;
    const auto offset = static_cast<std::uint32_t>(addr - smmu_base);
    regs[offset] = value;
    reg_writes.emplace_back(offset, value);
    if (offset == 0x98) {
        const std::uint32_t mask = (2u << (regs[0x90] & 31)) - 1;
        const unsigned fill = (static_cast<std::uint32_t>(value) - cons_) & mask;
        if (fill > max_queue_fill)
            max_queue_fill = fill;
    }
    if ((offset == 0x98 || offset == 0x64) && (regs[0x20] & 8) && !consume_late)
        consume();
}

extern "C" {

uint32_t hal_mmio_read32(phys_addr_t addr)
{
    return static_cast<uint32_t>(the_machine->mmio_read(addr));
}
void hal_mmio_write32(phys_addr_t addr, uint32_t value)
{
    the_machine->mmio_write(addr, value);
}
void hal_mmio_write64(phys_addr_t addr, uint64_t value)
{
    the_machine->mmio_write(addr, value);
}
uint64_t hal_mem_read64(phys_addr_t addr)
{
    return the_machine->read64(the_machine->translate(addr));
}
uint32_t hal_mem_read32(phys_addr_t addr)
{
    return static_cast<uint32_t>(the_machine->read64(addr) >> (addr & 4 ? 32 : 0));
}
void hal_mem_write64(phys_addr_t addr, uint64_t value)
{
    const std::uint64_t pa = the_machine->translate(addr);
    if (the_machine->on_write)
        the_machine->on_write(pa, value);
    the_machine->write64(pa, value);
}
void hal_mem_fill(phys_addr_t to, uint8_t value, size_t size)
{
    for (size_t i = 0; i < size; i += 8)
        the_machine->write64(the_machine->translate(to + i), value * 0x0101010101010101u);
}
void hal_dsb() {}
void hal_dmb() {}
void hal_irq_enable()
{
    the_machine->irqs = true;
}
bool hal_irq_disable()
{
    const bool before = the_machine->irqs;
    the_machine->irqs = false;
    return before;
}
uint64_t hal_counter()
{
    return the_machine->now++;
}
uint64_t hal_counter_frequency()
{
    return 1000000;
}
uint64_t hal_guest_run(const struct hal_guest* guest, uint64_t (*entry)(void*), void* argument)
{
    the_machine->guest = guest;
    const uint64_t result = entry(argument);
    the_machine->guest = nullptr;
    return result;
}
void hal_guest_invalidate(uint64_t vttbr)
{
    the_machine->invalidated.push_back(vttbr);
}
struct hal_range hal_program(void)
{
    return the_machine->program;
}
uint64_t hal_hvc(uint64_t function, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3)
{
    const hal_guest* guest = the_machine->guest;
    const uint64_t args[4] = {a0, a1, a2, a3};
    the_machine->guest = nullptr;
    const uint64_t answer = guest->hypercall(guest->context, function, args);
    the_machine->guest = guest;
    return answer;
}
}
