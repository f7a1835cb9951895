#include <gtest/gtest.h>

#include "drivers.h"
#include "tables.h"

using namespace sw_test;

namespace {

bytes two_cpus()
{
    return madt({gicc(7, 0), gicc(8, 0x1'0000'0001), gicc(9, 2, 0), bytes().u8(0x42).u8(5).zero(3), gicd(0x3000'0000),
                 gicr(0x3004'0000, 0x4'0000), gic_its(5, 0x3010'0000)});
}

// Layout of the test's IORT: ITS group at 48 (24 bytes), SMMU at 72 (108 bytes), root complex at 180, RMR after it.
constexpr uint32_t its_at = 48, smmu_at = 72, rc_at = 180;

bytes its_group()
{
    return iort_node(0, 1, bytes().u32(1).u32(5), {});
}

bytes smmu(uint32_t flags = 1 << 4, unsigned revision = 5, uint32_t sync = 0, uint32_t index = 1)
{
    return iort_node(4, revision, iort_smmu_data(0x2b40'0000, flags, 74, 75, 76, sync, index),
                     {iort_map(0x1'0000, 0xffff, 0x2'0000, its_at), iort_map(0, 0, 0x30007, its_at, 1)});
}

bytes root_complex(uint32_t segment = 0)
{
    return iort_node(2, 4, bytes().u64(1).u32(0).u32(segment).u8(64).u16(0).u8(0).u32(0),
                     {iort_map(0x100, 0x1ff, 0x1'0100, smmu_at)});
}

bytes rmr(std::initializer_list<std::pair<uint64_t, uint64_t>> ranges)
{
    bytes data;
    data.u32(1 | 1 << 2).u32(ranges.size()).u32(28);
    for (const auto& r : ranges)
        data.u64(r.first).u64(r.second).u32(0);
    return iort_node(6, 3, data, {iort_map(0, 1, 0x1'0100, smmu_at)});
}

struct Acpi : ::testing::Test {
    fake_machine machine;
    acpi tables{};

    int load(const std::vector<bytes>& list) { return acpi_init(&tables, install(list)); }
    int load_iort(std::initializer_list<bytes> nodes) { return load({iort(nodes)}); }
};

} // namespace

TEST_F(Acpi, MadtGivesDistributorRegionsItsAndEnabledCpus)
{
    struct acpi_gic gic;
    ASSERT_EQ(load({mcfg(0x4000'0000, 0, 0, 255), two_cpus()}), 0);
    ASSERT_EQ(acpi_gic(&tables, &gic), 0);
    EXPECT_EQ(gic.gicd, 0x3000'0000u);
    EXPECT_EQ(gic.version, 3);
    ASSERT_EQ(gic.cpu_count, 2u);
    EXPECT_EQ(gic.cpus[0].affinity, 0u);
    EXPECT_EQ(gic.cpus[0].uid, 7u);
    EXPECT_EQ(gic.cpus[1].affinity, 0x1'0000'0001u);
    ASSERT_EQ(gic.gicr_count, 1u);
    EXPECT_EQ(gic.gicr[0].base, 0x3004'0000u);
    EXPECT_EQ(gic.gicr[0].length, 0x4'0000u);
    ASSERT_EQ(gic.its_count, 1u);
    EXPECT_EQ(gic.its[0].id, 5u);
    EXPECT_EQ(gic.its[0].base, 0x3010'0000u);
}

TEST_F(Acpi, McfgGivesEcam)
{
    struct acpi_mcfg found;
    ASSERT_EQ(load({mcfg(0x40'4000'0000, 3, 16, 31)}), 0);
    ASSERT_EQ(acpi_mcfg(&tables, &found), 0);
    ASSERT_EQ(found.count, 1u);
    EXPECT_EQ(found.entries[0].base, 0x40'4000'0000u);
    EXPECT_EQ(found.entries[0].segment, 3);
    EXPECT_EQ(found.entries[0].start_bus, 16);
    EXPECT_EQ(found.entries[0].end_bus, 31);
}

TEST_F(Acpi, McfgRefusesReversedBusesAndHalfEntries)
{
    struct acpi_mcfg found;
    ASSERT_EQ(load({mcfg(0x4000'0000, 0, 9, 8)}), 0);
    EXPECT_EQ(acpi_mcfg(&tables, &found), ERR_MALFORMED);
    ASSERT_EQ(load({table("MCFG", 1, bytes().zero(8 + 15))}), 0);
    EXPECT_EQ(acpi_mcfg(&tables, &found), ERR_MALFORMED);
}

TEST_F(Acpi, AbsentTablesAreNotFoundWhenAskedFor)
{
    struct acpi_gic gic;
    struct acpi_mcfg found;
    struct iort_smmu node;
    ASSERT_EQ(load({table("FACP", 6, bytes().zero(8))}), 0);
    EXPECT_EQ(acpi_gic(&tables, &gic), ERR_NOT_FOUND);
    EXPECT_EQ(acpi_mcfg(&tables, &found), ERR_NOT_FOUND);
    EXPECT_EQ(iort_smmu(&tables, 0, &node), ERR_NOT_FOUND);
    EXPECT_EQ(iort_rmr(&tables, 0, nullptr, 0), 0);
}

TEST_F(Acpi, EveryFlippedByteOfRsdpXsdtAndMadtIsNoticed)
{
    const uint64_t rsdp = install({two_cpus()});
    const std::pair<uint64_t, uint64_t> areas[] = {
        {rsdp, 36}, {fake_machine::ram_base + 0x200, 44}, {table_address(0), two_cpus().size()}};
    ASSERT_EQ(acpi_init(&tables, rsdp), 0);
    for (const auto& area : areas)
        for (uint64_t i = 0; i < area.second; i++) {
            const uint64_t old = machine.mem_read(area.first + i, 1);
            machine.mem_write(area.first + i, 1, old ^ 0x40);
            // A table whose signature changed is another table: absent, not wrong.
            const bool signature = area.first == table_address(0) && i < 4;
            if (signature) {
                EXPECT_EQ(acpi_init(&tables, rsdp), 0);
                EXPECT_EQ(tables.madt.address, 0u);
            } else {
                EXPECT_LT(acpi_init(&tables, rsdp), 0) << std::hex << area.first + i;
            }
            machine.mem_write(area.first + i, 1, old);
            machine.bus_error = false;
        }
}

TEST_F(Acpi, WildPointersAreReported)
{
    EXPECT_EQ(acpi_init(&tables, 0), ERR_MALFORMED);
    EXPECT_EQ(acpi_init(&tables, 0x1000), ERR_BUS);
    EXPECT_EQ(acpi_init(&tables, ~uint64_t(0) - 7), ERR_MALFORMED);
    bytes entries;
    entries.u64(0x10);
    const uint64_t rsdp = install({two_cpus()});
    store(fake_machine::ram_base + 0x200, table("XSDT", 1, entries));
    EXPECT_EQ(acpi_init(&tables, rsdp), ERR_BUS);
}

// Cuts the MADT at every length, with a good checksum: never a read beyond the new end, never a success that needs it.
TEST_F(Acpi, MadtCutAtEveryLength)
{
    const bytes whole = two_cpus();
    struct acpi_gic gic;
    for (size_t length = 36; length < whole.size(); length++) {
        bytes cut = whole;
        cut.data.resize(length);
        cut.patch(4, 4, length);
        seal(cut, 9, 0, length);
        cut.data.resize(whole.size(), 0xff); // poison behind the end
        ASSERT_EQ(load({cut}), 0);
        const int status = acpi_gic(&tables, &gic);
        if (length < 44)
            EXPECT_EQ(status, ERR_MALFORMED);
        // Boundaries between entries, counted by hand: 44, +80, +80, +80, +5, +24, +16, (+20).
        else if (length == 44 || length == 124 || length == 204 || length == 284 || length == 289)
            EXPECT_EQ(status, ERR_NOT_FOUND) << length;
        else if (length == 313 || length == 329)
            EXPECT_EQ(status, 0) << length;
        else
            EXPECT_EQ(status, ERR_MALFORMED) << length;
    }
}

TEST_F(Acpi, MadtEntryOfLengthZeroOrTooShortEndsTheWalk)
{
    struct acpi_gic gic;
    ASSERT_EQ(load({madt({bytes().u8(0x42).u8(0)})}), 0);
    EXPECT_EQ(acpi_gic(&tables, &gic), ERR_MALFORMED);
    ASSERT_EQ(load({madt({bytes().u8(0xc).u8(16).zero(14)})}), 0);
    EXPECT_EQ(acpi_gic(&tables, &gic), ERR_MALFORMED);
    ASSERT_EQ(load({madt({gicd(0x1000), gicd(0x2000)})}), 0);
    EXPECT_EQ(acpi_gic(&tables, &gic), ERR_MALFORMED);
}

TEST_F(Acpi, IortSmmuNode)
{
    struct iort_smmu node;
    ASSERT_EQ(load_iort({its_group(), smmu(), root_complex()}), 0);
    ASSERT_EQ(iort_smmu(&tables, 0, &node), 0);
    EXPECT_EQ(node.node, smmu_at);
    EXPECT_EQ(node.base, 0x2b40'0000u);
    EXPECT_EQ(node.event_gsiv, 74u);
    EXPECT_EQ(node.pri_gsiv, 75u);
    EXPECT_EQ(node.gerror_gsiv, 76u);
    EXPECT_EQ(node.sync_gsiv, 0u);
    EXPECT_TRUE(node.msi_valid);
    EXPECT_EQ(node.msi_device_id, 0x30007u);
    EXPECT_EQ(node.msi_its_id, 5u);
    EXPECT_EQ(iort_smmu(&tables, 1, &node), ERR_NOT_FOUND);
}

TEST_F(Acpi, IortSmmuMsiDeviceIdByRevision)
{
    struct iort_smmu node;
    const auto valid = [&](const bytes& smmu_node) {
        EXPECT_EQ(load_iort({its_group(), smmu_node}), 0);
        EXPECT_EQ(iort_smmu(&tables, 0, &node), 0);
        return node.msi_valid;
    };
    EXPECT_FALSE(valid(smmu(0, 5)));            // revision 5: the flag decides
    EXPECT_TRUE(valid(smmu(0, 4)));             // before: valid while one interrupt is not wired
    EXPECT_FALSE(valid(smmu(0, 4, 77)));        // all wired
    EXPECT_FALSE(valid(smmu(1 << 4, 0)));       // revision 0 has no such field
    EXPECT_FALSE(valid(smmu(1 << 4, 5, 0, 2))); // index beyond the mappings
    EXPECT_FALSE(valid(smmu(1 << 4, 5, 0, 0))); // not a single mapping
}

TEST_F(Acpi, IortMapsRidToStreamAndDevice)
{
    struct iort_ids ids;
    ASSERT_EQ(load_iort({its_group(), smmu(), root_complex()}), 0);
    ASSERT_EQ(iort_map_rid(&tables, 0, 0x201, &ids), 0);
    EXPECT_TRUE(ids.has_smmu);
    EXPECT_EQ(ids.smmu_index, 0u);
    EXPECT_EQ(ids.smmu_base, 0x2b40'0000u);
    EXPECT_EQ(ids.stream_id, 0x1'0201u);
    EXPECT_TRUE(ids.has_its);
    EXPECT_EQ(ids.its_id, 5u);
    EXPECT_EQ(ids.device_id, 0x2'0201u);
    // The ends of the range 0x100..0x2ff.
    EXPECT_EQ(iort_map_rid(&tables, 0, 0x0ff, &ids), ERR_NOT_FOUND);
    EXPECT_EQ(iort_map_rid(&tables, 0, 0x100, &ids), 0);
    EXPECT_EQ(iort_map_rid(&tables, 0, 0x2ff, &ids), 0);
    EXPECT_EQ(iort_map_rid(&tables, 0, 0x300, &ids), ERR_NOT_FOUND);
    EXPECT_EQ(iort_map_rid(&tables, 1, 0x201, &ids), ERR_NOT_FOUND);
}

// The mapping of the SMMU's own MSIs is no route for streams, whatever its input range says.
TEST_F(Acpi, IortStreamSkipsTheSmmusOwnMapping)
{
    struct iort_ids ids;
    const bytes node =
        iort_node(4, 5, iort_smmu_data(0x2b40'0000, 1 << 4, 0, 0, 0, 0, 0),
                  {iort_map(0, 0xffffffff, 0x999, its_at), iort_map(0x1'0000, 0xffff, 0x2'0000, its_at)});
    ASSERT_EQ(load_iort({its_group(), node, root_complex()}), 0);
    ASSERT_EQ(iort_map_rid(&tables, 0, 0x201, &ids), 0);
    EXPECT_EQ(ids.device_id, 0x2'0201u);
}

TEST_F(Acpi, IortRootComplexWithoutSmmu)
{
    struct iort_ids ids;
    ASSERT_EQ(load_iort({its_group(), iort_node(2, 4, bytes().u64(1).u32(0).u32(0).zero(8),
                                                {iort_map(0, 0xffff, 0x5'0000, its_at)})}),
              0);
    ASSERT_EQ(iort_map_rid(&tables, 0, 0x100, &ids), 0);
    EXPECT_FALSE(ids.has_smmu);
    EXPECT_TRUE(ids.has_its);
    EXPECT_EQ(ids.device_id, 0x5'0100u);
}

TEST_F(Acpi, IortReservedRangesOfAStream)
{
    struct iort_rmr ranges[4] = {};
    ASSERT_EQ(load_iort({its_group(), smmu(), root_complex(),
                         rmr({{0x800'0000, 0x10'0000}, {0x900'0000, 0}, {0xa00'0000, 1}})}),
              0);
    ASSERT_EQ(iort_rmr(&tables, 0x1'0100, ranges, 4), 2);
    EXPECT_EQ(ranges[0].base, 0x800'0000u);
    EXPECT_EQ(ranges[0].length, 0x10'0000u);
    EXPECT_EQ(ranges[0].flags, 5u);
    EXPECT_EQ(ranges[0].smmu_base, 0x2b40'0000u);
    EXPECT_EQ(ranges[1].base, 0xa00'0000u);
    EXPECT_EQ(iort_rmr(&tables, 0x1'0101, ranges, 1), 2); // says how many there are
    EXPECT_EQ(iort_rmr(&tables, 0x1'0102, ranges, 4), 0);
    EXPECT_EQ(iort_rmr(&tables, 0x1'00ff, ranges, 4), 0);
}

// The test's group, behind the root complex (56 bytes).
static bytes pmcg(uint32_t reference = smmu_at, uint32_t map_flags = 1, unsigned revision = 2)
{
    return iort_node(5, revision, bytes().u64(0x2b44'0000).u32(110).u32(reference).u64(0x2b45'0000),
                     {iort_map(0, 0, 0x30009, its_at, map_flags)});
}

TEST_F(Acpi, IortCounterGroups)
{
    struct iort_pmcg found;
    const bytes wired = iort_node(5, 2, bytes().u64(0x2b46'0000).u32(111).u32(smmu_at).u64(0x2b47'0000), {});
    ASSERT_EQ(load_iort({its_group(), smmu(), root_complex(), pmcg(), wired}), 0);
    ASSERT_EQ(iort_pmcg(&tables, 0, &found), 0);
    EXPECT_EQ(found.page0, 0x2b44'0000u);
    EXPECT_EQ(found.page1, 0x2b45'0000u);
    EXPECT_EQ(found.gsiv, 110u);
    EXPECT_TRUE(found.has_smmu);
    EXPECT_EQ(found.smmu_base, 0x2b40'0000u);
    EXPECT_TRUE(found.msi_valid);
    EXPECT_EQ(found.msi_device_id, 0x30009u);
    EXPECT_EQ(found.msi_its_id, 5u);
    ASSERT_EQ(iort_pmcg(&tables, 1, &found), 0);
    EXPECT_EQ(found.page0, 0x2b46'0000u);
    EXPECT_FALSE(found.msi_valid);
    EXPECT_EQ(iort_pmcg(&tables, 2, &found), ERR_NOT_FOUND);
}

TEST_F(Acpi, IortCounterGroupsThatSayLessOrNonsense)
{
    struct iort_pmcg found;
    ASSERT_EQ(load_iort({its_group(), smmu(), root_complex(), pmcg(smmu_at, 0)}), 0);
    ASSERT_EQ(iort_pmcg(&tables, 0, &found), 0);
    EXPECT_FALSE(found.msi_valid); // not a single mapping
    ASSERT_EQ(load_iort({its_group(), smmu(), root_complex(), pmcg(rc_at, 1, 0)}), 0);
    ASSERT_EQ(iort_pmcg(&tables, 0, &found), 0);
    EXPECT_FALSE(found.has_smmu);
    EXPECT_EQ(found.page1, 0u); // revision 0 has no such field
    ASSERT_EQ(load_iort({its_group(), smmu(), root_complex(), pmcg(4)}), 0);
    EXPECT_EQ(iort_pmcg(&tables, 0, &found), ERR_MALFORMED);
}

// All fields of the IORT, byte by byte, set to nasty values with a good checksum: errors are fine, reads outside are
// not (memory outside the table is poisoned, the end of memory is right behind it).
TEST_F(Acpi, IortWithEveryByteCorruptedStaysInside)
{
    const bytes whole = iort({its_group(), smmu(), root_complex(), rmr({{0x800'0000, 0x10'0000}}), pmcg()});
    const uint64_t at = fake_machine::ram_base + fake_machine::ram_size - whole.size();
    const uint64_t rsdp = install({});
    store(fake_machine::ram_base + 0x200, table("XSDT", 1, bytes().u64(at)));
    for (size_t i = 36; i < whole.size(); i++)
        for (const unsigned value : {0x00u, 0x01u, 0x04u, 0x7fu, 0x80u, 0xffu}) {
            bytes bad = whole;
            bad.data[i] = static_cast<uint8_t>(value);
            seal(bad, 9, 0, bad.size());
            store(at, bad);
            // The XSDT of `install` had another length: seal() made this one right.
            ASSERT_EQ(acpi_init(&tables, rsdp), 0);
            struct iort_smmu node;
            struct iort_ids ids;
            struct iort_rmr ranges[2];
            (void)iort_smmu(&tables, 0, &node);
            (void)iort_smmu(&tables, 1, &node);
            (void)iort_map_rid(&tables, 0, 0x201, &ids);
            (void)iort_rmr(&tables, 0x1'0100, ranges, 2);
            struct iort_pmcg group;
            (void)iort_pmcg(&tables, 0, &group);
            ASSERT_FALSE(machine.bus_error) << "byte " << i << " value " << value;
        }
}

TEST_F(Acpi, IortCutAtEveryLength)
{
    const bytes whole = iort({its_group(), smmu(), root_complex()});
    struct iort_ids ids;
    for (size_t length = 36; length < whole.size(); length++) {
        bytes cut = whole;
        cut.data.resize(length);
        cut.patch(4, 4, length);
        seal(cut, 9, 0, length);
        ASSERT_EQ(load({cut}), 0);
        EXPECT_EQ(iort_map_rid(&tables, 0, 0x201, &ids), ERR_MALFORMED) << length;
        EXPECT_FALSE(machine.bus_error);
    }
}

TEST_F(Acpi, IortReferenceLoopsEnd)
{
    struct iort_ids ids;
    // The SMMU maps to itself, the root complex to itself.
    const bytes node = iort_node(4, 5, iort_smmu_data(0, 0, 0, 0, 0, 0, 0), {iort_map(0, 0xffffffff, 0, smmu_at)});
    ASSERT_EQ(load_iort({its_group(), node,
                         iort_node(2, 4, bytes().u64(1).u32(0).u32(0).zero(8), {iort_map(0, 0xffff, 0, smmu_at)})}),
              0);
    EXPECT_EQ(iort_map_rid(&tables, 0, 1, &ids), ERR_MALFORMED);
}
