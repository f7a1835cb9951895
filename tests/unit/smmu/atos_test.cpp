#include "bench.h"

#include "smmu/arch/atos.h"
#include "vmsa/attributes.h"

#include <gmock/gmock.h>

using namespace iovp;
using namespace iovp::test;
using testing::IsEmpty;

static constexpr std::uint64_t data_pa = 0x80000000;
static constexpr std::uint64_t data_ipa = 0x70000000;
static constexpr std::uint64_t va = 0x123456000;

namespace {

constexpr unsigned stage1 = 1, stage2 = 2, both = 3;
constexpr std::uint64_t rnw = 1 << 8, pnu = 1 << 9, ind = 1 << 7, httui = 1 << 6;
constexpr std::uint64_t ssid_valid = 1ULL << 52;

smmu::tcu::parameters with_atos()
{
    smmu::tcu::parameters p;
    p.feature.atos = true;
    return p;
}

constexpr std::uint64_t fault(std::uint64_t code, std::uint64_t reason = 0, std::uint64_t page = 0)
{
    return 1 | reason << 1 | code << 4 | page;
}

/// Streams: 5 nested, 6 stage 1, 7 stage 2, 8 bypass; 9 abort, 10 invalid.
struct atos_bench : bench {
    explicit atos_bench(const smmu::tcu::parameters& p = with_atos())
        : bench(p)
    {
    }
    std::uint64_t root1 = 0, root2 = 0;

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
    }
    std::uint64_t run_atos(std::uint64_t sid, unsigned type, std::uint64_t address, std::uint64_t bits = rnw)
    {
        set_reg(0x108, sid, 8);
        set_reg(0x110, (address & ~0xfffULL) | type << 10 | bits, 8);
        set_reg(0x100, 1);
        for (int i = 0; i < 100 && reg(0x100) != 0; ++i)
            settle(100);
        EXPECT_EQ(reg(0x100), 0U);
        return reg(0x118, 8);
    }
};

// ATTR 0xff: write-back, read and write allocate; SH 3: inner
constexpr std::uint64_t wb_inner = 0xffULL << 56 | 3 << 8;

} // namespace

TEST(Atos, SuccessfulLookupsOfEveryType_9_1_3)
{
    atos_bench b;
    in_thread([&] {
        EXPECT_EQ(b.reg(0) >> 15 & 1, 1U);
        b.begin();
        EXPECT_EQ(b.run_atos(5, both, va), wb_inner | data_pa);
        EXPECT_EQ(b.run_atos(5, stage1, va), wb_inner | data_ipa);      // of a nested stream: the IPA
        EXPECT_EQ(b.run_atos(5, stage2, data_ipa), wb_inner | data_pa); // of a nested stream
        EXPECT_EQ(b.run_atos(6, stage1, va), wb_inner | data_ipa);
        EXPECT_EQ(b.run_atos(7, stage2, data_ipa), wb_inner | data_pa);
        // An IPA without a stage-2 mapping is no matter for a stage-1 request (9.1.4).
        b.map1(b.root1, va + 0x1000, 0x71000000);
        EXPECT_EQ(b.run_atos(5, stage1, va + 0x1000), wb_inner | 0x71000000);
        EXPECT_THAT(b.events(), IsEmpty());
    });
}

TEST(Atos, SizeIsTheLowestOneOfTheAddress_6_3_40)
{
    atos_bench b;
    in_thread([&] {
        b.begin();
        b.map1(b.root1, 0x40200000, 0x40000000 + 0x600000, 2); // 2 MiB block
        EXPECT_EQ(b.run_atos(6, stage1, 0x40212000), wb_inner | 1 << 11 | 0x40600000 | 1 << 20);
        b.map1(b.root1, 0x80000000, 0x1c0000000, 1); // 1 GiB block
        EXPECT_EQ(b.run_atos(6, stage1, 0x80212000), wb_inner | 1 << 11 | 0x1c0000000 | 1 << 29);
        b.map2(b.root2, 0x40600000, 0x50000000); // nested: the smaller of both
        for (int pass = 0; pass < 2; ++pass)
            for (std::uint64_t table = 0x100000; table < b.pool; table += 0x1000)
                b.map2(b.root2, table, table);
        EXPECT_EQ(b.run_atos(5, both, 0x40200000), wb_inner | 0x50000000);
    });
}

