// 10.5, 10.6: registers of a counter group: accesses, guards, Updates, MSIs, Secure rules, identification.

#include "unit/pmcg/pmcg_bench.h"

using namespace iovp;
using namespace iovp::test;

namespace {

smmu::pmcg::parameters secure_group()
{
    smmu::pmcg::parameters p;
    p.feature.secure_impl = true;
    return p;
}

} // namespace

TEST(PmcgRegisters_10_5, HalvesOfA64BitRegister)
{
    plain_group g;
    g.set_reg(0x10008, 0x11112222);
    g.set_reg(0x1000c, 0x33334444);
    EXPECT_EQ(g.value(1), 0x3333444411112222U);
    EXPECT_EQ(g.reg(0x1000c), 0x33334444U);
    g.set_reg(0xc00, 3);
    g.set_reg(0xc04, 3); // beyond the eighth counter
    EXPECT_EQ(g.reg(0xc00, 8), 3U);
    g.set_reg(0xe5c, 5);
    g.set_reg(0xe58, 0x40);
    EXPECT_EQ(g.reg(0xe58, 8), 0x500000040U);
}

// The other half has counted since it was last written.
TEST(PmcgRegisters_10_5, AHalfThatIsNotWrittenKeepsWhatItCounted)
{
    plain_group g;
    g.program(1, 1 | every_stream);
    g.set_value(1, 0x1ffffffff);
    g.occurs(1); // 0x2'0000'0000
    g.occurs(1);
    g.set_reg(0x10008, 7);
    EXPECT_EQ(g.value(1), 0x200000007U);
    g.occurs(1);
    g.set_reg(0x1000c, 9);
    EXPECT_EQ(g.value(1), 0x900000008U);
}

TEST(PmcgRegisters_10_5, NeighboursOf32BitCountersInOneAccess)
{
    smmu::pmcg_features f;
    f.counter_bits = 32;
    plain_group g(f);
    g.program(3, 1 | every_stream);
    g.set_reg(0x10008, 0x2222222211111111, 8);
    g.occurs(1);
    EXPECT_EQ(g.value(2), 0x11111111U);
    EXPECT_EQ(g.value(3), 0x22222223U);
    EXPECT_EQ(g.reg(0x10008, 8), 0x2222222311111111U);
    g.set_reg(0x10008, 5);
    EXPECT_EQ(g.value(3), 0x22222223U);
}

TEST(PmcgRegisters_10_5, IllegalAccessesDoNothing)
{
    group_bench b;
    in_thread([&] {
        b.set_reg(0x10000, 0x8877665544332211, 8);
        for (const unsigned bytes : {1U, 2U}) {
            b.set_reg(0x10000, 0, bytes);
            EXPECT_EQ(b.reg(0x10000, bytes), 0U);
        }
        b.set_reg(0x10004, 0, 8); // not aligned
        EXPECT_EQ(b.reg(0x10004, 8), 0U);
        EXPECT_EQ(b.reg(0x10002, 4), 0U);
        EXPECT_EQ(b.value(0), 0x8877665544332211U);
        std::uint64_t two[2] = {1, 1};
        sc_core::sc_time delay;
        EXPECT_TRUE(transport(b.drivers.cpu, tlm::TLM_READ_COMMAND, 0x10000, two, 16, {}, delay));
        EXPECT_EQ(two[0] | two[1], 0U);
        EXPECT_FALSE(transport(b.drivers.cpu, tlm::TLM_READ_COMMAND, 0x20000, two, 4, {}, delay));
    });
}

TEST(PmcgRegisters_10_5, RelocatedCountersLeaveNothingInPage0)
{
    for (const bool relocated : {false, true}) {
        smmu::pmcg_features f;
        f.relocated = relocated;
        plain_group g(f);
        EXPECT_EQ(g.reg(0xe00) >> 20 & 1, relocated ? 1U : 0U);
        for (const std::uint32_t offset : {0x0U, 0xcc0U}) {
            g.set_reg(offset, 1, 8);
            EXPECT_EQ(g.reg(offset, 8), relocated ? 0U : 1U) << offset;
        }
        g.set_reg(0xd88, 1);
        EXPECT_EQ(g.reg(0x600, 8), relocated ? 0U : 1U);
        EXPECT_EQ(g.reg(0xc80, 8), relocated ? 0U : 1U);
        EXPECT_EQ(g.frame.size(), relocated ? 0x20000U : 0x10000U);
        EXPECT_EQ(g.value(0), relocated ? 0U : 1U);
    }
}

TEST(PmcgRegisters_10_5, CfgrSaysWhatThereIs)
{
    smmu::pmcg_features f;
    EXPECT_EQ(plain_group(f).reg(0xe00), 1U << 22 | 1U << 21 | 1U << 20 | 63U << 8 | 7U);
    f.counters = 64;
    f.counter_bits = 32;
    f.capture = f.msi = f.relocated = false;
    f.shared_filter = true;
    EXPECT_EQ(plain_group(f).reg(0xe00), 1U << 23 | 31U << 8 | 63U);
    f.counter_bits = 48;
    f.counters = 1;
    EXPECT_EQ(plain_group(f).reg(0xe00), 1U << 23 | 47U << 8);
}

