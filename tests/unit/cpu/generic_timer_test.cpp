// Arm ARM D12.2 and D24.10.

#include "cpu/generic_timer.h"

#include "common/systemc/configuration_error.h"
#include "support/in_thread.h"

#include <gtest/gtest.h>

namespace iovp::cpu {
namespace {

using sc_core::SC_NS;
using sc_core::sc_time;

constexpr system_register reg(unsigned op1, unsigned crm, unsigned op2)
{
    return {3, static_cast<std::uint8_t>(op1), 14, static_cast<std::uint8_t>(crm), static_cast<std::uint8_t>(op2)};
}
constexpr system_register cntfrq = reg(3, 0, 0), cntpct = reg(3, 0, 1), cntvct = reg(3, 0, 2), cntkctl = reg(0, 1, 0),
                          cnthctl = reg(4, 1, 0), cntvoff = reg(4, 0, 3);
struct names {
    system_register tval, ctl, cval;
};
constexpr names cntp = {reg(3, 2, 0), reg(3, 2, 1), reg(3, 2, 2)};
constexpr names cntv = {reg(3, 3, 0), reg(3, 3, 1), reg(3, 3, 2)};
constexpr names cnthp = {reg(4, 2, 0), reg(4, 2, 1), reg(4, 2, 2)};
constexpr names cnthv = {reg(4, 3, 0), reg(4, 3, 1), reg(4, 3, 2)};
constexpr std::uint64_t enable = 1, imask = 2, istatus = 4;

struct bench : sc_core::sc_module {
    explicit bench(const generic_timer::parameters& p = {}, const sc_core::sc_module_name& name = "bench")
        : sc_module(name)
        , timer("timer", p)
    {
        timer.physical_irq.bind(p30);
        timer.virtual_irq.bind(p27);
        timer.hypervisor_irq.bind(p26);
    }
    std::uint64_t read(system_register which)
    {
        std::uint64_t value = 0;
        EXPECT_TRUE(timer.read_register(which, value));
        return value;
    }
    void write(system_register which, std::uint64_t value) { EXPECT_TRUE(timer.write_register(which, value)); }
    static void pass(double ns) { sc_core::wait(sc_time(ns, SC_NS)); }