TEST(Atos, AttributesOfTheTablesWithoutOverrides_6_3_40)
{
    atos_bench b;
    in_thread([&] {
        b.begin();
        // STE.MTCFG, MemAttr (Device-nGnRE), SHCFG: no effect. MAIR attribute 1: Device-GRE.
        b.set_bits(bench::stream_table + 6 * 64 + 8, 1ULL << 36 | 1ULL << 32, 3ULL << 44);
        b.memory.set(bench::cd_base + 6 * 64 + 24, 0x44bb0cff);
        EXPECT_EQ(b.run_atos(6, stage1, va), wb_inner | data_ipa);
        b.map1(b.root1, va + 0x1000, data_ipa, 3, 0xf45);
        EXPECT_EQ(b.run_atos(6, stage1, va + 0x1000), 0x0cULL << 56 | 2 << 8 | data_ipa); // Device: SH is outer
        b.map1(b.root1, va + 0x2000, data_ipa, 3, 0xe49);                                 // write-through, outer
        EXPECT_EQ(b.run_atos(6, stage1, va + 0x2000), 0xbbULL << 56 | 2 << 8 | data_ipa);
        b.map1(b.root1, va + 0x3000, data_ipa, 3, 0xf4d); // non-cacheable
        EXPECT_EQ(b.run_atos(6, stage1, va + 0x3000), 0x44ULL << 56 | 2 << 8 | data_ipa);
        b.map2(b.root2, data_ipa + 0x1000, data_pa, 3, 0x6c5); // stage 2: Device-nGnRE, read/write
        EXPECT_EQ(b.run_atos(7, stage2, data_ipa + 0x1000), 0x04ULL << 56 | 2 << 8 | data_pa);
        b.map1(b.root1, va + 0x4000, data_ipa + 0x1000);
        EXPECT_EQ(b.run_atos(5, both, va + 0x4000), 0x04ULL << 56 | 2 << 8 | data_pa);
    });
}

TEST(Atos, PermissionsComeFromTheRequestAlone_9)
{
    atos_bench b;
    in_thread([&] {
        b.begin();
        b.map1(b.root1, va, data_ipa, 3, 0xf81 | 3ULL << 53);     // privileged read-only, UXN, PXN
        b.set_bits(bench::stream_table + 6 * 64 + 8, 3ULL << 48); // PRIVCFG privileged: not for ATOS
        EXPECT_EQ(b.run_atos(6, stage1, va, rnw), fault(0x13));
        EXPECT_EQ(b.run_atos(6, stage1, va, rnw | pnu), wb_inner | data_ipa);
        EXPECT_EQ(b.run_atos(6, stage1, va, pnu), fault(0x13));             // write
        EXPECT_EQ(b.run_atos(6, stage1, va, rnw | pnu | ind), fault(0x13)); // execute
        b.map1(b.root1, va, data_ipa, 3, 0xf41 | 3ULL << 53);
        EXPECT_EQ(b.run_atos(6, stage1, va, ind), wb_inner | data_ipa); // InD is IGNORED for writes
        EXPECT_THAT(b.events(), IsEmpty());
    });
}

TEST(Atos, InvocationErrors_9_1_3)
{
    atos_bench b;
    in_thread([&] {
        b.begin();
        EXPECT_EQ(b.run_atos(5, 0, va), fault(0xff));
        EXPECT_EQ(b.run_atos(5 | ssid_valid, stage2, va), fault(0xff));
        EXPECT_EQ(b.run_atos(7, stage1, va), fault(0xfe));
        EXPECT_EQ(b.run_atos(7, both, va), fault(0xfe));
        EXPECT_EQ(b.run_atos(6, stage2, va), fault(0xfe));
        EXPECT_EQ(b.run_atos(6, both, va), fault(0xfe));
        for (const unsigned type : {stage1, stage2, both}) {
            EXPECT_EQ(b.run_atos(8, type, va), fault(0xfe)); // bypass
            EXPECT_EQ(b.run_atos(9, type, va), fault(0xfe)); // Config 0b000
        }
        // 9.1.5: INV_STAGE before C_BAD_SUBSTREAMID
        EXPECT_EQ(b.run_atos(7 | ssid_valid | 3ULL << 32, stage1, va), fault(0xfe));
        EXPECT_EQ(b.run_atos(6 | ssid_valid | 3ULL << 32, stage1, va), fault(0x08));
    });
}

