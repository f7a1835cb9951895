// 10.2, 10.2.1, 10.5.2.5 to 10.5.2.11: enables, overflow, capture and the interrupt.

#include "unit/pmcg/pmcg_bench.h"

using namespace iovp;
using namespace iovp::test;

namespace {

constexpr std::uint32_t ovfcap = 1U << 31;

smmu::pmcg_features of_size(unsigned bits)
{
    smmu::pmcg_features f;
    f.counters = 64;
    f.counter_bits = bits;
    return f;
}

std::uint64_t largest(unsigned bits)
{
    return bits == 64 ? ~0ULL : (1ULL << bits) - 1;
}

smmu::pmcg::parameters fast()
{
    smmu::pmcg::parameters p;
    p.clock_period = sc_core::sc_time(2, sc_core::SC_NS);
    p.register_cycles = 1;
    return p;
}

} // namespace

TEST(Counters_10_2, CountWithBothEnablesAlone)
{
    plain_group g;
    g.program(0, 1 | every_stream);
    g.occurs(1);
    g.set_reg(0xe04, 0); // CR.E
    g.occurs(1);
    EXPECT_EQ(g.value(0), 1U);
    EXPECT_EQ(g.reg(0xc00, 8), 1U);
    g.set_reg(0xe04, 1);
    g.set_reg(0xc20, 1, 8); // CNTENCLR
    g.occurs(1);
    EXPECT_EQ(g.value(0), 1U);
    g.set_reg(0xc00, 1, 8);
    g.occurs(1);
    EXPECT_EQ(g.value(0), 2U);
    g.occurs(2);
    EXPECT_EQ(g.value(0), 2U);
}

TEST(Counters_10_2, EveryCounterCountsEveryEvent)
{
    plain_group g(of_size(64));
    for (unsigned n = 0; n < 64; ++n)
        g.program(n, (n + 1) | every_stream);
    for (unsigned event = 1; event <= 64; ++event)
        for (unsigned i = 0; i < event; ++i)
            g.occurs(static_cast<std::uint16_t>(event));
    for (unsigned n = 0; n < 64; ++n)
        EXPECT_EQ(g.value(n), n + 1);
}

TEST(Counters_10_2_1, OverflowAtEverySize)
{
    for (const unsigned bits : {32U, 36U, 40U, 44U, 48U, 64U})
        for (const unsigned n : {0U, 1U, 31U, 32U, 63U}) {
            plain_group g(of_size(bits));
            g.program(n, 1 | every_stream);
            g.set_value(n, largest(bits) - 1);
            EXPECT_EQ(g.occurs(1), 0U);
            EXPECT_EQ(g.value(n), largest(bits)) << bits;
            EXPECT_EQ(g.overflows(), 0U);
            EXPECT_EQ(g.occurs(1), 1ULL << n);
            EXPECT_EQ(g.value(n), 0U) << bits;
            EXPECT_EQ(g.overflows(), 1ULL << n);
            EXPECT_EQ(g.occurs(1), 0U); // it goes on counting
            EXPECT_EQ(g.value(n), 1U);
            EXPECT_EQ(g.overflows(), 1ULL << n);
        }
}

TEST(Counters_10_2_1, CyclesOverflowInOneStepAtEverySize)
{
    for (const unsigned bits : {32U, 36U, 40U, 44U, 48U, 64U}) {
        plain_group g(of_size(bits));
        g.program(2, 0);
        g.set_value(2, largest(bits) - 99);
        ASSERT_TRUE(g.frame.counters().cycles_to_overflow());
        EXPECT_EQ(*g.frame.counters().cycles_to_overflow(), 100U);
        EXPECT_EQ(g.frame.counters().elapse(99), 0U);
        EXPECT_EQ(g.frame.counters().elapse(5), 4U);
        EXPECT_EQ(g.value(2), 4U);
        EXPECT_EQ(g.overflows(), 4U);
    }
}

// Overflow has its effects whatever OVS says.
TEST(Counters_10_2_1, OverflowDoesNotDependOnOvs)
{
    plain_group g;
    g.program(1, 1 | every_stream | ovfcap);
    g.set_reg(0x10cc0, 2, 8); // OVSSET
    g.set_value(1, ~0ULL);
    EXPECT_EQ(g.occurs(1), 2U);
    g.set_value(1, ~0ULL);
    g.set_value(0, 0x1234);
    EXPECT_EQ(g.occurs(1), 2U);
    EXPECT_EQ(g.shadow(0), 0x1234U);
}

