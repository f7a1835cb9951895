// 3.21.1, 3.21.3, 4.7.3: a CMD_SYNC completes when nothing that used what was invalidated is under way, wherever it
// was.
#include "bench.h"

#include <gmock/gmock.h>

#include <tuple>

using namespace iovp;
using namespace iovp::test;

namespace {

constexpr std::uint64_t va = 0x12345000, ipa = 0x70000000, other_ipa = 0x70001000;
constexpr std::uint64_t data = 0x80000000, other_data = 0x90000000;
constexpr std::uint32_t sid = 5;
constexpr std::uint64_t for_stream = std::uint64_t(sid) << 32, for_vm = 3ULL << 32, for_asid = 7ULL << 48;

enum class change { cd, stage1_leaf, stage2_leaf };

struct invalidation {
    const char* name;
    change what;
    std::vector<std::array<std::uint64_t, 2>> commands;
};

const std::vector<invalidation>& invalidations()
{
    static const std::vector<invalidation> all{
        {"CfgiSte", change::cd, {{0x03 | for_stream, 1}}},
        {"CfgiSteNotLeaf", change::cd, {{0x03 | for_stream, 0}}},
        {"CfgiSteRange", change::cd, {{0x04 | for_stream, 2}}},
        {"CfgiAll", change::cd, {{0x04, 31}}},
        {"CfgiCd", change::cd, {{0x05 | for_stream, 1}}},
        {"CfgiCdAll", change::cd, {{0x06 | for_stream, 0}}},
        {"NhAll", change::stage1_leaf, {{0x10 | for_vm, 0}}},
        {"NhAsid", change::stage1_leaf, {{0x11 | for_vm | for_asid, 0}}},
        {"NhVa", change::stage1_leaf, {{0x12 | for_vm | for_asid, va}}},
        {"NhVaLeaf", change::stage1_leaf, {{0x12 | for_vm | for_asid, va | 1}}},
        {"NhVaa", change::stage1_leaf, {{0x13 | for_vm, va}}},
        // 4.4.1.1: 4 KiB, two granules from the page before
        {"NhVaaRange", change::stage1_leaf, {{0x13 | for_vm | 1ULL << 12, (va - 0x1000) | 1ULL << 10}}},
        {"NsnhAll", change::stage1_leaf, {{0x30, 0}}},
        {"S12Vmall", change::stage2_leaf, {{0x28 | for_vm, 0}}},
        {"S2IpaAndNhAll", change::stage2_leaf, {{0x2a | for_vm, ipa}, {0x10 | for_vm, 0}}},
    };
    return all;
}

const char* const places[] = {"SteFetch", "CdFetch", "Stage1Walk", "Stage2Walk", "Downstream"};

} // namespace

class SyncInFlight : public testing::TestWithParam<std::tuple<std::size_t, std::size_t>> {};
INSTANTIATE_TEST_SUITE_P(Everywhere, SyncInFlight,
                         testing::Combine(testing::Range<std::size_t>(0, 15), testing::Range<std::size_t>(0, 5)),
                         [](const auto& param) {
                             return std::string(invalidations()[std::get<0>(param.param)].name) +
                                    places[std::get<1>(param.param)];
                         });

TEST_P(SyncInFlight, NothingOldIsUsedAfterIt_4_7_3)
{
    bench b;
    in_thread([&] {
        const invalidation& k = invalidations().at(std::get<0>(GetParam()));
        const std::uint64_t root2 = b.new_table();
        const std::uint64_t root1 = b.new_table();
        const std::uint64_t other_root1 = b.new_table();
        b.nested_stream(sid, root1, 7, root2, 3);
        b.map1(root1, va, ipa);
        b.map1(other_root1, va, other_ipa);
        b.map2(root2, ipa, data);
        b.map2(root2, other_ipa, other_data);
        for (int again = 0; again < 2; ++again)
            for (std::uint64_t table = 0x100000; table < b.pool; table += 0x1000)
                b.map2(root2, table, table);
        b.memory.set(data, 1);
        b.memory.set(other_data, 2);
        b.enable();
        const std::uint64_t pages[] = {bench::stream_table >> 12, bench::cd_base >> 12, b.entry(root1, va, 3) >> 12,
                                       b.entry(root2, ipa, 3) >> 12, data >> 12};
        b.memory.waiting_page = pages[std::get<1>(GetParam())];
        bench::attempt first;
        b.start(first, sid, va);
        while (!b.memory.arrived)
            b.settle(10);

        switch (k.what) {
        case change::cd: b.write_cd(bench::cd_base + sid * 64, other_root1, 9); break;
        case change::stage1_leaf: b.map1(root1, va, other_ipa); break;
        case change::stage2_leaf: b.map2(root2, ipa, other_data); break;
        }
        for (const auto& [word0, word1] : k.commands)
            b.push(word0, word1);
        const std::uint32_t at_sync = b.produced;
        b.push(0x46);
        b.ring();
        b.settle(2000);
        EXPECT_EQ(b.reg(0x9c), at_sync) << "the sync waits, and nothing else does";
        EXPECT_FALSE(first.done);
        b.memory.waiting_page = ~0ULL;
        b.memory.go.notify();
        for (int i = 0; i < 10000 && b.reg(0x9c) == at_sync; ++i)
            b.settle(1);
        EXPECT_EQ(b.reg(0x9c), b.produced);
        EXPECT_TRUE(first.done);
        EXPECT_TRUE(first.ok);
        EXPECT_TRUE(first.value == 1 || first.value == 2) << first.value;
        std::uint64_t value = 0;
        EXPECT_TRUE(b.read(sid, va, value));
        EXPECT_EQ(value, 2U);
        EXPECT_EQ(b.reg(0x60), 0U);
        EXPECT_TRUE(b.events().empty());
    });
}

