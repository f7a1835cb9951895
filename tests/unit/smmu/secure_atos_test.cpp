// 6.3.83 to 6.3.86, 6.3.90, 6.3.103 to 6.3.106, chapter 9: the ATOS interfaces of the Secure state.

#include "secure_bench.h"

#include <gmock/gmock.h>

using namespace iovp;
using namespace iovp::test;
using testing::IsEmpty;

namespace {

constexpr std::uint64_t va = 0x123456000, ipa = 0x70000000, s_pa = 0x90000000, ns_pa = 0x80000000;
constexpr unsigned stage1 = 1, stage2 = 2, both = 3;
constexpr std::uint64_t addr_ns = 1 << 4, ind = 1 << 7, rnw = 1 << 8;
constexpr std::uint64_t ssec = 1ULL << 53;
constexpr std::uint64_t ns_leaf = 1ULL << 5;
constexpr std::uint64_t wb_inner = 0xffULL << 56 | 3 << 8, par_ns = 1 << 10, nsipa = 1 << 3;
constexpr std::uint64_t inv_req = 0xff, inv_stage = 0xfe, internal_err = 0xfd, c_bad_streamid = 2, c_bad_ste = 4,
                        f_translation = 0x10, f_permission = 0x13;

constexpr std::uint64_t fault(std::uint64_t code, std::uint64_t reason = 0, std::uint64_t page = 0)
{
    return 1 | reason << 1 | code << 4 | page;
}

struct interface {
    std::uint32_t ctrl, sid, addr, par;
};
constexpr interface gatos {
    0x100, 0x108, 0x110, 0x118
}, s_gatos{0x8100, 0x8108, 0x8110, 0x8118}, vatos{0x20a00, 0x20a08, 0x20a10, 0x20a18},
    s_vatos{0x30a00, 0x30a08, 0x30a10, 0x30a18};
constexpr std::uint32_t sel = 0x180, s_sel = 0x8180;

smmu::tcu::parameters with_atos(bool sel2 = true, bool virtual_too = false)
{
    smmu::tcu::parameters p = with_secure(sel2);
    p.feature.atos = true;
    p.feature.vatos = virtual_too;
    return p;
}

/// Secure streams: 5 nested and 7 stage 2 of VMID 3 (with SEL2), 6 stage 1, 8 bypass. Non-secure ones: 5 nested of VMID
/// 4 and 6 stage 1.
struct secure_atos_bench : secure_bench {
    std::uint64_t root1 = 0, s_root2 = 0, ns_root2 = 0, ns_root1 = 0, ns_only_root2 = 0;

