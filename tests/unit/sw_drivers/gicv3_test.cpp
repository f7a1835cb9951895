#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "fake_gic.h"

using namespace sw_test;
using ::testing::ElementsAre;

namespace {

struct Gicv3 : ::testing::Test, gic_bench {
    int icc_write(hal_icc reg) const
    {
        for (size_t i = 0; i < machine.log.size(); i++)
            if (machine.log[i].what == access::kind::icc_write && machine.log[i].address == reg)
                return static_cast<int>(i);
        return -1;
    }
};

void count(void* context, uint32_t intid)
{
    static_cast<std::vector<uint32_t>*>(context)->push_back(intid);
}

} // namespace

TEST_F(Gicv3, DistributorStartsWithGroupsOffThenAreThenGroup1)
{
    ASSERT_EQ(gicv3_init(&gic, &tables), 0);
    EXPECT_THAT(machine.values_written(gicd_base), ElementsAre(0u, 0x10u, 0x12u));
    const int off = machine.find_write(gicd_base), are = machine.find_write(gicd_base, off + 1);
    for (const unsigned reg : {0x184u, 0x188u, 0x84u, 0x88u, 0xc08u, 0xc14u, 0x420u, 0x45cu}) {
        EXPECT_GT(machine.find_write(gicd_base + reg), off) << std::hex << reg;
        EXPECT_LT(machine.find_write(gicd_base + reg), are) << std::hex << reg;
    }
    // INTIDs 0..31 are not the distributor's, and there are no more than 96.
    for (const unsigned reg : {0x80u, 0x180u, 0x400u, 0xc00u, 0xc04u, 0x18cu, 0x460u})
        EXPECT_EQ(machine.find_write(gicd_base + reg), -1) << std::hex << reg;
    // The routes are written when ARE makes them exist.
    EXPECT_GT(machine.find_write(gicd_base + 0x6100), are);
    EXPECT_EQ(gic.cpus[0].processor, 5);
    EXPECT_EQ(gic.cpus[1].processor, 9);
    EXPECT_EQ(gic.cpus[1].rd_base, gicr_base + 0x20000);
    EXPECT_EQ(gic.lpi_end, 65536u);
}

TEST_F(Gicv3, CpuInitOrder)
{
    ASSERT_EQ(gicv3_init(&gic, &tables), 0);
    machine.affinity = 0x1'0000'0001;
    machine.log.clear();
    ASSERT_EQ(gicv3_cpu_init(&gic), 0);
    const uint64_t rd = gicr_base + 0x20000;
    const std::vector<int> order = {
        machine.find_write(rd + 0x14),    // WAKER
        machine.find_write(rd + 0x10180), // ICENABLER0
        machine.find_write(rd + 0x10080), // IGROUPR0
        machine.find_write(rd + 0x10100), // ISENABLER0
        machine.find_write(rd + 0x70),    // PROPBASER
        machine.find_write(rd + 0x78),    // PENDBASER
        machine.find_write(rd + 0x00),    // CTLR.EnableLPIs
        icc_write(HAL_ICC_SRE_EL1),       icc_write(HAL_ICC_PMR_EL1), icc_write(HAL_ICC_IGRPEN1_EL1),
    };
    EXPECT_NE(order[0], -1);
    EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
    EXPECT_EQ(machine.find_write(gicr_base + 0x14), -1) << "the other CPU's redistributor";
    EXPECT_EQ(machine.icc[HAL_ICC_SRE_EL1], 1u);
    EXPECT_EQ(machine.icc[HAL_ICC_PMR_EL1], 0xffu);
    EXPECT_EQ(machine.icc[HAL_ICC_CTLR_EL1], 0u);
    EXPECT_EQ(machine.icc[HAL_ICC_IGRPEN1_EL1], 1u);
    EXPECT_TRUE(gic.cpus[1].ready);
    EXPECT_FALSE(gic.cpus[0].ready);
}

TEST_F(Gicv3, LpiTablesAndTheirAttributes)
{
    ASSERT_EQ(init_all(), 0);
    // Inner shareable (01 at 11:10), RaWaWb (111 at 9:7), 16 INTID bits (15 at 4:0).
    EXPECT_EQ(gicr.get(0x70, 8), gic.property_table | 0x400 | 0x380 | 15);
    EXPECT_EQ(gicr.get(0x78, 8), gic.cpus[0].pending_table | 0x400 | 0x380 | uint64_t(1) << 62);
    EXPECT_EQ(gic.cpus[0].pending_table % 0x10000, 0u);
    EXPECT_NE(gic.cpus[0].pending_table, gic.cpus[1].pending_table);
    EXPECT_EQ(gicr.get(0, 4), 1u);
    EXPECT_TRUE(gic.lpi_shareable);
    EXPECT_EQ(machine.mem_read(gic.property_table, 1), 0xa2u);
    EXPECT_EQ(machine.mem_read(gic.property_table + 65535 - 8192, 1), 0xa2u);
}

TEST_F(Gicv3, TablesBecomeNonCacheableWhenSharingIsRefused)
{
    gicr.shareable = false;
    ASSERT_EQ(init_all(), 0);
    EXPECT_EQ(gicr.get(0x70, 8), gic.property_table | 0x080 | 15);
    EXPECT_FALSE(gic.lpi_shareable);
}

TEST_F(Gicv3, FailuresHaveNames)
{
    gicr.sleepy = true;
    EXPECT_EQ(init_all(), ERR_TIMEOUT);
    gicr.sleepy = false;
    tables.cpus[1].affinity = 7;
    EXPECT_EQ(init_all(), ERR_NOT_FOUND);
    tables.cpus[1].affinity = 0x1'0000'0001;
    machine.affinity = 3;
    EXPECT_EQ(gicv3_cpu_init(&gic), ERR_NOT_FOUND);
    gicd.set(0xffe8, 4, 0x2b);
    EXPECT_EQ(init_all(), ERR_UNSUPPORTED);
}

