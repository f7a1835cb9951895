// 3.12.2: STAGs and the suppression of duplicate stall records.
#include "smmu/tcu/stall_table.h"

#include <gtest/gtest.h>

using namespace iovp;
using namespace iovp::smmu;

namespace {

request stalled(std::uint64_t address = 0x5008)
{
    request r;
    r.stream = stream_id(8);
    r.substream = substream_id(3);
    r.address = address;
    return r;
}

} // namespace

TEST(StallTable, OnlyDuplicatesAreSuppressed_3_12_2_1)
{
    const auto recorded_beside = [](const request& second) {
        stall_table t(4, true);
        EXPECT_TRUE(t.add(0, stalled()).record);
        return t.add(1, second).record;
    };
    EXPECT_FALSE(recorded_beside(stalled())) << "the same";
    EXPECT_FALSE(recorded_beside(stalled(0x5ff0))) << "the same page";
    EXPECT_TRUE(recorded_beside(stalled(0x6000))) << "another page";
    const auto with = [&](void (*change)(request&)) {
        request r = stalled();
        change(r);
        return recorded_beside(r);
    };
    EXPECT_TRUE(with([](request& r) { r.stream = stream_id(9); }));
    EXPECT_TRUE(with([](request& r) { r.sec_sid = security_state::secure; })) << "another stream of the same number";
    EXPECT_TRUE(with([](request& r) { r.substream = substream_id(4); }));
    EXPECT_TRUE(with([](request& r) { r.substream.reset(); }));
    EXPECT_TRUE(with([](request& r) { r.what.privileged = true; }));
    EXPECT_TRUE(with([](request& r) { r.what.instruction = true; }));
    EXPECT_TRUE(with([](request& r) { r.what.write = true; }));
}

// 4.7.1: the StreamID, its state and the STAG name one recorded transaction.
TEST(StallTable, ResumeNeedsStreamStateAndStag_4_7_1)
{
    stall_table t(4, false);
    const auto held = t.add(2, stalled());
    const auto tag = held.tag;
    const auto resume = [&](security_state s, std::uint32_t stream, unsigned stag) {
        return t.resume(s, stream_id(stream), static_cast<std::uint16_t>(stag), dti::stall_action::retry);
    };
    EXPECT_TRUE(resume(security_state::non_secure, 8, tag).empty()) << "its record is not in the queue yet";
    t.recorded(held.ticket, true);
    EXPECT_TRUE(resume(security_state::non_secure, 9, tag).empty());
    EXPECT_TRUE(resume(security_state::non_secure, 8, tag + 1U).empty());
    EXPECT_TRUE(resume(security_state::secure, 8, tag).empty());
    const auto released = resume(security_state::non_secure, 8, tag);
    ASSERT_EQ(released.size(), 1U);
    EXPECT_EQ(released[0].link, 2U);
    EXPECT_EQ(released[0].message.ticket, held.ticket);
    EXPECT_EQ(t.size(), 0U);
}

// 7.2.1: a record that could not be written gives its STAG back, and what it suppressed is retried with it.
TEST(StallTable, UnwrittenRecordsAreRetriedByTheirState_7_2_1)
{
    stall_table t(1, true);
    const auto leader = t.add(0, stalled());
    EXPECT_FALSE(t.add(1, stalled()).record) << "suppressed";
    EXPECT_FALSE(t.add(0, stalled(0x9000)).record) << "no STAG is left";
    EXPECT_FALSE(t.can_record_more(security_state::non_secure));
    t.recorded(leader.ticket, false);
    EXPECT_TRUE(t.can_record_more(security_state::non_secure));
    EXPECT_FALSE(t.can_record_more(security_state::secure));
    EXPECT_TRUE(t.retry_unrecorded(security_state::secure).empty());
    EXPECT_EQ(t.retry_unrecorded(security_state::non_secure).size(), 3U);
    EXPECT_EQ(t.size(), 0U);
}
