// The driver on simulated AArch64 cores against the same driver compiled for this machine: both JSON results, field by
// field.

#include "support/program.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <string>

using iovp::test::run_command;
using iovp::test::scratch;
using nlohmann::json;
using ::testing::HasSubstr;

namespace {

// What is in the system cache depends on which of the CPU's accesses went through the bus and which by pointer, so that
// a device's reads of the same tables take different times. Memory with one latency makes the runs comparable.
json same_memory(json config)
{
    config["memory"] = {{"banks", 0}, {"system_cache", {{"size", 0}}}};
    return config;
}

json results(const scratch& files, const std::string& cpu, const json& config)
{
    const std::string name = cpu + ".json";
    const auto r =
        run_command("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE=1 " NESTED_MSI_PROGRAM " --cpu " + cpu + " --json " +
                    files.path(name) + " --config " + files.write("config.json", same_memory(config).dump()));
    EXPECT_EQ(r.exit_code, 0) << r.output;
    return json::parse(files.read(name), nullptr, false);
}

bool of_the_cpu(const json& stage)
{
    const auto name = stage["name"].get<std::string>();
    return name == "cpu_wait" || name == "cpu_entry" || name == "acknowledge";
}

double length(const json& stage)
{
    return stage["end_ns"].get<double>() - stage["start_ns"].get<double>();
}

// All stages take the same time but the CPU's; and so does what they add up to.
void compare_msi(json& a, json& b, const std::string& where)
{
    ASSERT_EQ(a["stages"].size(), b["stages"].size()) << where;
    double cpu_difference = 0;
    for (std::size_t i = 0; i < a["stages"].size(); ++i) {
        const json &x = a["stages"][i], &y = b["stages"][i];
        EXPECT_EQ(x["name"], y["name"]) << where;
        if (of_the_cpu(x))
            cpu_difference += length(x) - length(y);
        else
            EXPECT_NEAR(length(x), length(y), 1e-6) << where << ", " << x["name"];
    }
    if (!a["latency_ns"].is_null() && !b["latency_ns"].is_null()) {
        EXPECT_NEAR(a["latency_ns"].get<double>() - b["latency_ns"].get<double>(), cpu_difference, 1e-6) << where;
    }
    for (json* j : {&a, &b}) {
        j->erase("stages");
        if (!(*j)["latency_ns"].is_null())
            (*j)["latency_ns"] = "compared";
    }
}

// How often a device raised its vector while something changed depends on how long the change took.
void compare_repeats(json& a, json& b)
{
    const auto x = a["repeats"].get<unsigned>(), y = b["repeats"].get<unsigned>();
    if (x <= 1 || y <= 1)
        return;
    a["repeats"] = b["repeats"] = "several";
}

void compare(json a, json b)
{
    ASSERT_EQ(a["scenarios"].size(), b["scenarios"].size());
    ASSERT_FALSE(a["scenarios"].empty());
    for (std::size_t n = 0; n < a["scenarios"].size(); ++n) {
        json &x = a["scenarios"][n], &y = b["scenarios"][n];
        const auto name = x["name"].get<std::string>();
        ASSERT_EQ(x["steps"].size(), y["steps"].size()) << name;
        compare_msi(x, y, name);
        for (std::size_t i = 0; i < x["steps"].size(); ++i) {
            json &s = x["steps"][i], &t = y["steps"][i];
            const std::string where = name + ", step " + std::to_string(i + 1);
            compare_repeats(s, t);
            if (s.contains("stages"))
                compare_msi(s, t, where);
        }
        EXPECT_EQ(x, y) << json::diff(x, y).dump(2);
    }
}

TEST(SameAsNative, EveryScenarioAndEveryField)
{
    const scratch files;
    const json a = results(files, "a64", json::object()), native = results(files, "native", json::object());
    EXPECT_EQ(a["scenarios"].size(), 13u);
    for (const json& s : a["scenarios"])
        EXPECT_TRUE(s["ok"].get<bool>()) << s["name"] << s["deviations"].dump(2);
    compare(a, native);
}

TEST(SameAsNative, GranulesOf16And64KiB)
{
    const scratch files;
    for (const unsigned granule : {14, 16}) {
        const json config{{"granule_log2", granule}};
        compare(results(files, "a64", config), results(files, "native", config));
    }
}

TEST(SameAsNative, InterruptsOfTheSmmuByMessage)
{
    const scratch files;
    const json config{{"smmu_msi", true}, {"smmu_sync_msi", true}};
    compare(results(files, "a64", config), results(files, "native", config));
}

TEST(SameAsNative, TwoRunsAreByteIdentical)
{
    const scratch files;
    const auto run = [&files](const std::string& name) {
        EXPECT_EQ(run_command(NESTED_MSI_PROGRAM " --cpu a64 --json " + files.path(name)).exit_code, 0);
        return files.read(name);
    };
    const std::string first = run("first.json");
    EXPECT_FALSE(first.empty());
    EXPECT_EQ(first, run("second.json"));
}

// What is broken on purpose deviates there as well.
TEST(SameAsNative, BrokenThingsDeviate)
{
    for (const char* broken : {"--scenario stage2 --break stage2_doorbell", "--scenario dma --break lpi_route",
                               "--scenario nested_premapped --break dma_data"}) {
        const auto r = run_command(std::string(NESTED_MSI_PROGRAM) + " --cpu a64 " + broken);
        EXPECT_EQ(r.exit_code, 1) << broken;
        EXPECT_THAT(r.output, HasSubstr("DEVIATES")) << broken;
    }
}

TEST(SameAsNative, ProgramsThatCannotRunAreOneMessage)
{
    const auto other = run_command(NESTED_MSI_PROGRAM " --cpu a64 --program " NESTED_MSI_PROGRAM);
    EXPECT_EQ(other.exit_code, 2);
    EXPECT_THAT(other.output, HasSubstr("not for AArch64"));
    const scratch files;
    const auto small = run_command(NESTED_MSI_PROGRAM " --cpu a64 --config " +
                                   files.write("config.json", R"({"memory": {"size": "0x4000000"}})"));
    EXPECT_EQ(small.exit_code, 2);
    EXPECT_THAT(small.output, HasSubstr("does not fit into RAM"));
}

} // namespace