    explicit secure_atos_bench(const smmu::tcu::parameters& p = with_atos())
        : secure_bench(p)
    {
    }
    void begin()
    {
        s_root2 = new_table();
        ns_root2 = new_table();
        root1 = new_table();
        ns_root1 = new_table();
        ns_only_root2 = new_table();
        secure_stage1_stream(6, root1, 6);
        if (tcu.configuration().feature.secure_stage2) {
            const std::uint64_t cd = s_cd_base + 5 * 64;
            write_cd(cd, root1, 7);
            sste(5, {1 | 7 << 1 | cd, ste1, ste2(3), ns_root2 | 1, 20ULL << 32 | 2ULL << 38, 0, s_root2, 0});
            secure_stage2_stream(7, s_root2, ns_root2, 3);
        }
        sste(8, {1 | 4 << 1, 1ULL << 44, 0, 0, 0, 0, 0, 0});
        nested_stream(5, ns_root1, 7, ns_only_root2, 4);
        stage1_stream(6, ns_root1, 6);
        map1(root1, va, ipa);
        map1(root1, va + 0x1000, ipa, 3, 0xf41 | ns_leaf);
        map1(root1, va + 0x2000, ipa + 0x2000);
        map1(root1, va + 0x3000, ipa + 0x3000, 3, 0xf41 | ns_leaf);
        map1(ns_root1, va, ipa + 0x5000);
        map1(ns_root1, va + 0x3000, ipa + 0x6000);
        map2(s_root2, ipa, s_pa);
        map2(ns_root2, ipa, ns_pa);
        map2(ns_only_root2, ipa + 0x5000, ns_pa + 0x5000);
        map2(s_root2, s_cd_base, s_cd_base);
        for (int pass = 0; pass < 2; ++pass)
            for (std::uint64_t table = 0x100000; table < pool; table += 0x1000) {
                map2(s_root2, table, table);
                map2(ns_only_root2, table, table);
            }
        enable();
        enable_secure();
    }
    static bool is_secure(const interface& i) { return i.ctrl == s_gatos.ctrl || i.ctrl == s_vatos.ctrl; }
    std::uint64_t get(const interface& i, std::uint32_t offset, unsigned size = 4)
    {
        return is_secure(i) ? sreg(offset, size) : reg(offset, size);
    }
    void put(const interface& i, std::uint32_t offset, std::uint64_t value, unsigned size = 4)
    {
        if (is_secure(i))
            set_sreg(offset, value, size);
        else
            set_reg(offset, value, size);
    }
    void begin_ask(const interface& i, std::uint64_t sid, unsigned type, std::uint64_t address, std::uint64_t bits = 0)
    {
        put(i, i.sid, sid, 8);
        put(i, i.addr, address | type << 10 | rnw | bits, 8);
        put(i, i.ctrl, 1);
    }
    std::uint64_t ask(const interface& i, std::uint64_t sid, unsigned type, std::uint64_t address,
                      std::uint64_t bits = 0)
    {
        begin_ask(i, sid, type, address, bits);
        for (int n = 0; n < 100 && get(i, i.ctrl) != 0; ++n)
            settle(100);
        EXPECT_EQ(get(i, i.ctrl), 0U);
        return get(i, i.par, 8);
    }
    /// Starts an operation that waits at the page of a table.
    void start_held(const interface& i, std::uint64_t sid, std::uint64_t page)
    {
        memory.waiting_page = page >> 12;
        begin_ask(i, sid, stage1, va);
        while (!memory.arrived)
            settle(100);
    }
    void let_go()
    {
        memory.waiting_page = ~0ULL;
        memory.go.notify();
        settle(2000);
    }
    /// Changes the STE of a Secure stream and makes it known.
    void change_sste(std::uint32_t sid, unsigned word, std::uint64_t set, std::uint64_t clear = 0)
    {
        set_bits(s_stream_table + sid * 64 + word * 8, set, clear);
        srun(0x03 | 1 << 10 | std::uint64_t(sid) << 32); // CMD_CFGI_STE with SSEC
    }
};

} // namespace

TEST(SecureAtos, RegistersAreSecureAndGuardedByTheirRunAndSmmuen_6_3_83)
{
    auto p = with_atos();
    p.feature.secure_stream_id_bits = 18;
    secure_atos_bench b(p);
    in_thread([&] {
        b.set_sreg(0x8100, 1);
        EXPECT_EQ(b.sreg(0x8100), 0U) << "S_CR0.SMMUEN 0";
        b.begin();
        b.set_sreg(0x8108, ~0ULL, 8);
        EXPECT_EQ(b.sreg(0x8108, 8), ssec | 1ULL << 52 | 0x3ffULL << 32 | 0x3ffff) << "the larger of both states' IDs";
        b.set_reg(0x108, ~0ULL, 8);
        EXPECT_EQ(b.reg(0x108, 8), 1ULL << 52 | 0x3ffULL << 32 | 0xffff) << "no SSEC";
        b.set_sreg(0x8110, ~0ULL, 8);
        EXPECT_EQ(b.sreg(0x8110, 8), ~0x3fULL | addr_ns);
        b.set_reg(0x110, ~0ULL, 8);
        EXPECT_EQ(b.reg(0x110, 8), ~0x3fULL);
        b.set_sreg(0x8118, ~0ULL, 8);
        EXPECT_EQ(b.sreg(0x8118, 8), 0U) << "RO";
        for (const std::uint32_t offset : {0x8108U, 0x8110U}) {
            b.set_reg(offset, 0, 8);
            EXPECT_EQ(b.reg(offset, 8), 0U) << "Non-secure: RAZ";
            EXPECT_NE(b.sreg(offset, 8), 0U) << "and WI";
        }
        b.set_reg(0x8100, 1);
        EXPECT_EQ(b.sreg(0x8100), 0U) << "WI";

        b.start_held(s_gatos, ssec | 6, b.root1);
        b.set_sreg(0x8108, 6, 8);
        b.set_sreg(0x8110, 0, 8);
        b.set_sreg(0x8100, 0);
        EXPECT_EQ(b.sreg(0x8108, 8), ssec | 6);
        EXPECT_EQ(b.sreg(0x8110, 8), va | stage1 << 10 | rnw);
        EXPECT_EQ(b.sreg(0x8100), 1U);
        EXPECT_EQ(b.reg(0x8100), 0U) << "RAZ";
        EXPECT_EQ(b.ask(gatos, 6, stage1, va), wb_inner | (ipa + 0x5000)) << "3.10.2.1: each has its own";
        EXPECT_EQ(b.sreg(0x8100), 1U);
        b.let_go();
        EXPECT_EQ(b.sreg(0x8100), 0U);
        EXPECT_EQ(b.sreg(0x8118, 8), wb_inner | ipa);
    });
}

