#include "gic/arch/distributor_state.h"
#include "gic/arch/interrupt_bank.h"

#include <gtest/gtest.h>

namespace {

using namespace iovp::gic;

// A bank of SPIs 32..95 with every interrupt in Group 1 and enabled.
struct spi_bank : ::testing::Test {
    spi_bank()
    {
        for (unsigned n = 1; n < 3; ++n) {
            bank.write(0x080 + 4 * n, 4, 0xFFFFFFFF);
            bank.write(0x100 + 4 * n, 4, 0xFFFFFFFF);
        }
    }
    std::uint64_t read(std::uint32_t offset, unsigned size = 4) const
    {
        std::uint64_t value = 0xDEAD;
        EXPECT_TRUE(bank.read(offset, size, value)) << std::hex << offset;
        return value;
    }
    std::uint32_t highest() const
    {
        return bank.highest([](std::uint32_t) { return true; }).intid;
    }
    interrupt_bank bank{32, 64, 5};
};

TEST_F(spi_bank, SetAndClearRegistersShowOneState)
{
    bank.write(0x184, 4, 0x0000FFF0); // ICENABLER1
    EXPECT_EQ(read(0x104), 0xFFFF000Fu);
    EXPECT_EQ(read(0x184), 0xFFFF000Fu);
    bank.write(0x208, 4, 0x80000001); // ISPENDR2
    EXPECT_EQ(read(0x288), 0x80000001u);
    bank.write(0x288, 4, 1);
    EXPECT_EQ(read(0x208), 0x80000000u);
    bank.write(0x304, 4, 6); // ISACTIVER1
    bank.write(0x384, 4, 2);
    EXPECT_EQ(read(0x304), 4u);
}

TEST_F(spi_bank, RegistersOfOtherInterruptsAreNotThere)
{
    std::uint64_t value = 0;
    EXPECT_FALSE(bank.read(0x100, 4, value)); // SGIs and PPIs are the redistributor's
    EXPECT_FALSE(bank.read(0x10C, 4, value)); // INTID 96
    EXPECT_FALSE(bank.write(0x41F, 1, 0xFF));
    EXPECT_FALSE(bank.write(0x460, 1, 0xFF));
    EXPECT_FALSE(bank.read(0x104, 1, value)); // bytes only for IPRIORITYR
    EXPECT_FALSE(bank.read(0xC04, 4, value)); // ICFGR1 is INTIDs 16..31
}

TEST_F(spi_bank, PrioritiesAreBytesWithFiveBits)
{
    bank.write(0x421, 1, 0xFF);
    EXPECT_EQ(read(0x420, 4), 0x0000F800u);
    EXPECT_EQ(read(0x421, 1), 0xF8u);
    bank.write(0x45C, 4, 0x07A0FF10);
    EXPECT_EQ(read(0x45C, 4), 0x00A0F810u);
}

TEST_F(spi_bank, EdgeLatchesLevelFollowsTheWire)
{
    bank.write(0xC08, 4, 2u << 2); // ICFGR2: INTID 33 edge, 32 level
    EXPECT_EQ(read(0xC08), 8u);
    for (const std::uint32_t id : {32u, 33u}) {
        bank.line(id, true);
        EXPECT_TRUE(bank.pending(id));
        bank.line(id, false);
    }
    EXPECT_FALSE(bank.pending(32));
    EXPECT_TRUE(bank.pending(33));
    bank.acknowledge(33);
    EXPECT_FALSE(bank.pending(33));
    EXPECT_TRUE(bank.active(33));
    bank.line(33, true); // a new edge while active: active and pending
    EXPECT_TRUE(bank.pending(33));
    bank.write(0x284, 4, 2); // ICPENDR
    EXPECT_FALSE(bank.pending(33)) << "a high wire of an edge-triggered interrupt is not pending";
}

TEST_F(spi_bank, LevelStaysPendingThroughAcknowledgeAndIcpendr)
{
    bank.line(40, true);
    bank.write(0x284, 4, 1u << 8);
    EXPECT_TRUE(bank.pending(40));
    bank.acknowledge(40);
    EXPECT_TRUE(bank.pending(40));
    EXPECT_NE(highest(), 40u) << "an active interrupt is not signalled again";
    bank.deactivate(40);
    EXPECT_EQ(highest(), 40u);
    bank.line(40, false);
    EXPECT_EQ(highest(), spurious_intid);
}

TEST_F(spi_bank, HighestNeedsPendingEnabledGroup1AndInactive)
{
    bank.message(50, true); // level by message
    EXPECT_EQ(highest(), 50u);
    bank.write(0x184, 4, 1u << 18);
    EXPECT_EQ(highest(), spurious_intid) << "disabled";
    bank.write(0x104, 4, 1u << 18);
    bank.write(0x084, 4, ~(1u << 18));
    EXPECT_EQ(highest(), spurious_intid) << "Group 0";
    bank.write(0x084, 4, ~0u);
    EXPECT_EQ(highest(), 50u);
    bank.message(50, false);
    EXPECT_EQ(highest(), spurious_intid);
}

TEST_F(spi_bank, LowerPriorityValueThenLowerIntidWins)
{
    bank.write(0x420, 4, 0x40404040);
    for (const std::uint32_t id : {35u, 34u})
        bank.message(id, true);
    EXPECT_EQ(highest(), 34u);
    bank.write(0x423, 1, 0x38);
    EXPECT_EQ(highest(), 35u);
}

TEST(sgi_bank, SgisAreAlwaysEdgeTriggered)
{
    interrupt_bank bank(0, 32, 5);
    std::uint64_t value = 0;
    bank.write(0xC00, 4, 0);
    bank.read(0xC00, 4, value);
    EXPECT_EQ(value, 0xAAAAAAAAu);
    bank.write(0xC04, 4, 0xFFFFFFFF);
    bank.read(0xC04, 4, value);
    EXPECT_EQ(value, 0xAAAAAAAAu) << "the low bit of each field is RES0";
    bank.write(0xC04, 4, 0);
    bank.read(0xC04, 4, value);
    EXPECT_EQ(value, 0u);
}

TEST(distributor, IdentificationRegisters)
{
    const distributor_state d(224, 5);
    // ITLinesNumber 7 (256 INTIDs), MBIS, LPIS, IDbits 15 (16 bits), A3V, No1N
    EXPECT_EQ(d.read(0x0004, 4), 7u | 1u << 16 | 1u << 17 | 15u << 19 | 1u << 24 | 1u << 25);
    EXPECT_EQ(d.read(0xFFE8, 4) & 0xF0, 0x30u);
    EXPECT_EQ(d.read(0x0008, 4), 0x69000000u);
}

TEST(distributor, CtlrHasOneSecurityStateAndAffinityRoutingForEver)
{
    distributor_state d(32, 5);
    EXPECT_EQ(d.read(0, 4), 0x50u);
    EXPECT_FALSE(d.group1_enabled());
    d.write(0, 4, 0x2);
    EXPECT_EQ(d.read(0, 4), 0x52u);
    EXPECT_TRUE(d.group1_enabled());
    d.write(0, 4, 0xFFFFFFFF);
    EXPECT_EQ(d.read(0, 4), 0x53u) << "E1NWF, nASSGIreq and RWP are RES0 or read as zero";
    d.write(0, 4, 0);
    EXPECT_EQ(d.read(0, 4), 0x50u);
}

TEST(distributor, RoutesBySpiAffinityAndKeepsWhatHasNoTarget)
{
    distributor_state d(64, 5);
    d.add_cpu(0x00000000);
    d.add_cpu(0x00000001);
    d.add_cpu(0x02010003); // Aff3.Aff2.Aff1.Aff0
    d.write(0x084, 4, ~0u);
    d.write(0x104, 4, ~0u);
    d.write(0x6000 + 8 * 40, 8, 1);
    d.spis.message(40, true);
    EXPECT_EQ(d.highest(0).intid, spurious_intid);
    EXPECT_EQ(d.highest(1).intid, 40u);
    d.write(0x6000 + 8 * 40, 8, 0x0200010003);
    EXPECT_EQ(d.highest(1).intid, spurious_intid);
    EXPECT_EQ(d.highest(2).intid, 40u);
    d.write(0x6000 + 8 * 40, 4, 7); // the lower half alone: Aff3 stays
    EXPECT_EQ(d.read(0x6000 + 8 * 40, 8), 0x0200000007u);
    for (unsigned cpu = 0; cpu < 3; ++cpu)
        EXPECT_EQ(d.highest(cpu).intid, spurious_intid) << "no such CPU";
    EXPECT_TRUE(d.spis.pending(40));
    d.write(0x6000 + 8 * 40, 4, 0x80000000);
    EXPECT_EQ(d.read(0x6000 + 8 * 40, 4), 0u) << "IRM is RES0: no 1 of N";
    EXPECT_EQ(d.read(0x6000 + 8 * 96, 8), 0u);
}

TEST(distributor, MessageRegistersTakeHalfWordsAndIgnoreUnknownIntids)
{
    distributor_state d(32, 5);
    d.write(0x40, 2, 33);
    d.write(0x40, 4, 34);
    d.write(0x40, 4, 64);
    d.write(0x40, 4, 5);
    EXPECT_EQ(d.read(0x204, 4), 6u);
    d.write(0x48, 4, 33);
    EXPECT_EQ(d.read(0x204, 4), 4u);
    EXPECT_EQ(d.read(0x40, 4), 0u) << "write-only";
}

TEST(distributor, EveryOffsetAndSizeIsSafe)
{
    distributor_state d(960, 5);
    for (std::uint32_t offset = 0; offset < 0x10000; ++offset)
        for (const unsigned size : {1u, 2u, 4u, 8u})
            if (offset % size == 0) {
                d.write(offset, size, ~0ull);
                d.read(offset, size);
            }
    EXPECT_EQ(d.read(0x0004, 4) & 31, 30u);
}

} // namespace
