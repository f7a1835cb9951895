#include "scenario.h"

namespace iovp::cpu::test {
namespace {

constexpr std::uint64_t rw = 1u << 31; ///< HCR_EL2.RW

std::function<void(program&)> with_hcr(std::uint64_t bits)
{
    return [bits](program& p) { p.mov(0, rw | bits).msr(hcr_el2, 0); };
}

TEST(A64Exceptions, SvcFromEachLevel)
{
    scenario s;
    s.write(0, {}, [](program& p) { p.nop().svc(0x42); });
    s.run();
    s.expect(el1_lower, esr_of(0x15, 0x42), body_address + 8);
    EXPECT_EQ(s.spsr(), spsr_of(0));
}

TEST(A64Exceptions, SvcFromEl1)
{
    scenario s;
    s.write(1, {}, [](program& p) { p.svc(1); });
    s.run();
    s.expect(el1_same, esr_of(0x15, 1), body_address + 4);
    EXPECT_EQ(s.spsr(), spsr_of(1));
}

TEST(A64Exceptions, SvcWithStackPointerZeroUsesTheFirstVectors)
{
    scenario s;
    s.write(1, {}, [](program& p) { p.spsel(0).svc(1); });
    s.run();
    s.expect(0x1'0000, esr_of(0x15, 1), body_address + 8);
    EXPECT_EQ(s.spsr(), 0x3c4u);
}

TEST(A64Exceptions, SvcFromEl2)
{
    scenario s;
    s.write(2, {}, [](program& p) { p.svc(7); });
    s.run();
    s.expect(el2_same, esr_of(0x15, 7), body_address + 4);
}

TEST(A64Exceptions, SvcAtEl0WithTgeGoesToEl2)
{
    scenario s;
    s.write(0, with_hcr(1u << 27), [](program& p) { p.svc(3); });
    s.run();
    s.expect(el2_lower, esr_of(0x15, 3), body_address + 4);
}

TEST(A64Exceptions, HvcFromEl1)
{
    scenario s;
    s.write(1, {}, [](program& p) { p.hvc(0xffff); });
    s.run();
    s.expect(el2_lower, esr_of(0x16, 0xffff), body_address + 4);
}

TEST(A64Exceptions, HvcIsUndefinedWithHcd)
{
    scenario s;
    s.write(1, with_hcr(1u << 29), [](program& p) { p.hvc(1); });
    s.run();
    s.expect(el1_same, esr_of(0, 0), body_address);
}

TEST(A64Exceptions, HvcIsUndefinedAtEl0)
{
    scenario s;
    s.write(0, {}, [](program& p) { p.hvc(1); });
    s.run();
    s.expect(el1_lower, esr_of(0, 0), body_address);
}

TEST(A64Exceptions, SmcIsTrappedWithTsc)
{
    scenario s;
    s.write(1, with_hcr(1u << 19), [](program& p) { p.smc(9); });
    s.run();
    s.expect(el2_lower, esr_of(0x17, 9), body_address); // ELR: the SMC itself
}

TEST(A64Exceptions, SmcWithoutFirmwareIsUndefined)
{
    scenario s;
    s.write(1, {}, [](program& p) { p.smc(9); });
    s.run();
    s.expect(el1_same, esr_of(0, 0), body_address);
}

struct firmware : psci_if {
    then call(std::uint64_t caller, std::array<std::uint64_t, 4>& x) override
    {
        seen = x;
        who = caller;
        x = {1, 2, 3, 4};
        return next;
    }
    std::array<std::uint64_t, 4> seen{};
    std::uint64_t who = ~std::uint64_t(0);
    then next = then::resume;
};

TEST(A64Exceptions, SmcReachesTheFirmware)
{
    scenario s;
    firmware f;
    s.cpus[0]->set_firmware(&f);
    s.write(2, {}, [](program& p) {
        p.mov(0, 0x84000000).mov(1, 5).smc(0);
        save(p, 6, 0);
        save(p, 7, 3);
    });
    s.run();
    EXPECT_EQ(f.seen[0], 0x84000000u);
    EXPECT_EQ(f.seen[1], 5u);
    EXPECT_EQ(f.who, 0u);
    EXPECT_EQ(s.result(6), 1u);
    EXPECT_EQ(s.result(7), 4u);
}

TEST(A64Exceptions, HvcReachesTheFirmwareWhereEl2IsNotUsed)
{
    a64_cpu::parameters q;
    q.reset_exception_level = 1;
    bench b(1, q);
    firmware f;
    b.cpus[0]->set_firmware(&f);
    program p(code);
    p.mov(0, 0x84000000).hvc(0);
    save(p, 0, 1);
    done(p);
    b.load(p);
    b.run();
    EXPECT_EQ(f.seen[0], 0x84000000u);
    EXPECT_EQ(b.result(0), 2u);
}

TEST(A64Exceptions, Brk)
{
    scenario s;
    s.write(1, {}, [](program& p) { p.brk(0x800); });
    s.run();
    s.expect(el1_same, esr_of(0x3c, 0x800), body_address);
}

TEST(A64Exceptions, UndefinedInstruction)
{
    scenario s;
    s.write(1, {}, [](program& p) { p.udf(); });
    s.run();
    s.expect(el1_same, esr_of(0, 0), body_address);
}

TEST(A64Exceptions, AtomicsOfLaterArchitecturesAreUndefined)
{
    scenario s;
    s.write(1, {}, [](program& p) { p.word(0xf8200041); }); // LDADD x0, x1, [x2]
    s.run();
    s.expect(el1_same, esr_of(0, 0), body_address);
}

TEST(A64Exceptions, SystemRegisterOfAHigherLevelIsUndefined)
{
    scenario s;
    s.write(1, {}, [](program& p) { p.mrs(0, hcr_el2); });
    s.run();
    s.expect(el1_same, esr_of(0, 0), body_address);
}

TEST(A64Exceptions, UnknownSystemRegisterIsUndefined)
{
    scenario s;
    s.write(2, {}, [](program& p) { p.mrs(0, sysreg(3, 0, 15, 0, 0)); });
    s.run();
    s.expect(el2_same, esr_of(0, 0), body_address);
}

TEST(A64Exceptions, IllegalReturnSetsIl)
{
    scenario s;
    s.write(1, {}, [](program& p) {
        // From EL1 to EL2: D1.4.5. PC is ELR; the instruction there takes the Illegal Execution state exception.
        p.mov(0, body_address + 0x100).msr(elr_el1, 0).mov(0, 0x8000'03c9).msr(spsr_el1, 0).eret();
    });
    s.run();
    s.expect(el1_same, esr_of(0x0e, 0), body_address + 0x100);
    EXPECT_EQ(s.spsr(), 0x8000'03c5u | 1u << 20); // NZCV and DAIF of the SPSR, the level that it came from
}

TEST(A64Exceptions, PcAlignment)
{
    scenario s;
    s.write(1, {}, [](program& p) { p.mov(0, body_address + 2).br(0); });
    s.run();
    s.expect(el1_same, esr_of(0x22, 0), body_address + 2);
    EXPECT_EQ(s.far(), body_address + 2);
}

TEST(A64Exceptions, FpTrapByCpacr)
{
    for (const bool allowed : {false}) {
        scenario s;
        s.write(
            1, [&](program& p) { p.mov(0, allowed ? 3u << 20 : 0).msr(cpacr_el1, 0); },
            [](program& p) { p.fadd_d(0, 1, 2); });
        s.run();
        s.expect(el1_same, esr_of(0x07, 0x1e0'0000), body_address);
    }
}

TEST(A64Exceptions, FpTrapAtEl0Only)
{
    scenario s;
    s.write(
        0, [](program& p) { p.mov(0, 1u << 20).msr(cpacr_el1, 0); }, [](program& p) { p.fadd_d(0, 1, 2); });
    s.run();
    s.expect(el1_lower, esr_of(0x07, 0x1e0'0000), body_address);
}

TEST(A64Exceptions, FpTrapByCptr)
{
    scenario s;
    s.write(
        1, [](program& p) { p.mov(0, 0x33ff | 1u << 10).msr(cptr_el2, 0); }, [](program& p) { p.fadd_d(0, 1, 2); });
    s.run();
    s.expect(el2_lower, esr_of(0x07, 0x1e0'0000), body_address);
}

TEST(A64Exceptions, FpcrTraps)
{
    scenario s;
    s.write(
        1, [](program& p) { p.mov(0, 0).msr(cpacr_el1, 0); }, [](program& p) { p.mrs(0, sysreg(3, 3, 4, 4, 0)); });
    s.run();
    s.expect(el1_same, esr_of(0x07, 0x1e0'0000), body_address);
}

TEST(A64Exceptions, FpWorksOnceEnabled)
{
    scenario s;
    s.write(
        1, [](program& p) { p.mov(0, 0).msr(cpacr_el1, 0); },
        [](program& p) {
            p.mov(0, 3u << 20).msr(cpacr_el1, 0).isb();
            p.mov(1, 0x3ff0000000000000).word(0x9e670020); // fmov d0, x1
            p.fadd_d(1, 0, 0).word(0x9e660022);            // fmov x2, d1
            save(p, 6, 2);
        });
    s.run();
    EXPECT_EQ(s.result(6), 0x4000000000000000u); // 2.0
}

TEST(A64Exceptions, TrapOfVirtualMemoryRegisters)
{
    scenario s;
    s.write(1, with_hcr(1u << 26), [](program& p) { p.mrs(3, ttbr0_el1).msr(ttbr0_el1, 3); });
    s.run();
    s.expect(el2_lower, esr_of(0x18, system_iss(ttbr0_el1, 3, false)), body_address + 4);
}

TEST(A64Exceptions, TrapOfReadsOfVirtualMemoryRegisters)
{
    scenario s;
    s.write(1, with_hcr(1u << 30), [](program& p) { p.msr(mair_el1, 3).mrs(4, mair_el1); });
    s.run();
    s.expect(el2_lower, esr_of(0x18, system_iss(mair_el1, 4, true)), body_address + 4);
}

TEST(A64Exceptions, TrapOfIdRegisters)
{
    scenario s;
    s.write(1, with_hcr(1u << 18), [](program& p) { p.mrs(4, sysreg(3, 0, 0, 7, 5)); });
    s.run();
    s.expect(el2_lower, esr_of(0x18, system_iss(sysreg(3, 0, 0, 7, 5), 4, true)), body_address);
}

TEST(A64Exceptions, TrapOfAuxiliaryControl)
{
    scenario s;
    s.write(1, with_hcr(1u << 21), [](program& p) { p.mrs(4, actlr_el1); });
    s.run();
    s.expect(el2_lower, esr_of(0x18, system_iss(actlr_el1, 4, true)), body_address);
}

TEST(A64Exceptions, TrapOfCpacr)
{
    scenario s;
    s.write(
        1, [](program& p) { p.mov(0, 0x33ff | 1u << 31).msr(cptr_el2, 0); }, [](program& p) { p.mrs(4, cpacr_el1); });
    s.run();
    s.expect(el2_lower, esr_of(0x18, system_iss(cpacr_el1, 4, true)), body_address);
}

TEST(A64Exceptions, TrapOfTlbMaintenance)
{
    scenario s;
    s.write(1, with_hcr(1u << 25), [](program& p) { p.sys(0, 8, 7, 0); }); // TLBI VMALLE1
    s.run();
    s.expect(el2_lower, esr_of(0x18, system_iss(sysreg(1, 0, 8, 7, 0), xzr, false)), body_address);
}

TEST(A64Exceptions, TrapOfSetWayMaintenance)
{
    scenario s;
    s.write(1, with_hcr(1u << 22), [](program& p) { p.sys(0, 7, 6, 2, 5); }); // DC ISW
    s.run();
    s.expect(el2_lower, esr_of(0x18, system_iss(sysreg(1, 0, 7, 6, 2), 5, false)), body_address);
}

TEST(A64Exceptions, TrapOfWfi)
{
    scenario s;
    s.write(1, with_hcr(1u << 13), [](program& p) { p.wfi(); });
    s.run();
    s.expect(el2_lower, esr_of(0x01, 0x1e0'0000), body_address);
}

TEST(A64Exceptions, TrapOfWfe)
{
    scenario s;
    s.write(1, with_hcr(1u << 14), [](program& p) { p.sevl().wfe().wfe(); }); // the first finds the event
    s.run();
    s.expect(el2_lower, esr_of(0x01, 0x1e0'0001), body_address + 8);
}

TEST(A64Exceptions, WfiAtEl0WithoutNtwiGoesToEl1)
{
    scenario s;
    s.write(0, {}, [](program& p) { p.wfi(); });
    s.run();
    s.expect(el1_lower, esr_of(0x01, 0x1e0'0000), body_address);
}

TEST(A64Exceptions, DaifAtEl0IsTrapped)
{
    scenario s;
    s.write(0, {}, [](program& p) { p.daifset(2); });
    s.run();
    // MSR (immediate): op0 0, op1 3, CRn 4, CRm the mask, op2 6, Rt 31
    s.expect(el1_lower, esr_of(0x18, 6u << 17 | 3u << 14 | 4u << 10 | 31u << 5 | 2u << 1), body_address);
}

TEST(A64Exceptions, CounterAtEl0IsTrappedUntilAllowed)
{
    scenario s;
    s.write(0, {}, [](program& p) { p.mrs(1, cntvct_el0); });
    s.run();
    s.expect(el1_lower, esr_of(0x18, system_iss(cntvct_el0, 1, true)), body_address);
}

TEST(A64Exceptions, CounterAtEl0WhenAllowed)
{
    scenario s;
    s.write(
        0, [](program& p) { p.mov(0, 2).msr(cntkctl_el1, 0); },
        [](program& p) {
            p.mrs(1, cntvct_el0).nop().nop().mrs(2, cntvct_el0);
            save(p, 6, 1);
            save(p, 7, 2);
        });
    s.run();
    EXPECT_GE(s.result(7), s.result(6));
}

TEST(A64Exceptions, PhysicalCounterAtEl1IsTrappedByCnthctl)
{
    scenario s;
    s.write(
        1, [](program& p) { p.mov(0, 0).msr(sysreg(3, 4, 14, 1, 0), 0); }, [](program& p) { p.mrs(1, cntpct_el0); });
    s.run();
    s.expect(el2_lower, esr_of(0x18, system_iss(cntpct_el0, 1, true)), body_address);
}

TEST(A64Exceptions, ExternalAbortOfALoadIsSynchronous)
{
    scenario s;
    s.write(2, {}, [](program& p) { p.mov(0, bad_device).label("x").ldr(1, 0, 8); });
    s.run();
    s.expect(el2_same, esr_of(0x25, 0x10), body_address + 8);
    EXPECT_EQ(s.far(), bad_device + 8);
}

TEST(A64Exceptions, FailedStoreIsSErrorWhenUnmasked)
{
    scenario s;
    s.write(
        2, [](program& p) { p.mov(0, rw | 1u << 5).msr(hcr_el2, 0); },
        [](program& p) { p.mov(0, bad_device).str(1, 0).nop().daifclr(4).nop(); });
    s.run();
    EXPECT_EQ(s.vector(), 0x2'0380u);
    EXPECT_EQ(s.esr(), esr_of(0x2f, 0));
    EXPECT_EQ(s.elr(), body_address + 20); // mov is two words; behind DAIFClr
}

TEST(A64Exceptions, UnalignedAccessToDeviceMemoryFaults)
{
    scenario s;
    s.write(2, {}, [](program& p) { p.mov(0, ram + 0x40'0004).str(1, 0); });
    s.run();
    s.expect(el2_same, esr_of(0x25, 0x21 | 1u << 6), body_address + 8); // DFSC alignment, WnR
    EXPECT_EQ(s.far(), ram + 0x40'0004);
}

TEST(A64Exceptions, FetchFromNowhere)
{
    scenario s;
    s.write(1, {}, [](program& p) { p.mov(0, 0x40'0000).br(0); });
    s.run();
    s.expect(el1_same, esr_of(0x21, 0x10), 0x40'0000);
    EXPECT_EQ(s.far(), 0x40'0000u);
}

TEST(A64Exceptions, FetchBeyondThePhysicalSpaceIsAnAddressSizeFault)
{
    scenario s;
    s.write(1, {}, [](program& p) { p.mov(0, std::uint64_t(1) << 50).br(0); });
    s.run();
    s.expect(el1_same, esr_of(0x21, 0x00), std::uint64_t(1) << 50);
}

TEST(A64Exceptions, NoHandlerAtAllEndsWithOneMessage)
{
    bench b;
    program p(code);
    p.mov(0, 0x40'0000).br(0);
    b.load(p);
    b.run();
    ASSERT_EQ(b.fatal.size(), 1u);
    EXPECT_THAT(b.fatal[0], testing::HasSubstr("bench.cpu0"));
    EXPECT_THAT(b.fatal[0], testing::HasSubstr("PC 0000000000000200"));
    EXPECT_THAT(b.fatal[0], testing::HasSubstr("EL2"));
    EXPECT_FALSE(b.cpus[0]->powered_on());
}

TEST(A64Exceptions, ACoreThatSpinsForEverLeavesTimeToOthers)
{
    bench b;
    program p(code);
    p.label("spin").b("spin");
    b.load(p);
    sc_core::sc_start(sc_core::sc_time(100, sc_core::SC_US));
    EXPECT_EQ(sc_core::sc_time_stamp(), sc_core::sc_time(100, sc_core::SC_US));
    EXPECT_TRUE(b.cpus[0]->powered_on());
}

TEST(A64Exceptions, StackPointersAreBanked)
{
    scenario s;
    s.write(
        1, [](program& p) { p.mov(0, 0x1000).msr(sp_el0, 0).mov(0, 0x2000).msr(sp_el1, 0).mov(0, 0x3000).mov_sp(0); },
        [](program& p) {
            p.mov_from_sp(1).spsel(0).mov_from_sp(2).spsel(1).mrs(3, sp_el0);
            save(p, 6, 1);
            save(p, 7, 2);
            save(p, 8, 3);
            p.hvc(0);
        });
    program v(vectors_el2);
    s.run();
    EXPECT_EQ(s.result(6), 0x2000u);
    EXPECT_EQ(s.result(7), 0x1000u);
    EXPECT_EQ(s.result(8), 0x1000u);
}

TEST(A64Exceptions, SpEl0IsUndefinedWhileItIsTheStackPointer)
{
    scenario s;
    s.write(1, {}, [](program& p) { p.spsel(0).mrs(3, sp_el0); });
    s.run();
    s.expect(0x1'0000, esr_of(0, 0), body_address + 4);
}

TEST(A64Exceptions, VirtualIdentification)
{
    scenario s;
    s.write(
        1, [](program& p) { p.mov(0, 0x1234).msr(vpidr_el2, 0).mov(0, 0x8000'0003).msr(vmpidr_el2, 0); },
        [](program& p) {
            save_sr(p, 6, midr_el1);
            save_sr(p, 7, mpidr_el1);
        });
    s.run();
    EXPECT_EQ(s.result(6), 0x1234u);
    EXPECT_EQ(s.result(7), 0x8000'0003u);
}

TEST(A64Exceptions, VirtualInterruptByHcr)
{
    scenario s;
    s.write(1, with_hcr(1u << 4 | 1u << 7), [](program& p) {
        p.mrs(1, isr_el1);
        save(p, 6, 1);
        p.daifclr(2).nop();
    });
    s.run();
    EXPECT_EQ(s.vector(), 0x1'0280u);
    EXPECT_EQ(s.result(6), 1u << 7);
}

TEST(A64Exceptions, PhysicalInterruptInTheGuestGoesToEl2WhateverItsMask)
{
    scenario s;
    s.write(1, with_hcr(1u << 4),
            [](program& p) { p.mov(0, device_base).mov(1, 1).str(1, 0).label("spin").b("spin"); });
    s.run();
    EXPECT_EQ(s.vector(), 0x2'0480u);
}

TEST(A64Exceptions, InterruptOfEl1WaitsWhileEl2Runs)
{
    scenario s;
    s.write(2, {}, [](program& p) {
        p.mov(0, device_base).mov(1, 1).str(1, 0).daifclr(2).nop().nop();
        save(p, 6, 1);
    });
    s.run();
    EXPECT_EQ(s.result(6), 1u);
    EXPECT_EQ(s.vector(), 0u); // none taken
}

} // namespace
} // namespace iovp::cpu::test