TEST(SecureAtos, AbsentUnlessImplemented_6_3_83)
{
    secure_bench b(with_secure(true));
    in_thread([&] {
        b.enable_secure();
        for (const std::uint32_t offset : {0x8100U, 0x8108U, 0x8110U, 0x8118U, 0x8180U}) {
            b.set_sreg(offset, ~0ULL, 8);
            EXPECT_EQ(b.sreg(offset, 8), 0U) << std::hex << offset;
        }
    });
}

TEST(SecureAtos, SsecChoosesTheStream_9_1_2)
{
    secure_atos_bench b;
    in_thread([&] {
        b.begin();
        for (int warm = 0; warm < 2; ++warm) {
            EXPECT_EQ(b.ask(s_gatos, ssec | 6, stage1, va), wb_inner | ipa);
            EXPECT_EQ(b.ask(s_gatos, 6, stage1, va), wb_inner | par_ns | (ipa + 0x5000)) << "6.3.86 NS";
            EXPECT_EQ(b.ask(gatos, 6, stage1, va), wb_inner | (ipa + 0x5000)) << "NS is RES0 in GATOS_PAR";
            EXPECT_EQ(b.ask(gatos, ssec | 6, stage1, va), wb_inner | (ipa + 0x5000)) << "never a Secure one";
        }
        EXPECT_FALSE(b.last_was_non_secure(secure_bench::s_stream_table >> 12));
        EXPECT_FALSE(b.last_was_non_secure(b.root1 >> 12));
        EXPECT_TRUE(b.last_was_non_secure(bench::stream_table >> 12));
        EXPECT_TRUE(b.last_was_non_secure(b.ns_root1 >> 12));
        EXPECT_EQ(b.ask(s_gatos, ssec | 6, stage1, va + 0x4000), fault(f_translation));
        EXPECT_EQ(b.ask(s_gatos, ssec | 64, stage1, va), fault(c_bad_streamid));
        EXPECT_EQ(b.ask(s_gatos, ssec | 10, stage1, va), fault(c_bad_ste));
        EXPECT_EQ(b.ask(s_gatos, ssec | 8, stage1, va), fault(inv_stage)) << "bypass";
        EXPECT_EQ(b.ask(s_gatos, ssec | 6, 0, va), fault(inv_req));
        EXPECT_THAT(b.events(), IsEmpty());
        EXPECT_THAT(b.sevents(), IsEmpty());
    });
}

TEST(SecureAtos, NsIsTheFinalSpace_6_3_86)
{
    secure_atos_bench b;
    in_thread([&] {
        b.begin();
        EXPECT_EQ(b.ask(s_gatos, ssec | 6, stage1, va + 0x1000), wb_inner | par_ns | ipa);
        EXPECT_EQ(b.ask(s_gatos, ssec | 5, stage1, va), wb_inner | ipa);
        EXPECT_EQ(b.ask(s_gatos, ssec | 5, stage1, va + 0x1000), wb_inner | par_ns | ipa);
        for (const std::uint64_t ignored : {std::uint64_t(0), addr_ns}) { // 6.3.85: stage 1 says the space
            EXPECT_EQ(b.ask(s_gatos, ssec | 5, both, va, ignored), wb_inner | s_pa);
            EXPECT_EQ(b.ask(s_gatos, ssec | 5, both, va + 0x1000, ignored), wb_inner | par_ns | ns_pa);
        }
    });
}

