#include "bench.h"

#include <gtest/gtest.h>

using namespace iovp;
using namespace iovp::test;

// Optional features of the TCU that are a rule or two each: VMW, SEV, preset tables and queues.

static constexpr std::uint64_t data_pa = 0x80000000;
static constexpr std::uint64_t va = 0x123456000;
static constexpr std::uint64_t nh_va = 0x12;

static smmu::tcu::parameters with(void (*change)(smmu::features&))
{
    smmu::tcu::parameters p;
    change(p.feature);
    return p;
}

struct wildcard_case {
    unsigned vmw;
    std::uint16_t commanded, tagged;
    bool removed;
};
class VmidWildcard : public testing::TestWithParam<wildcard_case> {};

// 6.3.9: VMW n compares VMID[15:n] for n of 1 to 4, reserved values compare all.
INSTANTIATE_TEST_SUITE_P(Each, VmidWildcard,
                         testing::Values(wildcard_case{0, 0x20, 0x21, false}, wildcard_case{0, 0x20, 0x20, true},
                                         wildcard_case{1, 0x20, 0x21, true}, wildcard_case{1, 0x20, 0x22, false},
                                         wildcard_case{2, 0x23, 0x20, true}, wildcard_case{2, 0x20, 0x24, false},
                                         wildcard_case{3, 0x20, 0x27, true}, wildcard_case{3, 0x20, 0x28, false},
                                         wildcard_case{4, 0x2f, 0x20, true}, wildcard_case{4, 0x20, 0x30, false},
                                         wildcard_case{4, 0x120, 0x20, false}, wildcard_case{5, 0x20, 0x21, false},
                                         wildcard_case{7, 0x20, 0x21, false}),
                         [](const auto& param) {
                             const wildcard_case& c = param.param;
                             return "Vmw" + std::to_string(c.vmw) + "Command" + std::to_string(c.commanded) + "Entry" +
                                    std::to_string(c.tagged);
                         });

TEST_P(VmidWildcard, InvalidationsMatchTheGroup_3_17_6)
{
    const wildcard_case c = GetParam();
    bench b(with([](smmu::features& f) { f.vmid_wildcard = true; }));
    in_thread([&] {
        EXPECT_NE(b.reg(0) & 1U << 17, 0U);
        b.enable();
        b.set_reg(0x20, 0xd | c.vmw << 6);
        b.settle();
        EXPECT_EQ(b.reg(0x24), 0xd | c.vmw << 6);
        const std::uint64_t root1 = b.new_table(), root2 = b.new_table();
        b.nested_stream(1, root1, 5, root2, c.tagged);
        b.map1(root1, va, 0x50000000);
        for (std::uint64_t table = 0x100000; table < b.pool + 0x10000; table += 0x1000)
            b.map2(root2, table, table);
        b.map2(root2, 0x50000000, data_pa);
        b.memory.set(data_pa, 1);
        b.memory.set(data_pa + 0x1000, 2);
        std::uint64_t value = 0;
        ASSERT_TRUE(b.read(1, va, value));
        ASSERT_EQ(value, 1U);
        b.map2(root2, 0x50000000, data_pa + 0x1000);
        b.run(0x28 | std::uint64_t(c.commanded) << 32); // CMD_TLBI_S12_VMALL
        ASSERT_TRUE(b.read(1, va, value));
        EXPECT_EQ(value, c.removed ? 2U : 1U);
        EXPECT_TRUE(b.events().empty());
    });
}

TEST(VmidWildcardLookup, StaysExact_3_17_6)
{
    bench b(with([](smmu::features& f) { f.vmid_wildcard = true; }));
    in_thread([&] {
        b.enable();
        b.set_reg(0x20, 0xd | 4 << 6);
        b.settle();
        const std::uint64_t one = b.new_table(), other = b.new_table();
        b.stage2_stream(1, one, 0x20);
        b.stage2_stream(2, other, 0x21);
        b.map2(one, va, data_pa);
        b.map2(other, va, data_pa + 0x1000);
        b.memory.set(data_pa, 1);
        b.memory.set(data_pa + 0x1000, 2);
        std::uint64_t value = 0;
        ASSERT_TRUE(b.read(1, va, value));
        EXPECT_EQ(value, 1U);
        ASSERT_TRUE(b.read(2, va, value));
        EXPECT_EQ(value, 2U);
    });
}

TEST(WakeEvent, SyncWithSigSevSendsOne_4_7_3)
{
    bench b(with([](smmu::features& f) { f.wake_events = true; }));
    in_thread([&] {
        EXPECT_NE(b.reg(0) & 1U << 14, 0U);
        b.enable();
        b.push(0x46 | 2 << 12);
        b.ring();
        sc_core::wait(sc_core::sc_time(1, sc_core::SC_US), b.tcu.event_out->posedge_event());
        EXPECT_TRUE(b.tcu.event_out->read());
        EXPECT_EQ(b.reg(0x9c), b.produced); // what the sync made observable comes first
        EXPECT_FALSE(b.cmd_sync_irq.read());
        b.settle();
        EXPECT_FALSE(b.tcu.event_out->read());
    });
}

