#include "scenario.h"

namespace iovp::cpu::test {
namespace {

using sc_core::SC_NS;
using sc_core::sc_time;
using sc_core::SC_US;

/// Stage 1 of EL2: exclusives need Normal memory to be worth anything, and a program without MMU has none.
void mmu_on(program& p)
{
    p.mov(0, 0xff00).msr(mair_el2, 0).mov(0, tables).msr(ttbr0_el2, 0);
    p.mov(0, 25 | 2u << 16 | 3u << 12 | 0x80800000)
        .msr(tcr_el2, 0)
        .mrs(0, sctlr_el2)
        .add(0, 0, 1)
        .msr(sctlr_el2, 0)
        .isb();
}
void map_all(bench& b)
{
    using namespace descriptor;
    b.map(tables, ram, ram | block | af | attr(1) | inner_shareable, 2);
    b.map(tables, device_base, device_base | page | af | attr(0), 3);
}

/// Firmware that switches core 1 on at x1.
struct power : psci_if {
    then call(std::uint64_t, std::array<std::uint64_t, 4>& x) override
    {
        x[0] = a64_cpu::find(x[0])->power_on(x[1], x[2], 2);
        return then::resume;
    }
};

TEST(A64Cores, ExclusivesCountEveryIncrement)
{
    a64_cpu::parameters q;
    q.quantum = sc_time(100, SC_NS); // often in the middle of a pair
    bench b(2, q);
    power f;
    b.cpus[0]->set_firmware(&f);
    map_all(b);
    constexpr std::uint64_t counter = results + 0x400, ready = results + 0x480;
    constexpr unsigned times = 2000;
    const auto increments = [&](program& p, const std::string& name) {
        p.mov(0, counter).mov(3, times);
        p.label(name).ldxr(1, 0).add(1, 1, 1).stxr(2, 1, 0).cbnz(2, name).sub(3, 3, 1).cbnz(3, name);
    };
    program p(code);
    mmu_on(p);
    p.mov(0, 1).mov(1, code + 0x4000).mov(2, 0).smc(0);
    increments(p, "a");
    p.mov(0, ready).label("wait").ldr(1, 0).cbz(1, "wait");
    done(p);
    b.load(p);
    program other(code + 0x4000);
    mmu_on(other);
    increments(other, "b");
    other.mov(0, ready).mov(1, 1).str(1, 0).label("end").wfi().b("end");
    b.load(other);
    b.run();
    EXPECT_EQ(b.peek(counter), 2 * times);
    EXPECT_GT(b.cpus[1]->stats().instructions, 6u * times);
}

TEST(A64Cores, StoreExclusiveWithoutLoadFails)
{
    bench b;
    map_all(b);
    program p(code);
    mmu_on(p);
    p.mov(0, results + 0x400).stxr(2, 1, 0).ldxr(1, 0).stxr(3, 1, 0).stxr(4, 1, 0);
    save(p, 0, 2);
    save(p, 1, 3);
    save(p, 2, 4);
    done(p);
    b.load(p);
    b.run();
    EXPECT_EQ(b.result(0), 1u);
    EXPECT_EQ(b.result(1), 0u);
    EXPECT_EQ(b.result(2), 1u);
}

TEST(A64Cores, ExceptionReturnClearsTheMonitor)
{
    scenario s;
    map_all(s);
    s.write(
        2, [](program& p) { mmu_on(p); },
        [](program& p) {
            p.mov(5, results + 0x400)
                .ldxr(1, 5)
                .mov(0, body_address + 0x400)
                .msr(elr_el2, 0)
                .mov(0, 0x3c9)
                .msr(spsr_el2, 0)
                .eret();
            p.pad_to(0x400).stxr(2, 1, 5);
            save(p, 6, 2);
        });
    s.run();
    EXPECT_EQ(s.result(6), 1u);
}

TEST(A64Cores, SendEventWakesTheOther)
{
    a64_cpu::parameters q;
    q.wfe_timeout = sc_time(1, sc_core::SC_MS);
    bench b(2, q);
    power f;
    b.cpus[0]->set_firmware(&f);
    program p(code);
    p.mov(0, 1).mov(1, code + 0x4000).mov(2, 0).smc(0);
    p.mov(3, 10000).label("delay").sub(3, 3, 1).cbnz(3, "delay").sev().mov(0, results + 8);
    p.label("wait").ldr(1, 0).cbz(1, "wait");
    done(p);
    b.load(p);
    program other(code + 0x4000);
    other.mov(0, results).wfe().mrs(1, cntpct_el0).str(1, 0).mov(1, 1).str(1, 0, 8).label("end").wfi().b("end");
    b.load(other);
    b.run();
    // 10000 turns of two instructions of 500 ps
    EXPECT_GE(b.result(0), 10000u);
    EXPECT_LT(b.result(0), 12000u);
    EXPECT_GT(b.cpus[1]->stats().asleep, sc_time(9, SC_US));
}

TEST(A64Cores, WfeEndsByItself)
{
    bench b;
    program p(code);
    p.mrs(1, cntpct_el0).wfe().mrs(2, cntpct_el0);
    save(p, 0, 1);
    save(p, 1, 2);
    done(p);
    b.load(p);
    b.run();
    EXPECT_EQ(b.result(1) - b.result(0), 1001u); // wfe_timeout of 1 us and two instructions of 500 ps
}

TEST(A64Cores, WfiSleepsUntilTheTimer)
{
    bench b;
    program p(code);
    // CNTHP of the same core by a wire from the platform would need a GIC: here a wire of the test.
    p.wfi();
    save_sr(p, 0, cntpct_el0);
    done(p);
    b.load(p);
    sc_core::sc_spawn([&] {
        sc_core::wait(sc_time(5, SC_US));
        b.wire.write(true);
    });
    b.run();
    EXPECT_EQ(b.result(0), 5000u);
    EXPECT_EQ(b.cpus[0]->stats().asleep, sc_time(5, SC_US) - sc_time(500, sc_core::SC_PS));
}

TEST(A64Cores, TlbiInnerShareableReachesTheOther)
{
    using namespace descriptor;
    bench b(2);
    power f;
    b.cpus[0]->set_firmware(&f);
    map_all(b);
    constexpr std::uint64_t va = 0x40'0000'5000, pa = ram + 0x40'0000;
    constexpr std::uint64_t leaf = page | af | attr(1) | inner_shareable;
    b.map(tables, va, pa | leaf, 3);
    b.map(tables, ram + 0x20'0000, (ram + 0x20'0000) | block | af | attr(1), 2);
    std::uint64_t entry = 0;
    for (const auto& [at, value] : b.image)
        if (value == (pa | leaf))
            entry = at;
    b.map(tables, entry, (entry & ~std::uint64_t(0x1f'ffff)) | block | af | attr(1), 2);
    b.poke(pa, 1);
    b.poke(pa + 0x1000, 2);
    program p(code);
    mmu_on(p);
    p.mov(0, 1).mov(1, code + 0x4000).mov(2, 0).smc(0).mov(5, results);
    p.label("first").ldr(1, 5).cbz(1, "first");
    p.mov(2, entry).mov(3, (pa + 0x1000) | leaf).str(3, 2).dsb().mov(4, va >> 12).sys(4, 8, 3, 1, 4).dsb(); // TLBI
                                                                                                            // VAE2IS
    p.mov(1, 1).str(1, 5, 8).label("second").ldr(1, 5, 16).cbz(1, "second");
    done(p);
    b.load(p);
    program other(code + 0x4000);
    mmu_on(other);
    other.mov(5, results).mov(6, va).ldr(1, 6).str(1, 5).label("w").ldr(1, 5, 8).cbz(1, "w").ldr(1, 6).str(1, 5, 16);
    other.label("end").wfi().b("end");
    b.load(other);
    b.run();
    EXPECT_EQ(b.result(0), 1u);
    EXPECT_EQ(b.result(2), 2u);
}

// The first access of all: nothing before it is lost.
TEST(A64Cores, TimeOfTheFirstDeviceAccess)
{
    bench b;
    program p(code);
    for (int i = 0; i < 100; ++i)
        p.nop();
    done(p);
    b.load(p);
    b.run();
    // 100 nop, two words of mov, str
    EXPECT_EQ(b.dev.log.back().when, 102 * sc_time(500, sc_core::SC_PS) + sc_time(10, SC_NS));
}

} // namespace
} // namespace iovp::cpu::test
