#include "common/latency_statistics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace iovp {
namespace {

using kind = latency_record::kind;
using testing::SizeIs;

// begin, then each stage's length
latency_record record(kind k, std::uint32_t stream, std::uint8_t page, time_ps begin,
                      std::initializer_list<std::pair<stage, time_ps>> stages)
{
    latency_record r(k, begin);
    r.stream = stream_id(stream);
    r.page_size_log2 = page;
    r.size = 64;
    for (const auto& [what, length] : stages)
        r.until(r.end() + length, what, what == stage::walk_stage1 ? 3 : -1);
    r.close();
    return r;
}

const latency_distribution* of(const latency_statistics::group& g, stage what, int detail = -1)
{
    for (const auto& [key, d] : g.stages)
        if (key.what == what && key.detail == detail)
            return &d;
    return nullptr;
}

TEST(LatencyStatistics, OneStagesSpansOfOneTransactionCountOnce)
{
    latency_statistics s;
    s.closed(record(kind::dma_read, 1, 12, 1000,
                    {{stage::tbu_lookup, 10}, {stage::walk_stage1, 100}, {stage::tcu, 7}, {stage::walk_stage1, 50}}));
    s.closed(record(kind::dma_read, 1, 12, 2000, {{stage::tbu_lookup, 30}}));
    ASSERT_THAT(s.groups(), SizeIs(1));
    const auto& g = s.groups().begin()->second;
    EXPECT_EQ(g.total.count(), 2u);
    EXPECT_EQ(g.total.sum(), 197u);
    EXPECT_EQ(g.total.max(), 167u);
    EXPECT_EQ(g.bytes, 128u);
    ASSERT_NE(of(g, stage::walk_stage1, 3), nullptr);
    EXPECT_EQ(of(g, stage::walk_stage1, 3)->count(), 1u);
    EXPECT_EQ(of(g, stage::walk_stage1, 3)->sum(), 150u);
    EXPECT_EQ(of(g, stage::tbu_lookup)->count(), 2u);
    EXPECT_EQ(of(g, stage::tbu_lookup)->sum(), 40u);
    EXPECT_EQ(of(g, stage::tcu)->sum(), 7u);
    EXPECT_THAT(g.stages, SizeIs(3));
}

TEST(LatencyStatistics, KindStreamSubstreamAndPageSizeMakeGroups)
{
    latency_statistics s;
    s.closed(record(kind::dma_read, 1, 12, 0, {{stage::memory, 1}}));
    s.closed(record(kind::dma_write, 1, 12, 0, {{stage::memory, 2}}));
    s.closed(record(kind::dma_read, 2, 12, 0, {{stage::memory, 4}}));
    s.closed(record(kind::dma_read, 1, 21, 0, {{stage::memory, 8}}));
    latency_record with(kind::dma_read, 0);
    with.stream = stream_id(1);
    with.substream = substream_id(0); // is not "none"
    with.page_size_log2 = 12;
    with.until(16, stage::memory);
    with.aborted = true;
    with.size = 64;
    with.close();
    s.closed(with);
    EXPECT_THAT(s.groups(), SizeIs(5));
    EXPECT_EQ(s.count(), 5u);
    EXPECT_EQ(s.count(kind::dma_read), 4u);
    EXPECT_EQ(s.count(kind::dma_write), 1u);
    EXPECT_EQ(s.count(kind::command), 0u);
    EXPECT_EQ(s.together().total.sum(), 31u);
    EXPECT_EQ(s.together(kind::dma_read).total.sum(), 29u);
    EXPECT_EQ(s.together(kind::dma_read).bytes, 3u * 64); // the aborted one moved nothing
    EXPECT_EQ(s.together(kind::dma_read).aborted, 1u);
    EXPECT_EQ(of(s.together(kind::dma_read), stage::memory)->count(), 4u);
    EXPECT_EQ(s.together(kind::ats).total.count(), 0u);
}

TEST(LatencyStatistics, StageSumsAddUpToTheTotalOfEveryGroup)
{
    latency_statistics s;
    for (unsigned i = 0; i < 500; ++i)
        s.closed(record(i % 2 ? kind::dma_read : kind::msi, i % 3, i % 5 ? 12 : 21, i,
                        {{stage::endpoint, i % 7}, {stage::memory, i % 11}, {stage::endpoint, i % 13}}));
    for (const auto& [key, g] : s.groups()) {
        time_ps sum = 0;
        for (const auto& [stage, d] : g.stages)
            sum += d.sum();
        EXPECT_EQ(sum, g.total.sum());
    }
}

TEST(LatencyStatistics, ARecordThatIsOpenIsRefused)
{
    latency_statistics s;
    latency_record open(kind::dma_read, 0);
    EXPECT_THROW(s.closed(open), std::logic_error);
    EXPECT_EQ(s.count(), 0u);
}

} // namespace
} // namespace iovp
