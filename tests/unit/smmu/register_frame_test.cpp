#include "smmu/tcu/register_frame.h"

#include <gtest/gtest.h>

using namespace iovp::smmu;

// Offsets and bits are written out here from chapter 6, apart from the model's.
struct frame_bench : register_frame::listener {
    explicit frame_bench(const features& f = {})
        : frame(f, 0x1000, *this)
    {
    }
    void update_requested() override { ++updates; }
    void commands_may_run() override { ++kicks; }
    void events_may_be_written() override { ++event_kicks; }
    void atos_requested() override { ++atos; }
    std::uint64_t r(std::uint32_t offset, unsigned size = 4) { return frame.read(offset, size); }
    void w(std::uint32_t offset, std::uint64_t value, unsigned size = 4) { frame.write(offset, size, value); }
    void acknowledge() { frame.set(0x24, frame.get(0x20)); }

    register_frame frame;
    int updates = 0;
    int kicks = 0;
    int event_kicks = 0;
    int atos = 0;
};

TEST(RegisterFrame, ResetValues)
{
    frame_bench b;
    EXPECT_EQ(b.r(0x20), 0U);
    EXPECT_EQ(b.r(0x24), 0U);
    EXPECT_EQ(b.r(0x44), 0x1000U);
    EXPECT_EQ(b.r(0x50), 0U);
    EXPECT_EQ(b.r(0x60), 0U);
    EXPECT_EQ(b.r(0x40), 0U);
    EXPECT_EQ(b.r(0x1c), 2U); // SMMUv3.2
}

TEST(RegisterFrame, IdentificationIsReadOnlyAndAbsentFeaturesReadZero)
{
    frame_bench b;
    const std::uint64_t idr0 = b.r(0x0);
    b.w(0x0, ~0ULL);
    EXPECT_EQ(b.r(0x0), idr0);
    EXPECT_EQ(idr0 & (1 << 16), 0U); // PRI
    EXPECT_EQ(idr0 & (1 << 10), 0U); // ATS
    EXPECT_EQ(idr0 >> 24 & 3, 1U);   // STALL_MODEL: stall not supported
    EXPECT_EQ(idr0 & (1 << 14), 0U); // SEV
    EXPECT_EQ(b.r(0xc0, 8), 0U);
    b.w(0xc0, 0x1000, 8);
    EXPECT_EQ(b.r(0xc0, 8), 0U); // PRIQ_BASE without PRI
    b.w(0x20, 0x2);
    EXPECT_EQ(b.r(0x20), 0U); // PRIQEN
}

TEST(RegisterFrame, FieldInTransitionKeepsTheFirstValue_6_3_9)
{
    frame_bench b;
    b.w(0x20, 0x1);
    EXPECT_EQ(b.r(0x20), 0x1U);
    b.w(0x20, 0x8); // SMMUEN is being updated: stays; CMDQEN is free
    EXPECT_EQ(b.r(0x20), 0x9U);
    b.acknowledge();
    b.w(0x20, 0x8);
    EXPECT_EQ(b.r(0x20), 0x8U);
    EXPECT_EQ(b.updates, 3);
}

TEST(RegisterFrame, StreamTableRegistersAreGuardedBySmmuen_6_3_24)
{
    frame_bench b;
    b.w(0x80, 0x12340, 8);
    b.w(0x88, 0x10306);
    b.w(0x2c, 0x2);
    EXPECT_EQ(b.r(0x80, 8), 0x12340U);
    EXPECT_EQ(b.r(0x88), 0x10306U);
    b.w(0x20, 0x1); // not yet acknowledged: guarded already
    b.w(0x80, 0x40, 8);
    b.acknowledge();
    b.w(0x84, 0x1);
    b.w(0x88, 0);
    b.w(0x2c, 0);
    EXPECT_EQ(b.r(0x80, 8), 0x12340U);
    EXPECT_EQ(b.r(0x88), 0x10306U);
    EXPECT_EQ(b.r(0x2c), 0x2U);
    b.w(0x20, 0); // acknowledged only later: still guarded
    b.w(0x80, 0x40, 8);
    EXPECT_EQ(b.r(0x80, 8), 0x12340U);
    b.acknowledge();
    b.w(0x80, 0x40, 8);
    EXPECT_EQ(b.r(0x80, 8), 0x40U);
}

