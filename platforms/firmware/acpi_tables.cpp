#include "firmware/acpi_tables.h"

#include "firmware/byte_writer.h"

#include <algorithm>
#include <string_view>

namespace iovp::firmware {

namespace {

// ACPI 6.5, table 5.4: the header of every table but the RSDP.
constexpr std::size_t header_size = 36;
constexpr std::size_t header_checksum = 9;
constexpr std::string_view oem_id = "IOVP";
constexpr std::string_view oem_table_id = "IOVPVIRT";

std::vector<std::uint8_t> with_header(std::string_view signature, std::uint8_t revision,
                                      const std::vector<std::uint8_t>& body)
{
    byte_writer w;
    w.text(signature, 4).u32(static_cast<std::uint32_t>(header_size + body.size())).u8(revision).u8(0);
    w.text(oem_id, 6).text(oem_table_id, 8).u32(1).text("IOVP", 4).u32(1);
    w.append(body);
    w.checksum(header_checksum, 0, w.size());
    return w.bytes();
}

// ACPI 6.5, 5.2.12: GICC for each CPU, then GICD, GICR and ITS.
std::vector<std::uint8_t> madt(const acpi_description& d)
{
    byte_writer w;
    w.u32(0).u32(0);
    std::uint32_t number = 0;
    for (const auto& c : d.cpus) {
        w.u8(0x0b).u8(80).u16(0).u32(number++).u32(c.uid).u32(1 /* enabled */).u32(0).u32(0);
        w.u64(0).u64(0).u64(0).u64(0).u32(0).u64(0 /* redistributors are in the GICR structure */).u64(c.mpidr);
        w.u8(0).u8(0).u16(0);
    }
    w.u8(0x0c).u8(24).u16(0).u32(0).u64(d.gicd_base).u32(0).u8(3 /* GICv3 */).u8(0).u16(0);
    w.u8(0x0e).u8(16).u16(0).u64(d.gicr_base).u32(d.gicr_length);
    for (const auto& its : d.its_list)
        w.u8(0x0f).u8(20).u16(0).u32(its.id).u64(its.base).u32(0);
    return with_header("APIC", 5, w.bytes());
}

// PCI Firmware Specification 3.3, 4.1.2.
std::vector<std::uint8_t> mcfg(const acpi_description& d)
{
    byte_writer w;
    w.u64(0).u64(d.ecam_base).u16(d.segment).u8(d.first_bus).u8(d.last_bus).u32(0);
    return with_header("MCFG", 1, w.bytes());
}

// ACPI 6.5, 5.2.5.3.
std::vector<std::uint8_t> rsdp(std::uint64_t xsdt)
{
    byte_writer w;
    w.text("RSD PTR ", 8).u8(0).text(oem_id, 6).u8(2).u32(0);
    w.u32(36).u64(xsdt).u8(0).u8(0).u16(0);
    w.checksum(8, 0, 20);
    w.checksum(32, 0, 36);
    return w.bytes();
}

} // namespace

acpi_image build_acpi_tables(const acpi_description& d, std::uint64_t base)
{
    constexpr std::size_t alignment = 64;
    constexpr std::size_t xsdt_at = 64; // behind the RSDP

    const std::vector<std::vector<std::uint8_t>> tables = {madt(d), mcfg(d),
                                                           with_header("IORT", 5, iort_body(d.iort, header_size))};

    std::size_t next = xsdt_at + header_size + 8 * tables.size();
    byte_writer pointers;
    std::vector<std::size_t> offsets;
    for (const auto& t : tables) {
        next = (next + alignment - 1) / alignment * alignment;
        offsets.push_back(next);
        pointers.u64(base + next);
        next += t.size();
    }

    acpi_image image{base, std::vector<std::uint8_t>(next), {}};
    const auto place = [&image](std::size_t at, const std::vector<std::uint8_t>& bytes) {
        std::copy(bytes.begin(), bytes.end(), image.bytes.begin() + static_cast<std::ptrdiff_t>(at));
    };
    place(0, rsdp(base + xsdt_at));
    const auto xsdt = with_header("XSDT", 1, pointers.bytes());
    place(xsdt_at, xsdt);
    image.tables.push_back({"XSDT", xsdt_at, xsdt.size()});
    for (std::size_t i = 0; i < tables.size(); ++i) {
        place(offsets[i], tables[i]);
        image.tables.push_back({std::string(tables[i].begin(), tables[i].begin() + 4), offsets[i], tables[i].size()});
    }
    return image;
}

} // namespace iovp::firmware
