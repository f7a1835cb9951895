// Reading the Command queue several entries at a time; what becomes of a command's time; occupancy of the TCU's pools.
#include "ats_bench.h"
#include "dti_bench.h"

#include "common/occupancy_statistics.h"
#include "common/systemc/occupancy_probe.h"

#include <gmock/gmock.h>

#include <map>

using namespace iovp;
using namespace iovp::test;
using testing::ElementsAre;

namespace {

smmu::tcu::parameters at_once(unsigned commands)
{
    smmu::tcu::parameters p;
    p.command_fetch = commands;
    return p;
}

struct fetch_bench : dti_bench {
    fake_tbu tbu{"tbu"};
    explicit fetch_bench(unsigned commands)
        : dti_bench(at_once(commands))
    {
        tbu.socket.bind(tcu.dti);
    }
    void begin()
    {
        enable();
        tbu.connect(4);
    }
    /// Entry and bytes of each read of the Command queue.
    std::vector<std::pair<std::uint64_t, unsigned>> reads() const
    {
        std::vector<std::pair<std::uint64_t, unsigned>> all;
        for (const auto& a : memory.log)
            if (!a.write && a.address >> 12 == command_base >> 12)
                all.emplace_back((a.address - command_base) / 16, a.size);
        return all;
    }
};

using entries = std::pair<std::uint64_t, unsigned>;

struct span {
    stage what;
    time_ps ns;
    bool operator==(const span& s) const { return what == s.what && ns == s.ns; }
};

std::vector<span> spans_of(const latency_record& r)
{
    std::vector<span> all;
    time_ps at = r.begin();
    for (const stage_span& s : r.spans()) {
        EXPECT_EQ(s.start, at);
        at = s.end;
        all.push_back({s.what, (s.end - s.start) / 1000});
    }
    EXPECT_EQ(at, r.end());
    return all;
}

} // namespace

TEST(CommandFetch, OneReadBringsSeveral)
{
    fetch_bench b(4);
    in_thread([&] {
        b.begin();
        b.push(0x30);
        b.push(0x30);
        b.push(0x46);
        const auto at = b.run_commands(3);
        EXPECT_THAT(at, ElementsAre(18 + 16, 34 + 4 + 16, 54 + 4 + 16));
        EXPECT_THAT(b.reads(), ElementsAre(entries(0, 48)));
    });
}

TEST(CommandFetch, OneEachByDefault)
{
    fetch_bench b(1);
    in_thread([&] {
        b.begin();
        b.push(0x30);
        b.push(0x46);
        EXPECT_THAT(b.run_commands(2), ElementsAre(18 + 16, 34 + 14 + 16));
        EXPECT_THAT(b.reads(), ElementsAre(entries(0, 16), entries(1, 16)));
    });
}

TEST(CommandFetch, StopsAtTheEndOfTheQueue)
{
    fetch_bench b(16);
    in_thread([&] {
        b.begin();
        for (int i = 0; i < 6; ++i)
            b.push(0x30);
        b.run_commands(6);
        for (int i = 0; i < 4; ++i)
            b.push(0x30);
        b.run_commands(4);
        EXPECT_THAT(b.reads(), ElementsAre(entries(0, 96), entries(6, 32), entries(0, 32)));
        EXPECT_EQ(b.tcu.commands().count(), 10U);
    });
}

// 7.1: software may replace the command in error and those behind it before it acknowledges.
TEST(CommandFetch, ReadsAgainAfterAnError_7_1)
{
    fetch_bench b(4);
    in_thread([&] {
        b.begin();
        b.push(0xff);
        b.push(0xff);
        b.ring();
        b.settle();
        EXPECT_EQ(b.reg(0x9c), 0x01000000U);
        b.produced = 0;
        b.push(0x30);
        b.push(0x46);
        b.set_reg(0x64, 1);
        b.settle();
        EXPECT_EQ(b.reg(0x9c) & 0xfffff, 2U);
        EXPECT_EQ(b.reg(0x60), b.reg(0x64));
    });
}

// The queue runs over a page that aborts: the commands before it are not its victims.
TEST(CommandFetch, AnAbortIsThatOfTheCommandAlone_7_1)
{
    fetch_bench b(4);
    in_thread([&] {
        b.begin();
        b.push(0x30);
        b.push(0x46);
        b.memory.aborting.insert(bench_base::command_base >> 12);
        b.ring();
        b.settle();
        EXPECT_EQ(b.reg(0x9c), 0x02000000U); // CERROR_ABT
        EXPECT_THAT(b.reads(), ElementsAre(entries(0, 32), entries(0, 16)));
        b.memory.aborting.clear();
        b.set_reg(0x64, 1);
        b.settle();
        EXPECT_EQ(b.reg(0x9c) & 0xfffff, 2U);
    });
}

