// The program's options, exit codes and files.

#include "program.h"

#include <gmock/gmock.h>

#include <sstream>

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
    const auto once = [&files](const std::string& n) {
        return run_program("--json " + files.path("r" + n) + " --trace " + files.path("t" + n));
    };
    const auto first = once("1");
    const auto second = once("2");
    EXPECT_EQ(first.exit_code, 0) << first.output;
    EXPECT_EQ(first.output, second.output);
    EXPECT_FALSE(files.read("r1").empty());
    EXPECT_EQ(files.read("r1"), files.read("r2"));
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