TEST(Counters_10_2_1, CaptureOnOverflowTakesValuesAfterIt)
{
    plain_group g;
    g.program(0, 1 | every_stream | ovfcap);
    g.program(1, 1 | every_stream);
    g.set_value(0, ~0ULL);
    g.set_value(1, 41);
    g.set_value(2, 7); // not enabled, captured all the same
    g.occurs(1);
    EXPECT_EQ(g.shadow(0), 0U);
    EXPECT_EQ(g.shadow(1), 42U);
    EXPECT_EQ(g.shadow(2), 7U);
    g.occurs(1);
    EXPECT_EQ(g.value(1), 43U);
    EXPECT_EQ(g.shadow(1), 42U);
    // Overflow of a counter without OVFCAP captures nothing.
    g.set_value(1, ~0ULL);
    g.occurs(1);
    EXPECT_EQ(g.value(1), 0U);
    EXPECT_EQ(g.shadow(1), 42U);
}

TEST(Counters_10_2_1, CaptureByAWrite)
{
    for (const unsigned bits : {32U, 48U, 64U}) {
        plain_group g(of_size(bits));
        for (unsigned n = 0; n < 64; ++n)
            g.set_value(n, largest(bits) - n);
        g.set_reg(0x10d88, 0xfffffffe);
        EXPECT_EQ(g.shadow(5), 0U); // CAPTURE is bit 0
        g.set_reg(0x10d88, 1);
        EXPECT_EQ(g.reg(0x10d88), 0U);
        for (unsigned n = 0; n < 64; ++n)
            EXPECT_EQ(g.shadow(n), largest(bits) - n);
    }
}

TEST(Counters_10_2_1, WithoutCaptureThereAreNoShadows)
{
    smmu::pmcg_features f;
    f.capture = false;
    plain_group g(f);
    g.program(0, 1 | every_stream | ovfcap);
    EXPECT_EQ(g.reg(0x400), 1 | every_stream);
    g.set_value(0, ~0ULL);
    g.occurs(1);
    g.set_value(1, 99);
    g.set_reg(0x10d88, 1);
    for (unsigned n = 0; n < 8; ++n)
        EXPECT_EQ(g.shadow(n), 0U);
}

// 10.5.2.10: the choice is that nothing else happens.
TEST(Counters_10_2_1, OvsSetBySoftwareHasNoSideEffects)
{
    group_bench b(fast());
    in_thread([&] {
        b.program(0, 1 | every_stream | ovfcap, 5);
        b.enable_msi(0x40000, 1, 0);
        b.set_reg(0xc40, 1, 8);
        b.set_reg(0x10cc0, 1, 8);
        sc_core::wait(1, sc_core::SC_US);
        EXPECT_EQ(b.reg(0x10c80, 8), 1U);
        EXPECT_EQ(b.reg(0x10600, 8), 0U);
        EXPECT_TRUE(b.memory.log.empty());
    });
}

TEST(Interrupt_10_2_1, WireAndMsiWhenEnabled)
{
    group_bench b(fast());
    in_thread([&] {
        unsigned edges = 0;
        sc_core::sc_spawn([&] {
            for (;;) {
                sc_core::wait(b.irq.posedge_event());
                ++edges;
            }
        });
        b.program(2, 1 | every_stream, ~0ULL);
        b.set_reg(0xc40, 4, 8);
        b.occurs(1); // IRQEN is 0
        sc_core::wait(1, sc_core::SC_US);
        EXPECT_EQ(b.reg(0x10c80, 8), 4U);
        EXPECT_EQ(edges, 0U);
        b.set_reg(0x10010, ~0ULL, 8);
        b.enable_msi(0x40008, 0xabcd, 0x1);
        EXPECT_EQ(edges, 0U); // an overflow that was is no interrupt later
        b.occurs(1);
        sc_core::wait(1, sc_core::SC_US);
        EXPECT_EQ(edges, 1U);
        ASSERT_EQ(b.memory.log.size(), 1U);
        EXPECT_TRUE(b.memory.log[0].write);
        EXPECT_EQ(b.memory.log[0].address, 0x40008U);
        EXPECT_EQ(b.memory.log[0].size, 4U);
        EXPECT_TRUE(b.memory.log[0].with.non_secure);
        EXPECT_EQ(b.memory.word(0x40008), 0xabcdU);
        b.set_reg(0x10010, ~0ULL, 8);
        b.set_reg(0xc60, 4, 8); // INTENCLR
        b.occurs(1);
        sc_core::wait(1, sc_core::SC_US);
        EXPECT_EQ(edges, 1U);
        EXPECT_EQ(b.memory.log.size(), 1U);
        b.set_reg(0x10010, ~0ULL, 8);
        b.set_reg(0xc40, 4, 8); // at the time of the overflow, not later
        sc_core::wait(1, sc_core::SC_US);
        EXPECT_EQ(edges, 1U);
    });
}

