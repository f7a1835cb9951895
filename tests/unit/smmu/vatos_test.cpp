// 6.3.44, 6.3.99 to 6.3.102, 9.1.6: the Virtual ATOS interface.

#include "bench.h"

#include <gmock/gmock.h>

using namespace iovp;
using namespace iovp::test;
using testing::IsEmpty;

namespace {

constexpr std::uint64_t data_pa = 0x80000000, data_ipa = 0x70000000, va = 0x123456000;
constexpr unsigned stage1 = 1, stage2 = 2, both = 3;
constexpr std::uint64_t rnw = 1 << 8;
constexpr std::uint32_t sel = 0x180, ctrl = 0x20a00, sid_reg = 0x20a08, addr_reg = 0x20a10, par_reg = 0x20a18;
constexpr std::uint64_t wb_inner = 0xffULL << 56 | 3 << 8;
constexpr std::uint64_t inv_req = 0xff, inv_stage = 0xfe, c_bad_streamid = 2, f_ste_fetch = 3, c_bad_ste = 4,
                        f_translation = 0x10;

constexpr std::uint64_t fault(std::uint64_t code)
{
    return 1 | code << 4;
}

smmu::tcu::parameters with_vatos()
{
    smmu::tcu::parameters p;
    p.feature.atos = true;
    p.feature.vatos = true;
    return p;
}

/// Streams: 5 nested and 7 stage 2 of VMID 3, 6 stage 1 of VMID 0, 8 bypass, 9 abort; 10 has no STE.
struct vatos_bench : bench {
    std::uint64_t root1 = 0, root2 = 0;

    explicit vatos_bench(const smmu::tcu::parameters& p = with_vatos())
        : bench(p)
    {
    }
    void begin()
    {
        root2 = new_table();
        root1 = new_table();
        nested_stream(5, root1, 7, root2, 3);
        stage1_stream(6, root1, 6);
        stage2_stream(7, root2, 3);
        bypass_stream(8);
        ste(9, {1, 0, 0, 0});
        map1(root1, va, data_ipa);
        map2(root2, data_ipa, data_pa);
        for (int pass = 0; pass < 2; ++pass)
            for (std::uint64_t table = 0x100000; table < pool; table += 0x1000)
                map2(root2, table, table);
        enable();
        set_reg(sel, 3);
    }
    std::uint64_t ask(std::uint64_t sid, std::uint64_t address = va, unsigned type = stage1)
    {
        set_reg(sid_reg, sid, 8);
        set_reg(addr_reg, address | type << 10 | rnw, 8);
        set_reg(ctrl, 1);
        for (int i = 0; i < 100 && reg(ctrl) != 0; ++i)
            settle(100);
        EXPECT_EQ(reg(ctrl), 0U);
        return reg(par_reg, 8);
    }
};

} // namespace

TEST(Vatos, AbsentUnlessImplemented_6_2_3)
{
    bench b;
    in_thread([&] {
        EXPECT_EQ(b.reg(0) >> 20 & 1, 0U);
        b.enable();
        b.set_reg(sel, ~0ULL);
        EXPECT_EQ(b.reg(sel), 0U);
        std::uint32_t value = 0; // the frame ends before the page
        sc_core::sc_time delay;
        EXPECT_FALSE(transport(b.cpu, tlm::TLM_READ_COMMAND, ctrl, &value, 4, {}, delay));
    });
}

TEST(Vatos, RegistersAreGuardedByRunAndSmmuen_6_3_99)
{
    vatos_bench b;
    in_thread([&] {
        EXPECT_EQ(b.reg(0) >> 20 & 1, 1U);
        EXPECT_EQ(b.reg(8), 0U) << "BA_VATOS";
        b.set_reg(ctrl, 1);
        EXPECT_EQ(b.reg(ctrl), 0U) << "SMMUEN 0";
        b.set_reg(sel, ~0U);
        EXPECT_EQ(b.reg(sel), 0xffffU);
        b.set_reg(par_reg, ~0ULL, 8);
        EXPECT_EQ(b.reg(par_reg, 8), 0U) << "RO";
        b.begin();
        b.set_reg(sid_reg, ~0ULL, 8);
        EXPECT_EQ(b.reg(sid_reg, 8), 1ULL << 52 | 0x3ffULL << 32 | 0xffff);
        b.set_reg(addr_reg, ~0ULL, 8);
        EXPECT_EQ(b.reg(addr_reg, 8), ~0x3fULL);
        // While it runs nothing changes.
        b.memory.waiting_page = b.root1 >> 12;
        b.set_reg(sid_reg, 5, 8);
        b.set_reg(addr_reg, va | stage1 << 10 | rnw, 8);
        b.set_reg(ctrl, 1);
        while (!b.memory.arrived)
            b.settle(100);
        b.set_reg(sel, 9);
        b.set_reg(sid_reg, 6, 8);
        b.set_reg(addr_reg, 0, 8);
        b.set_reg(ctrl, 0);
        EXPECT_EQ(b.reg(sel), 3U);
        EXPECT_EQ(b.reg(sid_reg, 8), 5U);
        EXPECT_EQ(b.reg(addr_reg, 8), va | stage1 << 10 | rnw);
        EXPECT_EQ(b.reg(ctrl), 1U);
        // GATOS is independent of it.
        b.set_reg(0x108, 7, 8);
        b.set_reg(0x110, data_ipa | stage2 << 10 | rnw, 8);
        b.set_reg(0x100, 1);
        b.settle(2000);
        EXPECT_EQ(b.reg(0x100), 0U);
        EXPECT_EQ(b.reg(0x118, 8), wb_inner | data_pa);
        EXPECT_EQ(b.reg(ctrl), 1U);
        b.memory.waiting_page = ~0ULL;
        b.memory.go.notify();
        b.settle(2000);
        EXPECT_EQ(b.reg(ctrl), 0U);
        EXPECT_EQ(b.reg(par_reg, 8), wb_inner | data_ipa);
    });
}

