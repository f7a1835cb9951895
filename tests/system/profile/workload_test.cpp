// What runs must show, by numbers that follow from the workload.

#include "profile_program.h"

#include <gmock/gmock.h>

#include <set>

namespace iovp::test {
namespace {

const json& named(const json& list, const char* key, const std::string& name)
{
    static const json none;
    for (const json& item : list)
        if (item[key] == name)
            return item;
    ADD_FAILURE() << "no " << name;
    return none;
}

// The sums of stages are those of the whole, in every group and every kind.
void expect_sums(const json& point)
{
    std::uint64_t groups = 0, kinds = 0, count = 0;
    for (const char* list : {"groups", "kinds"})
        for (const json& g : point[list]) {
            std::uint64_t sum = 0;
            for (const json& s : g["stages"])
                sum += s["sum_ps"].get<std::uint64_t>();
            EXPECT_EQ(sum, g["sum_ps"].get<std::uint64_t>());
            (list[0] == 'g' ? groups : kinds) += sum;
            if (list[0] == 'g' && g["kind"] != "command" && g["kind"] != "ats")
                count += g["count"].get<std::uint64_t>();
        }
    EXPECT_EQ(groups, kinds);
    EXPECT_EQ(count, point["requests"].get<std::uint64_t>());
    for (const json& k : point["kinds"]) {
        std::uint64_t in_histogram = 0;
        for (const json& place : k["histogram"])
            in_histogram += place[2].get<std::uint64_t>();
        EXPECT_EQ(in_histogram, k["count"].get<std::uint64_t>());
    }
    EXPECT_EQ(point["errors"], 0);
}

TEST(ProfileWorkload, StagesAddUpForEveryPatternKindAndStageOfTranslation)
{
    const json report = profile_json("--set count=300 --set read_share=0.5 --sweep pattern=random,sequential "
                                     "--sweep stages=bypass,stage1,stage2,nested --sweep pcie=false,true");
    ASSERT_EQ(report["points"].size(), 16u);
    for (const json& p : report["points"]) {
        EXPECT_EQ(p["requests"], 300) << p["title"];
        EXPECT_EQ(p["bytes"], 300 * 64);
        expect_sums(p);
    }
}

// One page, one request in flight, stage 1 alone: 1 STE, 1 CD, 4 levels, and 99 hits of the micro-TLB.
TEST(ProfileWorkload, OnePageMissesOnce)
{
    const json p = profile_json("--set stages=stage1 --set window=4K --set pattern=sequential --set count=100 "
                                "--set outstanding=1")["points"][0];
    const json& micro = named(p["caches"], "cache", "tbu0 micro TLB");
    EXPECT_EQ(micro["hits"], 99);
    EXPECT_EQ(p["counts"]["descriptor reads"], 4);
    EXPECT_EQ(p["counts"]["configuration reads"], 2);
    EXPECT_EQ(p["counts"]["translation requests"], 1);
    EXPECT_EQ(p["kinds"][0]["count"], 100);
    EXPECT_EQ(named(p["kinds"][0]["stages"], "stage", "walk_stage1.L0")["count"], 1);
    EXPECT_EQ(p["groups"].size(), 1u);
    EXPECT_EQ(p["groups"][0]["page_size"], 4096);
}

// The same after a warm-up of every line: nothing but hits is measured, of the micro-TLB and of the system cache.
TEST(ProfileWorkload, WarmUpIsNotMeasured)
{
    const json p = profile_json("--set stages=stage1 --set window=4K --set pattern=sequential --set count=100 "
                                "--set outstanding=1 --set warm_up=64")["points"][0];
    EXPECT_EQ(named(p["caches"], "cache", "tbu0 micro TLB")["hit_rate"], 1.0);
    EXPECT_EQ(named(p["caches"], "cache", "system cache")["hit_rate"], 1.0);
    EXPECT_EQ(p["counts"]["descriptor reads"], 0);
    EXPECT_EQ(p["kinds"][0]["min_ns"], p["kinds"][0]["max_ns"]);
    // Look-up 1 ns, interconnect 10 ns, 64 bytes through the cache's port at 2000 B/ns, hit 29 ns.
    EXPECT_EQ(p["kinds"][0]["max_ns"], 1 + 10 + 0.032 + 29);
}

// One request in flight takes the same time in both styles, whatever happens to it: hits, misses, bursts that are cut.
// Order by tags changes nothing for it.
TEST(ProfileWorkload, StylesAgreeForOneRequestInFlight)
{
    for (const char* what : {"", "--set stages=bypass", "--set request_size=1500 --set pattern=sequential",
                             "--set kind=churn --set count=20", "--set streams=4 --set tags=3"}) {
        const json report = profile_json(
            std::string("--set count=300 --set outstanding=1 --set read_share=0.5 --sweep style=lt,at ") + what);
        json lt = report["points"][0], at = report["points"][1];
        expect_sums(at);
        EXPECT_EQ(lt["groups"], at["groups"]) << what;
        EXPECT_EQ(lt["kinds"], at["kinds"]) << what;
        EXPECT_EQ(lt["caches"], at["caches"]) << what;
    }
}

// 16 pages, each asked for once: cold, the STE, the CD and the levels that the walk caches have not yet. A request
// waits in its device for exactly as long as the Translation Request that it needs.
TEST(ProfileWorkload, AtsRequestsHaveRecordsOfTheirOwn)
{
    const json p = profile_json("--set ats=true --set stages=stage1 --set window=64K --set pattern=sequential "
                                "--set count=2048 --set outstanding=1")["points"][0];
    const json& ats = named(p["kinds"], "kind", "ats");
    EXPECT_EQ(ats["count"], 16);
    EXPECT_EQ(ats["aborted"], 0);
    EXPECT_EQ(named(ats["stages"], "stage", "ste_fetch")["count"], 1);
    EXPECT_EQ(named(ats["stages"], "stage", "cd_fetch")["count"], 1);
    EXPECT_EQ(named(ats["stages"], "stage", "walk_stage1.L0")["count"], 1);
    EXPECT_EQ(named(ats["stages"], "stage", "walk_stage1.L3")["count"], 16);
    EXPECT_EQ(named(ats["stages"], "stage", "dti_request")["count"], 16);
    EXPECT_EQ(named(ats["stages"], "stage", "dti_response")["count"], 16);
    const json& reads = named(p["kinds"], "kind", "dma_read");
    EXPECT_EQ(reads["count"], 2048);
    EXPECT_EQ(named(reads["stages"], "stage", "endpoint")["sum_ps"], ats["sum_ps"]);
    const json& atc = named(p["caches"], "cache", "device0 ATC");
    EXPECT_EQ(atc["lookups"], 2048);
    EXPECT_EQ(atc["hits"], 2048 - 16);
    expect_sums(p);
}

TEST(ProfileWorkload, AtsAddsUpUnderLoad)
{
    const json report = profile_json("--set ats=true --set count=600 --set read_share=0.5 --set tbus=2 --set streams=4 "
                                     "--set atc_entries=4 --sweep stages=stage1,stage2,nested "
                                     "--sweep request_size=64,9000 --sweep substreams=0");
    ASSERT_EQ(report["points"].size(), 6u);
    for (const json& p : report["points"]) {
        EXPECT_GT(named(p["kinds"], "kind", "ats")["count"], 100);
        expect_sums(p);
    }
}

TEST(ProfileWorkload, AtAddsUpUnderLoad)
{
    const json report = profile_json("--style at --set count=600 --set read_share=0.5 --set tbus=2 --set streams=2 "
                                     "--sweep tags=0,1,4 --sweep stages=stage1,nested --sweep request_size=64,3000");
    ASSERT_EQ(report["points"].size(), 12u);
    for (const json& p : report["points"]) {
        EXPECT_EQ(p["requests"], 600);
        expect_sums(p);
    }
}

// One tag: a hit waits for the miss before it. Without tags it goes past.
TEST(ProfileWorkload, TagsKeepOrder)
{
    for (const char* style : {"lt", "at"}) {
        const json report =
            profile_json(std::string("--set count=2000 --set window=16M --set stages=stage1 --sweep tags=0,1 "
                                     "--set outstanding=8 --style ") +
                         style);
        EXPECT_GT(report["points"][0]["gbps"].get<double>(), report["points"][1]["gbps"].get<double>()) << style;
    }
}

// A cold access with stage 1 alone. The micro-TLB (1; the main TLB is not asked for a stream that the TBU has never
// seen), DTI (8 + 8), the TCU's look-ups (3 + 3 + 4), 2 + 4 reads of tables, which stand in lines of their own, and one
// of the data over the interconnect (10 each), each a miss of DRAM's 95 ns that fills a line (64 bytes at 170 B/ns)
// after the cache's port. Without cache, bus and banks 95 ns each.
TEST(ProfileWorkload, AColdWalkTakesItsReads)
{
    const std::string one = "--set stages=stage1 --set window=4K --set count=1 --set outstanding=1";
    const std::string plain = one + " --set memory.system_cache.size=0 --set memory.banks=0 "
                                    "--set memory.bandwidth_bytes_per_ns=0";
    const double look_ups = 1 + 8 + 8 + 3 + 3 + 4;
    EXPECT_EQ(profile_json(plain)["points"][0]["kinds"][0]["max_ns"], look_ups + 7 * (10 + 95));
    // Port at 2000 B/ns: STE and CD of 64 bytes, four descriptors of 8, the data of 64.
    const double port = 3 * 0.032 + 4 * 0.004;
    EXPECT_NEAR(profile_json(one)["points"][0]["kinds"][0]["max_ns"].get<double>(),
                look_ups + 7 * (10 + 95 + 0.376) + port, 1e-6);
}

// A request for each stream and substream in turn (sequential): each its own group.
TEST(ProfileWorkload, StreamsSubstreamsAndPageSizesAreGroups)
{
    const json p = profile_json("--set streams=2 --set substreams=2 --set pattern=sequential --set count=400 "
                                "--set page_size=2M --set window=2M --set stages=stage1")["points"][0];
    ASSERT_EQ(p["groups"].size(), 4u);
    for (unsigned i = 0; i < 4; ++i) {
        EXPECT_EQ(p["groups"][i]["stream"], i / 2);
        EXPECT_EQ(p["groups"][i]["substream"], 1 + i % 2);
        EXPECT_EQ(p["groups"][i]["count"], 100);
        EXPECT_EQ(p["groups"][i]["page_size"], 2 << 20);
    }
    expect_sums(p);
}

TEST(ProfileWorkload, DevicesShareTheRequests)
{
    const json p = profile_json("--set tbus=3 --set streams=3 --set count=100 --set warm_up=10")["points"][0];
    EXPECT_EQ(p["requests"], 100);
    std::multiset<int> counts;
    for (const json& g : p["groups"])
        counts.insert(g["count"].get<int>());
    EXPECT_EQ(counts, (std::multiset<int>{33, 33, 34}));
    expect_sums(p);
}

// Three pages far apart, each missed once, and one of them by two bytes of a request that crosses into it.
TEST(ProfileWorkload, ATraceMapsThePagesThatItTouches)
{
    const scratch files;
    const std::string trace = files.write("t.csv", "0x1000,64,R\n0x700000000000,64,W\n0x1ffe,4,R\n0x1040,64,R\n");
    for (const char* stages : {"stage1", "nested"}) {
        const json p = profile_json(std::string("--set pattern=trace --set outstanding=1 --set count=4 --set stages=") +
                                    stages + " --set trace=" + trace)["points"][0];
        EXPECT_EQ(p["errors"], 0);
        EXPECT_EQ(p["bytes"], 64 + 64 + 4 + 64);
        EXPECT_EQ(p["counts"]["translation requests"], 3) << stages;
        EXPECT_EQ(p["counts"]["transactions of the TBUs"], 5); // one is split
        EXPECT_EQ(p["kinds"].size(), 2u);
    }
    EXPECT_EQ(run_profile("--set pattern=trace --set stages=stage2 --set trace=" + trace).exit_code, 2)
        << "0x700000000000 has no place in 44 bits";
}

// 5 buffers of 4 pages: 64 requests of 256 bytes each, a TLBI for each page and a CMD_SYNC; each buffer misses again.
TEST(ProfileWorkload, ChurnInvalidatesByCommands)
{
    const json p = profile_json("--set kind=churn --set count=5 --set buffer_pages=4 --set request_size=256 "
                                "--set pattern=sequential --set stages=stage1 --set outstanding=1")["points"][0];
    EXPECT_EQ(p["requests"], 5 * 64);
    EXPECT_EQ(p["counts"]["commands consumed"], 5 * (4 + 1));
    EXPECT_EQ(p["counts"]["translation requests"], 5 * 4);
    EXPECT_EQ(p["invalidations"]["count"], 5);
    EXPECT_GT(p["invalidations"]["min_ns"], 0);
    const json& commands = named(p["kinds"], "kind", "command");
    EXPECT_EQ(commands["count"], 5 * (4 + 1));
    EXPECT_EQ(named(commands["stages"], "stage", "invalidation")["count"], 5 * 4);
    EXPECT_EQ(named(p["groups"], "command", "TLBI_NH_VA")["count"], 5 * 4);
    const json& syncs = named(p["groups"], "command", "SYNC");
    EXPECT_EQ(syncs["count"], 5);
    EXPECT_EQ(named(syncs["stages"], "stage", "sync_wait")["count"], 5);
    EXPECT_EQ(named(p["groups"], "kind", "dma_read")["command"], nullptr);
    EXPECT_EQ(named(commands["stages"], "stage", "sync_wait")["count"], 5);
    expect_sums(p);
}

// One request in flight holds a slot of the TCU whenever it misses, never two: the mean is the share of that time.
TEST(ProfileWorkload, OccupancyOfThePools)
{
    const json p = profile_json("--set stages=stage1 --set count=400 --set outstanding=1 --set window=16M "
                                "--set tcu.slots=64")["points"][0];
    ASSERT_FALSE(p["occupancy"].empty());
    for (const json& r : p["occupancy"]) {
        double all = 0, weighted = 0;
        for (const json& at : r["time_at_level_ns"]) {
            all += at[1].get<double>();
            weighted += at[0].get<double>() * at[1].get<double>();
        }
        EXPECT_GE(all, p["simulated_ns"].get<double>()) << r["name"]; // to the end of the last record
        EXPECT_NEAR(r["mean"].get<double>(), weighted / all, 1e-9);
        if (r["capacity"] != 0) {
            EXPECT_LE(r["max"], r["capacity"]);
        }
        EXPECT_EQ(r["series"]["mean"].size(), r["series"]["max"].size());
    }
    const json& slots = named(p["occupancy"], "name", "system.tcu.translation_slots");
    EXPECT_EQ(slots["capacity"], 64);
    EXPECT_EQ(slots["max"], 1);
    EXPECT_GT(slots["mean"], 0);
    EXPECT_LT(slots["mean"], 1);
}

// Four interrupts in turn, so far apart that none meets another: each of 100 reaches the handler, whose entry takes the
// profile's 50 ns.
TEST(ProfileWorkload, EveryMsiReachesTheHandler)
{
    const json p = profile_json("--set kind=msi --set streams=2 --set vectors=2 --set pattern=sequential "
                                "--set count=100 --set requests_per_second=100000")["points"][0];
    EXPECT_EQ(p["requests"], 100);
    EXPECT_EQ(p["counts"]["interrupts acknowledged"], 100);
    ASSERT_EQ(p["groups"].size(), 2u);
    EXPECT_EQ(p["groups"][0]["kind"], "msi");
    EXPECT_EQ(p["groups"][0]["count"], 50);
    EXPECT_EQ(p["groups"][1]["stream"], 1);
    const json& entry = named(p["kinds"][0]["stages"], "stage", "cpu_entry");
    EXPECT_EQ(entry["count"], 100);
    EXPECT_EQ(entry["min_ns"], 50.0);
    EXPECT_EQ(entry["max_ns"], 50.0);
    // The ITS has looked all up before: its commands made the tables; each event is read once.
    EXPECT_EQ(named(p["caches"], "cache", "ITS event cache")["lookups"], 100);
    EXPECT_EQ(named(p["caches"], "cache", "ITS event cache")["hits"], 96);
    expect_sums(p);
}

// A storm on one interrupt: MSIs that find it pending merge, and no record stays open.
TEST(ProfileWorkload, MsisOfAPendingInterruptMerge)
{
    const json p = profile_json("--set kind=msi --set vectors=1 --set count=1000 --set outstanding=4")["points"][0];
    EXPECT_EQ(p["requests"], 1000);
    EXPECT_EQ(p["kinds"][0]["count"], 1000);
    EXPECT_GT(p["counts"]["interrupts acknowledged"], 0);
    EXPECT_LT(p["counts"]["interrupts acknowledged"], 1000);
    EXPECT_EQ(named(p["kinds"][0]["stages"], "stage", "acknowledge")["count"], p["counts"]["interrupts acknowledged"]);
    expect_sums(p);
}

} // namespace
} // namespace iovp::test