TEST_F(Gicv3, SpiRouteTriggerAndEnable)
{
    ASSERT_EQ(init_all(), 0);
    machine.log.clear();
    ASSERT_EQ(gicv3_spi_enable(&gic, 74, true, 1), 0);
    EXPECT_EQ(gicd.get(0xc10, 4), 2u << 20); // INTID 74: ICFGR4, field 10
    EXPECT_EQ(gicd.get(0x6000 + 8 * 74, 8), 0x1'0000'0001u);
    EXPECT_EQ(gicd.get(0x44a, 1), 0xa0u);
    EXPECT_THAT(machine.values_written(gicd_base + 0x108), ElementsAre(1u << 10));
    EXPECT_LT(machine.find_write(gicd_base + 0x188), machine.find_write(gicd_base + 0xc10));
    EXPECT_LT(machine.find_write(gicd_base + 0xc10), machine.find_write(gicd_base + 0x108));
    EXPECT_EQ(gicv3_spi_enable(&gic, 31, true, 0), ERR_RANGE);
    EXPECT_EQ(gicv3_spi_enable(&gic, 96, true, 0), ERR_RANGE);
    EXPECT_EQ(gicv3_spi_enable(&gic, 74, true, 2), ERR_RANGE);
}

TEST_F(Gicv3, SgiNamesTheAffinity)
{
    ASSERT_EQ(init_all(), 0);
    ASSERT_EQ(gicv3_send_sgi(&gic, 3, 1), 0);
    EXPECT_EQ(machine.icc[HAL_ICC_SGI1R_EL1], uint64_t(1) << 48 | 3u << 24 | 2); // Aff3 1, target bit of Aff0 1
    EXPECT_EQ(gicv3_send_sgi(&gic, 16, 1), ERR_RANGE);
}

TEST_F(Gicv3, HandlerRunsThenEnds)
{
    std::vector<uint32_t> seen;
    uint64_t pending = 8195;
    ASSERT_EQ(init_all(), 0);
    machine.on_icc_read = [&](hal_icc reg) { return reg == HAL_ICC_IAR1_EL1 ? pending : 0; };
    ASSERT_EQ(gicv3_register_handler(&gic, 8195, count, &seen), 0);
    ASSERT_EQ(gicv3_register_handler(&gic, 74, count, &seen), 0);
    EXPECT_EQ(gicv3_register_handler(&gic, 1023, count, &seen), ERR_RANGE);
    EXPECT_EQ(gicv3_register_handler(&gic, 8192 + GICV3_LPI_SLOTS, count, &seen), ERR_RANGE);
    gicv3_handle_irq(&gic);
    EXPECT_EQ(machine.icc[HAL_ICC_EOIR1_EL1], 8195u);
    pending = 74;
    gicv3_handle_irq(&gic);
    EXPECT_EQ(machine.icc[HAL_ICC_EOIR1_EL1], 74u);
    pending = 75; // nobody's: ended all the same, or it would block the CPU
    gicv3_handle_irq(&gic);
    EXPECT_EQ(machine.icc[HAL_ICC_EOIR1_EL1], 75u);
    machine.icc[HAL_ICC_EOIR1_EL1] = 0;
    pending = 1023; // spurious: never ended
    gicv3_handle_irq(&gic);
    EXPECT_EQ(machine.icc[HAL_ICC_EOIR1_EL1], 0u);
    EXPECT_THAT(seen, ElementsAre(8195u, 74u));
    EXPECT_EQ(gic.handled, 2u);
    EXPECT_EQ(gic.unhandled, 1u);
    EXPECT_EQ(gic.last_unhandled, 75u);
    EXPECT_EQ(gic.spurious, 1u);
}

TEST_F(Gicv3, LpiAllocatorAndConfiguration)
{
    ASSERT_EQ(init_all(), 0);
    EXPECT_EQ(gicv3_lpi_alloc(&gic, 1), 8192);
    EXPECT_EQ(gicv3_lpi_alloc(&gic, 3), 8196); // aligned to 4
    EXPECT_EQ(gicv3_lpi_alloc(&gic, 2), 8194);
    EXPECT_EQ(gicv3_lpi_alloc(&gic, 1), 8193);
    EXPECT_EQ(gicv3_lpi_free(&gic, 8196, 4), ERR_INVALID); // 8199 is not taken
    EXPECT_EQ(gicv3_lpi_free(&gic, 8196, 3), 0);
    EXPECT_EQ(gicv3_lpi_alloc(&gic, 4), 8196);
    EXPECT_EQ(gicv3_lpi_alloc(&gic, 1024), ERR_NO_MEMORY);
    EXPECT_EQ(gicv3_lpi_alloc(&gic, 0), ERR_INVALID);
    EXPECT_EQ(gicv3_lpi_free(&gic, 8191, 1), ERR_RANGE);
    ASSERT_EQ(gicv3_lpi_configure(&gic, 8193, 0x53, true), 0);
    EXPECT_EQ(machine.mem_read(gic.property_table + 1, 1), 0x53u); // 0x50 | RES1 | enable
    ASSERT_EQ(gicv3_lpi_configure(&gic, 8193, 0xff, false), 0);
    EXPECT_EQ(machine.mem_read(gic.property_table + 1, 1), 0xfeu);
    EXPECT_EQ(gicv3_lpi_configure(&gic, 65536, 0, true), ERR_RANGE);
}
