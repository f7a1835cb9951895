#include "bench.h"

#include <gmock/gmock.h>

using namespace iovp;
using namespace iovp::test;
using testing::ElementsAre;
using testing::IsEmpty;

static constexpr std::uint64_t data_pa = 0x80000000;
static constexpr std::uint64_t va = 0x123456000;

namespace {

constexpr std::uint64_t cd_s = 1ULL << 44, cd_r = 1ULL << 45, cd_a = 1ULL << 46;
constexpr std::uint64_t ste_s2s = 1ULL << 57, ste_s2r = 1ULL << 58; // dword 2
constexpr std::uint64_t read_of = 1ULL << 35, stall_bit = 1ULL << 31, class_in = 2ULL << 40, s2 = 1ULL << 39;

smmu::tcu::parameters with_stall(unsigned most = 8, unsigned model = 0)
{
    smmu::tcu::parameters p;
    p.feature.stall_model = model;
    p.feature.stall_max = most;
    return p;
}

/// Stream 5, stage 1 with CD.S; the page at `va` + 0x10000 is mapped, others are not.
struct stall_bench : bench {
    explicit stall_bench(const smmu::tcu::parameters& p = with_stall(), const smmu::tbu::parameters& q = {})
        : bench(p, q)
    {
    }
    std::uint64_t root = 0;

    void begin(bool enabled = true)
    {
        root = new_table();
        map1(root, va + 0x10000, data_pa);
        stage1_stream(5, root, 7);
        set_bits(cd_base + 5 * 64, cd_s);
        memory.set(data_pa, 0x77);
        if (enabled)
            enable();
    }
    static std::uint64_t resume(std::uint32_t sid, bool retry, bool abort = false)
    {
        return 0x44 | std::uint64_t(retry) << 12 | std::uint64_t(abort) << 13 | std::uint64_t(sid) << 32;
    }
    /// The one event there is; checks everything but the STAG, which it returns.
    std::uint16_t stall_event(std::uint64_t input, std::uint64_t dw1 = read_of | class_in, std::uint32_t sid = 5,
                              std::uint64_t dw3 = 0)
    {
        settle();
        const auto all = events();
        EXPECT_EQ(all.size(), 1U);
        if (all.size() != 1)
            return 0xffff;
        record r = all[0];
        const auto stag = static_cast<std::uint16_t>(r[1]);
        r[1] &= ~0xffffULL;
        EXPECT_EQ(r, (record{std::uint64_t(sid) << 32 | 0x10, dw1 | stall_bit, input, dw3}));
        return stag;
    }
    void sync() { run(0x46); }
};

} // namespace

// 3.12.2, 4.7.1
TEST(Stall, IsRecordedHeldAndRetried)
{
    stall_bench b;
    in_thread([&] {
        b.begin();
        b.set_bits(bench::cd_base + 5 * 64, 0, cd_r); // 5.5: S makes R ignored
        EXPECT_EQ(b.reg(0x0) >> 24 & 3, 0U);
        EXPECT_EQ(b.reg(0x14) >> 16, 8U); // STALL_MAX
        bench::attempt a;
        b.start(a, 5, va + 8);
        const std::uint16_t stag = b.stall_event(va + 8);
        b.sync(); // 4.7.3: a sync neither waits for it nor changes it
        b.sync();
        EXPECT_FALSE(a.done);
        EXPECT_EQ(b.tcu.stalled(), 1U);
        b.map1(b.root, va, data_pa); // faults are not cached
        b.memory.set(data_pa + 8, 0x99);
        b.settle(2000);
        EXPECT_FALSE(a.done);
        b.run(b.resume(5, true), stag);
        b.settle();
        EXPECT_TRUE(a.done && a.ok);
        EXPECT_EQ(a.value, 0x99U);
        EXPECT_EQ(b.tcu.stalled(), 0U);
        EXPECT_EQ(b.tbu0.counts().stalled, 1U);
        EXPECT_THAT(b.events(), IsEmpty());
    });
}