    generic_timer timer;
    sc_core::sc_signal<bool> p30{"p30"}, p27{"p27"}, p26{"p26"};
};

TEST(GenericTimer, CounterCountsSimulatedTime)
{
    generic_timer::parameters p;
    p.frequency = 62'500'000; // 16 ns
    bench b(p);
    test::in_thread([&] {
        b.pass(159);
        EXPECT_EQ(b.read(cntpct), 9u);
        EXPECT_EQ(b.read(cntvct), 9u);
        b.pass(1);
        EXPECT_EQ(b.read(cntpct), 10u);
        EXPECT_EQ(b.read(cntfrq), 62'500'000u);
        // 32 ns ahead of simulated time
        std::uint64_t value = 0;
        EXPECT_TRUE(b.timer.read_register(cntpct, value, sc_time(32, SC_NS)));
        EXPECT_EQ(value, 12u);
    });
}

TEST(GenericTimer, VirtualCounterIsPhysicalMinusOffset)
{
    bench b;
    test::in_thread([&] {
        b.pass(1000);
        b.write(cntvoff, 300);
        EXPECT_EQ(b.read(cntvct), 700u);
        EXPECT_EQ(b.read(cntpct), 1000u);
        b.write(cntvoff, 1001);
        EXPECT_EQ(b.read(cntvct), ~std::uint64_t(0));
    });
}

// The line rises in the very nanosecond in which the counter reaches CVAL.
TEST(GenericTimer, LineRisesWhenTheCounterReachesCval)
{
    bench b;
    test::in_thread([&] {
        b.write(cntp.cval, 500);
        b.write(cntp.ctl, enable);
        b.pass(499.5);
        EXPECT_FALSE(b.p30.read());
        EXPECT_EQ(b.read(cntp.ctl), enable);
        b.pass(0.6);
        EXPECT_TRUE(b.p30.read());
        EXPECT_EQ(b.read(cntp.ctl), enable | istatus);
        EXPECT_FALSE(b.p27.read());
        EXPECT_FALSE(b.p26.read());
        b.write(cntp.cval, 2000);
        b.pass(1);
        EXPECT_FALSE(b.p30.read());
        EXPECT_EQ(b.read(cntp.ctl), enable);
        b.pass(1500);
        EXPECT_TRUE(b.p30.read());
    });
}

TEST(GenericTimer, MaskHidesTheLineNotTheStatus)
{
    bench b;
    test::in_thread([&] {
        b.write(cntp.cval, 10);
        b.write(cntp.ctl, enable | imask);
        b.pass(20);
        EXPECT_FALSE(b.p30.read());
        EXPECT_EQ(b.read(cntp.ctl), enable | imask | istatus);
        b.write(cntp.ctl, enable);
        b.pass(1);
        EXPECT_TRUE(b.p30.read());
        b.write(cntp.ctl, 0);
        b.pass(1);
        EXPECT_FALSE(b.p30.read());
    });
}

// D12.2.4.2.
TEST(GenericTimer, TvalIsSignedAndCountsOnWhileDisabled)
{
    bench b;
    test::in_thread([&] {
        b.pass(1000);
        b.write(cntp.tval, 400);
        EXPECT_EQ(b.read(cntp.cval), 1400u);
        b.pass(100);
        EXPECT_EQ(b.read(cntp.tval), 300u);
        b.pass(400);
        EXPECT_EQ(b.read(cntp.tval), 0xffff'ff9cu); // -100, not sign-extended to 64 bits
        b.write(cntp.tval, 0xffff'ff9c);
        EXPECT_EQ(b.read(cntp.cval), 1400u);
    });
}

TEST(GenericTimer, VirtualTimerComparesTheVirtualCount)
{
    bench b;
    test::in_thread([&] {
        b.write(cntvoff, 100);
        b.write(cntv.cval, 200);
        b.write(cntv.ctl, enable);
        b.pass(50);
        // 50 - 100 is a huge unsigned number: the condition is met (D12.2.4.1) until the count wraps.
        EXPECT_TRUE(b.p27.read());
        b.pass(60);
        EXPECT_FALSE(b.p27.read());
        b.pass(189);
        EXPECT_FALSE(b.p27.read());
        b.pass(2);
        EXPECT_TRUE(b.p27.read());
        b.write(cntvoff, 200);
        b.pass(1);
        EXPECT_FALSE(b.p27.read());
    });
}

TEST(GenericTimer, OffsetDoesNotReachThePhysicalTimers)
{
    bench b;
    test::in_thread([&] {
        b.write(cntvoff, 1'000'000);
        for (const names& t : {cntp, cnthp}) {
            b.write(t.cval, 100);
            b.write(t.ctl, enable);
        }
        b.pass(99);
        EXPECT_FALSE(b.p30.read() || b.p26.read());
        b.pass(2);
        EXPECT_TRUE(b.p30.read() && b.p26.read());
    });
}

TEST(GenericTimer, CompareValueThatTimeCannotReachNeverFires)
{
    bench b;
    test::in_thread([&] {
        b.write(cntp.cval, ~std::uint64_t(0));
        b.write(cntp.ctl, enable);
        b.pass(1000);
        EXPECT_FALSE(b.p30.read());
    });
}

TEST(GenericTimer, CountersAreReadOnlyAndUnknownRegistersUndefined)
{
    bench b;
    std::uint64_t value = 0;
    EXPECT_FALSE(b.timer.write_register(cntpct, 1));
    EXPECT_FALSE(b.timer.write_register(cntvct, 1));
    EXPECT_FALSE(b.timer.read_register(reg(3, 2, 3), value));
    EXPECT_FALSE(b.timer.read_register(reg(3, 0, 5), value)); // CNTPCTSS_EL0: FEAT_ECV
    EXPECT_FALSE(b.timer.read_register(cnthv.ctl, value));    // FEAT_VHE
    EXPECT_FALSE(b.timer.write_register(cnthv.cval, 1));
}

TEST(GenericTimer, WithoutEl2NoneOfItsRegisters)
{
    generic_timer::parameters p;
    p.hypervisor = false;
    bench b(p);
    std::uint64_t value = 0;
    for (const system_register r : {cntvoff, cnthctl, cnthp.ctl, cnthp.cval, cnthp.tval}) {
        EXPECT_FALSE(b.timer.read_register(r, value));
        EXPECT_FALSE(b.timer.write_register(r, 0));
    }
    EXPECT_TRUE(b.timer.read_register(cntv.ctl, value));
}

TEST(GenericTimer, ControlRegistersKeepWhatTheyHave)
{
    bench b;
    EXPECT_EQ(b.timer.control_el2() & 3, 3u); // traps nothing where EL2 is not used
    b.write(cntkctl, ~std::uint64_t(0));
    b.write(cnthctl, ~std::uint64_t(0));
    EXPECT_EQ(b.timer.control_el1(), 0x3ffu); // D24.10.15 without FEAT_ECV
    EXPECT_EQ(b.timer.control_el2(), 0xffu);  // D24.10.2 without FEAT_VHE, FEAT_ECV
    b.timer.reset();
    EXPECT_EQ(b.timer.control_el1(), 0u);
}

TEST(GenericTimer, RefusesAFrequencyThatIsNoWholeNumberOfPicoseconds)
{
    generic_timer::parameters p;
    p.frequency = 7;
    EXPECT_THROW(bench b(p), sc_core::sc_report);
}

} // namespace
} // namespace iovp::cpu