TEST(SecureAtos, AddrNsIsTheSpaceWithoutStage1_6_3_85)
{
    secure_atos_bench b;
    in_thread([&] {
        b.begin();
        for (const std::uint64_t sid : {5, 7}) {
            EXPECT_EQ(b.ask(s_gatos, ssec | sid, stage2, ipa), wb_inner | s_pa) << sid;
            EXPECT_EQ(b.ask(s_gatos, ssec | sid, stage2, ipa, addr_ns), wb_inner | par_ns | ns_pa) << sid;
        }
        // 9.1.3: STE.NSCFG is not for ATOS.
        b.change_sste(7, 1, 3ULL << 46);
        EXPECT_EQ(b.ask(s_gatos, ssec | 7, stage2, ipa), wb_inner | s_pa);
        b.change_sste(7, 1, 2ULL << 46, 3ULL << 46);
        EXPECT_EQ(b.ask(s_gatos, ssec | 7, stage2, ipa, addr_ns), wb_inner | par_ns | ns_pa);
        // Stage 1 bypassed by S1DSS
        b.set_bits(secure_bench::s_stream_table + 5 * 64, 1ULL << 59); // S1CDMax
        b.change_sste(5, 1, 1);
        EXPECT_EQ(b.ask(s_gatos, ssec | 5, both, ipa), wb_inner | s_pa);
        EXPECT_EQ(b.ask(s_gatos, ssec | 5, both, ipa, addr_ns), wb_inner | par_ns | ns_pa);
        EXPECT_EQ(b.ask(s_gatos, ssec | 5, stage1, ipa + 0x4000) & (0xffffffffffULL << 12 | 1), ipa + 0x4000);
        // Note of 9.1.3: S_CR0.SIF causes a stage-1 permission fault.
        b.set_sreg(0x8020, 0xd | 1 << 5);
        b.settle();
        EXPECT_EQ(b.ask(s_gatos, ssec | 5, both, ipa, addr_ns | ind), fault(f_permission));
        EXPECT_EQ(b.ask(s_gatos, ssec | 5, stage1, ipa, addr_ns | ind), fault(f_permission));
        EXPECT_EQ(b.ask(s_gatos, ssec | 5, stage1, ipa, ind) & 1, 0U);
    });
}

TEST(SecureAtos, NsipaIsTheSpaceOfTheReportedIpa_6_3_86)
{
    secure_atos_bench b;
    in_thread([&] {
        b.begin();
        EXPECT_EQ(b.ask(s_gatos, ssec | 5, both, va + 0x2000), fault(f_translation, 3, ipa + 0x2000));
        EXPECT_EQ(b.ask(s_gatos, ssec | 5, both, va + 0x3000), fault(f_translation, 3, ipa + 0x3000) | nsipa);
        // No IPA is told, or the stream is Non-secure.
        EXPECT_EQ(b.ask(s_gatos, ssec | 7, stage2, ipa + 0x3000, addr_ns), fault(f_translation, 3));
        EXPECT_EQ(b.ask(s_gatos, 5, both, va), wb_inner | par_ns | (ns_pa + 0x5000));
        EXPECT_EQ(b.ask(s_gatos, 5, both, va + 0x3000), fault(f_translation, 3, ipa + 0x6000));
        b.set_bits(secure_bench::s_stream_table + 5 * 64, 1ULL << 59);
        b.change_sste(5, 1, 1); // S1DSS bypass: NSIPA is S_GATOS_ADDR.NS
        EXPECT_EQ(b.ask(s_gatos, ssec | 5, both, ipa + 0x3000), fault(f_translation, 3, ipa + 0x3000));
        EXPECT_EQ(b.ask(s_gatos, ssec | 5, both, ipa + 0x3000, addr_ns), fault(f_translation, 3, ipa + 0x3000) | nsipa);
        EXPECT_THAT(b.sevents(), IsEmpty());
    });
}

TEST(SecureAtos, WithoutSel2SecureStreamsHaveStage1Alone_9_1_3)
{
    secure_atos_bench b(with_atos(false));
    in_thread([&] {
        b.begin();
        b.set_sreg(0x8110, ~0ULL, 8);
        EXPECT_EQ(b.sreg(0x8110, 8), ~0x3fULL) << "NS is RES0";
        EXPECT_EQ(b.ask(s_gatos, ssec | 6, stage1, va), wb_inner | ipa);
        for (const unsigned type : {stage2, both}) {
            EXPECT_EQ(b.ask(s_gatos, ssec | 6, type, va), fault(inv_stage));
            EXPECT_EQ(b.ask(s_gatos, ssec | 64, type, va), fault(inv_stage)) << "point A";
        }
        EXPECT_EQ(b.ask(s_gatos, 1ULL << 52 | ssec | 6, stage2, va), fault(inv_req)) << "first of all";
        EXPECT_EQ(b.ask(s_gatos, 5, both, va), wb_inner | par_ns | (ns_pa + 0x5000)) << "Non-secure ones have both";
    });
}