TEST(Stall, RetryFaultsAgainAsANewTransaction_4_7_1)
{
    stall_bench b;
    in_thread([&] {
        b.begin();
        bench::attempt a;
        b.start(a, 5, va);
        const std::uint16_t first = b.stall_event(va);
        b.run(b.resume(5, true), first);
        const std::uint16_t second = b.stall_event(va);
        b.run(b.resume(5, false, true), second);
        b.settle();
        EXPECT_TRUE(a.done);
        EXPECT_FALSE(a.ok);
        // A retry meets the configuration of its time: terminate, abort, record.
        bench::attempt c;
        b.start(c, 5, va);
        const std::uint16_t third = b.stall_event(va);
        b.set_bits(bench::cd_base + 5 * 64, 0, cd_s);
        b.run(0x05 | 5ULL << 32);
        b.run(b.resume(5, true), third);
        b.settle();
        EXPECT_TRUE(c.done);
        EXPECT_FALSE(c.ok);
        EXPECT_THAT(b.events(), ElementsAre(bench::record{5ULL << 32 | 0x10, read_of | class_in, va, 0}));
    });
}

TEST(Stall, TerminateByAbortOrRazWi_4_7_1)
{
    stall_bench b;
    in_thread([&] {
        b.begin();
        bench::attempt aborted, zero, ignored;
        b.start(aborted, 5, va);
        b.run(b.resume(5, false, true), b.stall_event(va));
        b.start(zero, 5, va);
        b.run(b.resume(5, false, false), b.stall_event(va));
        b.start(ignored, 5, va + 0x1000, tlm::TLM_WRITE_COMMAND);
        const std::size_t before = b.memory.log.size();
        const std::uint16_t stag = b.stall_event(va + 0x1000, class_in);
        b.run(b.resume(5, false, false), stag);
        b.settle();
        EXPECT_TRUE(aborted.done && zero.done && ignored.done);
        EXPECT_FALSE(aborted.ok);
        EXPECT_TRUE(zero.ok);
        EXPECT_EQ(zero.value, 0U);
        EXPECT_TRUE(ignored.ok);
        for (std::size_t i = before; i < b.memory.log.size(); ++i)
            EXPECT_NE(b.memory.log[i].address, data_pa);
        EXPECT_THAT(b.events(), IsEmpty());
    });
}

TEST(Stall, WithoutRazWiModelTerminationAborts_4_7_1)
{
    auto p = with_stall();
    p.feature.raz_wi_model = false;
    stall_bench b(p);
    in_thread([&] {
        b.begin();
        bench::attempt a;
        b.start(a, 5, va);
        b.run(b.resume(5, false, false), b.stall_event(va)); // Ab is IGNORED
        b.settle();
        EXPECT_TRUE(a.done);
        EXPECT_FALSE(a.ok);
    });
}

TEST(Stall, ResumeNeedsStreamAndStagTogether_4_7_1)
{
    stall_bench b;
    in_thread([&] {
        b.begin();
        bench::attempt first, second;
        b.start(first, 5, va);
        const std::uint16_t one = b.stall_event(va);
        b.start(second, 5, va + 0x1000);
        const std::uint16_t two = b.stall_event(va + 0x1000);
        EXPECT_NE(one, two);
        b.run(b.resume(6, false, true), one);    // another stream
        b.run(b.resume(5, false, true), 0x1234); // no such STAG
        b.settle();
        EXPECT_FALSE(first.done || second.done);
        EXPECT_EQ(b.reg(0x60), 0U); // effectively no-ops
        b.run(b.resume(5, false, true), two);
        b.settle();
        EXPECT_TRUE(second.done);
        EXPECT_FALSE(first.done);
        b.run(b.resume(5, false, true), two); // already acknowledged
        b.settle();
        EXPECT_FALSE(first.done);
        b.run(b.resume(5, false, true), one);
        b.settle();
        EXPECT_TRUE(first.done);
    });
}

TEST(Stall, OtherTransactionsPassAndTokensAreFree_3_12_2)
{
    smmu::tbu::parameters q;
    q.slots = 2;
    q.tokens = 2;
    q.hazards = 0;
    stall_bench b(with_stall(), q);
    in_thread([&] {
        b.begin();
        bench::attempt held[4];
        for (unsigned i = 0; i < 4; ++i)
            b.start(held[i], 5, va + i * 0x1000);
        b.settle(2000);
        EXPECT_EQ(b.events().size(), 4U);
        std::uint64_t value;
        EXPECT_TRUE(b.read(5, va + 0x10000, value));
        EXPECT_EQ(value, 0x77U);
        b.run(0x30);
        EXPECT_TRUE(b.read(5, va + 0x10000, value)); // asks the TCU
        for (const bench::attempt& a : held)
            EXPECT_FALSE(a.done);
        b.run(0x45 | 5ULL << 32);
        b.settle();
        for (const bench::attempt& a : held)
            EXPECT_TRUE(a.done && !a.ok);
    });
}

