#include <gtest/gtest.h>

#include "drivers.h"
#include "fake_machine.h"

using namespace sw_test;

namespace {
constexpr uint64_t base = fake_machine::ram_base;
}

TEST(Bits, FieldsAsTheSpecificationWritesThem)
{
    EXPECT_EQ(FIELD(63, 63), 0x8000000000000000u);
    EXPECT_EQ(FIELD(11, 10), 0xc00u);
    EXPECT_EQ(field_put(FIELD(11, 10), 7), 0xc00u);
    EXPECT_EQ(field_get(FIELD(11, 10), 0x800), 2u);
    EXPECT_EQ(field_put(FIELD(63, 32), 0x1'2345'6789), 0x2345678900000000u);
    EXPECT_EQ(log2_ceil(0), 0u);
    EXPECT_EQ(log2_ceil(1), 0u);
    EXPECT_EQ(log2_ceil(3), 2u);
    EXPECT_EQ(log2_ceil(4), 2u);
}

TEST(Errors, HaveNames)
{
    EXPECT_STREQ(error_name(0), "ok");
    EXPECT_STREQ(error_name(ERR_INVALID), "ERR_INVALID");
    EXPECT_STREQ(error_name(ERR_DEVICE), "ERR_DEVICE");
    EXPECT_STREQ(error_name(-13), "?");
    EXPECT_STREQ(error_name(1), "?");
}

TEST(PageAlloc, GivesZeroedAlignedMemoryOnce)
{
    fake_machine machine;
    ASSERT_EQ(page_alloc_init(base + 0x100, 0x20f00), 0);
    EXPECT_EQ(page_alloc_available(), 0x20000u);
    machine.mem_write(base + 0x10008, 8, 0x55);
    const phys_addr_t small = page_alloc(1, 0);
    EXPECT_EQ(small, base + 0x1000);
    EXPECT_EQ(machine.mem_read(small, 8), 0u);
    const phys_addr_t aligned = page_alloc(0x2000, 0x10000);
    EXPECT_EQ(aligned, base + 0x10000);
    EXPECT_EQ(machine.mem_read(aligned + 8, 8), 0u);
    EXPECT_EQ(page_alloc(0x1000, 0x1000), base + 0x2000); // the hole before it is not lost
    EXPECT_EQ(page_alloc_available(), 0x20000u - 0x4000);
}

TEST(PageAlloc, MergesWhatComesBack)
{
    fake_machine machine;
    ASSERT_EQ(page_alloc_init(base, 0x8000), 0);
    phys_addr_t pages[8];
    for (phys_addr_t& p : pages)
        p = page_alloc(0x1000, 0x1000);
    EXPECT_EQ(page_alloc(1, 1), 0u);
    for (const unsigned i : {0u, 2u, 4u, 6u, 7u, 5u, 1u, 3u})
        EXPECT_EQ(page_free(pages[i], 0x1000), 0);
    EXPECT_EQ(page_alloc(0x8000, 0x1000), base);
}

TEST(PageAlloc, RefusesNonsense)
{
    fake_machine machine;
    EXPECT_EQ(page_alloc_init(base, 0xfff), ERR_INVALID);
    EXPECT_EQ(page_alloc_init(~uint64_t(0) - 0x1000, 0x4000), ERR_INVALID);
    ASSERT_EQ(page_alloc_init(base, 0x8000), 0);
    EXPECT_EQ(page_alloc(0, 0x1000), 0u);
    EXPECT_EQ(page_alloc(0x1000, 0x3000), 0u);
    EXPECT_EQ(page_alloc(SIZE_MAX, 0x1000), 0u);
    EXPECT_EQ(page_alloc(0x9000, 0x1000), 0u);
    const phys_addr_t page = page_alloc(0x2000, 0x1000);
    EXPECT_EQ(page_free(0, 0x1000), 0);
    EXPECT_EQ(page_free(page + 8, 0x1000), ERR_INVALID);
    EXPECT_EQ(page_free(base - 0x1000, 0x1000), ERR_INVALID);
    EXPECT_EQ(page_free(page, 0x3000), ERR_INVALID); // overlaps what is free
    EXPECT_EQ(page_free(page, 0x2000), 0);
    EXPECT_EQ(page_free(page, 0x2000), ERR_INVALID); // twice
    EXPECT_EQ(page_alloc_available(), 0x8000u);
}

TEST(Poll, EndsAfterItsTime)
{
    fake_machine machine;
    device dev;
    machine.add(0x1000, 0x100, dev);
    EXPECT_EQ(poll_mmio32(0x1000, 0x80, 0x80, 100000), ERR_TIMEOUT); // 100 ticks of 1 ms
    EXPECT_GE(machine.counter, 100u);
    EXPECT_LE(machine.counter, 110u);
    dev.set(0, 4, 0xff);
    EXPECT_EQ(poll_mmio32(0x1000, 0x80, 0x80, 0), 0);
}

TEST(Poll, LooksOnceMoreAfterALongAbsence)
{
    fake_machine machine;
    device dev;
    dev.set(0, 4, 1);
    machine.add(0x1000, 0x100, dev);
    machine.ticks_per_call = 1'000'000; // the first look at the clock is already too late
    EXPECT_EQ(poll_mmio32(0x1000, 1, 1, 1), 0);
}

TEST(Poll, CounterMayWrap)
{
    fake_machine machine;
    machine.counter = ~uint64_t(0) - 3;
    const struct poll p = poll_start(10000); // 10 ticks
    EXPECT_FALSE(poll_expired(&p));
    machine.counter = 20;
    EXPECT_TRUE(poll_expired(&p));
}