TEST(Atos, StageTwoRequestsNeedStageTwo_9_1_3)
{
    auto p = with_atos();
    p.feature.stage2 = false;
    p.feature.hypervisor = false;
    atos_bench b(p);
    in_thread([&] {
        b.root1 = b.new_table();
        b.stage1_stream(6, b.root1, 6);
        b.map1(b.root1, va, data_ipa);
        b.enable();
        EXPECT_EQ(b.run_atos(6, stage1, va), wb_inner | data_ipa);
        EXPECT_EQ(b.run_atos(6, stage2, va), fault(0xff));
        EXPECT_EQ(b.run_atos(6, both, va), fault(0xff));
    });
}

TEST(Atos, ConfigurationErrors_9_1_5)
{
    atos_bench b;
    in_thread([&] {
        b.begin();
        EXPECT_EQ(b.run_atos(64, stage1, va), fault(0x02));
        EXPECT_EQ(b.run_atos(10, stage1, va), fault(0x04));
        b.memory.set(bench::cd_base + 6 * 64, 0);
        EXPECT_EQ(b.run_atos(6, stage1, va), fault(0x0a));
        b.memory.aborting.insert(bench::cd_base >> 12);
        EXPECT_EQ(b.run_atos(6, stage1, va), fault(0x09));
        b.memory.aborting.insert(bench::stream_table >> 12);
        EXPECT_EQ(b.run_atos(11, stage1, va), fault(0x03));
        EXPECT_THAT(b.events(), IsEmpty());
    });
}

// C_BAD_STREAMID is reported whatever CR2.RECINVSID says: that is about records. R and S2R are none of its business.
TEST(Atos, RecordingControlsDoNotMatter_9)
{
    atos_bench b;
    in_thread([&] {
        b.root1 = b.new_table();
        b.root2 = b.new_table();
        b.stage1_stream(6, b.root1, 6);
        b.set_bits(bench::cd_base + 6 * 64, 0, 1ULL << 45);
        b.stage2_stream(7, b.root2, 3);
        b.set_bits(bench::stream_table + 7 * 64 + 16, 0, 1ULL << 58);
        b.enable(0, 6, 0);
        EXPECT_EQ(b.run_atos(64, stage1, va), fault(0x02));
        EXPECT_EQ(b.run_atos(6, stage1, va), fault(0x10));
        EXPECT_EQ(b.run_atos(7, stage2, va), fault(0x10, 3));
    });
}

TEST(Atos, StageOneRequestsNeedStageOne_9_1_3)
{
    auto p = with_atos();
    p.feature.stage1 = p.feature.hypervisor = false;
    p.feature.substream_id_bits = 0;
    atos_bench b(p);
    in_thread([&] {
        b.root2 = b.new_table();
        b.stage2_stream(7, b.root2, 3);
        b.map2(b.root2, data_ipa, data_pa);
        b.enable();
        EXPECT_EQ(b.run_atos(7, stage2, data_ipa), wb_inner | data_pa);
        EXPECT_EQ(b.run_atos(7, stage1, data_ipa), fault(0xff));
        EXPECT_EQ(b.run_atos(7, both, data_ipa), fault(0xff));
    });
}