// 5.5, 3.12.5: STE.S2S stalls stage-2 faults of the address, of a stage-1 descriptor and of a CD; S2R is ignored then.
TEST(Stall, StageTwoFaultsOfEveryClass_3_12_5)
{
    stall_bench b;
    in_thread([&] {
        const std::uint64_t root2 = b.new_table();
        b.root = b.new_table();
        b.nested_stream(5, b.root, 7, root2, 3);
        b.set_bits(bench::stream_table + 5 * 64 + 16, ste_s2s, ste_s2r);
        b.memory.set(b.entry(root2, bench::cd_base, 3), 0); // the CD is not mapped yet
        b.map1(b.root, va, 0x70000000);
        b.enable();
        bench::attempt a;
        b.start(a, 5, va);
        std::uint16_t stag = b.stall_event(va, read_of | s2, 5, bench::cd_base); // CLASS CD
        b.map2(root2, bench::cd_base, bench::cd_base);
        b.run(b.resume(5, true), stag);
        const std::uint64_t descriptor = b.root + (va >> 39 & 0x1ff) * 8;
        stag = b.stall_event(va, read_of | s2 | 1ULL << 40, 5, descriptor & ~0xfffULL); // CLASS TTD
        for (int pass = 0; pass < 2; ++pass)
            for (std::uint64_t table = 0x100000; table < b.pool; table += 0x1000)
                b.map2(root2, table, table);
        b.run(b.resume(5, true), stag);
        stag = b.stall_event(va, read_of | s2 | class_in, 5, 0x70000000);
        b.map2(root2, 0x70000000, data_pa);
        b.memory.set(data_pa, 0x77);
        b.run(b.resume(5, true), stag);
        b.settle();
        EXPECT_TRUE(a.done && a.ok);
        EXPECT_EQ(a.value, 0x77U);
        // Stage 1 of this stream terminates.
        std::uint64_t value;
        EXPECT_FALSE(b.read(5, va + 0x1000, value));
        b.settle();
        EXPECT_THAT(b.events(), ElementsAre(bench::record{5ULL << 32 | 0x10, read_of | class_in, va + 0x1000, 0}));
    });
}

// 5.5: only the four Translation-related faults stall.
TEST(Stall, OtherFaultsTerminate_5_5)
{
    stall_bench b;
    in_thread([&] {
        b.begin();
        b.memory.aborting.insert(b.root >> 12);
        std::uint64_t value;
        EXPECT_FALSE(b.read(5, va, value));
        b.settle();
        const auto events = b.events();
        ASSERT_EQ(events.size(), 1U);
        EXPECT_EQ(events[0][0], 5ULL << 32 | 0x0b); // F_WALK_EABT
        EXPECT_EQ(events[0][1] & stall_bit, 0U);
    });
}

// 7.2.1, 7.4: with the queue full the record is kept back, not lost, and no overflow is flagged.
TEST(Stall, FullQueueRecordsWhenWritable_7_2_1)
{
    stall_bench b;
    in_thread([&] {
        b.begin();
        std::uint64_t value;
        for (unsigned i = 0; i < 4; ++i)
            EXPECT_FALSE(b.read(70 + i, va, value));
        b.settle();
        bench::attempt a, c;
        b.start(a, 5, va);
        b.start(c, 5, va + 0x1000);
        b.settle(2000);
        EXPECT_EQ(b.reg(0x100a8) >> 31, 0U);
        b.sync();                         // 4.7.3: does not hang
        EXPECT_EQ(b.events().size(), 4U); // frees the queue
        b.settle(2000);
        const auto records = b.events();
        ASSERT_EQ(records.size(), 2U);
        EXPECT_EQ(std::min(records[0][2], records[1][2]), va);
        EXPECT_EQ(std::max(records[0][2], records[1][2]), va + 0x1000);
        for (const auto& r : records) {
            EXPECT_EQ(r[1] & stall_bit, stall_bit);
            b.run(b.resume(5, false, true), r[1] & 0xffff);
        }
        b.settle();
        EXPECT_TRUE(a.done && c.done);
    });
}