TEST(PmcgRegisters_10_5, CeidNamesArchitectedEventsAlone)
{
    group_bench b({}, {1, 2, 7, 63, 64, 127, 128, 0x90});
    in_thread([&] {
        EXPECT_EQ(b.reg(0xe20, 8), 1U | 1U << 1 | 1U << 2 | 1U << 7 | 1ULL << 63);
        EXPECT_EQ(b.reg(0xe28, 8), 1U | 1ULL << 63);
    });
}

TEST(PmcgRegisters_10_5, Identification_10_5_2_29)
{
    smmu::pmcg_features f;
    f.identification = 0x4832343b; // part 0x483, variant 2, revision 3, JEP106 4:0x3b
    f.architecture_minor = 3;
    plain_group g(f);
    EXPECT_EQ(g.reg(0xe08), 0x4832343bU);
    EXPECT_EQ(g.reg(0xe70), 3U);
    const std::pair<std::uint32_t, std::uint32_t> expected[] = {
        {0xfb8, 0},    {0xfbc, 0x47702a56}, {0xfcc, 0x56}, {0xfd0, 0x4},  {0xfd4, 0},
        {0xfd8, 0},    {0xfdc, 0},          {0xfe0, 0x83}, {0xfe4, 0xb4}, {0xfe8, 0x2b},
        {0xfec, 0x30}, {0xff0, 0x0d},       {0xff4, 0x90}, {0xff8, 0x05}, {0xffc, 0xb1}};
    for (const auto& [offset, value] : expected)
        EXPECT_EQ(g.reg(offset), value) << std::hex << offset;
}

TEST(PmcgRegisters_10_5, MpamAndRealmAreAbsent)
{
    smmu::pmcg_features f;
    f.secure_impl = true;
    plain_group g(f);
    EXPECT_EQ(g.reg(0xe00) >> 24, 0U); // FILTER_PARTID_PMG, MPAM
    for (const std::uint32_t offset : {0xe40U, 0xe48U, 0xe6cU, 0xe74U, 0xe78U})
        for (const bool secure : {false, true}) {
            g.set_reg(offset, 0xffffffff, 4, secure);
            EXPECT_EQ(g.reg(offset, 4, secure), 0U) << std::hex << offset;
        }
    g.set_reg(0xdf8, 0xffffffff, 4, true);
    EXPECT_EQ(g.reg(0xdf8, 4, true), 0x80000007U); // NAO, MSI_MPAM_NS are RES0
}

// 10.5.2.19: as CR0 and CR0ACK.
TEST(PmcgUpdate_10_5_2_19, TakesItsTimeAndGuardsTheMsi)
{
    smmu::pmcg::parameters p;
    p.register_cycles = 0;
    p.update_cycles = 10;
    group_bench b(p);
    in_thread([&] {
        b.set_reg(0xe58, 0x40000, 8);
        b.set_reg(0xe60, 1);
        b.set_reg(0xe64, 2);
        b.set_reg(0xe50, 1);
        const auto write_all = [&] {
            b.set_reg(0xe58, 0x50000, 8);
            b.set_reg(0xe5c, 1);
            b.set_reg(0xe60, 3);
            b.set_reg(0xe64, 4);
            EXPECT_EQ(b.reg(0xe58, 8), 0x40000U);
            EXPECT_EQ(b.reg(0xe60), 1U);
            EXPECT_EQ(b.reg(0xe64), 2U);
        };
        EXPECT_EQ(b.reg(0xe54), 0U);
        write_all(); // IRQEN 1, acknowledge 0
        sc_core::wait(9, sc_core::SC_NS);
        EXPECT_EQ(b.reg(0xe54), 0U);
        sc_core::wait(2, sc_core::SC_NS);
        EXPECT_EQ(b.reg(0xe54), 1U);
        write_all();
        b.set_reg(0xe50, 0);
        write_all(); // IRQEN 0, acknowledge 1
        sc_core::wait(100, sc_core::SC_NS);
        EXPECT_EQ(b.reg(0xe54), 0U);
        b.set_reg(0xe60, 3);
        EXPECT_EQ(b.reg(0xe60), 3U);
    });
}

TEST(PmcgUpdate_10_5_2_19, ToZeroWaitsForTheMsiUnderWay)
{
    group_bench b;
    in_thread([&] {
        b.memory.waiting_page = 0x40;
        b.program(0, 1 | every_stream, ~0ULL);
        b.set_reg(0xc40, 1, 8);
        b.enable_msi(0x40000, 1, 0);
        b.occurs(1);
        b.set_reg(0xe50, 0);
        sc_core::wait(10, sc_core::SC_US);
        EXPECT_TRUE(b.memory.arrived);
        EXPECT_EQ(b.reg(0xe54), 1U);
        b.memory.go.notify();
        sc_core::wait(100, sc_core::SC_NS);
        EXPECT_EQ(b.reg(0xe54), 0U);
        b.set_reg(0x10000, ~0ULL, 8);
        b.occurs(1); // nothing comes after it
        sc_core::wait(1, sc_core::SC_US);
        EXPECT_EQ(b.memory.log.size(), 1U);
    });
}

