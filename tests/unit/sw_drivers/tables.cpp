#include "tables.h"

namespace sw_test {

void seal(bytes& b, size_t at, size_t first, size_t last)
{
    uint8_t sum = 0;
    b.data.at(at) = 0;
    for (size_t i = first; i < last; i++)
        sum = static_cast<uint8_t>(sum + b.data.at(i));
    b.data.at(at) = static_cast<uint8_t>(-sum);
}

bytes table(const std::string& signature, unsigned revision, const bytes& body)
{
    bytes b;
    b.text(signature)
        .u32(36 + body.size())
        .u8(revision)
        .u8(0)
        .text("IOVP  ")
        .text("TESTTABL")
        .u32(1)
        .text("TEST")
        .u32(1);
    b.add(body);
    seal(b, 9, 0, b.size());
    return b;
}

void store(uint64_t address, const bytes& b)
{
    for (size_t i = 0; i < b.size(); i++)
        fake_machine::current().mem_write(address + i, 1, b.data[i]);
}

uint64_t table_address(unsigned n)
{
    return fake_machine::ram_base + 0x10'0003 + 0x1'0000 * n; // unaligned on purpose
}

uint64_t install(const std::vector<bytes>& tables)
{
    const uint64_t rsdp = fake_machine::ram_base + 0x100, xsdt = fake_machine::ram_base + 0x200;
    bytes entries, pointer;
    for (unsigned i = 0; i < tables.size(); i++) {
        entries.u64(table_address(i));
        store(table_address(i), tables[i]);
    }
    store(xsdt, table("XSDT", 1, entries));
    pointer.text("RSD PTR ").u8(0).text("IOVP  ").u8(2).u32(0).u32(36).u64(xsdt).u8(0).zero(3);
    seal(pointer, 8, 0, 20);
    seal(pointer, 32, 0, 36);
    store(rsdp, pointer);
    return rsdp;
}

// ACPI 6.5, 5.2.12.14 to 5.2.12.18.
bytes gicc(unsigned uid, uint64_t mpidr, uint32_t flags, uint64_t gicr)
{
    return bytes()
        .u8(0xb)
        .u8(80)
        .u16(0)
        .u32(uid)
        .u32(uid)
        .u32(flags)
        .u32(0)
        .u32(23)
        .u64(0)
        .u64(0)
        .u64(0)
        .u64(0)
        .u32(25)
        .u64(gicr)
        .u64(mpidr)
        .u8(0)
        .u8(0)
        .u16(0);
}

bytes gicd(uint64_t base)
{
    return bytes().u8(0xc).u8(24).u16(0).u32(0).u64(base).u32(0).u8(3).zero(3);
}

bytes gicr(uint64_t base, uint32_t length)
{
    return bytes().u8(0xe).u8(16).u16(0).u64(base).u32(length);
}

bytes gic_its(uint32_t id, uint64_t base)
{
    return bytes().u8(0xf).u8(20).u16(0).u32(id).u64(base).u32(0);
}

bytes madt(std::initializer_list<bytes> entries)
{
    bytes body;
    body.u32(0).u32(0);
    for (const bytes& e : entries)
        body.add(e);
    return table("APIC", 5, body);
}

bytes mcfg(uint64_t base, unsigned segment, unsigned start, unsigned end)
{
    return table("MCFG", 1, bytes().zero(8).u64(base).u16(segment).u8(start).u8(end).u32(0));
}

bytes iort_map(uint32_t input, uint32_t count_minus_1, uint32_t output, uint32_t reference, uint32_t flags)
{
    return bytes().u32(input).u32(count_minus_1).u32(output).u32(reference).u32(flags);
}

bytes iort_node(unsigned type, unsigned revision, const bytes& data, std::initializer_list<bytes> maps)
{
    bytes b, all;
    for (const bytes& m : maps)
        all.add(m);
    b.u8(type).u16(16 + data.size() + all.size()).u8(revision).u32(0).u32(maps.size());
    b.u32(maps.size() ? 16 + data.size() : 0).add(data).add(all);
    return b;
}

bytes iort_smmu_data(uint64_t base, uint32_t flags, uint32_t event, uint32_t pri, uint32_t gerror, uint32_t sync,
                     uint32_t index)
{
    return bytes().u64(base).u32(flags).u32(0).u64(0).u32(0).u32(event).u32(pri).u32(gerror).u32(sync).u32(0).u32(
        index);
}

bytes iort(std::initializer_list<bytes> nodes)
{
    bytes body;
    body.u32(nodes.size()).u32(48).u32(0);
    for (const bytes& n : nodes)
        body.add(n);
    return table("IORT", 5, body);
}

} // namespace sw_test
