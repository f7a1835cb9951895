// Every scenario of the platform: what its JSON must say, from the story and the specification, not from a run.

#include "program.h"

#include <gmock/gmock.h>

#include <string>

using iovp::test::run_scenario;
using nlohmann::json;

namespace {

constexpr const char* window_doorbell = "0x8000040"; // MSI_IOVA_BASE + GITS_TRANSLATER's place in its page
constexpr const char* doorbell = "0x30110040";       // the platform's ITS + 0x10040

// The stages of a record stand end to end from 0 to the latency.
void expect_stages_add_up(const json& msi)
{
    ASSERT_FALSE(msi["stages"].empty());
    double at = 0;
    for (const json& s : msi["stages"]) {
        EXPECT_DOUBLE_EQ(s["start_ns"].get<double>(), at) << s.dump();
        EXPECT_GT(s["end_ns"].get<double>(), at) << s.dump();
        at = s["end_ns"].get<double>();
    }
    EXPECT_DOUBLE_EQ(msi["latency_ns"].get<double>(), at);
}

bool has_stage(const json& msi, const std::string& prefix)
{
    for (const json& s : msi["stages"])
        if (s["name"].get<std::string>().rfind(prefix, 0) == 0)
            return true;
    return false;
}

void expect_delivered(const json& s)
{
    EXPECT_TRUE(s["ok"].get<bool>()) << s["deviations"].dump(2);
    EXPECT_TRUE(s["events"].empty()) << s["events"].dump(2);
    EXPECT_GE(s["intid"].get<unsigned>(), 8192u) << "not an LPI";
    EXPECT_EQ(s["pa"], doorbell);
    expect_stages_add_up(s);
    EXPECT_TRUE(has_stage(s, "pcie_link"));
    EXPECT_TRUE(has_stage(s, "its_translation"));
    EXPECT_TRUE(has_stage(s, "cpu_entry"));
}

// Words of F_TRANSLATION by 7.3.13: number 0x10; RnW is bit 35, S2 bit 39 and CLASS bits 41:40 of the second word.
void expect_fault(const json& s, const std::string& stream, const std::string& second_word, const std::string& input,
                  const std::string& ipa)
{
    EXPECT_TRUE(s["ok"].get<bool>()) << s["deviations"].dump(2);
    EXPECT_TRUE(s["intid"].is_null());
    EXPECT_TRUE(s["cpu"].is_null());
    EXPECT_TRUE(s["pa"].is_null());
    ASSERT_EQ(s["events"].size(), 1u);
    EXPECT_EQ(s["events"][0]["name"], "F_TRANSLATION");
    EXPECT_EQ(s["events"][0]["words"], json::array({stream + "00000010", second_word, input, ipa}));
    expect_stages_add_up(s);
}

} // namespace

TEST(Scenario, Identity)
{
    const json s = run_scenario("identity");
    expect_delivered(s);
    EXPECT_EQ(s["iova"], doorbell);
    EXPECT_FALSE(has_stage(s, "walk_stage1"));
    EXPECT_FALSE(has_stage(s, "walk_stage2"));
}

TEST(Scenario, DmaDomainMapsTheDoorbellInTheKernelsStage1)
{
    const json s = run_scenario("dma");
    expect_delivered(s);
    EXPECT_NE(s["iova"], doorbell);
    EXPECT_TRUE(has_stage(s, "walk_stage1"));
    EXPECT_FALSE(has_stage(s, "walk_stage2"));
}

TEST(Scenario, Stage2DomainHasTheDoorbellAtMsiIovaBase)
{
    const json s = run_scenario("stage2");
    expect_delivered(s);
    EXPECT_EQ(s["iova"], window_doorbell);
    EXPECT_FALSE(has_stage(s, "walk_stage1"));
    EXPECT_TRUE(has_stage(s, "walk_stage2"));
}

TEST(Scenario, Nested2023MissesInTheGuestsStage1)
{
    const json s = run_scenario("nested_2023");
    EXPECT_EQ(s["iova"], doorbell);
    expect_fault(s, "0x1100", "0x20000000000", doorbell, "0x0");
}

TEST(Scenario, NestedStage2HoleFaultsAtStage2)
{
    const json s = run_scenario("nested_s2_hole");
    EXPECT_EQ(s["iova"], window_doorbell);
    expect_fault(s, "0x1100", "0x28000000000", window_doorbell, "0x8000000");
}

TEST(Scenario, NestedWithoutTheGuestsRmrFaultsAtStage1)
{
    const json s = run_scenario("nested_no_rmr");
    EXPECT_EQ(s["iova"], window_doorbell);
    expect_fault(s, "0x1100", "0x20000000000", window_doorbell, "0x0");
}

class Cure : public ::testing::TestWithParam<const char*> {};

TEST_P(Cure, DeliversThroughBothStages)
{
    const json s = run_scenario(GetParam());
    expect_delivered(s);
    EXPECT_EQ(s["iova"], window_doorbell);
    EXPECT_EQ(s["ipa"], window_doorbell);
    EXPECT_TRUE(has_stage(s, "walk_stage1"));
    EXPECT_TRUE(has_stage(s, "walk_stage2"));
    // The second MSI finds every cache warm.
    EXPECT_LT(s["steps"][1]["latency_ns"].get<double>(), s["latency_ns"].get<double>());
    EXPECT_FALSE(has_stage(s["steps"][1], "walk_stage"));
    EXPECT_EQ(s["steps"][1]["intid"], s["intid"]);
}