TEST(PmcgMsi_10_5_2_24, AbortIsReportedUntilTheNextEnable)
{
    group_bench b;
    in_thread([&] {
        b.memory.aborting.insert(0x40);
        b.program(0, 1 | every_stream, ~0ULL);
        b.set_reg(0xc40, 1, 8);
        b.enable_msi(0x40000, 1, 0);
        EXPECT_EQ(b.reg(0xe68), 0U);
        b.occurs(1);
        sc_core::wait(1, sc_core::SC_US);
        EXPECT_EQ(b.reg(0xe68), 1U);
        b.set_reg(0xe68, 0);
        b.enable_irq(false);
        EXPECT_EQ(b.reg(0xe68), 1U); // not by 1 to 0
        b.enable_irq();
        EXPECT_EQ(b.reg(0xe68), 0U);
    });
}

// 10.5.2.23: MemAttr as in the STE, SH with 0b01 as Non-shareable.
TEST(PmcgMsi_10_5_2_23, AttributesAreThoseOfCfg2)
{
    group_bench b;
    in_thread([&] {
        b.program(0, 1 | every_stream);
        b.set_reg(0xc40, 1, 8);
        const auto sent = [&](std::uint32_t cfg2) {
            b.enable_irq(false);
            b.enable_msi(0x40000, 1, cfg2);
            b.memory.log.clear();
            b.set_reg(0x10000, ~0ULL, 8);
            b.occurs(1);
            sc_core::wait(1, sc_core::SC_US);
            EXPECT_EQ(b.memory.log.size(), 1U);
            return b.memory.log.at(0).with.memory;
        };
        EXPECT_EQ(sent(0x3f), normal_write_back()); // write-back, inner shareable
        memory_attributes wanted = normal_write_back();
        wanted.share = shareability::non_shareable;
        EXPECT_EQ(sent(0x1f), wanted);
        EXPECT_EQ(sent(0x0f), wanted);
        EXPECT_FALSE(sent(0x01) == wanted); // Device
    });
}

// 10.5.2.12, 10.6
TEST(PmcgSecure_10_6, NsraShutsNonSecureAccessesOut)
{
    plain_group g(secure_group().feature);
    EXPECT_EQ(g.reg(0xdf8, 4, true), 0x80000006U); // READS_AS_ONE, NSMSI, NSRA; SO is 0
    EXPECT_EQ(g.reg(0xdf8), 0U);
    g.set_reg(0xdf8, 1);
    EXPECT_EQ(g.reg(0xdf8, 4, true), 0x80000006U);
    g.set_value(0, 5);
    EXPECT_EQ(g.reg(0x10000, 8), 5U);
    g.set_reg(0xdf8, 4, 4, true);
    for (std::uint32_t offset = 0; offset < 0x1000; offset += 4)
        for (const std::uint32_t page : {0U, 0x10000U}) {
            const std::uint64_t before = g.reg(page + offset, 4, true);
            EXPECT_EQ(g.reg(page + offset), 0U);
            g.set_reg(page + offset, ~before & 0xffffffff);
            EXPECT_EQ(g.reg(page + offset, 4, true), before) << std::hex << page + offset;
        }
    EXPECT_EQ(g.updates, 0U);
    g.set_reg(0xe04, 1, 4, true);
    EXPECT_EQ(g.reg(0xe04, 4, true), 1U);
}

TEST(PmcgSecure_10_6, WithoutSecureStateScrIsAbsentAndBothMayAccess)
{
    plain_group g;
    for (const bool secure : {false, true}) {
        g.set_reg(0xdf8, 0xffffffff, 4, secure);
        EXPECT_EQ(g.reg(0xdf8, 4, secure), 0U);
        g.set_reg(0x10000, secure ? 5 : 6, 8, secure);
        EXPECT_EQ(g.value(0), secure ? 5U : 6U);
    }
    g.set_reg(0x400, 1U << 30);
    EXPECT_EQ(g.reg(0x400), 0U); // FILTER_SEC_SID
    g.program(0, 1 | every_stream);
    g.set_value(0, 0);
    g.occurs(1, 3, true); // of Secure streams nothing is seen
    EXPECT_EQ(g.value(0), 0U);
}

TEST(PmcgSecure_10_6, MsisGoWhereNsmsiAndNsraSay)
{
    group_bench b(secure_group());
    in_thread([&] {
        b.program(0, 1 | every_stream);
        b.set_reg(0xc40, 1, 8);
        b.enable_msi(0x40000, 1, 0);
        for (unsigned bits = 0; bits < 4; ++bits) {
            b.set_reg(0xdf8, bits << 1, 4, true);
            b.set_reg(0x10000, ~0ULL, 8, true);
            b.memory.log.clear();
            b.occurs(1);
            sc_core::wait(1, sc_core::SC_US);
            ASSERT_EQ(b.memory.log.size(), 1U);
            EXPECT_EQ(b.memory.log[0].with.non_secure, bits != 0) << bits;
        }
    });
}