// 6.3.9.6: what was under way when SMMUEN became 0 ends by the old value and leaves nothing in any cache.
TEST(Smmuen, TransactionsUnderWayLeaveNothingInTheCaches_6_3_9_6)
{
    bench b;
    in_thread([&] {
        const std::uint64_t root1 = b.new_table();
        b.map1(root1, va, data);
        b.stage1_stream(sid, root1, 7);
        b.memory.set(data, 1);
        b.memory.set(other_data, 2);
        b.memory.set(va + 0x1000, 3);
        b.enable();
        b.memory.waiting_page = b.entry(root1, va, 3) >> 12;
        bench::attempt first;
        b.start(first, sid, va);
        while (!b.memory.arrived)
            b.settle(10);
        b.set_reg(0x20, 0xc);
        b.settle();
        EXPECT_EQ(b.reg(0x24), 0xcU); // it does not wait
        std::uint64_t value = 0;
        EXPECT_TRUE(b.read(sid, va + 0x1000, value));
        EXPECT_EQ(value, 3U); // GBPA: bypass
        b.map1(root1, va, other_data);
        b.memory.waiting_page = ~0ULL;
        b.memory.go.notify();
        b.settle(1000);
        EXPECT_TRUE(first.done);
        EXPECT_EQ(first.value, 1U);
        b.set_reg(0x20, 0xd);
        b.settle();
        EXPECT_TRUE(b.read(sid, va, value)); // the STE, the CD and the page had never been cached
        EXPECT_EQ(value, 2U);
        EXPECT_EQ(b.tcu.counts().configuration_reads, 4U);
    });
}

// 7.1: while the error is active PROD may go back to CONS, and CMDQEN neither acknowledges nor forgets it.
TEST(CommandQueue, ErrorIsIndependentOfCmdqenAndProdMayGoBack_7_1_6_3_28)
{
    bench b;
    in_thread([&] {
        b.enable();
        b.push(0x30);
        b.push(0xff);
        b.push(0x30);
        b.push(0x30);
        b.ring();
        b.settle();
        EXPECT_EQ(b.reg(0x9c), 0x01000001U);
        b.set_reg(0x20, 0x5);
        b.settle();
        EXPECT_EQ(b.reg(0x24), 0x5U);
        EXPECT_EQ(b.reg(0x60) ^ b.reg(0x64), 1U);
        b.set_reg(0x20, 0xd);
        b.settle();
        EXPECT_EQ(b.reg(0x9c), 0x01000001U);
        EXPECT_EQ(b.tcu.commands().count(), 1U);
        b.produced = 1; // all of the rest is taken back, one other command submitted
        b.push(0x46);
        b.ring();
        b.settle();
        EXPECT_EQ(b.reg(0x9c), 0x01000001U);
        b.set_reg(0x20, 0x5); // acknowledged while the queue is disabled
        b.settle();
        b.set_reg(0x64, 1);
        b.settle();
        EXPECT_EQ(b.reg(0x9c) & 0xfffffU, 1U);
        b.set_reg(0x20, 0xd);
        b.settle();
        EXPECT_EQ(b.reg(0x9c) & 0xfffffU, 2U);
        EXPECT_EQ(b.tcu.commands().count(), 2U);
        EXPECT_EQ(b.reg(0x60), 1U);
    });
}

// 7.4, 7.2.2: an aborted record is no overflow, neither are those discarded while the abort is active; both flags live
// apart.
TEST(EventQueue, AbortAndOverflowAreApart_7_2_2_7_4)
{
    bench b;
    in_thread([&] {
        b.stage1_stream(sid, b.new_table(), 7); // nothing mapped
        b.enable();
        std::uint64_t value = 0;
        b.memory.aborting.insert(bench::event_base >> 12);
        for (int i = 0; i < 6; ++i)
            EXPECT_FALSE(b.read(sid, va, value));
        b.settle();
        EXPECT_EQ(b.reg(0x60), 4U);
        EXPECT_EQ(b.reg(0x100a8), 0U);
        b.memory.aborting.clear();
        b.set_reg(0x64, 4);
        b.settle();
        EXPECT_EQ(b.reg(0x100a8), 0U); // what was discarded does not come back
        for (int i = 0; i < 6; ++i)
            EXPECT_FALSE(b.read(sid, va, value));
        b.settle();
        EXPECT_EQ(b.reg(0x100a8), 0x80000004U);
        for (int i = 0; i < 2; ++i)
            EXPECT_FALSE(b.read(sid, va, value));
        b.settle();
        EXPECT_EQ(b.reg(0x100a8), 0x80000004U); // not toggled while it is present
        b.set_reg(0x100ac, 0x80000004U);
        EXPECT_FALSE(b.read(sid, va, value));
        b.settle();
        EXPECT_EQ(b.reg(0x100a8), 0x80000005U);
        EXPECT_EQ(b.reg(0x60), 4U);
    });
}
