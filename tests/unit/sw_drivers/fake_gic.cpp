#include "fake_gic.h"

namespace sw_test {

fake_redistributors::fake_redistributors()
{
    set(0x00014, 4, 6);
    set(0x20014, 4, 6);
    set(0x0ffe8, 4, 0x3b);
    set(0x2ffe8, 4, 0x3b);
    set(0x00008, 8, 0x0000'0000'0000'0501);                // affinity 0.0.0.0, processor 5, PLPIS
    set(0x20008, 8, uint64_t(0x0100'0001) << 32 | 0x0911); // affinity 1.0.0.1, processor 9, PLPIS, Last
}

void fake_redistributors::write(uint64_t offset, unsigned size, uint64_t value)
{
    const uint64_t reg = offset & 0x1ffff;
    if (reg == 0x14 && !sleepy)
        value = value & 2 ? 6 : 0;
    else if (reg == 0x14)
        value |= 4;
    if ((reg == 0x70 || reg == 0x78) && !shareable)
        value &= ~uint64_t(0xc00);
    device::write(offset, size, value);
}

fake_its::fake_its()
{
    set(0, 4, 0x8000'0000);
    // Physical, ITT entries of 12 bytes, 16-bit EventIDs, 20-bit DeviceIDs.
    set(8, 8, 1 | 11 << 4 | 15 << 8 | 19 << 13);
    set(0x100, 8, uint64_t(1) << 56 | uint64_t(7) << 48); // devices, 8 bytes
    set(0x108, 8, uint64_t(4) << 56 | uint64_t(1) << 48); // collections, 2 bytes
}

uint64_t fake_its::read(uint64_t offset, unsigned size)
{
    return offset == 0x90 ? get(0x90, 8) | (stalled_ ? 1 : 0) : device::read(offset, size);
}

void fake_its::write(uint64_t offset, unsigned size, uint64_t value)
{
    if (offset == 0x100 || offset == 0x108) {
        const uint64_t fixed = uint64_t(0x7) << 56 | uint64_t(0x1f) << 48; // Type, Entry_Size
        value = (value & ~fixed) | (get(offset, 8) & fixed);
        if (!indirect)
            value &= ~(uint64_t(1) << 62);
        if (only_page_size != 3)
            value = (value & ~uint64_t(0x300)) | only_page_size << 8;
    }
    if ((offset == 0x80 || offset == 0x100 || offset == 0x108) && !shareable)
        value &= ~uint64_t(0xc00);
    if (offset == 0)
        value = (value & 1) | (value & 1 ? 0 : 0x8000'0000);
    device::write(offset, size, value);
    if (offset == 0x80)
        set(0x90, 8, 0);
    if (offset == 0x88) {
        if (value & 1)
            stalled_ = false;
        run();
    }
}

void fake_its::run()
{
    const uint64_t queue = get(0x80, 8) & 0x000f'ffff'ffff'f000;
    const uint64_t bytes = ((get(0x80, 8) & 0xff) + 1) * 0x1000;
    if (!(get(0, 4) & 1) || dead)
        return;
    while (!stalled_ && get(0x90, 8) != (get(0x88, 8) & 0xfffe0)) {
        its_command c{};
        for (unsigned i = 0; i < 4; i++)
            c.dw[i] = fake_machine::current().mem_read(queue + get(0x90, 8) + 8 * i, 8);
        if (static_cast<int>(c.dw[0] & 0xff) == refuse_opcode) {
            stalled_ = true;
            return;
        }
        seen.push_back(c);
        set(0x90, 8, (get(0x90, 8) + 32) % bytes);
    }
}

gic_bench::gic_bench()
{
    gicd.set(0x0004, 4, 2 | 1 << 17 | 15 << 19); // 96 INTIDs, LPIs, 16 bits
    gicd.set(0xffe8, 4, 0x3b);
    machine.add(gicd_base, 0x10000, gicd);
    machine.add(gicr_base, 0x40000, gicr);
    machine.add(its_base, 0x20000, its_dev);
    page_alloc_init(fake_machine::ram_base, 0x400'0000);
    tables.gicd = gicd_base;
    tables.cpu_count = 2;
    tables.cpus[1].affinity = 0x1'0000'0001;
    tables.gicr_count = 1;
    tables.gicr[0].base = gicr_base;
    tables.gicr[0].length = 0x40000;
}

int gic_bench::init_all()
{
    int status = gicv3_init(&gic, &tables);
    for (const uint64_t affinity : {uint64_t(0x1'0000'0001), uint64_t(0)}) {
        machine.affinity = affinity;
        status = status ? status : gicv3_cpu_init(&gic);
    }
    return status;
}

} // namespace sw_test