// From the write of CMDQ_PROD to the MSI of the CMD_SYNC.
TEST(CommandRecords, StagesAddUpFromTheDoorbellToTheSignal)
{
    fetch_bench b(1);
    latency_log log;
    in_thread([&] {
        b.begin();
        b.tcu.record(&log);
        b.push(0x12 | 7ULL << 48, 0x1000); // CMD_TLBI_NH_VA
        b.push(0x46 | 1 << 12 | 0x77ULL << 32, bench_base::msi_page);
        const time_ps zero = to_ps(sc_core::sc_time_stamp());
        b.ring();
        b.settle();
        ASSERT_EQ(log.records().size(), 2U);
        const latency_record& tlbi = log.records()[0];
        const latency_record& sync = log.records()[1];
        EXPECT_EQ(tlbi.what, latency_record::kind::command);
        EXPECT_EQ(tlbi.opcode, 0x12);
        EXPECT_EQ(sync.opcode, 0x46);
        EXPECT_EQ(tlbi.begin(), zero + 4000);
        EXPECT_EQ(sync.begin(), zero + 4000);
        EXPECT_TRUE(tlbi.closed() && sync.closed());
        EXPECT_EQ(
            spans_of(tlbi),
            (std::vector<span>{{stage::command_fetch, 10}, {stage::command_execution, 4}, {stage::invalidation, 16}}));
        EXPECT_EQ(spans_of(sync), (std::vector<span>{{stage::command_wait, 30},
                                                     {stage::command_fetch, 10},
                                                     {stage::command_execution, 4},
                                                     {stage::sync_wait, 16},
                                                     {stage::completion_signal, 10}}));
        EXPECT_EQ(b.memory.word(bench_base::msi_page), 0x77U);
    });
}

TEST(CommandRecords, OneInErrorIsAborted)
{
    fetch_bench b(1);
    latency_log log;
    in_thread([&] {
        b.begin();
        b.tcu.record(&log);
        b.push(0xff);
        b.ring();
        b.settle();
        ASSERT_EQ(log.records().size(), 1U);
        EXPECT_TRUE(log.records()[0].closed());
        EXPECT_TRUE(log.records()[0].aborted);
        EXPECT_EQ(spans_of(log.records()[0]),
                  (std::vector<span>{{stage::command_fetch, 10}, {stage::command_execution, 4}}));
    });
}

TEST(AtsRecords, OfARootComplexWithoutOne)
{
    ats_bench b;
    latency_log log;
    in_thread([&] {
        b.begin();
        b.rc.ask(6, ats_bench::va); // the STE and the CD are cached
        b.run(0x30);
        b.tcu.record(&log);
        b.rc.ask(6, ats_bench::va);
        ASSERT_EQ(log.records().size(), 1U);
        const latency_record& r = log.records()[0];
        EXPECT_EQ(r.what, latency_record::kind::ats);
        EXPECT_EQ(r.stream, stream_id(6));
        EXPECT_EQ(r.iova.value(), ats_bench::va);
        EXPECT_TRUE(r.closed());
        EXPECT_FALSE(r.aborted);
        EXPECT_EQ(spans_of(r), (std::vector<span>{{stage::dti_request, 8},
                                                  {stage::tcu, 3},
                                                  {stage::tcu, 3},
                                                  {stage::tcu, 4},
                                                  {stage::walk_stage1, 10},
                                                  {stage::walk_stage1, 10},
                                                  {stage::walk_stage1, 10},
                                                  {stage::walk_stage1, 10},
                                                  {stage::dti_response, 8}}));
    });
}

// Three walks of 310 ns, 1 ns apart, on two walk slots.
TEST(Occupancy, ProbesTellOfEachPool)
{
    smmu::tcu::parameters p;
    p.walk_slots = 2;
    p.walk_time = sc_core::sc_time(310, sc_core::SC_NS);
    dti_bench b(p);
    fake_tbu tbu("tbu");
    tbu.socket.bind(b.tcu.dti);
    in_thread([&] {
        const std::uint64_t root = b.new_table();
        b.stage1_stream(5, root, 7);
        b.map1(root, 0x1000, 0x80000000);
        b.enable();
        tbu.connect(100);
        tbu.ask(5, 0x1000);
        std::map<std::string, occupancy_statistics> seen;
        std::map<std::string, occupancy_probe*> probes;
        for (occupancy_probe* probe : occupancy_probe::all()) {
            seen.emplace(probe->name(), occupancy_statistics(to_ps(sc_core::sc_time_stamp()), probe->level()));
            probe->listen(&seen.at(probe->name()));
            probes[probe->name()] = probe;
        }
        ASSERT_TRUE(probes.count("tcu.walk_slots") && probes.count("tcu.translation_slots"));
        EXPECT_EQ(probes["tcu.tokens_granted"]->level(), 100U);
        EXPECT_EQ(probes["tcu.tokens_granted"]->capacity(), 256U);
        EXPECT_TRUE(probes.count("tcu.configuration_slots"));
        EXPECT_TRUE(probes.count("tcu.memory_writes"));
        EXPECT_FALSE(probes.count("tcu.memory_reads")) << "they do not bind";
        EXPECT_TRUE(probes.count("tcu.events.waiting"));
        EXPECT_TRUE(probes.count("tcu.page_requests.waiting"));
        fake_tbu::question q[3];
        for (unsigned i = 0; i < 3; ++i)
            tbu.ask(q[i], 5, 0x1000, i);
        b.settle(2000);
        for (int i = 0; i < 3; ++i)
            b.push(0x30);
        b.run_commands(3);
        for (auto& [name, statistics] : seen)
            statistics.until(to_ps(sc_core::sc_time_stamp()));
        EXPECT_EQ(seen.at("tcu.walk_slots").max(), 2U);
        // Taken when the walk is reached, at the local time 10 ahead of the clock (8), or handed over.
        EXPECT_EQ(seen.at("tcu.walk_slots").level_time(), 320000U + 320000U + 310000U);
        EXPECT_EQ(seen.at("tcu.translation_slots").max(), 3U);
        EXPECT_EQ(seen.at("tcu.translation_slots").level_time(), 320000U + 320000U + 628000U);
        EXPECT_EQ(seen.at("tcu.commands.waiting").max(), 3U);
        for (auto& [name, probe] : probes)
            probe->listen(nullptr);
    });
}