TEST(SecureAtos, EachStreamNeedsTheSmmuenOfItsState_9_1_1)
{
    secure_atos_bench b;
    in_thread([&] {
        b.begin();
        b.set_reg(0x20, 0xc);
        b.settle();
        EXPECT_EQ(b.ask(s_gatos, 6, stage1, va), fault(internal_err));
        EXPECT_EQ(b.ask(s_gatos, ssec | 6, stage1, va), wb_inner | ipa);
        b.set_reg(0x100, 1);
        EXPECT_EQ(b.reg(0x100), 0U);
        b.set_reg(0x20, 0xd);
        b.set_sreg(0x8020, 0xc);
        b.settle();
        b.set_sreg(0x8100, 1);
        EXPECT_EQ(b.sreg(0x8100), 0U);
        EXPECT_EQ(b.ask(gatos, 6, stage1, va), wb_inner | (ipa + 0x5000));
    });
}

TEST(SecureAtos, SyncsOfBothQueuesAndItsOwnSmmuenWaitForIt_4_7_3)
{
    secure_atos_bench b;
    in_thread([&] {
        b.begin();
        b.start_held(s_gatos, ssec | 6, b.root1);
        b.spush(0x60); // TLBI_SNH_ALL
        b.spush(0x46);
        b.sring();
        b.push(0x46);
        b.ring();
        b.settle(5000);
        EXPECT_EQ(b.sreg(0x809c), 1U);
        EXPECT_EQ(b.reg(0x9c), 0U);
        b.set_reg(0x20, 0xc);
        b.set_sreg(0x8020, 0xc);
        b.settle(5000);
        EXPECT_EQ(b.reg(0x24) & 1, 0U) << "6.3.37: of the Non-secure register groups alone";
        EXPECT_EQ(b.sreg(0x8024) & 1, 1U);
        b.let_go();
        EXPECT_EQ(b.sreg(0x809c), 2U);
        EXPECT_EQ(b.reg(0x9c), 1U);
        EXPECT_EQ(b.sreg(0x8024) & 1, 0U);
        EXPECT_EQ(b.sreg(0x8100), 0U);
    });
}

// --- S_VATOS

TEST(SecureVatos, AbsentWithoutSel2_6_2_4)
{
    secure_bench b(with_atos(false, true));
    in_thread([&] {
        EXPECT_EQ(b.sreg(0x8008), 0U);
        b.set_sreg(s_sel, ~0U);
        EXPECT_EQ(b.sreg(s_sel), 0U);
        std::uint32_t value = 0; // the frame ends before the page
        sc_core::sc_time delay;
        EXPECT_FALSE(
            transport(b.cpu, tlm::TLM_READ_COMMAND, s_vatos.ctrl, &value, 4, secure_bench::secure_access(), delay));
        b.set_reg(sel, ~0U);
        EXPECT_EQ(b.reg(sel), 0xffffU) << "the Non-secure one is there";
    });
}