TEST(Stall, UnrecordedStallIsRetriedWithNewTranslations_7_2_1_4_7_3)
{
    stall_bench b;
    in_thread([&] {
        b.begin();
        b.set_reg(0x20, 0x9); // EVENTQEN 0
        b.settle();
        bench::attempt a, c;
        b.start(a, 5, va);
        b.start(c, 5, va + 0x1000);
        b.settle(2000);
        b.map1(b.root, va, data_pa);
        b.run(0x30);
        EXPECT_FALSE(a.done || c.done);
        EXPECT_EQ(b.reg(0x100a8), 0U);
        b.set_reg(0x20, 0xd);
        b.settle(2000);
        EXPECT_TRUE(a.done && a.ok); // no event of the old tables
        EXPECT_EQ(a.value, 0x77U);
        EXPECT_FALSE(c.done);
        b.run(b.resume(5, false, true), b.stall_event(va + 0x1000));
        b.settle();
        EXPECT_TRUE(c.done);
    });
}

TEST(Stall, AbortedRecordIsWrittenAfterTheAcknowledge_7_2_2)
{
    stall_bench b;
    in_thread([&] {
        b.begin();
        b.memory.aborting.insert(bench::event_base >> 12);
        bench::attempt a;
        b.start(a, 5, va);
        b.settle();
        EXPECT_EQ(b.reg(0x60), 0x4U);
        b.memory.aborting.clear();
        b.settle(2000);
        EXPECT_EQ(b.reg(0x100a8), 0U);
        b.set_reg(0x64, 0x4);
        b.run(b.resume(5, false, true), b.stall_event(va));
        b.settle();
        EXPECT_TRUE(a.done);
    });
}

// 6.3.6: never more unacknowledged stall records than STALL_MAX; 3.12.2: a STAG comes back by its acknowledge.
TEST(Stall, StallMaxBoundsTheRecords_6_3_6)
{
    stall_bench b(with_stall(2));
    in_thread([&] {
        b.begin();
        bench::attempt a[5];
        for (unsigned i = 0; i < 5; ++i)
            b.start(a[i], 5, va + i * 0x1000);
        unsigned recorded = 0;
        std::vector<std::uint64_t> open;
        while (recorded < 5) {
            b.settle(2000);
            for (const auto& r : b.events()) {
                ++recorded;
                for (const std::uint64_t other : open)
                    EXPECT_NE(other, r[1] & 0xffff);
                open.push_back(r[1] & 0xffff);
            }
            ASSERT_LE(open.size(), 2U);
            ASSERT_FALSE(open.empty());
            b.run(b.resume(5, false, true), open.front());
            open.erase(open.begin());
        }
        for (const std::uint64_t stag : open)
            b.run(b.resume(5, false, true), stag);
        b.settle();
        for (const bench::attempt& x : a)
            EXPECT_TRUE(x.done && !x.ok);
        EXPECT_EQ(b.tcu.stalled(), 0U);
    });
}

TEST(Stall, DuplicatesAreSuppressedAndRetriedWithTheirRecord_3_12_2_1)
{
    stall_bench b;
    in_thread([&] {
        b.begin();
        bench::attempt a, c, d, w;
        b.start(a, 5, va);
        b.settle();
        b.start(c, 5, va + 0x10);
        b.start(d, 5, va + 0xff8);
        const std::uint16_t stag = b.stall_event(va);
        b.start(w, 5, va, tlm::TLM_WRITE_COMMAND); // another type: recorded
        const std::uint16_t other = b.stall_event(va, class_in);
        // Terminating the first retries the others: one of them is recorded now.
        b.run(b.resume(5, false, true), stag);
        b.settle();
        EXPECT_TRUE(a.done && !a.ok);
        EXPECT_FALSE(c.done || d.done || w.done);
        const std::uint16_t next = b.stall_event(va + 0x10);
        b.map1(b.root, va, data_pa);
        b.run(b.resume(5, true), next);
        b.settle();
        EXPECT_TRUE(c.done && c.ok && d.done && d.ok);
        b.run(b.resume(5, true), other);
        b.settle();
        EXPECT_TRUE(w.done && w.ok);
        EXPECT_THAT(b.events(), IsEmpty());
    });
}

TEST(Stall, WithoutSuppressionEveryTransactionIsRecorded_3_12_2_1)
{
    auto p = with_stall();
    p.suppress_duplicate_stalls = false;
    stall_bench b(p);
    in_thread([&] {
        b.begin();
        bench::attempt a, c;
        b.start(a, 5, va);
        b.start(c, 5, va);
        b.settle(2000);
        const auto records = b.events();
        ASSERT_EQ(records.size(), 2U);
        EXPECT_NE(records[0][1] & 0xffff, records[1][1] & 0xffff);
        b.run(0x45 | 5ULL << 32);
    });
}

