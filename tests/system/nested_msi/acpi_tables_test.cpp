// The platform's ACPI tables as somebody else reads them: ACPICA's disassembler.

#include "firmware/acpi_tables.h"
#include "program.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <numeric>
#include <regex>

using namespace iovp::firmware;
using iovp::test::scratch;
using ::testing::HasSubstr;

namespace {

acpi_description description()
{
    acpi_description d;
    d.cpus = {{0, 0}, {1, 1}};
    d.gicd_base = 0x30000000;
    d.gicr_base = 0x30040000;
    d.gicr_length = 0x40000;
    d.its_list = {{7, 0x30100000}};
    d.ecam_base = 0x40000000;
    d.last_bus = 255;
    d.iort.its_id = 7;
    d.iort.smmu.base = 0x2b400000;
    d.iort.smmu.event_gsiv = 74;
    d.iort.smmu.gerror_gsiv = 76;
    d.iort.smmu.sync_gsiv = 77;
    d.iort.smmu.msi_device_id = 0x5001;
    d.iort.root_complex.stream_base = 0x1000;
    d.iort.root_complex.device_base = 0x20000;
    d.iort.reserved = {{0x8000000, 0x100000}};
    return d;
}

std::uint8_t byte_sum(const std::vector<std::uint8_t>& bytes, std::size_t from, std::size_t length)
{
    const auto first = bytes.begin() + static_cast<std::ptrdiff_t>(from);
    return std::accumulate(first, first + static_cast<std::ptrdiff_t>(length), std::uint8_t(0),
                           [](std::uint8_t a, std::uint8_t b) { return static_cast<std::uint8_t>(a + b); });
}

// Disassembles one table of the image; its text, with white space folded.
std::string disassemble(const acpi_image& image, const std::string& signature)
{
    const scratch files;
    for (const auto& t : image.tables) {
        if (t.signature != signature)
            continue;
        const auto first = image.bytes.begin() + static_cast<std::ptrdiff_t>(t.offset);
        files.write(signature + ".aml", std::string(first, first + static_cast<std::ptrdiff_t>(t.length)));
        const std::string command = "iasl -d " + files.path(signature + ".aml") + " > " + files.path("log") + " 2>&1";
        EXPECT_EQ(std::system(command.c_str()), 0) << files.read("log"); // NOLINT(cert-env33-c)
        EXPECT_THAT(files.read("log"), ::testing::Not(HasSubstr("Invalid")));
        return std::regex_replace(files.read(signature + ".dsl"), std::regex("[ \t]+"), " ");
    }
    ADD_FAILURE() << "no table " << signature;
    return {};
}

} // namespace

TEST(AcpiTables, EveryChecksumIsZero)
{
    const acpi_image image = build_acpi_tables(description(), 0x80000000);
    EXPECT_EQ(byte_sum(image.bytes, 0, 20), 0);
    EXPECT_EQ(byte_sum(image.bytes, 0, 36), 0);
    ASSERT_EQ(image.tables.size(), 4u);
    for (const auto& t : image.tables)
        EXPECT_EQ(byte_sum(image.bytes, t.offset, t.length), 0) << t.signature;
}

TEST(AcpiTables, IortReadsBackAsDescribed)
{
    const std::string text = disassemble(build_acpi_tables(description(), 0x80000000), "IORT");
    EXPECT_THAT(text, HasSubstr("Node Count : 00000004"));
    EXPECT_THAT(text, HasSubstr("Identifiers : 00000007"));
    EXPECT_THAT(text, HasSubstr("Base Address : 000000002B400000"));
    EXPECT_THAT(text, HasSubstr("Event GSIV : 0000004A"));
    EXPECT_THAT(text, HasSubstr("GERR GSIV : 0000004C"));
    EXPECT_THAT(text, HasSubstr("Sync GSIV : 0000004D"));
    EXPECT_THAT(text, HasSubstr("Device ID Mapping Index : 00000001"));
    EXPECT_THAT(text, HasSubstr("Output Base : 00005001"));
    EXPECT_THAT(text, HasSubstr("Output Base : 00001000"));
    EXPECT_THAT(text, HasSubstr("Output Base : 00020000"));
}

