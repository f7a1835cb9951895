// The HTML report as a browser draws it.

#include "profile_program.h"
#include "report.h"

#include <gmock/gmock.h>

#include <regex>

namespace iovp::test {
namespace {

using testing::HasSubstr;
using testing::Not;

bool browser()
{
    return run_command("command -v chromium").exit_code == 0;
}

#define NEED_BROWSER()                                                                                                 \
    if (!browser())                                                                                                    \
    GTEST_SKIP() << "Debian's package chromium is not installed: the report is not drawn"

// The document after its script has run.
std::string drawn(const scratch& files, const std::string& file)
{
    const auto r =
        run_command("timeout 120 chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage "
                    "--user-data-dir=" +
                        files.path("browser") + " --virtual-time-budget=5000 --dump-dom file://" + files.path(file),
                    capture::stdout_only);
    EXPECT_EQ(r.exit_code, 0);
    return r.output;
}

std::size_t count(const std::string& text, const std::string& part)
{
    std::size_t n = 0;
    for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size())
        ++n;
    return n;
}

std::string section(const std::string& page, const std::string& id)
{
    const std::size_t start = page.find("<section id=\"" + id + "\"");
    if (start == std::string::npos) {
        ADD_FAILURE() << "no section " << id;
        return {};
    }
    return page.substr(start, page.find("</section>", start) - start);
}

void expect_drawn(const std::string& page)
{
    EXPECT_THAT(page.substr(0, 300), HasSubstr("data-rendered=\"yes\""));
    EXPECT_THAT(page.substr(0, 300), Not(HasSubstr("data-errors")));
}

TEST(Html, NeedsNothingFromAnywhere)
{
    const scratch files;
    const auto r = run_profile("--quiet --set count=50 --html " + files.path("r.html"));
    ASSERT_EQ(r.exit_code, 0) << r.output;
    const std::string page = files.read("r.html");
    EXPECT_THAT(page, HasSubstr("</html>"));
    EXPECT_THAT(page, Not(HasSubstr("REPORT_DATA")));
    EXPECT_FALSE(std::regex_search(
        page, std::regex(R"((src|href)\s*=|@import|url\(|fetch\(|https?://(?!www\.w3\.org/2000/svg))")));
}

TEST(Html, DrawsEveryChartAndTableOfASweep)
{
    NEED_BROWSER();
    const scratch files;
    const json report = profile_json("--set count=2000 --set read_share=0.5 --sweep window=64K,1M,16M "
                                     "--sweep stages=stage1,nested --html " +
                                     files.path("r.html"));
    const std::string page = drawn(files, "r.html");
    expect_drawn(page);

    EXPECT_EQ(count(section(page, "runs"), "<tr"), 1U + 6 * 2);
    EXPECT_EQ(count(section(page, "throughput"), "<circle"), 6U);
    EXPECT_EQ(count(section(page, "throughput"), "<polyline"), 2U); // one for each kind of stages
    EXPECT_THAT(section(page, "throughput"), HasSubstr("Against window"));
    std::size_t stages = 0, in_first = 0;
    for (const json& p : report["points"])
        for (const json& k : p["kinds"])
            stages += k["stages"].size();
    for (const json& k : report["points"][0]["kinds"])
        in_first += k["stages"].size() + 1;
    EXPECT_EQ(count(section(page, "stack"), "class=\"stage\""), stages);
    EXPECT_EQ(count(section(page, "distribution"), "<path"), 6U); // twelve would be too many: the reads
    EXPECT_EQ(count(section(page, "stages"), "<tr"), 1 + in_first);
    EXPECT_GE(count(section(page, "caches"), "class=\"meter\""), 6U * 4);
    std::size_t in_use = 0;
    for (const json& r : report["points"][0]["occupancy"])
        in_use += r["max"] == 0 ? 0 : 1;
    EXPECT_GE(in_use, 3U); // slots, walk slots, tokens
    EXPECT_EQ(count(section(page, "occupancy"), "<svg"), in_use);
    EXPECT_EQ(count(section(page, "groups"), "<tr"), 1 + report["points"][0]["groups"].size());
    EXPECT_THAT(section(page, "parameters"), HasSubstr("descriptor reads"));
    const std::string shown = page.substr(0, page.find("<script"));
    for (const char* wrong : {"NaN", "undefined", "Infinity"})
        EXPECT_EQ(count(shown, wrong), 0U) << wrong;
}

TEST(Html, DrawsOneRunAndChurn)
{
    NEED_BROWSER();
    const scratch files;
    for (const char* arguments : {"--set count=1", "--set kind=churn --set count=20"}) {
        const auto r = run_profile(std::string("--quiet ") + arguments + " --html " + files.path("r.html"));
        ASSERT_EQ(r.exit_code, 0) << r.output;
        const std::string page = drawn(files, "r.html");
        expect_drawn(page);
        EXPECT_EQ(count(section(page, "throughput"), "<rect"), 1U);
        EXPECT_THAT(page.substr(page.find("id=\"cards\"")), HasSubstr("Gb/s"));
        EXPECT_THAT(section(page, "throughput"), Not(HasSubstr("NaN")));
        EXPECT_THAT(section(page, "distribution"), Not(HasSubstr("NaN")));
    }
}

// The check above can fail: a report without runs cannot be drawn, and the page says so.
TEST(Html, AScriptErrorIsSeen)
{
    NEED_BROWSER();
    const scratch files;
    files.write("r.html", profile::html_of(profile::json{{"profile", "x"}, {"swept", json::array()}}));
    const std::string page = drawn(files, "r.html");
    EXPECT_THAT(page.substr(0, 300), HasSubstr("data-errors"));
    EXPECT_THAT(page, HasSubstr("failed to draw itself: "));
}

} // namespace
} // namespace iovp::test
