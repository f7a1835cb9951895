#include "scenario.h"

namespace iovp::cpu::test {
namespace {

using sc_core::SC_NS;
using sc_core::SC_PS;
using sc_core::sc_time;

a64_cpu::parameters at_el(unsigned el)
{
    a64_cpu::parameters p;
    p.reset_exception_level = el;
    return p;
}

TEST(A64Execution, ResetArgumentsAndLevel)
{
    a64_cpu::parameters q = at_el(2);
    q.reset_arguments = {11, 22, 33, 44};
    bench b(1, q);
    program p(code);
    for (unsigned i = 0; i < 4; ++i)
        save(p, i, i);
    save_sr(p, 4, currentel);
    save_sr(p, 5, daif);
    save_sr(p, 6, spsel_reg);
    done(p);
    b.load(p);
    b.run();
    for (unsigned i = 0; i < 4; ++i)
        EXPECT_EQ(b.result(i), 11 * (i + 1));
    EXPECT_EQ(b.result(4), 2u << 2);
    EXPECT_EQ(b.result(5), 0x3c0u); // D1.3.2: all masked
    EXPECT_EQ(b.result(6), 1u);     // SP_ELx
}

TEST(A64Execution, LevelOneAtReset)
{
    bench b(1, at_el(1));
    program p(code);
    save_sr(p, 0, currentel);
    done(p);
    b.load(p);
    b.run();
    EXPECT_EQ(b.result(0), 1u << 2);
}

TEST(A64Execution, CallsLoadsAndStores)
{
    bench b;
    program p(code);
    p.mov(0, results).mov(1, 10).mov(2, 0);
    p.label("loop").bl("f").sub(1, 1, 1).cbnz(1, "loop").str(2, 0).ldr(3, 0).str(3, 0, 8);
    done(p);
    p.label("f").add_reg(2, 2, 1).ret();
    b.load(p);
    b.run();
    EXPECT_EQ(b.result(0), 55u);
    EXPECT_EQ(b.result(1), 55u);
}

TEST(A64Execution, DeviceAccessesKeepTheirSizeAndOrder)
{
    bench b;
    program p(code);
    p.mov(0, device_base).mov(1, 0x1122334455667788);
    p.str(1, 0).str_w(1, 0, 8).strb(1, 0, 16).ldrb(2, 0, 16);
    save(p, 0, 2);
    done(p);
    b.load(p);
    b.run();
    ASSERT_GE(b.dev.log.size(), 5u);
    EXPECT_EQ(b.dev.log[0].size, 8u);
    EXPECT_EQ(b.dev.log[0].value, 0x1122334455667788u);
    EXPECT_EQ(b.dev.log[1].size, 4u);
    EXPECT_EQ(b.dev.log[1].address, 8u);
    EXPECT_EQ(b.dev.log[1].value, 0x55667788u);
    EXPECT_EQ(b.dev.log[2].size, 1u);
    EXPECT_FALSE(b.dev.log[3].write);
    EXPECT_EQ(b.result(0), 0x88u);
}

// Each instruction costs one cycle of 500 ps; the device access happens when all before it have been counted, from the
// second time that it is executed.
TEST(A64Execution, TimeOfADeviceAccessIsExact)
{
    bench b;
    program p(code);
    p.mov(0, device_base).mov(1, 3);
    p.label("loop").nop().nop().nop().str(1, 0).sub(1, 1, 1).cbnz(1, "loop");
    done(p);
    b.load(p);
    b.run();
    ASSERT_GE(b.dev.log.size(), 3u);
    // Store, 20 ns and the interconnect's 10 ns; sub, cbnz, three nops.
    const sc_time between = b.dev.log[2].when - b.dev.log[1].when;
    EXPECT_EQ(between, sc_time(30, SC_NS) + 6 * sc_time(500, SC_PS));
}

// The third time a place that accesses a device is no longer translated code: every form must still mean the same.
TEST(A64Execution, RepeatedDeviceAccessesOfEveryForm)
{
    bench b;
    program p(code);
    p.mov(0, device_base).mov(1, 0x8877665544338281).str(1, 0).mov(5, 3);
    p.label("loop");
    p.mov(10, ~std::uint64_t(0)).ldrsh_w(10, 0); // sign-extended to 32 bits
    p.mov(11, ~std::uint64_t(0)).ldrb(11, 0);
    p.mov(12, ~std::uint64_t(0)).ldr_w(12, 0);
    p.ldar(13, 0);
    p.add(2, 0, 16).word(0xf85f0000 | 2 << 5 | 14); // ldur x14, [x2, #-16]
    p.word(0x39800000 | 0 << 5 | 15);               // ldrsb x15, [x0]
    p.str_w(xzr, 0, 32).sub(5, 5, 1).str(1, 0).cbnz(5, "loop");
    for (unsigned i = 0; i < 6; ++i)
        save(p, i, 10 + i);
    done(p);
    b.load(p);
    b.run();
    EXPECT_EQ(b.result(0), 0xffff8281u);
    EXPECT_EQ(b.result(1), 0x81u);
    EXPECT_EQ(b.result(2), 0x44338281u);
    EXPECT_EQ(b.result(3), 0x8877665544338281u);
    EXPECT_EQ(b.result(4), 0x8877665544338281u);
    EXPECT_EQ(b.result(5), 0xffffffffffffff81u);
}

TEST(A64Execution, RepeatedDeviceAccessThatFailsInTheEnd)
{
    scenario s;
    s.write(2, {}, [](program& p) {
        p.mov(0, device_base).mov(2, bad_device).mov(5, 3).label("loop").ldr(1, 0, 8).sub(5, 5, 1).cbnz(5, "loop");
        p.mov_reg(0, 2).mov(5, 3).b("loop");
    });
    s.run();
    s.expect(el2_same, esr_of(0x25, 0x10), body_address + 20); // five words of constants before it
    EXPECT_EQ(s.far(), bad_device + 8);
}

TEST(A64Execution, CounterCountsInstructionTime)
{
    bench b;
    program p(code);
    p.mrs(0, cntvct_el0);
    for (int i = 0; i < 19; ++i)
        p.nop();
    p.mrs(1, cntvct_el0);
    save(p, 0, 0);
    save(p, 1, 1);
    done(p);
    b.load(p);
    b.run();
    EXPECT_EQ(b.result(1) - b.result(0), 10u); // 20 instructions of 500 ps at 1 GHz
}

TEST(A64Execution, InterruptByWireWakesWfiAndReturns)
{
    bench b;
    program p(code);
    p.mov(0, vectors_el2).msr(vbar_el2, 0);
    p.mov(1, 1u << 4).msr(hcr_el2, 1); // IMO
    p.mov(0, device_base).mov(1, 1).daifclr(2).str(1, 0).wfi().nop();
    save(p, 0, 20);
    done(p);
    b.load(p);
    program v(vectors_el2);
    v.pad_to(0x280); // IRQ from EL2 with SP_EL2
    v.mov(20, 77).mov(0, device_base).str(xzr, 0).eret();
    b.load(v);
    b.run();
    EXPECT_EQ(b.result(0), 77u);
    EXPECT_EQ(b.cpus[0]->stats().interrupts, 1u);
}

TEST(A64Execution, MmuOnAtEl2WithDifferentAddresses)
{
    bench b;
    using namespace descriptor;
    const std::uint64_t root = tables;
    // Identity for the code by a block of level 2, the device by a page, one page elsewhere.
    b.map(root, ram, ram | block | af | attr(1), 2);
    b.map(root, device_base, device_base | page | af | attr(0), 3);
    b.map(root, 0x40'0000'5000, (ram + 0x40'0000) | page | af | attr(1), 3);
    b.poke(ram + 0x40'0008, 0xfeed);
    program p(code);
    p.mov(0, 0xff00).msr(mair_el2, 0).mov(0, root).msr(ttbr0_el2, 0);
    p.mov(0, 25 | 2u << 16 | 3u << 12 | 0x80800000).msr(tcr_el2, 0); // 39 bits, 40 bits of PA
    p.mrs(0, sctlr_el2).mov(1, 1).add_reg(0, 0, 1).isb().msr(sctlr_el2, 0).isb();
    p.mov(2, 0x40'0000'5000).ldr(3, 2, 8).add(3, 3, 1).str(3, 2, 16);
    done(p);
    b.load(p);
    b.run();
    EXPECT_EQ(b.peek(ram + 0x40'0010), 0xfeeeu);
    EXPECT_TRUE(b.fatal.empty()) << b.fatal[0];
}

TEST(A64Execution, DropToEl1AndHypercallBack)
{
    bench b;
    program p(code);
    p.mov(0, vectors_el2).msr(vbar_el2, 0);
    p.mov(0, code + 0x1000).msr(elr_el2, 0).mov(0, 0x3c5).msr(spsr_el2, 0).eret();
    b.load(p);
    program guest(code + 0x1000);
    guest.mrs(5, currentel).hvc(0x123).nop();
    save(guest, 2, 9);
    done(guest);
    b.load(guest);
    program v(vectors_el2);
    v.pad_to(0x400);
    save_sr(v, 0, esr_el2);
    save_sr(v, 1, elr_el2);
    v.mov(9, 99).eret();
    b.load(v);
    b.run();
    EXPECT_EQ(b.result(0), 0x16u << 26 | 1u << 25 | 0x123u);
    EXPECT_EQ(b.result(1), code + 0x1008);
    EXPECT_EQ(b.result(2), 99u);
}

} // namespace
} // namespace iovp::cpu::test