// A choice of the model: where S1DSS bypasses stage 1, PAR has the size of the smallest granule.
TEST(Atos, BypassOfStage1HasTheSmallestGranule)
{
    auto p = with_atos();
    p.feature.granule_4k = p.feature.granule_16k = false;
    atos_bench b(p);
    in_thread([&] {
        b.stage1_stream(6, 0, 6);
        b.set_bits(bench::stream_table + 6 * 64, 2ULL << 59);
        b.set_bits(bench::stream_table + 6 * 64 + 8, 1);
        b.enable();
        EXPECT_EQ(b.run_atos(6, stage1, 0x70010000) & 0x00fffffffffff801, 0x70010000 | 1ULL << 15 | 1 << 11);
    });
}

TEST(Atos, StreamDisabledAndS1dssBypass_9_1_3)
{
    atos_bench b;
    in_thread([&] {
        b.begin();
        // S1CDMax 2 on stream 5 (nested) and S1DSS 0: terminate
        b.set_bits(bench::stream_table + 5 * 64, 2ULL << 59);
        EXPECT_EQ(b.run_atos(5, both, va), fault(0x06));
        b.set_bits(bench::stream_table + 5 * 64 + 8, 1); // S1DSS bypass
        b.run(0x03 | 5ULL << 32);
        EXPECT_EQ(b.run_atos(5, both, data_ipa), wb_inner | data_pa);
        EXPECT_EQ(b.run_atos(5, stage1, data_ipa) & 0x00fffffffffff001, data_ipa); // attributes are free
        EXPECT_EQ(b.run_atos(5, stage1, 1ULL << 44), fault(0x11));
    });
}

TEST(Atos, FaultsOfNestedStreamsByType_9_1_4)
{
    atos_bench b;
    in_thread([&] {
        b.begin();
        // stage 1
        EXPECT_EQ(b.run_atos(5, both, va + 0x1000), fault(0x10));
        EXPECT_EQ(b.run_atos(5, stage1, va + 0x1000), fault(0x10));
        // stage 2 of the final IPA
        b.map1(b.root1, va + 0x1000, 0x71000000);
        EXPECT_EQ(b.run_atos(5, both, va + 0x1000), fault(0x10, 3, 0x71000000));
        EXPECT_EQ(b.run_atos(5, stage2, 0x71000000), fault(0x10, 3)); // FADDR 0
        b.map2(b.root2, 0x71000000, data_pa, 3, 0x77d);               // read-only
        EXPECT_EQ(b.run_atos(5, both, va + 0x1000, 0), fault(0x13, 3, 0x71000000));
        // stage 2 of a stage-1 descriptor: TT
        b.run(0x30);
        const std::uint64_t root_leaf = b.entry(b.root2, b.root1, 3);
        const std::uint64_t kept = b.memory.word(root_leaf);
        b.memory.set(root_leaf, 0);
        EXPECT_EQ(b.run_atos(5, both, va), fault(0x10, 2, b.root1));
        EXPECT_EQ(b.run_atos(5, stage1, va), fault(0x0b)); // looks like an abort of the walk
        b.memory.set(root_leaf, kept);
        // stage 2 of the CD
        b.run(0x04, 31);
        const std::uint64_t cd_leaf = b.entry(b.root2, bench::cd_base, 3);
        const std::uint64_t cd_kept = b.memory.word(cd_leaf);
        b.memory.set(cd_leaf, 0);
        EXPECT_EQ(b.run_atos(5, both, va), fault(0x10, 1, bench::cd_base));
        EXPECT_EQ(b.run_atos(5, stage1, va), fault(0x09));
        b.memory.set(cd_leaf, cd_kept);
        // external aborts
        b.memory.aborting.insert(b.root1 >> 12);
        EXPECT_EQ(b.run_atos(5, both, va), fault(0x0b));
        b.run(0x30);
        b.memory.aborting = {b.root2 >> 12};
        EXPECT_EQ(b.run_atos(5, both, va), fault(0x0b, 2)); // of stage 2, for a stage-1 descriptor
        EXPECT_EQ(b.run_atos(5, stage2, data_ipa), fault(0x0b, 3));
        // an IPA beyond the IAS
        EXPECT_EQ(b.run_atos(7, stage2, 1ULL << 44), fault(0x11));
        EXPECT_THAT(b.events(), IsEmpty());
    });
}