TEST(SecureVatos, RegistersOfItsPage_6_3_103)
{
    secure_atos_bench b(with_atos(true, true));
    in_thread([&] {
        EXPECT_EQ(b.sreg(0x8008), 1U) << "6.3.54 BA_S_VATOS: 0x30000";
        EXPECT_EQ(b.sreg(s_vatos.sid, 8), ssec) << "RES1";
        b.set_sreg(s_vatos.ctrl, 1);
        EXPECT_EQ(b.sreg(s_vatos.ctrl), 0U) << "S_CR0.SMMUEN 0";
        b.begin();
        b.set_sreg(s_sel, ~0U);
        EXPECT_EQ(b.sreg(s_sel), 0xffffU);
        EXPECT_EQ(b.reg(s_sel), 0U);
        EXPECT_EQ(b.reg(sel), 0U) << "one for each state";
        b.set_sreg(s_vatos.sid, ~ssec, 8);
        EXPECT_EQ(b.sreg(s_vatos.sid, 8), ssec | 1ULL << 52 | 0x3ffULL << 32 | 0xffff);
        b.set_sreg(s_vatos.addr, ~0ULL, 8);
        EXPECT_EQ(b.sreg(s_vatos.addr, 8), ~0x3fULL) << "bit 4 is RES0 (6.3.105)";
        b.set_reg(s_vatos.addr, 0, 8);
        EXPECT_EQ(b.reg(s_vatos.addr, 8), 0U) << "RAZ to Non-secure accesses";
        EXPECT_EQ(b.sreg(s_vatos.addr, 8), ~0x3fULL) << "and WI";
        EXPECT_EQ(b.reg(vatos.addr, 8), 0U) << "the VATOS page is another";
        EXPECT_EQ(b.sreg(vatos.addr, 8), 0U);
        EXPECT_EQ(b.sreg(0x3fff8, 8), 0U);
        b.set_sreg(0x38000, 1);
        b.set_sreg(s_sel, 0);
        b.start_held(s_vatos, 6, b.root1);
        b.set_sreg(s_sel, 9);
        b.set_sreg(s_vatos.sid, 5, 8);
        b.set_sreg(s_vatos.addr, 0, 8);
        EXPECT_EQ(b.sreg(s_sel), 0U);
        EXPECT_EQ(b.sreg(s_vatos.sid, 8), ssec | 6);
        EXPECT_EQ(b.sreg(s_vatos.addr, 8), va | stage1 << 10 | rnw);
        b.set_sreg(0x8020, 0xc);
        b.settle(5000);
        EXPECT_EQ(b.sreg(0x8024) & 1, 1U) << "6.3.37";
        b.let_go();
        EXPECT_EQ(b.sreg(0x8024) & 1, 0U);
        EXPECT_EQ(b.sreg(s_vatos.par, 8), wb_inner | ipa);
    });
}

TEST(SecureVatos, OnlySecureStreamsOfTheSelectedVmid_9_1_6)
{
    secure_atos_bench b(with_atos(true, true));
    in_thread([&] {
        b.begin();
        b.set_bits(secure_bench::s_stream_table + 6 * 64 + 16, 9); // S2VMID of the stage-1 stream
        b.set_sreg(s_sel, 3);
        EXPECT_EQ(b.ask(s_vatos, 5, stage1, va), wb_inner | ipa);
        EXPECT_EQ(b.ask(s_vatos, 5, stage1, va + 0x1000), wb_inner | par_ns | ipa);
        EXPECT_EQ(b.ask(s_vatos, 5, stage1, va + 0x4000), fault(f_translation));
        EXPECT_EQ(b.ask(s_vatos, 6, stage1, va), fault(c_bad_ste));
        EXPECT_EQ(b.ask(s_vatos, 7, stage1, va), fault(inv_stage)) << "stage 2 only, of this VMID";
        EXPECT_EQ(b.ask(s_vatos, 8, stage1, va), fault(c_bad_ste)) << "bypass has no VMID";
        for (const unsigned type : {0U, stage2, both})
            EXPECT_EQ(b.ask(s_vatos, 5, type, va), fault(inv_req));
        b.set_sreg(s_sel, 9);
        EXPECT_EQ(b.ask(s_vatos, 6, stage1, va), fault(c_bad_ste)) << "S2VMID is IGNORED with stage 1 alone";
        EXPECT_EQ(b.ask(s_vatos, 5, stage1, va), fault(c_bad_ste));
        b.set_sreg(s_sel, 0);
        EXPECT_EQ(b.ask(s_vatos, 6, stage1, va), wb_inner | ipa) << "the effective VMID is 0";
        b.change_sste(6, 1, 1ULL << 30); // STRW: EL3, not tagged with a VMID
        EXPECT_EQ(b.ask(s_vatos, 6, stage1, va), fault(c_bad_ste));
        b.change_sste(6, 1, 2ULL << 30, 3ULL << 30); // Secure EL2
        EXPECT_EQ(b.ask(s_vatos, 6, stage1, va), fault(c_bad_ste));
        // The Non-secure interface has streams and a VMID of its own.
        b.set_reg(sel, 4);
        EXPECT_EQ(b.ask(vatos, 5, stage1, va), wb_inner | (ipa + 0x5000));
        b.set_reg(sel, 3);
        EXPECT_EQ(b.ask(vatos, 5, stage1, va), fault(c_bad_ste));
        EXPECT_THAT(b.events(), IsEmpty());
        EXPECT_THAT(b.sevents(), IsEmpty());
    });
}