TEST(Stall, StallTermAbortsTheStreamOnly_4_7_2)
{
    stall_bench b;
    in_thread([&] {
        b.begin();
        b.stage1_stream(6, b.root, 8);
        b.set_bits(bench::cd_base + 6 * 64, cd_s);
        bench::attempt a, suppressed, c, second_tbu;
        b.start(a, 5, va);
        b.settle();
        b.start(suppressed, 5, va + 8);
        b.start(c, 6, va);
        b.start(second_tbu, b.device1, 5, va + 0x1000);
        b.settle(2000);
        const auto records = b.events();
        ASSERT_EQ(records.size(), 3U);
        // 4.7.2: first the STE, then the command
        b.set_bits(bench::stream_table + 5 * 64, 0, 0xe);
        b.run(0x03 | 5ULL << 32);
        b.run(0x45 | 5ULL << 32);
        b.settle();
        EXPECT_TRUE(a.done && !a.ok && suppressed.done && !suppressed.ok && second_tbu.done && !second_tbu.ok);
        EXPECT_FALSE(c.done);
        EXPECT_THAT(b.events(), IsEmpty());
        b.run(0x45 | 6ULL << 32);
        b.settle();
        EXPECT_TRUE(c.done && !c.ok);
    });
}

TEST(Stall, ClearingSmmuenAbortsAllAndReturnsTheStags_6_3_9_6)
{
    stall_bench b(with_stall(2));
    in_thread([&] {
        b.begin();
        bench::attempt a[3];
        for (unsigned i = 0; i < 3; ++i)
            b.start(a[i], 5, va + i * 0x1000); // the third has no STAG
        b.settle(2000);
        EXPECT_EQ(b.events().size(), 2U);
        b.set_reg(0x20, 0xc);
        b.settle(2000);
        EXPECT_EQ(b.reg(0x24), 0xcU);
        for (const bench::attempt& x : a)
            EXPECT_TRUE(x.done && !x.ok);
        EXPECT_EQ(b.tcu.stalled(), 0U);
        EXPECT_THAT(b.events(), IsEmpty());
        b.set_reg(0x20, 0xd);
        b.settle();
        bench::attempt again[2];
        for (unsigned i = 0; i < 2; ++i)
            b.start(again[i], 5, va + i * 0x1000);
        b.settle(2000);
        EXPECT_EQ(b.events().size(), 2U);
        b.run(0x45 | 5ULL << 32);
    });
}

// A transaction whose walk is under way when SMMUEN becomes 0 does not stall any more.
TEST(Stall, NoneBecomesStalledAfterSmmuenIsCleared_6_3_9_6)
{
    stall_bench b;
    in_thread([&] {
        b.begin();
        b.memory.waiting_page = b.root >> 12;
        bench::attempt a;
        b.start(a, 5, va);
        while (!b.memory.arrived)
            b.settle(10);
        b.set_reg(0x20, 0xc);
        b.settle();
        b.memory.waiting_page = ~0ULL;
        b.memory.go.notify();
        b.settle(2000);
        EXPECT_EQ(b.reg(0x24), 0xcU);
        EXPECT_TRUE(a.done && !a.ok);
        EXPECT_THAT(b.events(), IsEmpty());
    });
}

TEST(Stall, SecondPieceOfABurst)
{
    stall_bench b;
    in_thread([&] {
        b.begin();
        std::array<std::uint64_t, 2> data{};
        bool done = false;
        sc_core::sc_spawn([&] {
            EXPECT_TRUE(b.access(b.device0, 5, tlm::TLM_READ_COMMAND, va + 0x10ff8, data.data(), 16));
            done = true;
        });
        b.memory.set(data_pa + 0xff8, 0x11);
        b.memory.set(data_pa, 0x77);
        const std::uint16_t stag = b.stall_event(va + 0x11000);
        b.sync();
        b.map1(b.root, va + 0x11000, data_pa);
        b.run(b.resume(5, true), stag);
        b.settle();
        EXPECT_TRUE(done);
        EXPECT_EQ(data[0], 0x11U);
        EXPECT_EQ(data[1], 0x77U);
    });
}