TEST(Atos, RegistersAreGuardedByRunAndRunBySmmuen_6_3_37)
{
    atos_bench b;
    in_thread([&] {
        b.begin();
        b.set_reg(0x108, ~0ULL, 8);
        EXPECT_EQ(b.reg(0x108, 8), 0xffffULL | 0x3ffULL << 32 | ssid_valid); // 16 and 10 bits are implemented
        b.set_reg(0x108, 5, 8);
        b.set_reg(0x110, va | both << 10 | rnw, 8);
        b.set_reg(0x118, ~0ULL, 8);
        EXPECT_EQ(b.reg(0x118, 8), 0U); // RO
        b.memory.waiting_page = b.root1 >> 12;
        b.set_reg(0x100, 1);
        while (!b.memory.arrived)
            b.settle(10);
        EXPECT_EQ(b.reg(0x100), 1U);
        b.set_reg(0x108, 99, 8);
        b.set_reg(0x110, 0, 8);
        b.set_reg(0x100, 0);
        EXPECT_EQ(b.reg(0x100), 1U);
        EXPECT_EQ(b.reg(0x108, 8), 5U);
        EXPECT_EQ(b.reg(0x110, 8), va | both << 10 | rnw);
        // 4.7.3: a sync waits for it; 6.3.37: so does the Update of SMMUEN, during which RUN cannot be set.
        b.push(0x46);
        b.ring();
        b.settle();
        EXPECT_NE(b.reg(0x9c), b.produced);
        b.set_reg(0x20, 0xc);
        b.settle();
        EXPECT_EQ(b.reg(0x24), 0xdU);
        b.memory.waiting_page = ~0ULL;
        b.memory.go.notify();
        b.settle();
        EXPECT_EQ(b.reg(0x100), 0U);
        EXPECT_EQ(b.reg(0x118, 8), wb_inner | data_pa);
        EXPECT_EQ(b.reg(0x9c), b.produced);
        EXPECT_EQ(b.reg(0x24), 0xcU);
        b.set_reg(0x100, 1); // SMMUEN == 0
        EXPECT_EQ(b.reg(0x100), 0U);
    });
}

TEST(Atos, InhibitedHardwareUpdateLeavesTablesAlone_9)
{
    auto p = with_atos();
    p.feature.htt_update = 2;
    atos_bench b(p);
    in_thread([&] {
        b.begin();
        b.set_bits(bench::cd_base + 6 * 64, 3ULL << 42);
        b.map1(b.root1, va, data_ipa, 3, 0x8c1 | 1ULL << 51); // AF 0, read-only, DBM
        const std::uint64_t leaf = b.entry(b.root1, va, 3);
        const std::uint64_t before = b.memory.word(leaf);
        EXPECT_EQ(b.run_atos(6, stage1, va, httui) & 0x00fffffffffff001, data_ipa); // a write
        EXPECT_EQ(b.memory.word(leaf), before);
        EXPECT_EQ(b.run_atos(6, stage1, va, 0) & 0x00fffffffffff001, data_ipa);
        EXPECT_EQ(b.memory.word(leaf), (before | 0x400) & ~0x80ULL);
    });
}

TEST(Atos, AbsentUnlessImplemented_6_3_37)
{
    bench b;
    in_thread([&] {
        b.enable();
        EXPECT_EQ(b.reg(0) >> 15 & 1, 0U);
        for (const std::uint32_t offset : {0x100U, 0x108U, 0x110U, 0x118U}) {
            b.set_reg(offset, 0xffffffff);
            EXPECT_EQ(b.reg(offset), 0U);
        }
    });
}

TEST(Atos, MairEncodingIsTheInverseOfItsDecoding)
{
    for (const unsigned attribute :
         {0x00U, 0x04U, 0x08U, 0x0cU, 0x44U, 0x4fU, 0xf4U, 0xffU, 0xbbU, 0xaaU, 0xeeU, 0x33U, 0x77U, 0x5dU})
        EXPECT_EQ(smmu::encode_mair(vmsa::decode_mair(static_cast<std::uint8_t>(attribute), 3)), attribute);
}
