// The program's options, exit codes and files.

#include "program.h"

#include <gmock/gmock.h>

#include <sstream>
#include <utility>

using iovp::test::run_program;
using iovp::test::scratch;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;

TEST(CommandLine, ListNamesEveryScenarioOnce)
{
    const auto r = run_program("--list");
    EXPECT_EQ(r.exit_code, 0);
    std::istringstream lines(r.output);
    std::vector<std::string> names;
    for (std::string name, rest; lines >> name && std::getline(lines, rest);)
        names.push_back(name);
    EXPECT_THAT(names,
                ::testing::ElementsAre("identity", "dma", "stage2", "nested_2023", "nested_s2_hole",
                                       "nested_unmanaged_helper", "nested_parent_lookup", "nested_parent_pointer",
                                       "nested_premapped", "nested_no_rmr", "hotplug", "replace_live", "isolation"));
}

TEST(CommandLine, UnknownScenarioIsRefused)
{
    const auto r = run_program("--scenario nested_2024");
    EXPECT_NE(r.exit_code, 0);
    EXPECT_THAT(r.output, HasSubstr("nested_2024"));
}

TEST(CommandLine, TwoRunsAreByteIdentical)
{
    const scratch files;
    const auto results = [&files](const std::string& n) { return run_program("--json " + files.path("r" + n)); };
    const auto traced = [&files](const std::string& n) {
        return run_program("--scenario nested_premapped --trace " + files.path("t" + n));
    };
    const auto first = results("1");
    EXPECT_EQ(first.exit_code, 0) << first.output;
    EXPECT_EQ(first.output, results("2").output);
    EXPECT_FALSE(files.read("r1").empty());
    EXPECT_EQ(files.read("r1"), files.read("r2"));
    EXPECT_EQ(traced("1").output, traced("2").output);
    EXPECT_FALSE(files.read("t1").empty());
    EXPECT_EQ(files.read("t1"), files.read("t2"));
}

TEST(CommandLine, DumpedConfigurationIsTakenBackAndChangesNothing)
{
    const scratch files;
    const auto dump = run_program("--dump-config");
    ASSERT_EQ(dump.exit_code, 0);
    const auto config = files.write("config.json", dump.output);
    const auto again = run_program("--config " + config + " --dump-config");
    EXPECT_EQ(again.exit_code, 0);
    EXPECT_EQ(again.output, dump.output);
}

TEST(CommandLine, UnknownKeyIsRefusedByName)
{
    const scratch files;
    const auto config = files.write("config.json", R"({"memory": {"read_latency_n": 1}})");
    const auto r = run_program("--config " + config);
    EXPECT_NE(r.exit_code, 0);
    EXPECT_THAT(r.output, HasSubstr("memory"));
    EXPECT_THAT(r.output, HasSubstr("read_latency_n"));
}

TEST(CommandLine, ValueOutOfRangeIsRefusedWithWhatIsAllowed)
{
    const scratch files;
    const auto config = files.write("config.json", R"({"memory": {"read_latency_ns": "soon"}})");
    const auto r = run_program("--config " + config);
    EXPECT_NE(r.exit_code, 0);
    EXPECT_THAT(r.output, HasSubstr("read_latency_ns"));
    EXPECT_THAT(r.output, HasSubstr("nanoseconds"));
}

TEST(CommandLine, PartsThatContradictEachOtherAreRefused)
{
    const scratch files;
    for (const auto& [content, key] :
         {std::pair(R"({"map": {"its_base": "0x8010000"}})", "map.its_base"), std::pair(R"({"msi_cpu": 2})", "msi_cpu"),
          std::pair(R"({"tbu": {"micro_tlb_entries": 0}})", "micro_tlb_entries"),
          std::pair(R"({"map": {"gicd_base": "0x80000000"}})", "gicd"),
          std::pair(R"({"smmu_spi": {"gerror": 5}})", "smmu_spi.gerror")}) {
        const auto r = run_program("--map --config " + files.write("config.json", content));
        EXPECT_EQ(r.exit_code, 2) << content;
        EXPECT_THAT(r.output, HasSubstr(key));
    }
}

TEST(CommandLine, MapShowsRangesAndHoles)
{
    const auto r = run_program("--map");
    EXPECT_EQ(r.exit_code, 0);
    EXPECT_THAT(r.output, HasSubstr("0x000030100000 .. 0x00003011ffff  its"));
    // The MSI window is inside the hole below the SMMU: nothing stands there physically.
    EXPECT_THAT(r.output, HasSubstr("0x000000000000 .. 0x00002b3fffff  (hole)"));
}

TEST(CommandLine, SlowerMemoryMakesTheColdMsiSlower)
{
    const scratch files;
    const auto latency = [&files](const char* ns) {
        const auto config = files.write("config.json", std::string(R"({"memory": {"read_latency_ns": )") + ns + "}}");
        run_program("--scenario nested_premapped --json " + files.path("r") + " --config " + config);
        const auto result = nlohmann::json::parse(files.read("r"), nullptr, false);
        return result.is_discarded() ? 0.0 : result["scenarios"][0]["latency_ns"].get<double>();
    };
    EXPECT_GT(latency("200"), latency("20"));
    EXPECT_GT(latency("20"), 0);
}

TEST(CommandLine, TraceHasOneLinePerTransaction)
{
    const scratch files;
    const auto r = run_program("--scenario nested_premapped --trace " + files.path("trace"));
    EXPECT_EQ(r.exit_code, 0) << r.output;
    const std::string trace = files.read("trace");
    EXPECT_THAT(trace, HasSubstr("0x30110040")) << "the MSI write itself";
}

TEST(CommandLine, FilesThatCannotBeWrittenAreReported)
{
    const auto r = run_program("--scenario identity --json /nonexistent/result.json");
    EXPECT_NE(r.exit_code, 0);
    EXPECT_THAT(r.output, HasSubstr("/nonexistent/result.json"));
}