// 5.5: which combinations of model, S1STALLD, S and S2S are ILLEGAL.
struct stall_model_case {
    unsigned model;
    std::uint64_t s1stalld, s, s2s;
    std::uint8_t event_stage1, event_stage2; ///< 0: legal
};

class StallModels : public testing::TestWithParam<stall_model_case> {};

TEST_P(StallModels, IllegalConfigurations_5_5)
{
    const stall_model_case& m = GetParam();
    stall_bench b(with_stall(m.model == 1 ? 0 : 8, m.model));
    in_thread([&] {
        b.begin();
        b.set_bits(bench::cd_base + 5 * 64, m.s << 44, cd_s);
        b.set_bits(bench::stream_table + 5 * 64 + 8, m.s1stalld << 27);
        const std::uint64_t root2 = b.new_table();
        b.map2(root2, va + 0x10000, data_pa);
        b.stage2_stream(6, root2, 3);
        b.set_bits(bench::stream_table + 6 * 64 + 16, m.s2s << 57);
        b.set_bits(bench::stream_table + 6 * 64 + 8, 1ULL << 27); // no stage 1: S1STALLD does not matter
        std::uint64_t value;
        for (const auto& [sid, event] :
             {std::pair<std::uint32_t, std::uint8_t>{5, m.event_stage1}, {6, m.event_stage2}}) {
            EXPECT_EQ(b.read(sid, va + 0x10000, value), event == 0) << sid;
            b.settle();
            if (event == 0)
                EXPECT_THAT(b.events(), IsEmpty()) << sid;
            else
                EXPECT_THAT(b.events(), ElementsAre(bench::record{std::uint64_t(sid) << 32 | event, 0, 0, 0})) << sid;
        }
    });
}

INSTANTIATE_TEST_SUITE_P(All, StallModels,
                         testing::Values(stall_model_case{0, 0, 0, 0, 0, 0}, stall_model_case{0, 0, 1, 1, 0, 0},
                                         stall_model_case{0, 1, 0, 1, 0, 0}, stall_model_case{0, 1, 1, 0, 0x0a, 0},
                                         stall_model_case{1, 0, 0, 0, 0, 0}, stall_model_case{1, 0, 1, 1, 0x0a, 0x04},
                                         stall_model_case{1, 1, 0, 0, 0x04, 0}, stall_model_case{2, 0, 1, 1, 0, 0},
                                         stall_model_case{2, 0, 0, 0, 0x0a, 0x04},
                                         stall_model_case{2, 1, 1, 1, 0x04, 0}));

TEST(Stall, CommandsAreIllegalWithoutTheModelOrWithSsec_4_7)
{
    stall_bench b(with_stall(0, 1));
    in_thread([&] {
        b.begin(false);
        b.set_bits(bench::cd_base + 5 * 64, 0, cd_s);
        b.enable();
        for (const std::uint64_t command : {0x44ULL, 0x45ULL}) {
            b.push(command | 5ULL << 32);
            b.ring();
            b.settle();
            EXPECT_EQ(b.reg(0x9c) >> 24, 1U); // CERROR_ILL
            b.memory.set(bench::command_base + (b.reg(0x9c) & 7) * 16, 0x46);
            b.set_reg(0x64, b.reg(0x60));
            b.settle();
            EXPECT_EQ(b.reg(0x9c) & 15, b.produced);
        }
    });
}

TEST(Stall, CommandsWithSsecAreIllegal_4_1_6)
{
    stall_bench b;
    in_thread([&] {
        b.begin();
        for (const std::uint64_t command : {0x44ULL, 0x45ULL}) {
            b.push(command | 1 << 10 | 5ULL << 32);
            b.ring();
            b.settle();
            EXPECT_EQ(b.reg(0x9c) >> 24, 1U);
            b.memory.set(bench::command_base + (b.reg(0x9c) & 7) * 16, 0x46);
            b.set_reg(0x64, b.reg(0x60));
            b.settle();
        }
    });
}

TEST(Stall, ParametersContradict)
{
    smmu::tcu::parameters p = with_stall(0);
    EXPECT_THROW(p.check("t"), sc_core::sc_report);
    p = with_stall(4, 1);
    EXPECT_THROW(p.check("t"), sc_core::sc_report);
    p = with_stall(0x10000);
    EXPECT_THROW(p.check("t"), sc_core::sc_report);
    p = with_stall(4, 3);
    EXPECT_THROW(p.check("t"), sc_core::sc_report);
    EXPECT_NO_THROW(with_stall().check("t"));
}
