// 3.21.1, 4.7.3: after the sync nothing that was invalidated is used, neither what caches held nor what was read under
// way: table descriptors in the walk caches no less than leaves.
#include "bench.h"

using namespace iovp;
using namespace iovp::test;

namespace {

constexpr std::uint64_t va = 0x12345000, ipa = 0x70000000, data = 0x80000000, other_data = 0x90000000;
constexpr std::uint32_t sid = 5;
constexpr std::uint64_t for_vm = 3ULL << 32, for_asid = 7ULL << 48;

struct tables {
    const char* name;
    bool nested;
    int stage; ///< whose level-3 table changes
    std::vector<std::array<std::uint64_t, 2>> commands;
};

const tables cases[] = {
    {"Stage1NhVa", false, 1, {{0x12 | for_asid, va}}},
    {"Stage1NhVaRange", false, 1, {{0x12 | for_asid | 1ULL << 12, (va - 0x1000) | 1ULL << 10}}},
    {"Stage1NhVaa", false, 1, {{0x13, va}}},
    {"Stage1NhAsid", false, 1, {{0x11 | for_asid, 0}}},
    {"Stage1NhAll", false, 1, {{0x10, 0}}},
    {"Stage1NsnhAll", false, 1, {{0x30, 0}}},
    {"NestedStage1NhVa", true, 1, {{0x12 | for_vm | for_asid, va}}},
    {"NestedStage1S12Vmall", true, 1, {{0x28 | for_vm, 0}}},
    {"NestedStage2S12Vmall", true, 2, {{0x28 | for_vm, 0}}},
    {"NestedStage2S2IpaAndNhAll", true, 2, {{0x2a | for_vm, ipa}, {0x10 | for_vm, 0}}},
};

/// One page for stream 5, and a second level-3 table that leads elsewhere and is not linked yet.
struct two_tables {
    two_tables(bench& b, const tables& t)
        : bench_(b)
    {
        std::uint64_t root2 = 0;
        if (t.nested)
            root2 = b.new_table();
        const std::uint64_t root1 = b.new_table();
        if (t.nested) {
            b.nested_stream(sid, root1, 7, root2, 3);
            b.map1(root1, va, ipa);
            b.map2(root2, ipa, data);
        } else {
            b.stage1_stream(sid, root1, 7);
            b.map1(root1, va, data);
        }
        const std::uint64_t root = t.stage == 1 ? root1 : root2;
        const std::uint64_t input = t.stage == 1 ? va : ipa;
        link_ = b.entry(root, input, 2);
        leaf = b.entry(root, input, 3);
        other_ = b.new_table();
        const std::uint64_t output = t.stage == 1 && t.nested ? ipa + 0x1000 : other_data;
        if (t.nested)
            b.map2(root2, ipa + 0x1000, other_data);
        for (int again = 0; t.nested && again < 2; ++again)
            for (std::uint64_t table = 0x100000; table < b.pool; table += 0x1000)
                b.map2(root2, table, table);
        // The same leaf but for its address.
        b.memory.set(other_ | (leaf & 0xfff), (b.memory.word(leaf) & ~0xfffffffff000ULL) | output);
        b.memory.set(data, 1);
        b.memory.set(other_data, 2);
    }
    void change() const { bench_.memory.set(link_, other_ | 3); }

    std::uint64_t leaf = 0; ///< address of the first descriptor

private:
    bench& bench_;
    std::uint64_t link_ = 0;
    std::uint64_t other_ = 0;
};

} // namespace

class TableChange : public testing::TestWithParam<std::size_t> {};
INSTANTIATE_TEST_SUITE_P(Each, TableChange, testing::Range<std::size_t>(0, std::size(cases)),
                         [](const auto& param) { return std::string(cases[param.param].name); });

TEST_P(TableChange, IsSeenAfterTheSync_4_4)
{
    bench b;
    in_thread([&] {
        const tables& k = cases[GetParam()];
        const two_tables t(b, k);
        b.enable();
        std::uint64_t value = 0;
        EXPECT_TRUE(b.read(sid, va, value));
        EXPECT_EQ(value, 1U);
        t.change();
        for (const auto& [word0, word1] : k.commands)
            b.run(word0, word1);
        EXPECT_TRUE(b.read(sid, va, value));
        EXPECT_EQ(value, 2U);
        EXPECT_TRUE(b.events().empty());
    });
}

// The walk has read the old table descriptor when the invalidation passes it; what it learned may serve itself alone.
TEST_P(TableChange, OfAWalkUnderWayIsNotKept_4_7_3)
{
    bench b;
    in_thread([&] {
        const tables& k = cases[GetParam()];
        const two_tables t(b, k);
        b.enable();
        b.memory.waiting_page = t.leaf >> 12;
        bench::attempt first;
        b.start(first, sid, va);
        while (!b.memory.arrived)
            b.settle(10);
        t.change();
        for (const auto& [word0, word1] : k.commands)
            b.push(word0, word1);
        b.push(0x46);
        b.ring();
        b.settle(2000);
        EXPECT_FALSE(first.done);
        EXPECT_NE(b.reg(0x9c), b.produced) << "the sync waits";
        b.memory.waiting_page = ~0ULL;
        b.memory.go.notify();
        for (int i = 0; i < 10000 && b.reg(0x9c) != b.produced; ++i)
            b.settle(1);
        EXPECT_EQ(b.reg(0x9c), b.produced);
        EXPECT_TRUE(first.done && first.ok);
        std::uint64_t value = 0;
        EXPECT_TRUE(b.read(sid, va, value));
        EXPECT_EQ(value, 2U);
        EXPECT_TRUE(b.events().empty());
    });
}
