// Walks that need a table descriptor that another walk is fetching.
#include "dti_bench.h"

#include <gmock/gmock.h>

using namespace iovp;
using namespace iovp::test;

namespace {

constexpr std::uint64_t va = 0x12345000, data = 0x80000000, other_data = 0x90000000;

smmu::tcu::parameters merging(bool on)
{
    smmu::tcu::parameters p;
    p.walk_merging = on;
    return p;
}

/// Stream 5, stage 1, two pages of one level-3 table; its configuration is cached, the walk caches are cold.
struct merging_bench : dti_bench {
    fake_tbu one{"one"}, two{"two"};
    std::uint64_t root = 0;

    explicit merging_bench(const smmu::tcu::parameters& p)
        : dti_bench(p)
    {
        one.socket.bind(tcu.dti);
        two.socket.bind(tcu.dti);
    }
    void begin()
    {
        root = new_table();
        stage1_stream(5, root, 7);
        map1(root, va, data);
        map1(root, va + 0x1000, data + 0x1000);
        enable();
        one.connect(8);
        two.connect(8);
        one.ask(5, va);
        run(0x30); // CMD_TLBI_NSNH_ALL
        settle();
        before = tcu.counts();
    }
    /// One page now, its neighbour `after` ns later.
    void ask_both(double after)
    {
        one.ask(first, 5, va);
        two.ask(second, 5, va + 0x1000, after);
    }
    fake_tbu::question first, second;
    std::uint64_t table_reads() const { return tcu.counts().table_reads - before.table_reads; }
    std::uint64_t merged() const { return tcu.counts().merged_reads - before.merged_reads; }
    static std::uint64_t pa(const fake_tbu::question& q)
    {
        const auto* t = std::get_if<smmu::translated>(&q.answer.result);
        return t ? t->out.pa.value() : 0;
    }

    smmu::tcu::statistics before;
};

// Link, STE and CD in the configuration cache, walk cache; four descriptors; link.
constexpr double up_to_walk = 8 + 3 + 3 + 4, walk = up_to_walk + 40 + 8;

} // namespace

class Merging : public testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(Each, Merging, testing::Bool(),
                         [](const auto& param) { return param.param ? "MemoryWaits" : "MemoryAnnotates"; });

// The first walk's descriptors come from 18 to 58. The second one begins at 23, waits for level 0 until 28, for levels
// 1 and 2 until 48, and fetches its leaf.
TEST_P(Merging, WaitsForTheDescriptorUnderWay)
{
    merging_bench b(merging(true));
    b.memory.waits = GetParam();
    in_thread([&] {
        b.begin();
        b.ask_both(5);
        b.settle();
        EXPECT_EQ(b.first.arrived, walk);
        EXPECT_EQ(b.second.arrived, walk);
        EXPECT_EQ(merging_bench::pa(b.second), data + 0x1000);
        EXPECT_EQ(b.table_reads(), 5U);
        EXPECT_EQ(b.merged(), 3U);
        const auto& spans = b.second.record->spans();
        time_ps waited = 0;
        for (const stage_span& s : spans)
            waited += s.what == stage::tcu_wait ? s.end - s.start : 0;
        EXPECT_EQ(waited, 25000U);
    });
}

TEST_P(Merging, OffEachFetchesItsOwn)
{
    merging_bench b(merging(false));
    b.memory.waits = GetParam();
    in_thread([&] {
        b.begin();
        b.ask_both(5);
        b.settle();
        EXPECT_EQ(b.first.arrived, walk);
        EXPECT_EQ(b.second.arrived, 5 + walk);
        EXPECT_EQ(b.table_reads(), 8U);
        EXPECT_EQ(b.merged(), 0U);
    });
}

TEST_P(Merging, AWalkIsNotServedByOneThatIsOver)
{
    merging_bench b(merging(true));
    b.memory.waits = GetParam();
    in_thread([&] {
        b.begin();
        b.ask_both(10); // level 0 came at 28, when this one asks for it
        b.settle();
        EXPECT_EQ(b.second.arrived, 10 + walk);
        EXPECT_EQ(b.table_reads(), 8U);
        EXPECT_EQ(b.merged(), 0U);
    });
}

// 3.17: an invalid descriptor may become valid without an invalidation. The first walk gets level 0 from 18 to 28 and
// finds level 1 invalid, from 28 to 38. Memory gives what it holds when it is called: at 8, or, where it waits, at 8
// and 18 (10 cycles of look-ups are annotated). Then the descriptor becomes valid, and the second walk, which has
// waited for the first one, reads it again.
TEST_P(Merging, AnInvalidDescriptorIsNotShared)
{
    merging_bench b(merging(true));
    b.memory.waits = GetParam();
    in_thread([&] {
        b.begin();
        const std::uint64_t place = b.entry(b.root, va, 1);
        const std::uint64_t valid = b.memory.word(place);
        b.memory.set(place, 0);
        b.ask_both(9); // level 0 from 27 to 28 with the first, level 1 from 28
        b.settle(9);
        if (b.memory.waits)
            b.settle(11);
        b.memory.set(place, valid);
        b.settle();
        EXPECT_TRUE(std::holds_alternative<smmu::terminated>(b.first.answer.result));
        EXPECT_EQ(merging_bench::pa(b.second), data + 0x1000);
        EXPECT_EQ(b.second.arrived, 38 + 30 + 8); // it waited until 38 and fetched itself
        EXPECT_EQ(b.merged(), 1U);
    });
}

// The first walk waits for its level-1 descriptor, which memory has read already; then another one takes its place.
TEST(MergingOrder, AWalkAfterAnInvalidationDoesNotTakeWhatWasReadBefore_4_7_3)
{
    merging_bench b(merging(true));
    in_thread([&] {
        b.begin();
        const std::uint64_t place = b.entry(b.root, va, 1);
        const std::uint64_t leaf = b.entry(b.root, va + 0x1000, 3);
        b.memory.waiting_page = place >> 12;
        fake_tbu::question early, late;
        b.one.ask(b.first, 5, va);
        b.settle(50);
        EXPECT_TRUE(b.memory.arrived);
        b.two.ask(early, 5, va + 0x1000); // waits with the first
        b.settle(100);
        b.memory.waiting_page = ~0ULL;
        // Level 2 and 3 of other pages.
        const std::uint64_t level2 = b.new_table(), level3 = b.new_table();
        b.memory.set(level2 + ((va >> 21) & 0x1ff) * 8, level3 | 3);
        b.memory.set(level3 | (leaf & 0xfff), (b.memory.word(leaf) & ~0xfffffffff000ULL) | other_data);
        b.memory.set(place, level2 | 3);
        b.push(0x30);
        b.run_commands(1);
        b.two.ask(late, 5, va + 0x1000);
        b.settle(1000);
        EXPECT_EQ(merging_bench::pa(late), other_data);
        EXPECT_EQ(b.first.arrived, -1);
        b.memory.go.notify();
        b.settle(1000);
        EXPECT_EQ(merging_bench::pa(b.first), data);
        EXPECT_TRUE(early.answer.do_not_cache); // it may give either: it began before the invalidation
        fake_tbu::question after;
        b.one.ask(after, 5, va + 0x1000);
        b.settle();
        EXPECT_EQ(merging_bench::pa(after), other_data);
    });
}
