// The driver's counters, by StreamID, against the models' statistics (the program compares them and says "deviations")
// and against what the scenarios' steps must cause.

#include "program.h"

#include <gmock/gmock.h>

#include <string>

using iovp::test::run_scenario;
using iovp::test::scratch;
using nlohmann::json;

namespace {

constexpr unsigned tcu = 0, tbu0 = 1, tbu1 = 2; // order of the groups in the IORT

std::uint64_t count(const json& s, const std::string& stream, unsigned group, const char* what)
{
    for (const json& d : s["counts"]["devices"])
        if (d["stream"] == stream)
            return d["groups"].at(group)[what].get<std::uint64_t>();
    ADD_FAILURE() << "no device with StreamID " << stream;
    return 0;
}

} // namespace

// Streams 0x1100 and 0x1101 are behind the first port, 0x1200 behind the second (steps 6 to 12 of the scenario).
TEST(Pmu, EveryDeviceIsCountedInItsTbuAlone)
{
    const json s = run_scenario("isolation", "--pmu");
    EXPECT_TRUE(s["ok"].get<bool>()) << s["deviations"].dump(2);
    ASSERT_EQ(s["counts"]["devices"].size(), 3u);
    for (const char* stream : {"0x1100", "0x1101"}) {
        EXPECT_GT(count(s, stream, tbu0, "transactions"), 0u);
        EXPECT_EQ(count(s, stream, tbu1, "transactions"), 0u);
    }
    EXPECT_EQ(count(s, "0x1200", tbu0, "transactions"), 0u);
    // 0x1101: a message, a read and a write of 64 bytes that abort. 0x1200: two messages, two reads and three writes.
    EXPECT_EQ(count(s, "0x1101", tbu0, "transactions"), 3u);
    EXPECT_EQ(count(s, "0x1101", tcu, "transactions"), 3u);
    EXPECT_EQ(count(s, "0x1200", tbu1, "transactions"), 7u);
    EXPECT_GT(count(s, "0x1200", tcu, "walk_accesses"), 0u);
}

// Most transactions hit; one that misses takes more than one read of a nested walk.
TEST(Pmu, TheFirstMessageOfANestedDeviceIsAMiss)
{
    const json s = run_scenario("nested_parent_lookup", "--pmu");
    EXPECT_TRUE(s["ok"].get<bool>()) << s["deviations"].dump(2);
    EXPECT_GT(count(s, "0x1100", tbu0, "tlb_misses"), 0u);
    EXPECT_LT(count(s, "0x1100", tbu0, "tlb_misses"), count(s, "0x1100", tbu0, "transactions"));
    EXPECT_GT(count(s, "0x1100", tcu, "walk_accesses"), count(s, "0x1100", tcu, "transactions"));
    EXPECT_EQ(s["counts"]["overflows"], 1);
}

TEST(Pmu, OverflowsArriveAsMsisToo)
{
    const scratch files;
    const std::string config = files.write("msi.json", R"({"smmu_msi": true})");
    const json s = run_scenario("dma", "--pmu --config " + config);
    EXPECT_TRUE(s["ok"].get<bool>()) << s["deviations"].dump(2);
    EXPECT_EQ(s["counts"]["overflows"], 1);
}

// 32-bit counters in one page, without MSIs: the driver must not care.
TEST(Pmu, AnotherShapeOfGroupCountsTheSame)
{
    const scratch files;
    const std::string config = files.write(
        "small.json", R"({"pmcg": {"counter_bits": 32, "relocated": false, "msi": false, "capture": false}})");
    const json s = run_scenario("isolation", "--pmu --config " + config);
    EXPECT_TRUE(s["ok"].get<bool>()) << s["deviations"].dump(2);
    EXPECT_EQ(count(s, "0x1101", tbu0, "transactions"), 3u);
    EXPECT_EQ(s["counts"]["overflows"], 1);
}

TEST(Pmu, WithoutTheOptionNothingIsCounted)
{
    EXPECT_FALSE(run_scenario("identity").contains("counts"));
}
