#include "common/latency_record.h"

#include <gtest/gtest.h>

#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace iovp {
namespace {

TEST(LatencyRecord, SpansFollowEachOtherAndAddUpToTheWhole)
{
    latency_record r(latency_record::kind::msi, 1000);
    r.until(1500, stage::endpoint);
    r.until(1500, stage::pcie_link); // takes no time: not recorded
    r.until(4000, stage::walk_stage1, 3);
    ASSERT_EQ(r.spans().size(), 2u);
    EXPECT_EQ(r.spans()[0].what, stage::endpoint);
    EXPECT_EQ(r.spans()[0].start, 1000u);
    EXPECT_EQ(r.spans()[0].end, 1500u);
    EXPECT_EQ(r.spans()[0].detail, -1);
    EXPECT_EQ(r.spans()[1].what, stage::walk_stage1);
    EXPECT_EQ(r.spans()[1].start, 1500u);
    EXPECT_EQ(r.spans()[1].end, 4000u);
    EXPECT_EQ(r.spans()[1].detail, 3);
    time_ps sum = 0;
    for (const stage_span& s : r.spans())
        sum += s.end - s.start;
    EXPECT_EQ(sum, r.end() - r.begin());
}

// until() cannot make such a record: written over its spans.
TEST(LatencyRecord, AGapAnOverlapOrAMissingEndDoesNotAddUp)
{
    const auto with = [](auto change) {
        latency_record r(latency_record::kind::msi, 1000);
        r.until(1500, stage::endpoint);
        r.until(4000, stage::memory);
        change(const_cast<stage_span&>(r.spans()[0]), const_cast<stage_span&>(r.spans()[1]));
        return r.adds_up();
    };
    using span = stage_span;
    EXPECT_TRUE(latency_record(latency_record::kind::msi, 5).adds_up());
    EXPECT_TRUE(with([](span&, span&) {}));
    EXPECT_FALSE(with([](span& a, span&) { a.start = 999; }));
    EXPECT_FALSE(with([](span& a, span&) { a.end = 1499; }));
    EXPECT_FALSE(with([](span&, span& b) { b.start = 1499; }));
    EXPECT_FALSE(with([](span&, span& b) { b.end = 3999; }));
    EXPECT_FALSE(with([](span& a, span& b) { a.end = b.start = 900; }));
}

TEST(LatencyRecord, TimeDoesNotGoBack)
{
    latency_record r(latency_record::kind::dma_read, 1000);
    r.until(2000, stage::endpoint);
    EXPECT_THROW(r.until(1999, stage::memory), std::logic_error);
    EXPECT_EQ(r.end(), 2000u);
    EXPECT_EQ(r.spans().size(), 1u);
}

TEST(LatencyRecord, NothingIsAppendedAfterClose)
{
    latency_record r(latency_record::kind::dma_write, 0);
    EXPECT_FALSE(r.closed());
    r.until(10, stage::endpoint);
    r.close();
    r.until(20, stage::memory);
    EXPECT_TRUE(r.closed());
    EXPECT_EQ(r.end(), 10u);
    EXPECT_EQ(r.spans().size(), 1u);
}

TEST(LatencyLog, AddressesAreStableAndOrderIsThatOfBeginning)
{
    latency_log log;
    latency_record* first = log.begin(latency_record::kind::dma_read, 5);
    for (unsigned i = 0; i < 1000; ++i)
        log.begin(latency_record::kind::msi, i);
    EXPECT_EQ(&log.records().front(), first);
    EXPECT_EQ(first->begin(), 5u);
    EXPECT_EQ(first->what, latency_record::kind::dma_read);
    EXPECT_EQ(log.records().size(), 1001u);
}

struct heard : latency_listener {
    void closed(const latency_record& r) override { begins.push_back(r.begin()); }
    std::vector<time_ps> begins;
};

TEST(LatencyLog, TellsItsListenersOfEachRecordOnceWhenItIsClosed)
{
    latency_log log;
    heard first, second;
    log.listen(first);
    latency_record* a = log.begin(latency_record::kind::command, 1);
    latency_record* b = log.begin(latency_record::kind::ats, 2);
    b->close();
    log.listen(second);
    a->close();
    a->close();
    EXPECT_EQ(first.begins, (std::vector<time_ps>{2, 1}));
    EXPECT_EQ(second.begins, (std::vector<time_ps>{1}));
}

TEST(LatencyLog, RecyclingKeepsNoMoreRecordsThanAreInFlight)
{
    latency_log log;
    heard listener;
    log.listen(listener);
    log.recycle();
    for (unsigned i = 0; i < 100; ++i) {
        latency_record* a = log.begin(latency_record::kind::dma_read, i);
        latency_record* b = log.begin(latency_record::kind::dma_write, 1000 + i);
        EXPECT_TRUE(a->spans().empty());
        EXPECT_FALSE(a->closed());
        EXPECT_EQ(a->size, 0u);
        a->size = 64;
        a->until(5000, stage::memory);
        a->close();
        b->close();
    }
    EXPECT_EQ(log.records().size(), 2u);
    EXPECT_EQ(listener.begins.size(), 200u);
}

TEST(LatencyRecord, EveryKindHasANameOfItsOwn)
{
    std::set<std::string> names;
    for (unsigned i = 0; i < static_cast<unsigned>(latency_record::kind::count); ++i)
        names.insert(kind_name(static_cast<latency_record::kind>(i)));
    EXPECT_EQ(names, (std::set<std::string>{"dma_read", "dma_write", "msi", "ats", "command"}));
    EXPECT_STREQ(kind_name(latency_record::kind::command), "command");
}

TEST(Stage, EveryStageHasANameOfItsOwn)
{
    std::set<std::string> names;
    for (unsigned i = 0; i < static_cast<unsigned>(stage::count); ++i) {
        ASSERT_NE(stage_name(static_cast<stage>(i)), nullptr);
        names.insert(stage_name(static_cast<stage>(i)));
    }
    EXPECT_EQ(names.size(), static_cast<std::size_t>(stage::count));
    EXPECT_STREQ(stage_name(stage::endpoint), "endpoint");
    EXPECT_STREQ(stage_name(stage::lpi_configuration), "lpi_configuration");
    EXPECT_STREQ(stage_name(stage::return_path), "return_path");
    EXPECT_STREQ(stage_name(stage::ordering), "ordering");
    EXPECT_STREQ(stage_name(stage::tcu_wait), "tcu_wait");
    EXPECT_STREQ(stage_name(stage::completion_signal), "completion_signal");
    EXPECT_EQ(stage_label(stage::walk_stage2, 0), "walk_stage2.L0");
    EXPECT_EQ(stage_label(stage::memory, -1), "memory");
}

} // namespace
} // namespace iovp