TEST(Interrupt_10_2_1, AddressZeroLeavesTheWire)
{
    group_bench b(fast());
    in_thread([&] {
        b.program(0, 1 | every_stream, ~0ULL);
        b.set_reg(0xc40, 1, 8);
        b.enable_msi(3, 0xabcd, 0); // bits [1:0] are no part of the address
        b.occurs(1);
        sc_core::wait(b.irq.posedge_event());
        sc_core::wait(1, sc_core::SC_US);
        EXPECT_TRUE(b.memory.log.empty());
    });
}

// The interrupt comes after OVS, the value and the captured values.
TEST(Interrupt_10_2_1, ComesAfterWhatItAnnounces)
{
    group_bench b(fast());
    in_thread([&] {
        b.program(0, 1 | every_stream | ovfcap, ~0ULL);
        b.set_reg(0xc40, 1, 8);
        b.enable_irq();
        b.set_reg(0x10008, 77, 8);
        sc_core::sc_spawn([&] {
            sc_core::wait(10, sc_core::SC_NS);
            b.occurs(1);
        });
        sc_core::wait(b.irq.posedge_event());
        EXPECT_EQ(b.reg(0x10c80, 8), 1U);
        EXPECT_EQ(b.value(0), 0U);
        EXPECT_EQ(b.reg(0x10608, 8), 77U);
    });
}

// Event 0 with a clock of 2 ns: whole periods between the two accesses.
TEST(Clock_10_3, CountsPeriodsWhileEnabled)
{
    group_bench b(fast());
    in_thread([&] {
        b.program(0, 0);
        const std::uint64_t first = b.value(0);
        sc_core::wait(1000, sc_core::SC_NS);
        EXPECT_EQ(b.value(0) - first, 501U); // 1000 ns and the second access itself, of one cycle
        b.set_reg(0xe04, 0);
        const std::uint64_t stopped = b.value(0);
        sc_core::wait(1000, sc_core::SC_NS);
        EXPECT_EQ(b.value(0), stopped);
        b.set_reg(0xe04, 1);
        sc_core::wait(100, sc_core::SC_NS);
        EXPECT_EQ(b.value(0), stopped + 51);
    });
}

// Nobody looks: the overflow comes by itself, in time.
TEST(Clock_10_3, OverflowInterruptsInTime)
{
    group_bench b(fast());
    in_thread([&] {
        b.enable_irq();
        b.set_reg(0xc40, 2, 8);
        b.program(1, 0, 0ULL - 500);
        const std::uint64_t left = 0 - b.value(1);
        const sc_core::sc_time from = sc_core::sc_time_stamp();
        sc_core::wait(b.irq.posedge_event());
        EXPECT_EQ(sc_core::sc_time_stamp() - from, sc_core::sc_time(2, sc_core::SC_NS) * static_cast<double>(left));
        EXPECT_EQ(b.reg(0x10c80, 8), 2U);
        EXPECT_EQ(b.value(1), 2U); // two accesses since
    });
}

// An overflow of an event captures counters of cycles as they stand then.
TEST(Clock_10_3, IsCapturedUpToDate)
{
    group_bench b(fast());
    in_thread([&] {
        b.program(1, 1 | every_stream | ovfcap, ~0ULL);
        b.program(0, 0);
        const std::uint64_t now = b.value(0);
        sc_core::wait(200, sc_core::SC_NS);
        b.occurs(1);
        sc_core::wait(200, sc_core::SC_NS);
        EXPECT_EQ(b.reg(0x10600, 8), now + 100);
    });
}