TEST(WakeEvent, ASyncWithoutSigSevSendsNone_4_7_3)
{
    bench b(with([](smmu::features& f) { f.wake_events = true; }));
    in_thread([&] {
        b.enable();
        const sc_core::sc_time begin = sc_core::sc_time_stamp();
        b.push(0x46);
        b.push(0x46 | 1 << 12);
        b.ring();
        sc_core::wait(sc_core::sc_time(2, sc_core::SC_US), b.tcu.event_out->posedge_event());
        EXPECT_EQ(sc_core::sc_time_stamp() - begin, sc_core::sc_time(2, sc_core::SC_US));
        EXPECT_EQ(b.reg(0x9c), b.produced);
    });
}

TEST(WakeEvent, AQueueThatWasFullSendsOneWhenItHasRoom_4_1_2)
{
    bench b(with([](smmu::features& f) { f.wake_events = true; }));
    in_thread([&] {
        b.enable();
        for (int i = 0; i < 8; ++i)
            b.push(0x30);
        b.ring();
        sc_core::wait(sc_core::sc_time(1, sc_core::SC_US), b.tcu.event_out->posedge_event());
        EXPECT_TRUE(b.tcu.event_out->read());
        EXPECT_EQ(b.reg(0x9c), 1U);
        b.settle(3000);
        EXPECT_EQ(b.reg(0x9c), 8U);
    });
}

TEST(WakeEvent, WithoutTheFeatureSigSevIsSigNone_4_7_3)
{
    bench b;
    in_thread([&] {
        b.enable();
        b.push(0x46 | 2 << 12);
        b.ring();
        const sc_core::sc_time begin = sc_core::sc_time_stamp();
        sc_core::wait(sc_core::sc_time(2, sc_core::SC_US), b.tcu.event_out->posedge_event());
        EXPECT_EQ(sc_core::sc_time_stamp() - begin, sc_core::sc_time(2, sc_core::SC_US));
        EXPECT_EQ(b.reg(0x9c), b.produced);
    });
}

static smmu::tcu::parameters embedded(bool relative)
{
    smmu::tcu::parameters p;
    p.feature.tables_preset = p.feature.queues_preset = true;
    p.feature.relative_bases = relative;
    const std::uint64_t page0 = relative ? 0x8000 : 0;
    p.embedded = {bench::stream_table - page0,
                  6,
                  (bench::command_base - page0) | 3,
                  (bench::event_base - page0) | 2,
                  0,
                  0xd75,
                  page0};
    return p;
}

class Embedded : public testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(Each, Embedded, testing::Bool(),
                         [](const auto& param) { return param.param ? "Relative" : "Absolute"; });

TEST_P(Embedded, PresetBasesAreReadOnlyAndUsed_3_16)
{
    const smmu::tcu::parameters p = embedded(GetParam());
    bench b(p);
    in_thread([&] {
        EXPECT_EQ(b.reg(4) >> 28 & 7, GetParam() ? 7U : 6U); // TABLES_PRESET, QUEUES_PRESET, REL
        const auto fixed = [&](std::uint32_t offset, unsigned size, std::uint64_t value) {
            EXPECT_EQ(b.reg(offset, size), value) << offset;
            b.set_reg(offset, ~value, size);
            EXPECT_EQ(b.reg(offset, size), value) << offset;
        };
        fixed(0x80, 8, p.embedded.strtab_base);
        fixed(0x88, 4, 6);
        fixed(0x90, 8, p.embedded.cmdq_base);
        fixed(0xa0, 8, p.embedded.eventq_base);
        fixed(0x28, 4, 0xd75); // 6.3.11: preset attributes are unchangeable
        b.set_reg(0x20, 0xd);
        b.settle();
        b.bypass_stream(3);
        b.run(0x30);
        std::uint64_t value = 0;
        b.memory.set(data_pa, 0x77);
        EXPECT_TRUE(b.read(3, data_pa, value));
        EXPECT_EQ(value, 0x77U);
        EXPECT_FALSE(b.read(4, data_pa, value)); // STE.V == 0
        b.settle();
        const auto all = b.events();
        ASSERT_EQ(all.size(), 1U);
        EXPECT_EQ(all[0][0], 0x04 | 4ULL << 32);
    });
}

TEST(EmbeddedParameters, ContradictionsAreNamed_6_3)
{
    smmu::features f;
    f.relative_bases = true;
    EXPECT_NE(f.contradiction(), nullptr);
    f.queues_preset = true;
    EXPECT_EQ(f.contradiction(), nullptr);
    f.vmid_wildcard = true;
    EXPECT_EQ(f.contradiction(), nullptr);
    f.stage2 = false;
    EXPECT_NE(f.contradiction(), nullptr);
}