TEST(Vatos, SelHasEightBitsWithoutVmid16_6_3_44)
{
    auto p = with_vatos();
    p.feature.vmid16 = false;
    vatos_bench b(p);
    in_thread([&] {
        b.set_reg(sel, ~0U);
        EXPECT_EQ(b.reg(sel), 0xffU);
    });
}

TEST(Vatos, OnlyStreamsOfTheSelectedVmid_9_1_6)
{
    vatos_bench b;
    in_thread([&] {
        b.begin();
        EXPECT_EQ(b.ask(5), wb_inner | data_ipa) << "the IPA, not the PA";
        EXPECT_EQ(b.ask(6), fault(c_bad_ste)) << "VMID 0";
        b.set_reg(sel, 0);
        EXPECT_EQ(b.ask(6), wb_inner | data_ipa) << "S2VMID counts on stage-1 streams too";
        EXPECT_EQ(b.ask(5), fault(c_bad_ste));
        b.set_reg(sel, 3);
        EXPECT_EQ(b.ask(5, va + 0x1000), fault(f_translation));
        EXPECT_THAT(b.events(), IsEmpty());
    });
}

TEST(Vatos, ChecksInTheirOrder_9_1_6)
{
    vatos_bench b;
    in_thread([&] {
        b.begin();
        for (const unsigned type : {0U, stage2, both})
            for (const std::uint64_t sid : {5, 6, 10, 64})
                EXPECT_EQ(b.ask(sid, va, type), fault(inv_req)) << "before the STE";
        EXPECT_EQ(b.ask(64), fault(c_bad_streamid));
        EXPECT_EQ(b.ask(10), fault(c_bad_ste)) << "V == 0";
        EXPECT_EQ(b.ask(8), fault(c_bad_ste)) << "bypass has no VMID";
        EXPECT_EQ(b.ask(9), fault(c_bad_ste)) << "abort has none";
        EXPECT_EQ(b.ask(7), fault(inv_stage)) << "stage 2 only, of this VMID";
        // The stage-1 stream of EL2 is not tagged with a VMID.
        b.set_bits(bench::stream_table + 6 * 64 + 8, 2ULL << 30);
        b.set_bits(bench::stream_table + 6 * 64 + 16, 3);
        EXPECT_EQ(b.ask(6), fault(c_bad_ste));
        b.set_bits(bench::stream_table + 6 * 64 + 8, 0, 3ULL << 30);
        b.run(3 | 6ULL << 32); // CFGI_STE
        EXPECT_EQ(b.ask(6), wb_inner | data_ipa);
        b.memory.aborting.insert(bench::stream_table >> 12);
        EXPECT_EQ(b.ask(11), fault(f_ste_fetch));
        EXPECT_THAT(b.events(), IsEmpty());
    });
}

TEST(Vatos, SyncAndSmmuenWaitForIt_4_7_3)
{
    vatos_bench b;
    in_thread([&] {
        b.begin();
        b.memory.waiting_page = b.root1 >> 12;
        b.set_reg(sid_reg, 5, 8);
        b.set_reg(addr_reg, va | stage1 << 10 | rnw, 8);
        b.set_reg(ctrl, 1);
        while (!b.memory.arrived)
            b.settle(100);
        b.push(0x30); // TLBI_NSNH_ALL
        b.push(0x46);
        b.ring();
        b.set_reg(0x20, 0xc);
        b.settle(5000);
        EXPECT_EQ(b.reg(0x9c), 1U);
        EXPECT_EQ(b.reg(0x24) & 1, 1U);
        b.memory.go.notify();
        b.settle(2000);
        EXPECT_EQ(b.reg(0x9c), 2U);
        EXPECT_EQ(b.reg(0x24) & 1, 0U);
        EXPECT_EQ(b.reg(ctrl), 0U);
    });
}
