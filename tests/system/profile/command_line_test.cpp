// The program's options, refusals and files.

#include "profile_program.h"

#include <gmock/gmock.h>

#include <cmath>
#include <sstream>

namespace iovp::test {
namespace {

using testing::HasSubstr;

TEST(ProfileCommandLine, HelpHasExamples)
{
    const auto r = run_profile("--help");
    EXPECT_EQ(r.exit_code, 0);
    for (const char* part : {"--profile", "--set", "--sweep", "--html", "--perfetto", "--vcd", "Examples:", "window"})
        EXPECT_THAT(r.output, HasSubstr(part));
}

TEST(ProfileCommandLine, NonsenseIsRefusedWithObjectKeyValueAndWhatIsAllowed)
{
    struct {
        const char* arguments;
        std::vector<const char*> said;
    } const all[] = {
        {"--set windw=1M", {"workload", "\"windw\"", "window"}},
        {"--set window=32", {"workload", "\"window\"", "32", "64..274877906944"}},
        {"--set window=much", {"workload", "\"window\"", "much"}},
        {"--set page_size=8K", {"workload", "\"page_size\"", "8192", "4096"}},
        {"--set stages=three", {"workload", "\"stages\"", "three", "nested"}},
        {"--set kind=dream", {"workload", "\"kind\"", "dream", "churn"}},
        {"--set ats=true --style at", {"workload", "\"ats\"", "style lt"}},
        {"--style fast", {"workload", "\"style\"", "fast", "lt, at"}},
        {"--style at --set pcie=true", {"workload", "\"style\"", "lt with kind msi or a PCIe link"}},
        {"--set outstanding=0", {"workload", "\"outstanding\"", "0", "1..4096"}},
        {"--set read_share=1.5", {"workload", "\"read_share\"", "1.5", "0..1"}},
        {"--set tbus=2", {"workload", "\"tbus\"", "2", "streams (1)"}},
        {"--set stage2_page_size=2M --set stages=stage1", {"stage2_page_size", "not nested"}},
        {"--set stage2_page_size=64K", {"stage2_page_size", "65536", "granule"}},
        {"--set substreams=2 --set stages=stage2", {"substreams", "without stage 1"}},
        {"--set pattern=trace", {"workload", "\"trace\"", "a file"}},
        {"--set trace=x", {"workload", "\"trace\"", "\"x\""}},
        {"--set pattern=trace --set trace=/nowhere", {"/nowhere"}},
        {"--set tbu.slots=1000", {"tbu", "\"slots\"", "1000", "2..512"}},
        {"--set tbu.slot=5", {"tbu", "\"slot\"", "slots"}},
        {"--set nothing.at=all", {"nothing"}},
        {"--profile nobody", {"nobody", "server", "pcie-bench", "minimal"}},
        {"--sweep window=1M,16", {"\"window\"", "16"}}, // before the first run
        {"--sweep window=1M,2M --perfetto t.json", {"--perfetto", "2 runs"}},
        {"--vcd signals", {"--vcd", "signals", ".vcd"}},
        {"--set", {"--set"}},
        {"--frobnicate", {"--frobnicate"}},
    };
    for (const auto& each : all) {
        const auto r = run_profile(each.arguments);
        EXPECT_EQ(r.exit_code, 2) << each.arguments << "\n" << r.output;
        for (const char* part : each.said)
            EXPECT_THAT(r.output, HasSubstr(part)) << each.arguments;
    }
}

TEST(ProfileCommandLine, AFileThatCannotBeWrittenIsSaid)
{
    for (const char* option : {"--json", "--csv", "--html"}) {
        const auto r = run_profile(std::string("--set count=10 ") + option + " /nowhere/file");
        EXPECT_EQ(r.exit_code, 2) << option;
        EXPECT_THAT(r.output, HasSubstr("/nowhere/file"));
    }
}

TEST(ProfileCommandLine, ProgressGoesToStderrAlone)
{
    const auto all = run_profile("--set count=10 --sweep window=64K,128K");
    EXPECT_THAT(all.output, HasSubstr("[2/2] window=128K"));
    const auto table = run_profile("--set count=10 --sweep window=64K,128K", capture::stdout_only);
    EXPECT_THAT(table.output, testing::Not(HasSubstr("[2/2]")));
    EXPECT_THAT(table.output, HasSubstr("window=128K"));
}

TEST(ProfileCommandLine, DumpSaysEveryParameterAndWhatWasSet)
{
    const auto r = run_profile("--dump --set window=4M --set tbu.slots=64 --profile minimal");
    ASSERT_EQ(r.exit_code, 0);
    const json all = json::parse(r.output);
    EXPECT_EQ(all["workload"]["window"], 4 << 20);
    EXPECT_EQ(all["tbu"]["slots"], 64);
    EXPECT_TRUE(all["tcu"].contains("walk_slots"));
}

TEST(ProfileCommandLine, TwoRunsGiveTheSameFiles)
{
    const scratch files;
    for (const char* n : {"1", "2"}) {
        const std::string name = n;
        const auto r = run_profile("--quiet --set count=300 --set streams=3 --sweep window=64K,1M --json " +
                                   files.path("j" + name) + " --csv " + files.path("c" + name) + " --html " +
                                   files.path("h" + name));
        ASSERT_EQ(r.exit_code, 0) << r.output;
    }
    for (const char* kind : {"j", "c", "h"}) {
        EXPECT_GT(files.read(kind + std::string("1")).size(), 500u);
        EXPECT_EQ(files.read(kind + std::string("1")), files.read(kind + std::string("2")));
    }
}

TEST(ProfileCommandLine, CsvHasALineForEveryGroupAndStage)
{
    const scratch files;
    const json report = profile_json("--set count=200 --set streams=2 --sweep window=64K,1M --csv " + files.path("c"));
    std::istringstream lines(files.read("c"));
    std::string line;
    ASSERT_TRUE(std::getline(lines, line));
    EXPECT_EQ(line,
              "point,window,kind,stream,substream,page_size,command,stage,count,sum_ps,mean_ns,min_ns,p50_ns,p90_ns,"
              "p99_ns,p999_ns,max_ns");
    for (const json& p : report["points"])
        for (const json& g : p["groups"]) {
            const std::string head = p["point"].dump() + "," + p["settings"]["window"].get<std::string>() +
                                     ",dma_read," + g["stream"].dump() + ",,4096,,";
            ASSERT_TRUE(std::getline(lines, line));
            EXPECT_THAT(line, testing::StartsWith(head + "total," + g["count"].dump() + "," + g["sum_ps"].dump()));
            for (const json& s : g["stages"]) {
                ASSERT_TRUE(std::getline(lines, line));
                EXPECT_THAT(line, testing::StartsWith(head + s["stage"].get<std::string>() + "," + s["count"].dump() +
                                                      "," + s["sum_ps"].dump()));
            }
        }
    EXPECT_FALSE(std::getline(lines, line));
}

} // namespace
} // namespace iovp::test
