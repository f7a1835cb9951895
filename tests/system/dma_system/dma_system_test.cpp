#include "dma_system/dma_system.h"

#include "support/in_thread.h"

#include <gmock/gmock.h>

using namespace iovp;
using namespace iovp::dma;
using test::in_thread;

static constexpr stream_id stream(5);
static constexpr std::uint64_t iova = 0x123456000;

namespace {

struct bench {
    explicit bench(const system_parameters& p = {})
        : system("system", p)
    {
    }
    /// Writes a value to where `from` stands in memory, reads it by DMA, and returns the reads that the TCU made.
    std::uint64_t reads_of_tcu(std::uint64_t address, unsigned size = 8)
    {
        const auto reads = [this] { return system.tcu.counts().configuration_reads + system.tcu.counts().table_reads; };
        const std::uint64_t before = reads();
        traffic::workload w;
        w.order = traffic::pattern::list;
        w.list = {{address, size, false}};
        w.count = 1;
        w.sources = {{stream, {}}};
        system.generators[0].run(w);
        EXPECT_EQ(system.generators[0].counts().errors, 0U);
        return reads() - before;
    }
    std::uint64_t cold(std::uint64_t address)
    {
        system.control.invalidate_configuration();
        system.control.invalidate_all();
        system.control.sync();
        return reads_of_tcu(address);
    }
    dma_system system;
};

space_shape nested(unsigned granule_log2 = 12, unsigned ipa_bits = 44)
{
    space_shape s;
    s.stage2 = true;
    s.granule_log2 = granule_log2;
    s.ipa_bits = ipa_bits;
    return s;
}

space_shape stage2_alone()
{
    space_shape s;
    s.stage1 = false;
    s.stage2 = true;
    return s;
}

mapping page(const bench& b, std::uint64_t size = 4096)
{
    mapping m;
    m.iova = iova & ~(size - 1);
    m.pa = b.system.data_base();
    m.size = size;
    m.page_size = size;
    return m;
}

} // namespace

// Cold walks, N = nSTE + nCD + L1 + (nCD + L1 + 1) x L2, by the numbers of levels that each shape has.
TEST(DmaSystem, StageOneWalksFourLevels)
{
    bench b;
    b.system.add_stream(stream, {});
    b.system.map(stream, page(b));
    in_thread([&] {
        b.system.control.enable();
        EXPECT_EQ(b.reads_of_tcu(iova), 1U + 1 + 4);
        EXPECT_EQ(b.reads_of_tcu(iova), 0U);
        EXPECT_EQ(b.cold(iova), 6U);
        EXPECT_EQ(b.system.control.events(), 0U);
    });
}

TEST(DmaSystem, StageTwoAloneWalksFourLevels)
{
    bench b;
    b.system.add_stream(stream, stage2_alone());
    b.system.map(stream, page(b));
    in_thread([&] {
        b.system.control.enable();
        EXPECT_EQ(b.reads_of_tcu(iova), 1U + 4);
    });
}

TEST(DmaSystem, NestedWalksThirtyWithLinearTables)
{
    bench b;
    b.system.add_stream(stream, nested());
    b.system.map(stream, page(b));
    in_thread([&] {
        b.system.control.enable();
        EXPECT_EQ(b.reads_of_tcu(iova), 30U);
    });
}

TEST(DmaSystem, NestedWalksThirtySixWithTwoLevelTables)
{
    system_parameters p;
    p.streams.two_level = true;
    p.streams.substream_bits = 8;
    p.streams.two_level_cd = true;
    bench b(p);
    b.system.add_stream(stream, nested());
    b.system.map(stream, page(b));
    in_thread([&] {
        b.system.control.enable();
        EXPECT_EQ(b.reads_of_tcu(iova), 36U);
        EXPECT_EQ(b.system.control.events(), 0U);
    });
}

// 40-bit IPA: stage 2 begins at level 1 with two concatenated tables.
TEST(DmaSystem, FortyBitIpaHasThreeLevels)
{
    bench b;
    b.system.add_stream(stream, nested(12, 40));
    b.system.map(stream, page(b));
    in_thread([&] {
        b.system.control.enable();
        EXPECT_EQ(b.reads_of_tcu(iova), 1U + 1 + 4 + (1 + 4 + 1) * 3);
    });
}

// 16K: stage 1 of 48 bits has four levels, stage 2 of 44 bits three. 64K: three, and two with concatenated tables.
TEST(DmaSystem, OtherGranules)
{
    bench b;
    b.system.add_stream(stream, nested(14));
    b.system.map(stream, page(b, 16384));
    in_thread([&] {
        b.system.control.enable();
        EXPECT_EQ(b.reads_of_tcu(iova), 1U + 1 + 4 + (1 + 4 + 1) * 3);
        b.system.add_stream(stream, nested(16));
        b.system.map(stream, page(b, 65536));
        EXPECT_EQ(b.cold(iova), 1U + 1 + 3 + (1 + 3 + 1) * 2);
        EXPECT_EQ(b.system.control.events(), 0U);
    });
}

TEST(DmaSystem, BlocksShortenWalksAndCoverTheirSize)
{
    bench b;
    b.system.add_stream(stream, {});
    b.system.map(stream, page(b, 2 << 20));
    in_thread([&] {
        b.system.control.enable();
        EXPECT_EQ(b.reads_of_tcu(iova), 1U + 1 + 3);
        EXPECT_EQ(b.reads_of_tcu((iova & ~0x1fffffULL) + 0x1ff000), 0U);
        EXPECT_EQ(b.system.tables.word(b.system.space_of(stream).stage1()->root() + (iova >> 39) * 8) & 3, 3U);
    });
}

