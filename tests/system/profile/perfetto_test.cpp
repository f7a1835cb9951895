#include "perfetto_trace.h"
#include "profile_program.h"

#include <gmock/gmock.h>

#include <cmath>
#include <map>
#include <utility>
#include <vector>

namespace iovp::test {
namespace {

// Exact: six digits behind the point, and doubles hold integers up to 2^53.
std::uint64_t ps(const json& event)
{
    return static_cast<std::uint64_t>(std::llround(event.at("ts").get<double>() * 1e6));
}

struct shown {
    std::string name;
    std::uint64_t begin;
    std::uint64_t end;
    std::vector<shown> inside;
};

// The transactions of a trace: every end has its begin on the same track, and everything nests.
std::vector<shown> transactions(const json& trace)
{
    std::map<std::pair<int, int>, std::vector<shown>> open;
    std::map<std::pair<int, int>, std::uint64_t> reached;
    std::vector<shown> done;
    for (const json& e : trace.at("traceEvents")) {
        const auto phase = e.at("ph").get<std::string>();
        if (phase != "B" && phase != "E")
            continue;
        const std::pair<int, int> track(e.at("pid"), e.at("tid"));
        EXPECT_GE(ps(e), reached[track]) << e; // a viewer sorts by time: what stands later must not be earlier
        reached[track] = ps(e);
        if (phase == "B") {
            open[track].push_back({e.at("name"), ps(e), 0, {}});
            continue;
        }
        if (open[track].empty()) {
            ADD_FAILURE() << "an end without a begin: " << e;
            continue;
        }
        shown s = open[track].back();
        open[track].pop_back();
        EXPECT_EQ(s.name, e.at("name").get<std::string>());
        s.end = ps(e);
        (open[track].empty() ? done : open[track].back().inside).push_back(s);
    }
    for (const auto& [track, left] : open)
        EXPECT_TRUE(left.empty()) << left.size() << " begins without an end";
    return done;
}

latency_record record(time_ps begin, std::initializer_list<std::pair<stage, time_ps>> stages)
{
    latency_record r(latency_record::kind::dma_read, begin);
    r.iova = virtual_address(begin);
    for (const auto& [what, end] : stages)
        r.until(end, what);
    r.close();
    return r;
}

TEST(Perfetto, TimesAreTheRecordsAndOverlappingTransactionsHaveTracksOfTheirOwn)
{
    const scratch files;
    const std::vector<latency_record> all = {
        record(1000, {{stage::tbu_lookup, 2001}, {stage::memory, 5003}}),
        record(1500, {{stage::tbu_lookup, 2501}, {stage::memory, 7000}}),          // overlaps the first
        record(5003, {{stage::tbu_lookup, 6000}, {stage::memory, 123456789012}})}; // begins at the first one's end
    profile::perfetto_trace trace(files.path("t.json"));
    for (const latency_record& r : all)
        trace.closed(r);
    trace.level("top.slots", 4, 2);
    trace.finish();

    const json parsed = json::parse(files.read("t.json"));
    const std::vector<shown> found = transactions(parsed);
    ASSERT_EQ(found.size(), all.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
        EXPECT_EQ(found[i].begin, all[i].begin());
        EXPECT_EQ(found[i].end, all[i].end());
        ASSERT_EQ(found[i].inside.size(), all[i].spans().size());
        for (std::size_t s = 0; s < all[i].spans().size(); ++s) {
            EXPECT_EQ(found[i].inside[s].name, stage_name(all[i].spans()[s].what));
            EXPECT_EQ(found[i].inside[s].begin, all[i].spans()[s].start);
            EXPECT_EQ(found[i].inside[s].end, all[i].spans()[s].end);
        }
    }
    std::map<int, unsigned> on_track;
    unsigned counters = 0;
    for (const json& e : parsed["traceEvents"]) {
        if (e["ph"] == "B" && e.contains("args"))
            ++on_track[e["tid"].get<int>()];
        if (e["ph"] == "C") {
            ++counters;
            EXPECT_EQ(e["name"], "top.slots");
            EXPECT_EQ(ps(e), 4u);
            EXPECT_EQ(e["args"]["in use"], 2);
        }
    }
    EXPECT_EQ(on_track, (std::map<int, unsigned>{{0, 2}, {1, 1}}));
    EXPECT_EQ(counters, 1u);
}

TEST(Perfetto, EveryTransactionOfARunIsThereAndItsStagesFillIt)
{
    const scratch files;
    const json report = profile_json("--set count=500 --set outstanding=16 --set window=256K --set read_share=0.5 "
                                     "--perfetto " +
                                     files.path("t.json"));
    const json trace = json::parse(files.read("t.json"), nullptr, false);
    ASSERT_FALSE(trace.is_discarded());
    const std::vector<shown> found = transactions(trace);
    EXPECT_EQ(found.size(), 500u);
    std::uint64_t total = 0;
    for (const shown& t : found) {
        std::uint64_t at = t.begin;
        for (const shown& s : t.inside) {
            EXPECT_EQ(s.begin, at);
            at = s.end;
        }
        EXPECT_EQ(at, t.end);
        total += t.end - t.begin;
    }
    std::uint64_t expected = 0;
    for (const json& k : report["points"][0]["kinds"])
        expected += k["sum_ps"].get<std::uint64_t>();
    EXPECT_EQ(total, expected);
}

} // namespace
} // namespace iovp::test
