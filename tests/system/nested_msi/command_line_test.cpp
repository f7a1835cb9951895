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
    const auto results = [&files](const std::string& n) {
        return run_program("--json " + files.path("r" + n), iovp::test::capture::stdout_only);
    };
    const auto traced = [&files](const std::string& n) {
        return run_program("--scenario nested_premapped --trace " + files.path("t" + n),
                           iovp::test::capture::stdout_only);
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

TEST(CommandLine, AProfileChangesStructureAndTimeAndNothingElse)
{
    const auto dump = [](const std::string& options) {
        const auto r = run_program(options + " --dump-config", iovp::test::capture::stdout_only);
        EXPECT_EQ(r.exit_code, 0) << options;
        return nlohmann::json::parse(r.output.substr(r.output.find('{')));
    };
    const nlohmann::json plain = dump("");
    EXPECT_EQ(dump("--profile server"), plain);
    const nlohmann::json minimal = dump("--profile minimal");
    EXPECT_EQ(minimal["tbu"]["micro_tlb_entries"], 4);
    EXPECT_EQ(minimal["tcu"]["walk_slots"], 2);
    EXPECT_EQ(minimal["gic"]["its"]["event_cache"], 2);
    for (const char* key : {"/tcu/features", "/tcu/msi_device", "/map", "/memory/size", "/gic/its/device_bits",
                            "/pcie/root_complex/stream_base", "/pcie/endpoint/vectors"})
        EXPECT_EQ(minimal[nlohmann::json::json_pointer(key)], plain[nlohmann::json::json_pointer(key)]) << key;
    // --config has the last word.
    const scratch files;
    const auto config = files.write("config.json", R"({"tcu": {"walk_slots": 3}})");
    const nlohmann::json both = dump("--profile minimal --config " + config);
    EXPECT_EQ(both["tcu"]["walk_slots"], 3);
    EXPECT_EQ(both["tcu"]["slots"], 4);
    EXPECT_EQ(run_program("--profile desktop").exit_code, 2);
}

TEST(CommandLine, EveryProfileRunsEveryScenario)
{
    for (const char* profile : {"server", "pcie-bench", "minimal"}) {
        const auto r = run_program(std::string("--profile ") + profile);
        EXPECT_EQ(r.exit_code, 0) << r.output;
    }
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

TEST(CommandLine, NumbersAreDecimalOrHexadecimal)
{
    const scratch files;
    for (const char* bad : {R"("010x")", R"("-1")", R"("")", "-1", "1.5", R"("18446744073709551616")"}) {
        const auto config = files.write("config.json", std::string(R"({"memory": {"size": )") + bad + "}}");
        EXPECT_EQ(run_program("--dump-config --config " + config).exit_code, 2) << bad;
    }
    const auto config = files.write("config.json", R"({"memory": {"size": "0x100000000"}})");
    EXPECT_THAT(run_program("--dump-config --config " + config).output, HasSubstr("4294967296"));
}

TEST(CommandLine, WrongTypeIsRefusedWithWhatIsAllowed)
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
          std::pair(R"({"smmu_spi": {"gerror": 5}})", "smmu_spi.gerror"),
          std::pair(R"({"smmu_spi": {"gerror": 106}})", "smmu_spi"),
          std::pair(R"({"granule_log2": 13})", "granule_log2")}) {
        const auto r = run_program("--map --config " + files.write("config.json", content));
        EXPECT_EQ(r.exit_code, 2) << content;
        EXPECT_THAT(r.output, HasSubstr(key));
    }
}

TEST(CommandLine, AModuleThatRefusesItsParametersEndsTheRunOnce)
{
    const scratch files;
    const auto r = run_program("--config " + files.write("config.json", R"({"cpu": {"copy_size": 3}})"));
    EXPECT_EQ(r.exit_code, 2);
    EXPECT_THAT(r.output, HasSubstr("copy_size"));
    EXPECT_EQ(r.output.find("copy_size"), r.output.rfind("copy_size"));
}

TEST(CommandLine, MapShowsRangesAndHoles)
{
    const auto r = run_program("--map");
    EXPECT_EQ(r.exit_code, 0);
    EXPECT_THAT(r.output, HasSubstr("0x000030100000 .. 0x00003011ffff  its"));
    // The MSI window is inside the hole below the UART: nothing stands there physically.
    EXPECT_THAT(r.output, HasSubstr("0x000000000000 .. 0x00001c08ffff  (hole)"));
}

TEST(CommandLine, SlowerMemoryMakesTheColdMsiSlower)
{
    const scratch files;
    const auto latency = [&files](const char* ns) {
        const auto config = files.write(
            "config.json", std::string(R"({"memory": {"system_cache": {"size": 0}, "read_latency_ns": )") + ns + "}}");
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
    std::istringstream lines(files.read("trace"));
    std::string line;
    ASSERT_TRUE(std::getline(lines, line));
    EXPECT_EQ(line.rfind("# nested_premapped: ", 0), 0u);
    unsigned msis = 0;
    while (std::getline(lines, line)) {
        std::istringstream words(line);
        std::string start, end, initiator, command, address, size, stream, device, response, rest;
        words >> start >> end >> initiator >> command >> address >> size >> stream >> device >> response;
        ASSERT_TRUE(words && !(words >> rest)) << line;
        ASSERT_LE(std::stod(start), std::stod(end)) << line;
        msis += initiator == "tbu0" && command == "W" && address == "0x30110040" && stream == "0x1100" &&
                device == "0x20100" && response == "ok";
    }
    EXPECT_EQ(msis, 2u) << "the scenario's two MSIs, each one write";
}

TEST(CommandLine, FilesThatCannotBeWrittenAreReported)
{
    const auto r = run_program("--scenario identity --json /nonexistent/result.json");
    EXPECT_NE(r.exit_code, 0);
    EXPECT_THAT(r.output, HasSubstr("/nonexistent/result.json"));
}
