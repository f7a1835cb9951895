#include "gic/arch/cpu_interface_state.h"
#include "gic/arch/keyed_cache.h"
#include "gic/arch/redistributor_state.h"

#include <gtest/gtest.h>

namespace {

using namespace iovp::gic;

cpu_interface_state open_interface()
{
    cpu_interface_state c;
    c.set_pmr(0xFF);
    c.set_igrpen1(1);
    return c;
}

constexpr candidate of_priority(std::uint8_t p)
{
    return {42, p};
}

TEST(cpu_interface, ResetMasksEverything)
{
    cpu_interface_state c;
    EXPECT_FALSE(c.sufficient(of_priority(0)));
    c.set_pmr(0xFF);
    EXPECT_EQ(c.pmr(), 0xF8u);
    EXPECT_FALSE(c.sufficient(of_priority(0))) << "Group 1 disabled";
    c.set_igrpen1(1);
    EXPECT_TRUE(c.sufficient(of_priority(0)));
    EXPECT_FALSE(c.sufficient(candidate{}));
}

TEST(cpu_interface, MaskIsStrict)
{
    cpu_interface_state c = open_interface();
    c.set_pmr(0x80);
    EXPECT_TRUE(c.sufficient(of_priority(0x78)));
    EXPECT_FALSE(c.sufficient(of_priority(0x80)));
}

TEST(cpu_interface, PreemptionByGroupPriority)
{
    cpu_interface_state c = open_interface();
    EXPECT_EQ(c.running_priority(), 0xFF);
    c.activate(0x80);
    EXPECT_EQ(c.running_priority(), 0x80);
    EXPECT_FALSE(c.sufficient(of_priority(0x80)));
    EXPECT_TRUE(c.sufficient(of_priority(0x78)));
    c.set_bpr1(7); // group priority is bit 7 alone
    EXPECT_TRUE(c.sufficient(of_priority(0x78)));
    EXPECT_FALSE(c.sufficient(of_priority(0x88)));
    c.activate(0x78);
    EXPECT_EQ(c.running_priority(), 0x00) << "the group priority, not the priority";
    EXPECT_TRUE(c.drop());
    EXPECT_EQ(c.running_priority(), 0x80);
    EXPECT_TRUE(c.drop());
    EXPECT_EQ(c.running_priority(), 0xFF);
    EXPECT_FALSE(c.drop());
}

TEST(cpu_interface, BinaryPointHasAMinimum)
{
    cpu_interface_state c;
    c.set_bpr1(0);
    EXPECT_EQ(c.bpr1(), 3u);
    c.set_bpr1(5);
    EXPECT_EQ(c.bpr1(), 5u);
}

TEST(cpu_interface, ControlRegister)
{
    cpu_interface_state c;
    EXPECT_EQ(c.ctlr(), 4u << 8 | 1u << 15);
    c.set_ctlr(~0ull);
    EXPECT_EQ(c.ctlr(), 2u | 4u << 8 | 1u << 15);
}

TEST(cpu_interface, ActivePrioritiesAreOneBitEach)
{
    cpu_interface_state c = open_interface();
    c.activate(0xA0);
    c.activate(0x08);
    EXPECT_EQ(c.ap1r0(), 1u << 20 | 1u << 1);
    c.set_ap1r0(0);
    EXPECT_EQ(c.running_priority(), 0xFF);
}

using effect = redistributor_state::effect;

redistributor_state second_of_two()
{
    return redistributor_state({0x01020304, 1, true}, 5);
}

TEST(redistributor, TyperTellsWhoItIs)
{
    const redistributor_state r = second_of_two();
    // PLPIS, Last, Processor_Number 1, affinity; no direct LPIs, no virtual LPIs
    EXPECT_EQ(r.read(0x08, 8), 0x01020304'00000000ull | 1u << 8 | 1u << 4 | 1u);
    EXPECT_EQ(r.read(0x0C, 4), 0x01020304u);
    EXPECT_EQ(redistributor_state({0, 0, false}, 5).read(0x08, 8), 1u);
    EXPECT_EQ(r.read(0xFFE8, 4), 0x30u);
}

TEST(redistributor, SleepsAfterReset)
{
    redistributor_state r = second_of_two();
    EXPECT_EQ(r.read(0x14, 4), 6u);
    r.write(0x10080, 4, ~0u);
    r.write(0x10100, 4, ~0u);
    r.local.message(3, true);
    EXPECT_FALSE(r.highest().valid());
    EXPECT_EQ(r.write(0x14, 4, 0), effect::wake);
    EXPECT_EQ(r.read(0x14, 4), 4u);
    r.set_asleep(false);
    EXPECT_EQ(r.read(0x14, 4), 0u);
    EXPECT_EQ(r.highest().intid, 3u);
    EXPECT_EQ(r.write(0x14, 4, 0), effect::none);
    EXPECT_EQ(r.write(0x14, 4, 2), effect::sleep);
}

TEST(redistributor, TableRegistersAreLockedWhileLpisAreOn)
{
    redistributor_state r = second_of_two();
    r.write(0x70, 8, ~0ull);
    EXPECT_EQ(r.read(0x70, 8), 0x070FFFFF'FFFFFF9Full);
    r.write(0x70, 8, 0x80001000 | 15);
    r.write(0x78, 8, 0x4000'0000'8001'0000ull);
    EXPECT_EQ(r.read(0x78, 8), 0x80010000u) << "PTZ reads as zero";
    EXPECT_TRUE(r.pending_table_is_zero());
    EXPECT_EQ(r.read(0x00, 4), 6u) << "CES, IR";
    EXPECT_EQ(r.write(0x00, 4, 1), effect::enable_lpis);
    EXPECT_EQ(r.read(0x00, 4), 7u);
    EXPECT_EQ(r.write(0x00, 4, 1), effect::none);
    r.write(0x70, 8, 0);
    r.write(0x78, 8, 0);
    EXPECT_EQ(r.read(0x70, 8), 0x8000100Fu);
    EXPECT_EQ(r.pending_table(), 0x80010000u);
    r.set_write_pending(true);
    EXPECT_EQ(r.read(0x00, 4), 0xFu);
    EXPECT_EQ(r.write(0x00, 4, 0), effect::none) << "a change under way is completed first";
    r.set_write_pending(false);
    EXPECT_EQ(r.write(0x00, 4, 0), effect::disable_lpis);
}

TEST(redistributor, LpiRangeFollowsIdBits)
{
    redistributor_state r = second_of_two();
    r.write(0x70, 8, 0x80001000 | 13);
    EXPECT_FALSE(r.lpi_exists(8191));
    EXPECT_TRUE(r.lpi_exists(8192));
    EXPECT_TRUE(r.lpi_exists(16383));
    EXPECT_FALSE(r.lpi_exists(16384));
    EXPECT_EQ(r.configuration_address(8195), 0x80001003u);
    r.write(0x70, 8, 31);
    EXPECT_EQ(r.lpi_end(), 65536u) << "GICD_TYPER.IDbits limits it";
    r.write(0x70, 8, 5);
    EXPECT_FALSE(r.lpi_exists(8192));
}

TEST(redistributor, InvalidationNeedsLpisAndAnLpi)
{
    redistributor_state r = second_of_two();
    r.write(0x70, 8, 15);
    EXPECT_EQ(r.write(0xA0, 8, 8192), effect::none);
    r.write(0, 4, 1);
    EXPECT_EQ(r.write(0xA0, 8, 8192), effect::invalidate_lpi);
    EXPECT_EQ(r.invalidated_intid(), 8192u);
    EXPECT_EQ(r.write(0xA0, 8, 31), effect::none);
    EXPECT_EQ(r.write(0xB0, 8, 0), effect::invalidate_all);
    r.set_busy(true);
    EXPECT_EQ(r.read(0xC0, 4), 1u);
}

TEST(redistributor, EveryOffsetAndSizeIsSafe)
{
    redistributor_state r = second_of_two();
    for (std::uint32_t offset = 0; offset < redistributor_frame_size; ++offset)
        for (const unsigned size : {1u, 2u, 4u, 8u})
            if (offset % size == 0) {
                r.write(offset, size, ~0ull);
                r.read(offset, size);
            }
    EXPECT_EQ(r.read(0x08, 4), 0x111u);
}

TEST(lpi_list, OrderMergeAndConfiguration)
{
    lpi_list list;
    EXPECT_TRUE(list.insert(9000, nullptr));
    EXPECT_TRUE(list.insert(8200, nullptr));
    EXPECT_FALSE(list.insert(9000, nullptr)) << "pending already";
    EXPECT_FALSE(list.highest().valid()) << "no configuration known";
    list.find(9000)->known = true;
    list.find(9000)->configuration = lpi_configuration::decode(0xA1, 0xF8);
    EXPECT_EQ(list.highest().intid, 9000u);
    EXPECT_EQ(list.highest().priority, 0xA0);
    list.find(8200)->known = true;
    list.find(8200)->configuration = lpi_configuration::decode(0xA0, 0xF8);
    EXPECT_EQ(list.highest().intid, 9000u) << "8200 is disabled";
    list.find(8200)->configuration.enabled = true;
    EXPECT_EQ(list.highest().intid, 8200u);
    EXPECT_TRUE(list.remove(8200));
    EXPECT_FALSE(list.remove(8200));
    EXPECT_EQ(list.find(8200), nullptr);
}

TEST(keyed_cache, LeastRecentlyUsedWithinASet)
{
    keyed_cache<int> cache(4, 2); // two sets
    cache.insert(0, 10);
    cache.insert(2, 12);
    ASSERT_NE(cache.find(0), nullptr);
    cache.insert(4, 14); // same set: 2 goes
    EXPECT_EQ(*cache.find(0), 10);
    EXPECT_EQ(cache.find(2), nullptr);
    EXPECT_EQ(*cache.find(4), 14);
    cache.insert(4, 15);
    EXPECT_EQ(*cache.find(4), 15);
    EXPECT_EQ(*cache.find(0), 10);
    cache.erase(4);
    EXPECT_EQ(cache.find(4), nullptr);
    keyed_cache<int> off(0, 2);
    off.insert(1, 1);
    EXPECT_EQ(off.find(1), nullptr);
}

} // namespace
