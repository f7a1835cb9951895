#include "settings.h"
#include "support/program.h"
#include "workload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace iovp::profile {
namespace {

using testing::HasSubstr;

json set(std::initializer_list<const char*> texts)
{
    json all = json::object();
    for (const char* t : texts)
        apply_setting(all, t);
    return all;
}

template <class Work>
std::string refusal(Work work)
{
    try {
        work();
    } catch (const configuration::error& e) {
        return e.what();
    }
    return "not refused";
}

TEST(Settings, AKeyWithoutADotIsTheWorkloads)
{
    EXPECT_EQ(set({"window=64", "tbu.dti.beat_bytes=4"}),
              json::parse(R"({"workload": {"window": 64}, "tbu": {"dti": {"beat_bytes": 4}}})"));
}

TEST(Settings, ValuesAreJsonOrTextAndSizesMayHaveASuffix)
{
    const json all = set({"a=64K", "b=2M", "c=1G", "d=true", "e=0.5", "f=nested", "g=0x1000", "h=4Q", "i=3k"});
    EXPECT_EQ(all["workload"]["a"], 65536);
    EXPECT_EQ(all["workload"]["b"], 2097152);
    EXPECT_EQ(all["workload"]["c"], 1073741824);
    EXPECT_EQ(all["workload"]["d"], true);
    EXPECT_EQ(all["workload"]["e"], 0.5);
    EXPECT_EQ(all["workload"]["f"], "nested");
    EXPECT_EQ(all["workload"]["g"], "0x1000"); // the reader of numbers takes it
    EXPECT_EQ(all["workload"]["h"], "4Q");
    EXPECT_EQ(all["workload"]["i"], 3072);
}

TEST(Settings, TheLastOfAKeyCounts)
{
    EXPECT_EQ(set({"window=1", "window=2"})["workload"]["window"], 2);
}

TEST(Settings, WhatIsNoSettingIsRefused)
{
    for (const char* wrong : {"window", "=1", "window=", "tbu..slots=1", ".x=1"})
        EXPECT_THAT(refusal([wrong] { set({wrong}); }), HasSubstr("allowed: key=value")) << wrong;
    EXPECT_THAT(refusal([] { set({"tbu.slots=1", "tbu.slots.x=1"}); }), HasSubstr("is a value"));
}

TEST(Settings, SweepsMakeEveryCombinationInOrder)
{
    const auto points = sweep_points({"a=1,2", "b=x,y,z"});
    ASSERT_EQ(points.size(), 6u);
    std::string all;
    for (const auto& p : points)
        all += p[0].key + p[0].value + p[1].key + p[1].value + " ";
    EXPECT_EQ(all, "a1bx a1by a1bz a2bx a2by a2bz ");
    EXPECT_EQ(sweep_points({}).size(), 1u);
    for (const char* wrong : {"a", "a=", "a=1,", "a=,1"})
        EXPECT_THAT(refusal([wrong] { sweep_points({wrong}); }), HasSubstr("allowed")) << wrong;
}

TEST(Trace, CsvWithHeadingCommentsAndBothBases)
{
    const test::scratch files;
    const auto all =
        read_trace(files.write("t.csv", "address,size,direction\n# a comment\n0x1000,64,R\n\n 8192 , 128 , W \r\n"));
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(all[0].address, 0x1000u);
    EXPECT_EQ(all[0].size, 64u);
    EXPECT_FALSE(all[0].write);
    EXPECT_EQ(all[1].address, 8192u);
    EXPECT_EQ(all[1].size, 128u);
    EXPECT_TRUE(all[1].write);
}

TEST(Trace, Json)
{
    const test::scratch files;
    const auto all =
        read_trace(files.write("t.json", R"([{"address": "0x1000"}, {"address": 4096, "size": 8, "write": true}])"));
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(all[0].size, 64u);
    EXPECT_EQ(all[1].address, 4096u);
    EXPECT_TRUE(all[1].write);
}

TEST(Trace, WhatIsNoRequestIsRefusedWithItsPlace)
{
    const test::scratch files;
    const auto of = [&files](const char* text) { return refusal([&] { read_trace(files.write("t", text)); }); };
    EXPECT_THAT(of("1,64,R\n2,64\n"), HasSubstr("line 2"));
    EXPECT_THAT(of("1,64,X\n"), HasSubstr("line 1"));
    EXPECT_THAT(of("1x,64,R\n"), HasSubstr("\"1x\""));
    EXPECT_THAT(of("1,0,R\n"), HasSubstr("size 0"));
    EXPECT_THAT(of("1,1048577,R\n"), HasSubstr("1..1048576"));
    EXPECT_THAT(of("0x800000000000,64,R\n"), HasSubstr("0x800000000000"));
    EXPECT_THAT(of("0x7fffffffffff,2,R\n"), HasSubstr("below"));
    EXPECT_THAT(of(""), HasSubstr("no request"));
    EXPECT_THAT(of("{}"), HasSubstr("JSON array"));
    EXPECT_THAT(of(R"([{"address": 1, "sise": 2}])"), HasSubstr("sise"));
    EXPECT_THAT(refusal([&] { read_trace(files.path("none")); }), HasSubstr("cannot be read"));
}

} // namespace
} // namespace iovp::profile