TEST(RegisterFrame, QueueRegistersAreGuardedByTheirEnable)
{
    frame_bench b;
    b.w(0x90, 0x20003, 8);
    b.w(0x9c, 0x5);
    b.w(0xa0, 0x21002, 8);
    b.w(0x100a8, 0x80000003);
    b.w(0x20, 0xc);
    b.acknowledge();
    b.w(0x90, 0, 8);
    b.w(0x9c, 0);
    b.w(0xa0, 0, 8);
    b.w(0x100a8, 0);
    EXPECT_EQ(b.r(0x90, 8), 0x20003U);
    EXPECT_EQ(b.r(0x9c), 0x5U);
    EXPECT_EQ(b.r(0xa0, 8), 0x21002U);
    EXPECT_EQ(b.r(0x100a8), 0x80000003U);
    b.w(0x98, 0x7); // PROD of the command queue and CONS of the event queue are software's
    b.w(0x100ac, 0x80000001);
    EXPECT_EQ(b.r(0x98), 0x7U);
    EXPECT_EQ(b.r(0x100ac), 0x80000001U);
    EXPECT_EQ(b.kicks, 1);
    EXPECT_EQ(b.r(0xa8), 0U); // page 0 has no alias of EVENTQ_PROD
}

// 6.3.28, 6.3.95: bits [19:QS+1] of CMDQ_CONS and EVENTQ_PROD are RAZ, also when LOG2SIZE is decreased.
TEST(RegisterFrame, IndexesOfTheSmmuAreRazAboveTheirWrapFlag)
{
    frame_bench b;
    b.w(0x90, 3, 8);
    b.w(0xa0, 2, 8);
    b.w(0x9c, 0xffffffff);
    b.w(0x100a8, 0xffffffff);
    EXPECT_EQ(b.r(0x9c), 0xfU);
    EXPECT_EQ(b.r(0x100a8), 0x80000007U);
    b.w(0x90, 1, 8);
    b.w(0xa0, 0, 8);
    EXPECT_EQ(b.r(0x9c), 0x3U);
    EXPECT_EQ(b.r(0x100a8), 0x80000001U);
    b.w(0xa0, 31, 8); // capped at IDR1.EVENTQS: 256 entries
    b.w(0x100a8, 0x7fffffff);
    EXPECT_EQ(b.r(0x100a8), 0x1ffU);
    b.w(0x100ac, 0xffffffff); // software's index keeps what is written
    EXPECT_EQ(b.r(0x100ac), 0x800fffffU);
}

TEST(RegisterFrame, Cr1FieldsHaveTheirOwnGuards_6_3_11)
{
    frame_bench b;
    b.w(0x28, 0xfff);
    EXPECT_EQ(b.r(0x28), 0xfffU);
    b.w(0x20, 0x1);
    b.acknowledge();
    b.w(0x28, 0);
    EXPECT_EQ(b.r(0x28), 0xfc0U); // TABLE_* kept
    b.w(0x20, 0x4);
    b.acknowledge();
    b.w(0x28, 0x3f);
    EXPECT_EQ(b.r(0x28), 0U); // QUEUE_* kept
}

TEST(RegisterFrame, GbpaNeedsUpdateAndIsClosedMeanwhile_6_3_14)
{
    frame_bench b;
    b.w(0x44, 0x100000);
    EXPECT_EQ(b.r(0x44), 0x1000U);
    b.w(0x44, 0x80101000);
    EXPECT_EQ(b.r(0x44), 0x80101000U);
    EXPECT_EQ(b.updates, 1);
    b.w(0x44, 0x80001000);
    EXPECT_EQ(b.r(0x44), 0x80101000U);
    EXPECT_EQ(b.frame.translation_control().gbpa, 0x1000U);
    b.frame.take_gbpa();
    EXPECT_EQ(b.frame.translation_control().gbpa, 0x101000U);
}

