// What the TBU does with transactions that meet each other and its own invalidations.
#include "bench.h"

#include <gmock/gmock.h>

using namespace iovp;
using namespace iovp::test;

static constexpr std::uint64_t va = 0x12345000, data_pa = 0x80000000;

// 4.7.3: a sync waits for the completions of transactions that came before it, not for those of later ones.
TEST(TbuSync, DoesNotWaitForTransactionsThatCameAfterIt)
{
    bench b;
    in_thread([&] {
        const std::uint64_t root = b.new_table();
        b.map1(root, va, data_pa);
        b.map1(root, va + 0x1000, data_pa + 0x1000);
        b.stage1_stream(5, root, 7);
        b.enable();
        std::uint64_t value;
        EXPECT_TRUE(b.read(5, va, value));
        EXPECT_TRUE(b.read(5, va + 0x1000, value));
        b.memory.waiting_page = data_pa >> 12;
        bench::attempt before;
        bench::attempt after;
        b.start(before, 5, va);
        while (!b.memory.arrived)
            b.settle(10);
        b.push(0x46);
        b.ring();
        b.settle(1000);
        EXPECT_EQ(b.reg(0x9c), 0U);                             // waits for `before`
        b.memory.latency = sc_core::sc_time(1, sc_core::SC_MS); // annotated: `after` is complete that far ahead
        b.start(after, 5, va + 0x1000);
        b.settle(100);
        b.memory.waiting_page = ~0ULL;
        b.memory.go.notify();
        b.settle(1000);
        EXPECT_TRUE(before.done);
        EXPECT_FALSE(after.done);
        EXPECT_EQ(b.reg(0x9c), 1U);
    });
}

// A sync waits for the annotated completions of transactions before it.
TEST(TbuSync, WaitsForAnnotatedCompletionsOfTransactionsBeforeIt)
{
    bench b;
    in_thread([&] {
        const std::uint64_t root = b.new_table();
        b.map1(root, va, data_pa);
        b.stage1_stream(5, root, 7);
        b.enable();
        std::uint64_t value;
        EXPECT_TRUE(b.read(5, va, value));
        b.push(0x46);
        b.ring();
        b.settle(1000);
        EXPECT_EQ(b.reg(0x9c), 1U);
        for (std::uint32_t n = 2; n < 4; ++n) { // with either parity of syncs
            b.memory.latency = sc_core::sc_time(20, sc_core::SC_US);
            bench::attempt a;
            b.start(a, 5, va);
            b.settle(10);
            b.memory.latency = sc_core::sc_time(10, sc_core::SC_NS);
            b.push(0x46);
            b.ring();
            b.settle(19000);
            EXPECT_EQ(b.reg(0x9c), n - 1);
            b.settle(2000);
            EXPECT_EQ(b.reg(0x9c), n);
            EXPECT_TRUE(a.done);
        }
    });
}

// Transactions that waited for a request in vain ask all at once, and each is looked up once.
TEST(TbuMerging, TransactionsOfAPageThatFaultsDoNotQueueUp)
{
    bench b;
    in_thread([&] {
        const std::uint64_t root = b.new_table();
        b.map1(root, va, data_pa);
        b.stage1_stream(5, root, 7);
        b.enable();
        std::uint64_t value;
        EXPECT_TRUE(b.read(5, va, value));
        const sc_core::sc_time begin = sc_core::sc_time_stamp();
        EXPECT_FALSE(b.read(5, va + 0x2000, value));
        const sc_core::sc_time one = sc_core::sc_time_stamp() - begin;
        const auto before = b.tbu0.counts();

        std::array<bench::attempt, 8> a;
        for (bench::attempt& x : a)
            b.start(x, 5, va + 0x1000);
        sc_core::wait(one * 2 + sc_core::sc_time(50, sc_core::SC_NS));
        for (const bench::attempt& x : a) {
            EXPECT_TRUE(x.done);
            EXPECT_FALSE(x.ok);
        }
        const auto& now = b.tbu0.counts();
        EXPECT_EQ(now.transactions - before.transactions, 8U);
        EXPECT_EQ(now.terminated - before.terminated, 8U);
        EXPECT_EQ(now.requests - before.requests, 8U);
        EXPECT_EQ(now.merged, 0U);
        EXPECT_EQ(now.micro_lookups - before.micro_lookups, 8U);
        EXPECT_EQ(now.micro_misses - before.micro_misses, 8U);
        EXPECT_EQ(now.main_lookups - before.main_lookups, 8U);
        EXPECT_EQ(now.main_misses - before.main_misses, 8U);
    });
}

// 3.17.1: a global page of an ASET is not used through CDs of the other.
TEST(TbuTlb, GlobalPagesServeTheirAsetOnly_3_17_1)
{
    bench b;
    in_thread([&] {
        constexpr std::uint64_t global_page = 0x741; // as map1() makes them, nG == 0
        for (std::uint32_t sid = 4; sid < 8; ++sid) {
            const std::uint64_t root = b.new_table();
            b.map1(root, va, data_pa + sid * 0x1000, 3, global_page);
            b.memory.set(data_pa + sid * 0x1000, sid);
            b.stage1_stream(sid, root, static_cast<std::uint16_t>(sid));
            if (sid >= 6)
                b.set_bits(bench::cd_base + sid * 64, 1ULL << 47); // ASET
        }
        b.enable();
        std::uint64_t value;
        EXPECT_TRUE(b.read(4, va, value));
        EXPECT_TRUE(b.read(6, va, value));
        EXPECT_EQ(value, 6U);
        // global pages that differ between ASIDs of an ASET are software's mistake: they show whose entry it was
        EXPECT_TRUE(b.read(5, va + 8, value));
        EXPECT_EQ(b.tbu0.counts().requests, 3U); // its stream was not known
        EXPECT_TRUE(b.read(5, va, value));
        EXPECT_TRUE(b.read(7, va, value));
        EXPECT_TRUE(b.read(7, va, value));
        EXPECT_EQ(b.tbu0.counts().requests, 4U);
        EXPECT_TRUE(b.read(4, va, value));
        EXPECT_NE(value, 6U);
        EXPECT_NE(value, 7U);
    });
}
