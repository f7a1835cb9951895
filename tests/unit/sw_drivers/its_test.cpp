#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_gic.h"

using namespace sw_test;
using ::testing::ElementsAre;

namespace {

struct Its : ::testing::Test, gic_bench {
    its it{};

    int init()
    {
        const int status = init_all();
        return status ? status : its_init(&it, &gic, its_base);
    }
    std::vector<unsigned> opcodes() const
    {
        std::vector<unsigned> ops;
        for (const its_command& c : its_dev.seen)
            ops.push_back(static_cast<unsigned>(c.dw[0] & 0xff));
        return ops;
    }
};

auto dwords(const its_command& c)
{
    return std::vector<uint64_t>(c.dw, c.dw + 4);
}

} // namespace

// IHI 0069, 5.3: every field with its outermost bits set.
TEST(ItsCommand, BitByBit)
{
    EXPECT_THAT(dwords(its_mapd(0x80000001, 16, 0x000f'ffff'ffff'ff00, true)),
                ElementsAre(0x8000'0001'0000'0008, 15u, 0x800f'ffff'ffff'ff00, 0u));
    EXPECT_THAT(dwords(its_mapd(1, 1, 0, false)), ElementsAre(0x1'0000'0008u, 0u, 0u, 0u));
    EXPECT_THAT(dwords(its_mapc(0xffff, 0x000f'ffff'ffff'0000, true)), ElementsAre(9u, 0u, 0x800f'ffff'ffff'ffff, 0u));
    EXPECT_THAT(dwords(its_mapc(1, 0x5'0000, false)), ElementsAre(9u, 0u, 0x5'0001u, 0u));
    EXPECT_THAT(dwords(its_mapti(0x80000001, 0x80000002, 0x80000003, 0x8004)),
                ElementsAre(0x8000'0001'0000'000a, 0x8000'0003'8000'0002, 0x8004u, 0u));
    EXPECT_THAT(dwords(its_movi(2, 3, 0x8004)), ElementsAre(0x2'0000'0001u, 3u, 0x8004u, 0u));
    EXPECT_THAT(dwords(its_inv(2, 3)), ElementsAre(0x2'0000'000cu, 3u, 0u, 0u));
    EXPECT_THAT(dwords(its_invall(0x8004)), ElementsAre(0xdu, 0u, 0x8004u, 0u));
    EXPECT_THAT(dwords(its_discard(2, 3)), ElementsAre(0x2'0000'000fu, 3u, 0u, 0u));
    EXPECT_THAT(dwords(its_int(2, 3)), ElementsAre(0x2'0000'0003u, 3u, 0u, 0u));
    EXPECT_THAT(dwords(its_clear(2, 3)), ElementsAre(0x2'0000'0004u, 3u, 0u, 0u));
    EXPECT_THAT(dwords(its_sync(~uint64_t(0))), ElementsAre(5u, 0u, 0x000f'ffff'ffff'0000, 0u));
}

TEST_F(Its, InitMapsACollectionPerCpuByProcessorNumber)
{
    ASSERT_EQ(init(), 0);
    EXPECT_THAT(opcodes(), ElementsAre(9u, 5u, 0xdu, 5u, 9u, 5u, 0xdu, 5u));
    EXPECT_EQ(its_dev.seen[0].dw[2], 0x8000'0000'0005'0000u);
    EXPECT_EQ(its_dev.seen[4].dw[2], 0x8000'0000'0009'0001u);
    EXPECT_EQ(its_dev.seen[5].dw[2], 0x9'0000u);
    EXPECT_EQ(its_doorbell(&it), 0x3011'0040u);
}

TEST_F(Its, InitNamesRedistributorsByAddressWithPta)
{
    its_dev.set(8, 8, its_dev.get(8, 8) | 1 << 19);
    ASSERT_EQ(init(), 0);
    EXPECT_EQ(its_dev.seen[0].dw[2], uint64_t(1) << 63 | gicr_base);
    EXPECT_EQ(its_dev.seen[5].dw[2], gicr_base + 0x20000);
}

TEST_F(Its, TablesAreThereBeforeTheEnable)
{
    ASSERT_EQ(init(), 0);
    const int enable = machine.find_write(its_base, machine.find_write(its_base) + 1);
    for (const unsigned reg : {0x100u, 0x108u, 0x80u, 0x88u})
        EXPECT_LT(machine.find_write(its_base + reg), enable);
    EXPECT_EQ(its_dev.get(0, 4) & 1, 1u);
    // Flat: 2^20 DeviceIDs of 8 bytes are 128 pages of 64K. Valid, RaWaWb, inner shareable.
    const uint64_t baser = its_dev.get(0x100, 8);
    EXPECT_EQ(baser & ~uint64_t(0xffff'ffff'f000),
              uint64_t(1) << 63 | uint64_t(7) << 59 | uint64_t(1) << 56 | uint64_t(7) << 48 | 1 << 10 | 2 << 8 | 127);
    EXPECT_EQ(it.device_table.capacity, 1u << 20);
    EXPECT_EQ(its_dev.get(0x80, 8), uint64_t(1) << 63 | uint64_t(7) << 59 | it.queue | 1 << 10);
    EXPECT_EQ(it.queue % 0x10000, 0u);
}

TEST_F(Its, IndirectTableGetsItsSecondLevelWhenADeviceNeedsIt)
{
    its_dev.indirect = true;
    ASSERT_EQ(init(), 0);
    EXPECT_EQ(its_dev.get(0x100, 8) >> 62, 3u);
    EXPECT_EQ(its_dev.get(0x100, 8) & 0xff, 0u); // 128 level-1 entries: one page
    EXPECT_EQ(its_map_device(&it, 0x2'0100, 32), 0);
    // 8192 devices a page: entry 16.
    const uint64_t entry = machine.mem_read(it.device_table.address + 16 * 8, 8);
    EXPECT_EQ(entry >> 63, 1u);
    EXPECT_EQ(entry % 0x10000, 0u);
    EXPECT_EQ(its_map_device(&it, 0x2'0101, 32), 0);
    EXPECT_EQ(machine.mem_read(it.device_table.address + 16 * 8, 8), entry);
    EXPECT_EQ(machine.mem_read(it.device_table.address + 15 * 8, 8), 0u);
    EXPECT_EQ(its_map_device(&it, 1 << 20, 32), ERR_RANGE);
}

TEST_F(Its, FixedPageSizeAndNoSharing)
{
    its_dev.only_page_size = 0;
    its_dev.shareable = false;
    ASSERT_EQ(init(), 0);
    // 256 pages of 4K at most: 131072 devices of the 2^20. Non-cacheable (001 at 61:59).
    EXPECT_EQ(its_dev.get(0x100, 8) & 0x3ff, 255u);
    EXPECT_EQ(its_dev.get(0x100, 8) >> 59 & 7, 1u);
    EXPECT_FALSE(it.shareable);
    EXPECT_EQ(it.device_table.capacity, 131072u);
    EXPECT_EQ(its_map_device(&it, 131072, 2), ERR_RANGE);
}

TEST_F(Its, EventLife)
{
    ASSERT_EQ(init(), 0);
    its_dev.seen.clear();
    ASSERT_EQ(its_map_device(&it, 0x2'0100, 5), 0);
    EXPECT_EQ(its_dev.seen[0].dw[1], 2u); // 8 events: 3 bits
    ASSERT_EQ(its_map_event(&it, 0x2'0100, 7, 8200, 0), 0);
    ASSERT_EQ(its_move_event(&it, 0x2'0100, 7, 1), 0);
    ASSERT_EQ(its_invalidate_event(&it, 0x2'0100, 7), 0);
    ASSERT_EQ(its_set_pending(&it, 0x2'0100, 7, true), 0);
    ASSERT_EQ(its_unmap_event(&it, 0x2'0100, 7), 0);
    EXPECT_THAT(opcodes(), ElementsAre(8u, 0xau, 0xcu, 5u, 1u, 5u, 5u, 0xcu, 5u, 3u, 5u, 0xfu, 5u));
    EXPECT_EQ(its_dev.seen[5].dw[2], 0x5'0000u); // SYNC of the old CPU, then of the new one
    EXPECT_EQ(its_dev.seen[6].dw[2], 0x9'0000u);
    EXPECT_EQ(its_dev.seen[8].dw[2], 0x9'0000u);
}

TEST_F(Its, RefusesWhatIsNotMapped)
{
    ASSERT_EQ(init(), 0);
    EXPECT_EQ(its_map_event(&it, 1, 0, 8192, 0), ERR_NOT_FOUND);
    ASSERT_EQ(its_map_device(&it, 1, 4), 0);
    EXPECT_EQ(its_map_device(&it, 1, 4), ERR_BUSY);
    EXPECT_EQ(its_map_device(&it, 2, 0), ERR_INVALID);
    EXPECT_EQ(its_map_device(&it, 2, 65537), ERR_RANGE);
    const size_t before = its_dev.seen.size();
    EXPECT_EQ(its_map_event(&it, 1, 4, 8192, 0), ERR_RANGE);
    EXPECT_EQ(its_map_event(&it, 1, 0, 8191, 0), ERR_RANGE);
    EXPECT_EQ(its_map_event(&it, 1, 0, 8192, 2), ERR_RANGE);
    EXPECT_EQ(its_move_event(&it, 1, 0, 1), ERR_NOT_FOUND);
    EXPECT_EQ(its_invalidate_event(&it, 1, 0), ERR_NOT_FOUND);
    EXPECT_EQ(its_unmap_event(&it, 1, 0), ERR_NOT_FOUND);
    EXPECT_EQ(its_dev.seen.size(), before);
    ASSERT_EQ(its_map_event(&it, 1, 0, 8192, 0), 0);
    EXPECT_EQ(its_map_event(&it, 1, 0, 8193, 0), ERR_BUSY);
}

TEST_F(Its, UnmapDeviceDiscardsAndReturnsMemory)
{
    ASSERT_EQ(init(), 0);
    const uint64_t before = page_alloc_available();
    ASSERT_EQ(its_map_device(&it, 1, 64), 0);
    ASSERT_EQ(its_map_event(&it, 1, 3, 8192, 0), 0);
    ASSERT_EQ(its_map_event(&it, 1, 9, 8193, 1), 0);
    its_dev.seen.clear();
    ASSERT_EQ(its_unmap_device(&it, 1), 0);
    EXPECT_THAT(opcodes(), ElementsAre(0xfu, 5u, 0xfu, 5u, 8u));
    EXPECT_EQ(its_dev.seen[4].dw[2], 0u);
    EXPECT_EQ(page_alloc_available(), before);
    EXPECT_EQ(its_unmap_device(&it, 1), ERR_NOT_FOUND);
    EXPECT_EQ(its_map_device(&it, 1, 64), 0);
}

TEST_F(Its, QueueWrapsWithoutLosingACommand)
{
    ASSERT_EQ(init(), 0);
    ASSERT_EQ(its_map_device(&it, 1, 2), 0);
    ASSERT_EQ(its_map_event(&it, 1, 0, 8192, 0), 0);
    its_dev.seen.clear();
    for (unsigned i = 0; i < 200; i++) // 400 commands in a queue of 128
        ASSERT_EQ(its_set_pending(&it, 1, 0, i % 2), 0);
    ASSERT_EQ(its_dev.seen.size(), 400u);
    for (unsigned i = 0; i < 200; i++) {
        EXPECT_EQ(its_dev.seen[2 * i].dw[0], (i % 2 ? 0x3u : 0x4u) | uint64_t(1) << 32);
        EXPECT_EQ(its_dev.seen[2 * i + 1].dw[0], 5u);
    }
    for (const uint64_t value : machine.values_written(its_base + 0x88))
        EXPECT_LT(value, 0x1000u);
}

TEST_F(Its, RefusedCommandIsReportedAndTheQueueGoesOn)
{
    ASSERT_EQ(init(), 0);
    ASSERT_EQ(its_map_device(&it, 1, 2), 0);
    its_dev.seen.clear();
    its_dev.refuse_opcode = 0xa;
    EXPECT_EQ(its_map_event(&it, 1, 1, 8192, 0), ERR_COMMAND);
    EXPECT_THAT(opcodes(), ElementsAre(5u, 0xcu, 5u)); // a SYNC stands where MAPTI stood
    EXPECT_EQ(it.command_errors, 1u);
    EXPECT_EQ(it.refused.dw[0], 0x1'0000'000au);
    EXPECT_EQ(it.refused.dw[1], uint64_t(8192) << 32 | 1);
    its_dev.refuse_opcode = -1;
    EXPECT_EQ(its_map_event(&it, 1, 1, 8192, 0), 0);
}

TEST_F(Its, DeadQueueTimesOut)
{
    ASSERT_EQ(init(), 0);
    its_dev.dead = true;
    EXPECT_EQ(its_map_device(&it, 1, 2), ERR_TIMEOUT);
    its_dev.dead = false;
    EXPECT_EQ(its_map_device(&it, 2, 2), 0);
}

TEST_F(Its, NeedsAReadyCpu)
{
    ASSERT_EQ(gicv3_init(&gic, &tables), 0);
    EXPECT_EQ(its_init(&it, &gic, its_base), ERR_INVALID);
    machine.affinity = 0;
    ASSERT_EQ(gicv3_cpu_init(&gic), 0);
    ASSERT_EQ(its_init(&it, &gic, its_base), 0);
    ASSERT_EQ(its_map_device(&it, 1, 2), 0);
    EXPECT_EQ(its_map_event(&it, 1, 0, 8192, 1), ERR_INVALID);
    EXPECT_EQ(its_cpu_init(&it, 1), ERR_INVALID);
    machine.affinity = 0x1'0000'0001;
    ASSERT_EQ(gicv3_cpu_init(&gic), 0);
    EXPECT_EQ(its_cpu_init(&it, 1), 0);
    EXPECT_EQ(its_map_event(&it, 1, 0, 8192, 1), 0);
}