TEST(AcpiTables, CounterGroupsReadBackAsDescribed)
{
    acpi_description d = description();
    d.iort.reserved.clear(); // this iasl stops at them
    d.iort.counter_groups = {{0x2b440000, 0x2b450000, 110, true, 0x5002}, {0x2b460000, 0x2b460000, 111, false, 0}};
    const std::string text = disassemble(build_acpi_tables(d, 0x80000000), "IORT");
    EXPECT_THAT(text, HasSubstr("Node Count : 00000005"));
    const std::size_t first = text.find("Type : 05"), second = text.find("Type : 05", first + 1);
    ASSERT_NE(second, std::string::npos) << text;
    const std::string with_msi = text.substr(first, second - first), wired = text.substr(second);
    EXPECT_THAT(with_msi, HasSubstr("Revision : 02"));
    EXPECT_THAT(with_msi, HasSubstr("Page 0 Base Address : 000000002B440000"));
    EXPECT_THAT(with_msi, HasSubstr("Page 1 Base Address : 000000002B450000"));
    EXPECT_THAT(with_msi, HasSubstr("Overflow Interrupt GSIV : 0000006E"));
    EXPECT_THAT(with_msi, HasSubstr("Node Reference : 00000048")); // the SMMUv3 node, behind the ITS group
    EXPECT_THAT(with_msi, HasSubstr("Mapping Count : 00000001"));
    EXPECT_THAT(with_msi, HasSubstr("Output Base : 00005002"));
    EXPECT_THAT(with_msi, HasSubstr("Output Reference : 00000030"));
    EXPECT_THAT(with_msi, HasSubstr("Single Mapping : 1"));
    EXPECT_THAT(wired, HasSubstr("Page 0 Base Address : 000000002B460000"));
    EXPECT_THAT(wired, HasSubstr("Overflow Interrupt GSIV : 0000006F"));
    EXPECT_THAT(wired, HasSubstr("Mapping Count : 00000000"));
}

// Debian 12's iasl does not know node type 6 yet: its bytes, by DEN 0049 E.d 3.1.1.5 (RMR node).
TEST(AcpiTables, RmrNodeReservesTheMsiWindowForEveryStream)
{
    const acpi_image image = build_acpi_tables(description(), 0x80000000);
    const auto& iort = image.tables.back();
    ASSERT_EQ(iort.signature, "IORT");
    const auto u32 = [&](std::size_t at) {
        std::uint32_t v = 0;
        for (unsigned i = 4; i-- > 0;)
            v = v << 8 | image.bytes.at(iort.offset + at + i);
        return v;
    };
    // Nodes: ITS group 24 bytes, SMMUv3 68 + 2 mappings, root complex 40 + 1 mapping; the first stands at 48.
    const std::size_t rmr = 48 + 24 + 68 + 40 + 40 + 20;
    const std::uint32_t smmu_node = 48 + 24;
    EXPECT_EQ(u32(rmr), 0x03004406u) << "type 6, length 68, revision 3";
    EXPECT_EQ(u32(rmr + 8), 1u) << "ID mappings";
    EXPECT_EQ(u32(rmr + 12), 48u) << "offset of the ID mappings";
    EXPECT_EQ(u32(rmr + 16), 0u) << "flags: remapping not permitted, Device-nGnRnE";
    EXPECT_EQ(u32(rmr + 20), 1u) << "ranges";
    EXPECT_EQ(u32(rmr + 24), 28u) << "offset of the ranges";
    EXPECT_EQ(u32(rmr + 28), 0x08000000u) << "base";
    EXPECT_EQ(u32(rmr + 32), 0u);
    EXPECT_EQ(u32(rmr + 36), 0x00100000u) << "length";
    EXPECT_EQ(u32(rmr + 40), 0u);
    EXPECT_EQ(u32(rmr + 52), 0xffffu) << "number of streams less one";
    EXPECT_EQ(u32(rmr + 56), 0x1000u) << "first StreamID";
    EXPECT_EQ(u32(rmr + 60), smmu_node);
}

TEST(AcpiTables, MadtReadsBackAsDescribed)
{
    const std::string text = disassemble(build_acpi_tables(description(), 0x80000000), "APIC");
    EXPECT_THAT(text, HasSubstr("[Generic Interrupt Distributor]"));
    EXPECT_THAT(text, HasSubstr("Base Address : 0000000030000000"));
    EXPECT_THAT(text, HasSubstr("Base Address : 0000000030040000"));
    EXPECT_THAT(text, HasSubstr("Length : 00040000"));
    EXPECT_THAT(text, HasSubstr("Translation ID : 00000007"));
    EXPECT_THAT(text, HasSubstr("Base Address : 0000000030100000"));
    EXPECT_THAT(text, HasSubstr("ARM MPIDR : 0000000000000001"));
}

TEST(AcpiTables, McfgReadsBackAsDescribed)
{
    const std::string text = disassemble(build_acpi_tables(description(), 0x80000000), "MCFG");
    EXPECT_THAT(text, HasSubstr("Base Address : 0000000040000000"));
    EXPECT_THAT(text, HasSubstr("End Bus Number : FF"));
}