TEST(RegisterFrame, IrqCfgIsGuardedAndAbsentWithoutMsi)
{
    frame_bench b;
    b.w(0xb0, 0x40000, 8);
    b.w(0xb8, 0x55);
    b.w(0xbc, 0x3f);
    b.w(0x50, 0x4);
    b.w(0xb0, 0, 8);
    b.w(0xb8, 0);
    b.w(0xbc, 0);
    EXPECT_EQ(b.r(0xb0, 8), 0x40000U);
    EXPECT_EQ(b.r(0xb8), 0x55U);
    EXPECT_EQ(b.r(0xbc), 0x3fU);
    b.w(0x68, 0x41000, 8); // the other source is free
    EXPECT_EQ(b.r(0x68, 8), 0x41000U);

    features f;
    f.msi = false;
    frame_bench without(f);
    without.w(0xb0, 0x40000, 8);
    EXPECT_EQ(without.r(0xb0, 8), 0U);
}

TEST(RegisterFrame, PriqIrqCfgIsAbsentWithoutMsi_6_3_34)
{
    for (const bool msi : {true, false}) {
        features f;
        f.ats = f.pri = true;
        f.priq_log2 = 4;
        f.msi = msi;
        frame_bench b(f);
        b.w(0xc0, 0x1004, 8);
        EXPECT_EQ(b.r(0xc0, 8), 0x1004U) << "PRIQ_BASE is there";
        b.w(0xd0, 0x40000, 8);
        b.w(0xd8, 0x55);
        b.w(0xdc, 0x80000001);
        EXPECT_EQ(b.r(0xd0, 8), msi ? 0x40000U : 0U);
        EXPECT_EQ(b.r(0xd8), msi ? 0x55U : 0U);
        EXPECT_EQ(b.r(0xdc), msi ? 0x80000001U : 0U);
    }
}

TEST(RegisterFrame, ErrorsToggleOnceUntilAcknowledged_7_5)
{
    frame_bench b;
    EXPECT_TRUE(b.frame.activate_error(2));
    EXPECT_FALSE(b.frame.activate_error(2));
    EXPECT_EQ(b.r(0x60), 0x4U);
    b.w(0x64, 0x4);
    EXPECT_FALSE(b.frame.error_active(2));
    EXPECT_TRUE(b.frame.activate_error(2));
    EXPECT_EQ(b.r(0x60), 0U);
    b.w(0x60, 0xffff);
    EXPECT_EQ(b.r(0x60), 0U);
}

TEST(RegisterFrame, IllegalAccessesAreRazWi_6_2)
{
    frame_bench b;
    b.w(0x28, 0xfff);
    EXPECT_EQ(b.r(0x28, 2), 0U);
    EXPECT_EQ(b.r(0x2a, 4), 0U);
    b.w(0x28, 0, 1);
    b.w(0x2a, 0, 4);
    EXPECT_EQ(b.r(0x28), 0xfffU);
    EXPECT_EQ(b.r(0x1fffc), 0U);
    EXPECT_EQ(b.r(0x20000), 0U);
}

TEST(RegisterFrame, QueueBaseIsAlignedAndSizeIsCapped_6_3_26)
{
    features f;
    f.cmdq_log2 = 4;
    frame_bench b(f);
    b.w(0x90, 0x12345e0 | 31, 8);
    EXPECT_EQ(b.frame.queue_log2(0x90), 4U);
    EXPECT_EQ(b.frame.queue_address(0x90, 16), 0x1234500U);
    EXPECT_EQ(b.r(0x90, 8), 0x12345ffU);
    b.w(0x90, 0x12345e0, 8);
    EXPECT_EQ(b.frame.queue_address(0x90, 16), 0x12345e0U);
}