TEST(DmaSystem, DataGoesWhereItIsMapped)
{
    bench b;
    b.system.add_stream(stream, nested());
    mapping m = page(b);
    m.ipa = 0x40000000;
    b.system.map(stream, m);
    latency_log& log = b.system.latencies;
    b.system.listen(true);
    in_thread([&] {
        b.system.control.enable();
        b.reads_of_tcu(iova + 0x18);
        ASSERT_EQ(log.records().size(), 1U);
        const latency_record& r = log.records()[0];
        EXPECT_EQ(r.pa, physical_address(b.system.data_base() + 0x18));
        EXPECT_EQ(r.ipa, intermediate_address(0x40000018));
        EXPECT_EQ(r.page_size_log2, 12);
        time_ps sum = 0;
        for (const stage_span& s : r.spans())
            sum += s.end - s.start;
        EXPECT_EQ(sum, r.end() - r.begin());
        EXPECT_EQ(r.end() - r.begin(), b.system.generators[0].counts().latency_ps);
    });
}

TEST(DmaSystem, UnmapAndInvalidateEndsAccess)
{
    bench b;
    b.system.add_stream(stream, {});
    mapping m = page(b);
    m.size = 37 * 4096;
    b.system.map(stream, m);
    in_thread([&] {
        b.system.control.enable();
        address_space& space = b.system.space_of(stream);
        for (const std::uint64_t at : {iova, iova + 36 * 4096})
            b.reads_of_tcu(at);
        space.unmap(m.iova, m.size, 4096);
        b.system.control.invalidate(space, m.iova, m.size, 4096);
        EXPECT_EQ(b.system.control.commands(), 37U);
        b.system.control.sync();
        traffic::workload w;
        w.order = traffic::pattern::list;
        w.list = {{iova, 8, false}, {iova + 36 * 4096, 8, true}};
        w.count = 2;
        w.sources = {{stream, {}}};
        b.system.generators[0].run(w);
        EXPECT_EQ(b.system.generators[0].counts().errors, 2U);
        sc_core::wait(1, sc_core::SC_US); // events are written after the abort
        EXPECT_EQ(b.system.control.events(), 2U);
    });
}

TEST(DmaSystem, InvalidatesByRange)
{
    bench b;
    b.system.add_stream(stream, {});
    mapping m = page(b);
    m.size = 37 * 4096;
    b.system.map(stream, m);
    in_thread([&] {
        b.system.control.enable();
        for (unsigned i = 0; i < 37; ++i)
            b.reads_of_tcu(iova + i * 4096);
        const std::uint64_t misses = b.system.tbus[0].counts().main_misses;
        const std::uint64_t commands = b.system.control.commands();
        b.system.control.invalidate(b.system.space_of(stream), m.iova, m.size, 4096, true);
        EXPECT_EQ(b.system.control.commands() - commands, 2U); // 5 and 32 granules
        b.system.control.sync();
        for (unsigned i = 0; i < 37; ++i)
            EXPECT_EQ(b.reads_of_tcu(iova + i * 4096), 1U); // leaf only: tables stay in the walk cache
        EXPECT_EQ(b.system.tbus[0].counts().main_misses - misses, 37U);
    });
}

TEST(DmaSystem, SeveralTbusAndStreamsThroughPcieLinks)
{
    system_parameters p;
    p.tbus = 2;
    p.pcie = true;
    bench b(p);
    for (unsigned s = 0; s < 2; ++s) {
        b.system.add_stream(stream_id(s), {});
        mapping m = page(b);
        m.size = 64 * 4096;
        b.system.map(stream_id(s), m);
    }
    b.system.listen(true);
    in_thread([&] {
        b.system.control.enable();
        traffic::workload w;
        w.window_base = iova;
        w.window_size = 64 * 4096;
        w.outstanding = 16;
        w.count = 500;
        w.read_share = 0.5;
        for (unsigned i = 0; i < 2; ++i) {
            w.sources = {{stream_id(i), {}}};
            b.system.generators[i].start(w);
        }
        while (b.system.generators[0].busy() || b.system.generators[1].busy())
            sc_core::wait(1, sc_core::SC_US);
        for (const auto& g : b.system.generators) {
            EXPECT_EQ(g.counts().requests(), 500U);
            EXPECT_EQ(g.counts().errors, 0U);
        }
        sc_core::wait(10, sc_core::SC_US); // posted writes
        for (const latency_record& r : b.system.latencies.records())
            EXPECT_TRUE(r.closed());
        EXPECT_EQ(b.system.control.events(), 0U);
    });
}

TEST(DmaSystem, AMillionPages)
{
    bench b;
    b.system.add_stream(stream, nested());
    mapping m = page(b);
    m.iova = 0x100000000;
    m.size = 4ULL << 30;
    b.system.map(stream, m); // takes a fraction of a second; nothing asserts wall time
    // Stage 1: one level-1 table, 4 of level 2, 2048 of level 3.
    EXPECT_EQ(b.system.space_of(stream).stage1()->tables(), 1U + 4 + 2048);
    in_thread([&] {
        b.system.control.enable();
        EXPECT_EQ(b.reads_of_tcu(m.iova + m.size - 8), 30U);
    });
}

TEST(DmaSystem, RefusesWhatCannotBe)
{
    bench b;
    b.system.add_stream(stream, {});
    mapping m = page(b);
    const auto refused = [&b](mapping wrong) { EXPECT_THROW(b.system.map(stream, wrong), sc_core::sc_report); };
    m.page_size = 8192;
    refused(m);
    m = page(b);
    m.iova += 1;
    refused(m);
    m = page(b);
    m.iova = 1ULL << 48;
    refused(m);
    EXPECT_THROW(b.system.map(stream_id(6), page(b)), sc_core::sc_report);
}