// The check can fail: the same cure with the stage-2 mapping of the doorbell taken away.
TEST_P(Cure, DeviatesWhenItsStage2MappingIsBroken)
{
    const json s = run_scenario(GetParam(), "--break stage2_doorbell", 1);
    EXPECT_FALSE(s["ok"].get<bool>());
    EXPECT_FALSE(s["deviations"].empty());
    ASSERT_FALSE(s["events"].empty());
    EXPECT_EQ(s["events"][0]["words"][1], "0x28000000000");
    EXPECT_EQ(s["events"][0]["words"][3], "0x8000000");
}

INSTANTIATE_TEST_SUITE_P(OfTheThread, Cure,
                         ::testing::Values("nested_unmanaged_helper", "nested_parent_lookup", "nested_parent_pointer",
                                           "nested_premapped"),
                         [](const auto& of) { return std::string(of.param); });

TEST(Scenario, HotplugNeverStopsTheMsis)
{
    const json s = run_scenario("hotplug");
    EXPECT_TRUE(s["ok"].get<bool>()) << s["deviations"].dump(2);
    unsigned delivered = 0, live = 0;
    for (const json& step : s["steps"])
        if (step["kind"] == "msi") {
            EXPECT_EQ(step["outcome"], "delivered");
            expect_stages_add_up(step);
            ++delivered;
            live += step["repeats"].get<unsigned>() > 1;
        }
    EXPECT_EQ(delivered, 4u);
    EXPECT_EQ(live, 2u) << "MSIs while memory is plugged, and while it is unplugged";
    ASSERT_EQ(s["events"].size(), 3u);
    for (const json& e : s["events"])
        EXPECT_EQ(e["name"], "F_TRANSLATION");
}

TEST(Scenario, ReplaceLiveKeepsMsisAndDmaGoing)
{
    const json s = run_scenario("replace_live");
    EXPECT_TRUE(s["ok"].get<bool>()) << s["deviations"].dump(2);
    // Only the last access, after its memory was unmapped, may leave an event.
    ASSERT_EQ(s["events"].size(), 1u);
    EXPECT_FALSE(s["steps"].back()["events"].empty());
    unsigned live_dma = 0;
    for (const json& step : s["steps"])
        live_dma += step["kind"] == "dma_read" && step["repeats"].get<unsigned>() > 1;
    EXPECT_EQ(live_dma, 2u);
}

TEST(Scenario, IsolationHolds)
{
    const json s = run_scenario("isolation");
    EXPECT_TRUE(s["ok"].get<bool>()) << s["deviations"].dump(2);
    unsigned foreign = 0;
    for (const json& step : s["steps"])
        if (step["kind"] == "foreign_msi") {
            EXPECT_TRUE(step["intid"].is_null());
            EXPECT_EQ(step["pa"], doorbell) << "the forged write must reach the ITS, or it proves nothing";
            ++foreign;
        }
    EXPECT_EQ(foreign, 2u);
    EXPECT_EQ(s["events"].size(), 7u);
}

TEST(BrokenOnPurpose, AnInterruptOnTheWrongCpuIsADeviation)
{
    const json s = run_scenario("stage2", "--break lpi_route", 1);
    EXPECT_FALSE(s["ok"].get<bool>());
}

TEST(BrokenOnPurpose, WrongDmaDataIsADeviation)
{
    const json s = run_scenario("stage2", "--break dma_data", 1);
    EXPECT_FALSE(s["ok"].get<bool>());
}

// The same outcomes whichever way the SMMU's own interrupts and CMD_SYNC go, and whatever the granule of the tables.
class Variant : public ::testing::TestWithParam<const char*> {};

TEST_P(Variant, EveryScenarioIsAsExpected)
{
    const iovp::test::scratch files;
    const auto config = files.write("config.json", GetParam());
    const auto r = iovp::test::run_program("--config " + config + " --json " + files.path("result.json"));
    EXPECT_EQ(r.exit_code, 0) << r.output;
    const auto all = json::parse(files.read("result.json"), nullptr, false);
    ASSERT_FALSE(all.is_discarded());
    EXPECT_EQ(all["scenarios"].size(), 13u);
}

INSTANTIATE_TEST_SUITE_P(Nested, Variant,
                         ::testing::Values(R"({"smmu_msi": true})", R"({"smmu_sync_msi": true})",
                                           R"({"smmu_msi": true, "tcu": {"features": {"msi": false}}})",
                                           R"({"tcu": {"features": {"architecture_minor": 3, "e0pd": true,
                                               "ptw_nnc": true, "stall_model": 0, "stall_max": 16,
                                               "aarch32_tables": true, "secure_impl": true, "secure_stage2": true,
                                               "ats": true, "pri": true, "priq_log2": 6, "wake_events": true,
                                               "vmid_wildcard": true}}})",
                                           R"({"granule_log2": 14})",
                                           R"({"granule_log2": 16, "tcu": {"features": {"granule_4k": false}}})"));

TEST(Variant, InterruptsGoToTheCpuThatWasAskedFor)
{
    const iovp::test::scratch files;
    for (const unsigned cpu : {0u, 1u}) {
        const auto config = files.write("config.json", R"({"msi_cpu": )" + std::to_string(cpu) + "}");
        EXPECT_EQ(run_scenario("nested_premapped", "--config " + config)["cpu"], cpu);
    }
}

// Who writes to the doorbell in a trace: the endpoints through their TBUs, and the TCU with the SMMU's own DeviceID.
TEST(Variant, SmmuMsisTravelWithTheSmmusDeviceId)
{
    const iovp::test::scratch files;
    const auto config = files.write("config.json", R"({"smmu_msi": true})");
    run_scenario("nested_2023", "--config " + config + " --trace " + files.path("trace"));
    EXPECT_THAT(files.read("trace"), ::testing::HasSubstr(" tcu W 0x30110040 4 - 0x5001 ok"));
}
