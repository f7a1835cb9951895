#include "validation/row.h"

#include <gmock/gmock.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

using iovp::validation::row;
using nlohmann::json;

namespace {

struct result {
    int exit_code;
    json rows; ///< of --json; null when there was no file
};

result validate(const std::string& options)
{
    const auto file = std::filesystem::temp_directory_path() / ("iovp-validate-" + std::to_string(getpid()) + ".json");
    const std::string command =
        std::string(VALIDATE_PROGRAM) + " " + options + " --json " + file.string() + " > /dev/null 2>&1";
    const int status = std::system(command.c_str());
    result r{WIFEXITED(status) ? WEXITSTATUS(status) : -1, nullptr};
    std::ifstream in(file);
    if (in)
        r.rows = json::parse(in, nullptr, false);
    std::filesystem::remove(file);
    return r;
}

unsigned deviating(const json& rows)
{
    unsigned count = 0;
    for (const json& r : rows)
        count += !r["ok"].get<bool>();
    return count;
}

} // namespace

TEST(Validate, ARowIsGoodWithinItsBoundOnly)
{
    EXPECT_TRUE((row{"e", "r", 100, 109.9, 0.10}.ok()));
    EXPECT_FALSE((row{"e", "r", 100, 110.1, 0.10}.ok()));
    EXPECT_FALSE((row{"e", "r", 100, 89.9, 0.10}.ok()));
    EXPECT_TRUE((row{"e", "r", 36, 36, 0}.ok()));
    EXPECT_FALSE((row{"e", "r", 36, 37, 0}.ok()));
    EXPECT_TRUE((row{"e", "r", 0, 0, 0}.ok()));
    EXPECT_FALSE((row{"e", "r", 0, 1, 0}.ok()));
    EXPECT_FALSE((row{"e", "r", 36, std::nan(""), 0.5}.ok()));
}

TEST(Validate, WritesEveryFieldOfEveryRow)
{
    const result r = validate("--experiment walk_counts --experiment its_reads");
    EXPECT_EQ(r.exit_code, 0);
    ASSERT_EQ(r.rows.size(), 11U);
    std::set<std::string> experiments;
    for (const json& one : r.rows) {
        std::set<std::string> keys;
        for (const auto& item : one.items())
            keys.insert(item.key());
        EXPECT_EQ(keys, (std::set<std::string>{"experiment", "row", "expected", "measured", "error", "bound", "ok"}));
        EXPECT_EQ(one["expected"], one["measured"]);
        EXPECT_EQ(one["error"], 0.0);
        EXPECT_EQ(one["ok"], true);
        experiments.insert(one["experiment"].get<std::string>());
    }
    EXPECT_EQ(experiments, (std::set<std::string>{"walk_counts", "its_reads"}));
}

// A changed parameter deviates, and the program says so.
TEST(Validate, FailsWithoutWalkCaches)
{
    const result r = validate("--experiment walk_counts --change /tcu/walk_cache_entries=0");
    EXPECT_EQ(r.exit_code, 1);
    EXPECT_EQ(deviating(r.rows), 1U); // the warm row; nothing else may depend on a cache
}

TEST(Validate, FailsWhereTheItsCachesNothing)
{
    const result r = validate("--experiment its_reads --change /gic/its/device_cache=0");
    EXPECT_EQ(r.exit_code, 1);
    EXPECT_EQ(deviating(r.rows), 2U); // the warm rows read the device table
}

TEST(Validate, FailsWithAnotherPacketOverhead)
{
    const result r = validate("--experiment pcie_link --change /pcie/link/request_overhead=30");
    EXPECT_EQ(r.exit_code, 1);
    EXPECT_EQ(deviating(r.rows), 12U); // every row of writes
}

TEST(Validate, FailsWithAnotherWalkTime)
{
    const result r = validate("--experiment iotlb_reach --change /tcu/walk_time_ns=200");
    EXPECT_EQ(r.exit_code, 1);
    EXPECT_GT(deviating(r.rows), 4U);
}

TEST(Validate, FailsWithASlowLinkBetweenHitAndMiss)
{
    const result r = validate("--experiment miss_step --change /tbu/dti/request_cycles=60");
    EXPECT_EQ(r.exit_code, 1);
    EXPECT_EQ(deviating(r.rows), 3U); // not the window that the TLB holds
}

TEST(Validate, FailsWithASlowLinkToTheWalker)
{
    const result r = validate("--experiment walk_cost --change /tbu/dti/request_cycles=60");
    EXPECT_EQ(r.exit_code, 1);
    EXPECT_GT(deviating(r.rows), 2U);
}

TEST(Validate, WrongOptionsAreNeitherGoodNorDeviating)
{
    EXPECT_EQ(validate("--experiment walk_count").exit_code, 2);
    EXPECT_EQ(validate("--experiment its_reads --change /gic/its/device=0").exit_code, 2);
    EXPECT_EQ(validate("--experiment its_reads --change /gic/its/device_cache=-1").exit_code, 2);
    EXPECT_EQ(validate("--change x").exit_code, 2);
}
