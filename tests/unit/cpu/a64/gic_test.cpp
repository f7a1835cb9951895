#include "scenario.h"

namespace iovp::cpu::test {
namespace {

/// Registers that remember which of them were accessed.
struct fake_gic : sc_core::sc_module, system_register_if {
    explicit fake_gic(const sc_core::sc_module_name& name)
        : sc_module(name)
    {
    }
    bool read_register(system_register which, std::uint64_t& value, sc_core::sc_time& delay) override
    {
        delay += sc_core::sc_time(4, sc_core::SC_NS);
        seen.push_back(which.encoding());
        value = answer;
        return which.op2 != 7;
    }
    bool write_register(system_register which, std::uint64_t, sc_core::sc_time&) override
    {
        seen.push_back(which.encoding());
        return true;
    }
    bool trapped_to_el2(system_register which) const override { return which.encoding() == trap; }
    std::vector<std::uint16_t> seen;
    std::uint64_t answer = 0;
    std::uint16_t trap = 0;
};

constexpr std::uint32_t icc_pmr = sysreg(3, 0, 4, 6, 0), icc_iar1 = sysreg(3, 0, 12, 12, 0),
                        icc_iar0 = sysreg(3, 0, 12, 8, 0), icc_sre = sysreg(3, 0, 12, 12, 5),
                        icc_sgi1r = sysreg(3, 0, 12, 11, 5), ich_hcr = sysreg(3, 4, 12, 11, 0);
constexpr std::uint64_t rw = 1u << 31, fmo = 1u << 3, imo = 1u << 4;

struct gic_scenario : scenario {
    gic_scenario()
        : real("real")
        , imitated("imitated")
    {
        cpus[0]->gic.bind(real);
        cpus[0]->virtual_gic.bind(imitated);
        real.answer = 1;
        imitated.answer = 2;
    }
    fake_gic real, imitated;
};

TEST(A64Gic, RegistersOfEl1AreVirtualWithImo)
{
    gic_scenario s;
    s.write(
        1, [](program& p) { p.mov(0, rw | imo).msr(hcr_el2, 0); },
        [](program& p) {
            save_sr(p, 6, icc_iar1); // Group 1: virtual
            save_sr(p, 7, icc_iar0); // Group 0: FMO is clear
            save_sr(p, 8, icc_pmr);  // common: virtual
            save_sr(p, 9, icc_sre);  // never virtual
        });
    s.run();
    EXPECT_EQ(s.result(6), 2u);
    EXPECT_EQ(s.result(7), 1u);
    EXPECT_EQ(s.result(8), 2u);
    EXPECT_EQ(s.result(9), 1u);
}

TEST(A64Gic, RegistersOfEl2AreReal)
{
    gic_scenario s;
    s.write(
        2, [](program& p) { p.mov(0, rw | imo | fmo).msr(hcr_el2, 0); },
        [](program& p) {
            save_sr(p, 6, icc_iar1);
            save_sr(p, 7, ich_hcr);
        });
    s.run();
    EXPECT_EQ(s.result(6), 1u);
    EXPECT_EQ(s.result(7), 1u);
    EXPECT_TRUE(s.imitated.seen.empty());
}

TEST(A64Gic, SgiOfAGuestIsTrapped)
{
    gic_scenario s;
    s.write(
        1, [](program& p) { p.mov(0, rw | imo).msr(hcr_el2, 0); }, [](program& p) { p.msr(icc_sgi1r, 3); });
    s.run();
    s.expect(el2_lower, esr_of(0x18, system_iss(icc_sgi1r, 3, false)), body_address);
}

TEST(A64Gic, WhatTheHypervisorAsksForIsTrapped)
{
    gic_scenario s;
    s.real.trap = system_register{3, 0, 12, 12, 0}.encoding();
    s.write(1, {}, [](program& p) { p.mrs(3, icc_iar1); });
    s.run();
    s.expect(el2_lower, esr_of(0x18, system_iss(icc_iar1, 3, true)), body_address);
}

TEST(A64Gic, WhatTheGicDoesNotHaveIsUndefined)
{
    gic_scenario s;
    s.write(1, {}, [](program& p) { p.mrs(3, sysreg(3, 0, 12, 12, 7)); });
    s.run();
    s.expect(el1_same, esr_of(0, 0), body_address);
}

TEST(A64Gic, VirtualWireInterruptsEl1)
{
    gic_scenario s;
    sc_core::sc_signal<bool> wire("virtual");
    s.cpus[0]->virq.bind(wire);
    s.write(
        1, [](program& p) { p.mov(0, rw | imo).msr(hcr_el2, 0); }, [](program& p) { p.daifclr(2).wfi().nop().nop(); });
    sc_core::sc_spawn([&] {
        sc_core::wait(sc_core::sc_time(3, sc_core::SC_US));
        wire.write(true);
    });
    s.run();
    EXPECT_EQ(s.vector(), 0x1'0280u);
}

} // namespace
} // namespace iovp::cpu::test
