#include "scenario.h"

namespace iovp::cpu::test {
namespace {

using namespace descriptor;

constexpr std::uint64_t rw = 1u << 31, vm = 1;
constexpr std::uint64_t root1 = tables; ///< stage 1
constexpr std::uint64_t root1_high = tables + 0x1000;
constexpr std::uint64_t root2 = tables + 0x2000;  ///< stage 2
constexpr std::uint64_t page_va = 0x40'0000'5000; ///< level 1 index 0x100
constexpr std::uint64_t page_pa = ram + 0x40'0000;
constexpr std::uint64_t normal = attr(1) | inner_shareable;
constexpr std::uint64_t everything = block | af | normal;

/// T0SZ 25 and T1SZ 25 (39 bits, start level 1), 4 KiB granules, IPS 40 bits.
constexpr std::uint64_t tcr_39 = 25 | 3u << 12 | 25u << 16 | 3u << 28 | 2u << 30 | std::uint64_t(2) << 32;
/// T0SZ 25, SL0 1 (start level 1), 4 KiB, PS 40 bits.
constexpr std::uint64_t vtcr_39 = 0x8000'0000 | 2u << 16 | 3u << 12 | 1u << 6 | 25;

/// Stage 1 of EL1: code, results and tables by a block that all may use, the device by a page.
struct stage1_scenario : scenario {
    stage1_scenario()
    {
        map(root1, ram, ram | everything, 2);
        map(root1, ram + 0x20'0000, (ram + 0x20'0000) | everything, 2);
        map(root1, device_base, device_base | page | af | attr(0) | uxn | pxn, 3);
    }
    /// The body at EL1 or EL0 after EL2 has switched the MMU of EL1 on.
    void write_mapped(unsigned el, const writer& body, const writer& setup = {})
    {
        // What EL0 executes must be its own; what EL1 executes must not be writable by EL0.
        if (el == 0) {
            map(root1, 0x4000'0000, (ram) | everything | el0 | read_only, 2);
            map(root1, ram, ram | everything, 2);
        }
        write(
            el,
            [setup](program& p) {
                p.mov(0, 0xff00).msr(mair_el1, 0).mov(0, root1).msr(ttbr0_el1, 0);
                p.mov(0, root1_high).msr(ttbr1_el1, 0).mov(0, tcr_39).msr(tcr_el1, 0);
                p.mov(0, 0x30d0'0801).msr(sctlr_el1, 0).isb();
                if (setup)
                    setup(p);
            },
            body, el == 0 ? body_address - ram + 0x4000'0000 : body_address);
    }
};

/// The body at EL1 under stage 2 alone.
struct stage2_scenario : scenario {
    stage2_scenario()
    {
        map(root2, ram, ram | block | af | s2_normal | s2_read | s2_write, 2);
        map(root2, ram + 0x20'0000, (ram + 0x20'0000) | block | af | s2_normal | s2_read | s2_write, 2);
        map(root2, device_base, device_base | page | af | s2_device | s2_read | s2_write, 3);
    }
    void write_mapped(const writer& body, const writer& setup = {})
    {
        write(
            1,
            [setup](program& p) {
                p.mov(0, root2).msr(vttbr_el2, 0).mov(0, vtcr_39).msr(vtcr_el2, 0).mov(0, rw | vm).msr(hcr_el2, 0);
                if (setup)
                    setup(p);
            },
            body);
    }
};

// DFSC by D24.2.40: translation 0b0001LL, access flag 0b0010LL, permission 0b0011LL.
TEST(A64Mmu, TranslationFaultOfEachLevel)
{
    const struct {
        std::uint64_t va;
        unsigned level;
    } cases[] = {{0x60'0000'0000, 1}, {0x40'4000'0000, 2}, {0x40'0000'7000, 3}};
    stage1_scenario s;
    s.map(root1, 0x40'0000'0000, 0, 3); // tables down to level 3
    s.map(root1, 0x40'4000'0000, 0, 2);
    s.write_mapped(1, [&](program& p) {
        // The handler of each goes on behind the load.
        for (unsigned i = 0; i < 3; ++i)
            p.mov(0, cases[i].va).mov(20, i).ldr(1, 0, 8);
    });
    program v(vectors_el1);
    v.pad_to(0x200).mrs(2, esr_el1).mov(0, results + 0x100).add_reg(0, 0, 20).add_reg(0, 0, 20).add_reg(0, 0, 20);
    v.add_reg(0, 0, 20).add_reg(0, 0, 20).add_reg(0, 0, 20).add_reg(0, 0, 20).add_reg(0, 0, 20).str(2, 0);
    v.mrs(2, far_el1).str(2, 0, 0x100).mrs(2, elr_el1).add(2, 2, 4).msr(elr_el1, 2).eret();
    s.load(v);
    s.run();
    for (unsigned i = 0; i < 3; ++i) {
        EXPECT_EQ(s.peek(results + 0x100 + 8 * i), esr_of(0x25, 0x04 | cases[i].level));
        EXPECT_EQ(s.peek(results + 0x200 + 8 * i), cases[i].va + 8);
    }
}

TEST(A64Mmu, AddressesBetweenTheHalvesFaultAtLevelZero)
{
    stage1_scenario s;
    s.write_mapped(1, [](program& p) { p.mov(0, 0x0001'0000'0000'0000).ldr(1, 0); });
    s.run();
    EXPECT_EQ(s.esr(), esr_of(0x25, 0x04));
    EXPECT_EQ(s.far(), 0x0001'0000'0000'0000u);
}

TEST(A64Mmu, HighHalfByTtbr1)
{
    stage1_scenario s;
    s.map(root1_high, 0x5000, page_pa | page | af | normal, 3);
    s.poke(page_pa + 8, 0x77);
    s.write_mapped(1, [](program& p) {
        p.mov(0, 0xffff'ff80'0000'5000).ldr(1, 0, 8).str(1, 0, 16).ldr(2, 0, 16);
        save(p, 6, 1);
        save(p, 7, 2);
    });
    s.run();
    EXPECT_EQ(s.result(6), 0x77u);
    EXPECT_EQ(s.result(7), 0x77u);
    EXPECT_EQ(s.peek(page_pa + 16), 0x77u);
}

TEST(A64Mmu, AccessFlag)
{
    stage1_scenario s;
    s.map(root1, page_va, page_pa | page | normal, 3);
    s.write_mapped(1, [](program& p) { p.mov(0, page_va).ldr(1, 0); });
    s.run();
    EXPECT_EQ(s.esr(), esr_of(0x25, 0x08 | 3));
}

TEST(A64Mmu, StoreToAReadOnlyPage)
{
    stage1_scenario s;
    s.map(root1, page_va, page_pa | page | af | normal | read_only, 3);
    s.poke(page_pa, 5);
    s.write_mapped(1, [](program& p) {
        p.mov(0, page_va).ldr(1, 0);
        save(p, 6, 1);
        p.str(1, 0, 8);
    });
    s.run();
    EXPECT_EQ(s.result(6), 5u);
    EXPECT_EQ(s.esr(), esr_of(0x25, 0x0c | 3 | 1u << 6));
    EXPECT_EQ(s.far(), page_va + 8);
    EXPECT_EQ(s.peek(page_pa + 8), 0u);
}

// A store with writeback that faults leaves its base register alone.
TEST(A64Mmu, FaultingStoreChangesNothing)
{
    stage1_scenario s;
    s.map(root1, page_va, page_pa | page | af | normal | read_only, 3);
    s.write_mapped(1, [](program& p) { p.mov(0, page_va).mov(5, 1).add(5, 5, 1).str_post(1, 0, 8).add(5, 5, 1); });
    s.run();
    EXPECT_EQ(s.cpus[0]->register_x(0), page_va);
    EXPECT_EQ(s.cpus[0]->register_x(5), 2u);
}

TEST(A64Mmu, El0DoesNotReachPagesOfEl1)
{
    stage1_scenario s;
    s.map(root1, page_va, page_pa | page | af | normal, 3);
    s.write_mapped(0, [](program& p) { p.mov(0, page_va).ldr(1, 0); });
    s.run();
    EXPECT_EQ(s.vector(), el1_lower);
    EXPECT_EQ(s.esr(), esr_of(0x24, 0x0c | 3));
}

TEST(A64Mmu, UnprivilegedLoadOfEl1HasThePermissionsOfEl0)
{
    stage1_scenario s;
    s.map(root1, page_va, page_pa | page | af | normal | el0 | read_only, 3);
    s.map(root1, page_va + 0x1000, (page_pa + 0x1000) | page | af | normal, 3);
    s.poke(page_pa, 0xabc);
    s.write_mapped(1, [](program& p) {
        p.mov(0, page_va).ldtr(1, 0);
        save(p, 6, 1);
        p.mov(0, page_va + 0x1000).ldr(1, 0).ldtr(1, 0);
    });
    s.run();
    EXPECT_EQ(s.result(6), 0xabcu);
    EXPECT_EQ(s.esr(), esr_of(0x25, 0x0c | 3));
    EXPECT_EQ(s.far(), page_va + 0x1000);
}

TEST(A64Mmu, ExecuteNever)
{
    stage1_scenario s;
    s.map(root1, page_va, page_pa | page | af | normal | pxn, 3);
    s.write_mapped(1, [](program& p) { p.mov(0, page_va).br(0); });
    s.run();
    s.expect(el1_same, esr_of(0x21, 0x0c | 3), page_va);
    EXPECT_EQ(s.far(), page_va);
}

TEST(A64Mmu, UnalignedAccessAcrossPagesOfNormalMemory)
{
    stage1_scenario s;
    s.map(root1, page_va, page_pa | page | af | normal, 3);
    s.map(root1, page_va + 0x1000, (page_pa + 0x8000) | page | af | normal, 3);
    s.write_mapped(1, [](program& p) {
        p.mov(0, page_va + 0xffc).mov(1, 0x1122334455667788).str(1, 0).ldr(2, 0);
        save(p, 6, 2);
    });
    s.run();
    EXPECT_EQ(s.result(6), 0x1122334455667788u);
    EXPECT_EQ(s.peek(page_pa + 0xff8) >> 32, 0x55667788u);
    EXPECT_EQ(s.peek(page_pa + 0x8000) & 0xffffffff, 0x11223344u);
}

TEST(A64Mmu, StrictAlignment)
{
    stage1_scenario s;
    s.write_mapped(
        1, [](program& p) { p.mrs(0, sctlr_el1).add(0, 0, 2).msr(sctlr_el1, 0).isb().mov(0, results + 4).ldr(1, 0); });
    s.run();
    EXPECT_EQ(s.esr(), esr_of(0x25, 0x21));
}

// The old mapping lives until TLBI, and is gone after it.
TEST(A64Mmu, TlbiByAddress)
{
    stage1_scenario s;
    s.map(root1, page_va, page_pa | page | af | normal, 3);
    s.poke(page_pa, 1);
    s.poke(page_pa + 0x1000, 2);
    // The level 3 descriptor's own address, mapped by the block at ram + 2 MiB.
    std::uint64_t entry = 0;
    for (const auto& [pa, value] : s.image)
        if (value == (page_pa | page | af | normal))
            entry = pa;
    ASSERT_NE(entry, 0u);
    s.map(root1, 0x5000'0000, (entry & ~std::uint64_t(0x1f'ffff)) | everything, 2);
    s.write_mapped(1, [&](program& p) {
        p.mov(0, page_va).ldr(1, 0);
        save(p, 6, 1);
        p.mov(2, 0x5000'0000 | (entry & 0x1f'ffff)).mov(3, (page_pa + 0x1000) | page | af | normal).str(3, 2).dsb();
        p.mov(4, page_va >> 12).sys(0, 8, 7, 1, 4).dsb().isb().ldr(1, 0); // TLBI VAE1
        save(p, 7, 1);
    });
    s.run();
    EXPECT_EQ(s.result(6), 1u);
    EXPECT_EQ(s.result(7), 2u);
}

TEST(A64Mmu, NewTableBaseIsANewMapping)
{
    stage1_scenario s;
    const std::uint64_t other = tables + 0x8000;
    s.map(other, ram, ram | everything, 2);
    s.map(other, device_base, device_base | page | af | attr(0), 3);
    s.map(root1, page_va, page_pa | page | af | normal, 3);
    s.map(other, page_va, (page_pa + 0x1000) | page | af | normal, 3);
    s.poke(page_pa, 1);
    s.poke(page_pa + 0x1000, 2);
    s.write_mapped(1, [&](program& p) {
        p.mov(0, page_va).ldr(1, 0);
        save(p, 6, 1);
        p.mov(2, other | std::uint64_t(1) << 48).msr(ttbr0_el1, 2).isb().ldr(1, 0);
        save(p, 7, 1);
        p.mov(2, root1).msr(ttbr0_el1, 2).isb().ldr(1, 0);
        save(p, 8, 1);
    });
    s.run();
    EXPECT_EQ(s.result(6), 1u);
    EXPECT_EQ(s.result(7), 2u);
    EXPECT_EQ(s.result(8), 1u);
}

TEST(A64Mmu, CodeThatChangesNeedsIcIvau)
{
    scenario s;
    s.write(2, {}, [](program& p) {
        p.mov(0, page_pa).blr(0);
        save(p, 6, 1);
        // mov x1, #2 in place of mov x1, #1
        p.mov(0, page_pa)
            .mov(2, 0xd2800041)
            .str_w(2, 0)
            .sys(3, 7, 11, 1, 0)
            .dsb()
            .sys(3, 7, 5, 1, 0)
            .dsb()
            .isb()
            .blr(0);
        save(p, 7, 1);
    });
    program f(page_pa);
    f.mov(1, 1).ret();
    s.load(f);
    s.run();
    EXPECT_EQ(s.result(6), 1u);
    EXPECT_EQ(s.result(7), 2u);
}

TEST(A64Mmu, StageTwoTranslationFault)
{
    stage2_scenario s;
    s.map(root2, 0x3000'0000, 0, 3);
    s.write_mapped([](program& p) { p.mov(7, 0x3000'5678).ldrsh_w(9, 7); });
    s.run();
    // ISV, SAS 1, SSE, SRT 9, SF 0: LDRSH Wt
    s.expect(el2_lower, esr_of(0x24, 1u << 24 | 1u << 22 | 1u << 21 | 9u << 16 | 0x04 | 3), body_address + 8);
    EXPECT_EQ(s.far(), 0x3000'5678u);
    EXPECT_EQ(s.hpfar(), 0x3000'5000u >> 12 << 4);
}

TEST(A64Mmu, StageTwoPermissionFaultOfAStore)
{
    stage2_scenario s;
    s.map(root2, 0x3000'0000, page_pa | page | af | s2_normal | s2_read, 3);
    s.write_mapped([](program& p) { p.mov(7, 0x3000'0010).str(9, 7); });
    s.run();
    // ISV, SAS 3, SRT 9, SF, WnR
    s.expect(el2_lower, esr_of(0x24, 1u << 24 | 3u << 22 | 9u << 16 | 1u << 15 | 1u << 6 | 0x0c | 3), body_address + 8);
    EXPECT_EQ(s.far(), 0x3000'0010u);
}

TEST(A64Mmu, StageTwoFaultOfAPairHasNoSyndrome)
{
    stage2_scenario s;
    s.write_mapped([](program& p) { p.mov(7, 0x3000'0000).ldp(1, 2, 7); });
    s.run();
    EXPECT_EQ(s.esr(), esr_of(0x24, 0x04 | 2)); // the level 1 table of 0..1 GiB exists
}

TEST(A64Mmu, StageTwoFaultOfAFetch)
{
    stage2_scenario s;
    s.write_mapped([](program& p) { p.mov(7, 0x3000'0000).br(7); });
    s.run();
    s.expect(el2_lower, esr_of(0x20, 0x04 | 2), 0x3000'0000);
    EXPECT_EQ(s.hpfar(), 0x3000'0000u >> 12 << 4);
}

// The table of stage 1 lies where stage 2 has nothing: S1PTW, and the IPA is the descriptor's.
TEST(A64Mmu, StageTwoFaultOfAStageOneWalk)
{
    stage2_scenario s;
    s.write_mapped([](program& p) {
        p.mov(0, 0x3000'0000).msr(ttbr0_el1, 0).mov(0, tcr_39).msr(tcr_el1, 0).isb();
        p.mov(0, 0x30d0'0801).msr(sctlr_el1, 0).isb().nop();
    });
    s.run();
    EXPECT_EQ(s.vector(), el2_lower);
    EXPECT_EQ(s.esr(), esr_of(0x20, 1u << 7 | 0x04 | 2));
    // The descriptor of level 1 for the fetch's address: index va[38:30].
    EXPECT_EQ(s.hpfar(), 0x3000'0000u >> 12 << 4);
}

TEST(A64Mmu, AddressTranslationInstructions)
{
    scenario s;
    s.map(root1, page_va, page_pa | page | af | normal, 3);
    s.write(
        2,
        [](program& p) {
            p.mov(0, 0xff00).msr(mair_el1, 0).mov(0, root1).msr(ttbr0_el1, 0).mov(0, tcr_39).msr(tcr_el1, 0);
            p.mov(0, 0x30d0'0801).msr(sctlr_el1, 0).isb();
        },
        [](program& p) {
            p.mov(0, page_va + 0x123).sys(0, 7, 8, 0, 0).isb(); // AT S1E1R
            save_sr(p, 6, par_el1);
            p.mov(0, page_va).sys(0, 7, 8, 2, 0).isb(); // AT S1E0R: permission
            save_sr(p, 7, par_el1);
            p.mov(0, page_va + 0x1000).sys(0, 7, 8, 0, 0).isb(); // nothing there
            save_sr(p, 8, par_el1);
        });
    s.run();
    // ATTR 0xff, NS, RES1, inner shareable
    EXPECT_EQ(s.result(6), std::uint64_t(0xff) << 56 | page_pa | 1u << 11 | 1u << 9 | 3u << 7);
    EXPECT_EQ(s.result(7), 1u << 11 | (0x0cu | 3) << 1 | 1);
    EXPECT_EQ(s.result(8), 1u << 11 | (0x04u | 3) << 1 | 1);
}

TEST(A64Mmu, DebuggersReadThroughTheMmu)
{
    stage1_scenario s;
    s.map(root1, page_va, page_pa | page | af | normal, 3);
    s.poke(page_pa + 8, 0x1234);
    s.write_mapped(1, [](program& p) { p.nop(); });
    s.run();
    std::uint64_t value = 0;
    EXPECT_TRUE(s.cpus[0]->debug_read(page_va + 8, &value, 8));
    EXPECT_EQ(value, 0x1234u);
    EXPECT_FALSE(s.cpus[0]->debug_read(page_va + 0x1000, &value, 8));
}

} // namespace
} // namespace iovp::cpu::test
