// The TCU's ATS interface: 3.9.1, 4.5, 4.7.3, 6.3.9.2, 7.1.

#include "ats_bench.h"

using namespace iovp;
using namespace iovp::test;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

namespace {

constexpr std::uint64_t va = ats_bench::va, data_ipa = ats_bench::data_ipa, data_pa = ats_bench::data_pa;
constexpr std::uint64_t cmd_sync = 0x46, cmd_atc_inv = 0x40, cmd_pri_resp = 0x41;
constexpr std::uint64_t of_stream(std::uint64_t sid)
{
    return sid << 32;
}

} // namespace

TEST(Ats, TranslationRequestsTakeTheTimeOfTheirWalks_3_9_1)
{
    ats_bench b;
    in_thread([&] {
        b.begin();
        const sc_core::sc_time start = sc_core::sc_time_stamp();
        auto a = b.rc.ask(5, va + 0x10);
        const sc_core::sc_time cold = sc_core::sc_time_stamp() - start;
        EXPECT_EQ(a.status, smmu::ats_status::success);
        EXPECT_EQ(a.address, data_pa);
        EXPECT_TRUE(a.read && a.write);
        EXPECT_EQ(a.data_entry(), data_pa | 3);
        // 4 + 5 x 4 reads of the walk, STE, and the CD through 4 of stage 2, at 10 ns each
        EXPECT_GE(cold, sc_core::sc_time(250, sc_core::SC_NS));
        const sc_core::sc_time again = sc_core::sc_time_stamp();
        a = b.rc.ask(5, va + 0x10);
        EXPECT_EQ(a.address, data_pa);
        EXPECT_LT(sc_core::sc_time_stamp() - again, cold);
        a = b.rc.ask(6, va);
        EXPECT_EQ(a.address, data_ipa);
        a = b.rc.ask(7, data_ipa);
        EXPECT_EQ(a.address, data_pa);
        a = b.rc.ask(5, va + 0x1000);
        EXPECT_EQ(a.status, smmu::ats_status::success);
        EXPECT_FALSE(a.read || a.write);
        EXPECT_THAT(b.events(), IsEmpty());
    });
}

TEST(Ats, TheRecordOfARequestAddsUpToItsTime)
{
    ats_bench b;
    in_thread([&] {
        b.begin();
        const sc_core::sc_time there = b.rc.link().request_delay(), back = b.rc.link().response_delay();
        latency_record l(latency_record::kind::dma_read, local_ps(sc_core::SC_ZERO_TIME));
        const sc_core::sc_time start = sc_core::sc_time_stamp();
        EXPECT_EQ(b.rc.ask(5, va, false, &l).address, data_pa);
        EXPECT_EQ(l.end() - l.begin(), (sc_core::sc_time_stamp() - start - back).value());
        EXPECT_GT(l.spans().size(), 30U) << "each read of the walk is one";
        EXPECT_EQ(l.spans()[0].what, stage::tcu) << "until the TCU takes it";
        EXPECT_EQ(l.spans()[0].end - l.spans()[0].start, there.value());
    });
}

TEST(Ats, RefusedRequestsAreRecorded_7_3_6)
{
    ats_bench b;
    in_thread([&] {
        b.begin();
        EXPECT_EQ(b.rc.ask(8, va).status, smmu::ats_status::unsupported_request);
        b.settle();
        EXPECT_THAT(b.events(), ElementsAre(bench::record{of_stream(8) | 5, 1 | 0xcULL << 28, va, 0}));
        // SMMUEN == 0: events are recorded still (7.2.1).
        b.set_reg(0x20, 0x1c);
        b.settle();
        EXPECT_EQ(b.rc.ask(6, va, true).status, smmu::ats_status::unsupported_request);
        b.settle();
        EXPECT_THAT(b.events(), ElementsAre(bench::record{of_stream(6) | 5, 1 | 8ULL << 28, va, 0}));
    });
}

TEST(Ats, RecCfgAtsIsWritableWhereItExists_6_3_12)
{
    ats_bench b;
    in_thread([&] {
        b.begin(0x12, 0, 2 | 8);
        EXPECT_EQ(b.reg(0x2c), 2U | 8U);
        EXPECT_EQ(b.rc.ask(20, va).status, smmu::ats_status::completer_abort); // V == 0
        b.settle();
        EXPECT_THAT(b.events(), ElementsAre(bench::record{of_stream(20) | 4, 0, 0, 0}));
    });
}

TEST(Ats, AbsentUnlessImplemented_6_3_1)
{
    bench b;
    in_thread([&] {
        b.enable();
        b.set_reg(0x20, 0x1f);
        b.settle();
        EXPECT_EQ(b.reg(0x20), 0xdU) << "PRIQEN and ATSCHK are RES0";
        EXPECT_EQ(b.reg(0x24), 0xdU);
        b.set_reg(0x50, 7);
        b.settle();
        EXPECT_EQ(b.reg(0x50), 5U);
        b.set_reg(0xc0, ~0ULL, 8);
        EXPECT_EQ(b.reg(0xc0, 8), 0U);
        for (const std::uint32_t r : {0xd0U, 0xd8U, 0xdcU, 0x100c8U, 0x100ccU}) {
            b.set_reg(r, ~0U);
            EXPECT_EQ(b.reg(r), 0U) << r;
        }
        b.push(cmd_atc_inv);
        b.ring();
        b.settle();
        EXPECT_EQ(b.reg(0x9c) >> 24, 1U) << "CERROR_ILL";
    });
}

TEST(Ats, TranslatedTransactionsAndAtschk_3_9_1_3)
{
    ats_bench b;
    in_thread([&] {
        b.begin(0x10);
        b.memory.set(data_pa, 0x1111);
        b.memory.set(va, 0x2222);
        std::uint64_t value = 0;
        EXPECT_TRUE(b.translated(5, data_pa, value));
        EXPECT_EQ(value, 0x1111U);
        // What a Translated transaction was told serves no other: the same stream still translates.
        EXPECT_TRUE(b.read(5, va, value));
        EXPECT_EQ(value, 0x1111U);
        EXPECT_TRUE(b.translated(5, va, value));
        EXPECT_EQ(value, 0x2222U);
        EXPECT_FALSE(b.translated(8, va, value));
        EXPECT_FALSE(b.translated(8, va, value, true));
        b.settle();
        EXPECT_THAT(b.events(), ElementsAre(bench::record{of_stream(8) | 7, 1ULL << 35, va, 0},
                                            bench::record{of_stream(8) | 7, 0, va, 0}));
        // ATSCHK 0: everything passes.
        b.set_reg(0x20, 0xd);
        b.settle();
        EXPECT_TRUE(b.translated(8, va, value));
        EXPECT_EQ(value, 0x2222U);
        EXPECT_TRUE(b.translated(20, va, value));
        EXPECT_FALSE(b.translated(5, 1ULL << 44, value));
        // SMMUEN 0
        b.set_reg(0x20, 0xc);
        b.settle();
        EXPECT_FALSE(b.translated(5, data_pa, value));
        b.settle();
        EXPECT_THAT(b.events(), ElementsAre(bench::record{of_stream(5) | 7, 1ULL << 35, data_pa, 0}));
    });
}

TEST(Ats, SplitStage_13_6_3)
{
    ats_bench b;
    in_thread([&] {
        b.begin(0x10);
        b.eats(5, 2);
        b.run(3 | of_stream(5)); // CFGI_STE
        b.memory.set(data_pa + 8, 0x1234);
        const auto a = b.rc.ask(5, va + 8);
        EXPECT_EQ(a.address, data_ipa);
        std::uint64_t value = 0;
        EXPECT_TRUE(b.translated(5, a.address + 8, value));
        EXPECT_EQ(value, 0x1234U);
        // An ordinary one still passes both stages, and the other way round.
        EXPECT_TRUE(b.read(5, va + 8, value));
        EXPECT_EQ(value, 0x1234U);
        EXPECT_TRUE(b.translated(5, data_ipa + 8, value));
        EXPECT_EQ(value, 0x1234U);
        EXPECT_FALSE(b.translated(5, va, value)); // an IPA that is not mapped
        b.settle();
        EXPECT_THAT(b.events(),
                    ElementsAre(bench::record{of_stream(5) | 0x10, 1ULL << 35 | 1ULL << 39 | 2ULL << 40, va, va}));
    });
}

TEST(Ats, InvalidationReachesTheDevice_4_5_1)
{
    ats_bench b;
    in_thread([&] {
        b.begin();
        b.run(cmd_atc_inv | 1 << 9 | 1 << 11 | 0x345 << 12 | of_stream(5), 0x12345fff000 | 4);
        ASSERT_THAT(b.rc.invalidations, SizeIs(1));
        auto r = b.rc.invalidations[0];
        EXPECT_EQ(r.stream, stream_id(5));
        EXPECT_EQ(r.substream, substream_id(0x345));
        EXPECT_TRUE(r.global);
        EXPECT_EQ(r.address, 0x12345ff0000U);
        EXPECT_EQ(r.size, 4);
        b.run(cmd_atc_inv | 1 << 9 | 0x345 << 12 | of_stream(6), 52);
        ASSERT_THAT(b.rc.invalidations, SizeIs(2));
        r = b.rc.invalidations[1];
        EXPECT_FALSE(r.substream.has_value());
        EXPECT_FALSE(r.global);
        EXPECT_EQ(r.size, 52);
        // No root complex serves the stream: IGNORED.
        b.run(cmd_atc_inv | of_stream(33));
        EXPECT_THAT(b.rc.invalidations, SizeIs(2));
        // SMMUEN == 0: IGNORED.
        b.set_reg(0x20, 0xc);
        b.settle();
        b.run(cmd_atc_inv | of_stream(5));
        b.run(cmd_pri_resp | of_stream(5));
        EXPECT_THAT(b.rc.invalidations, SizeIs(2));
        EXPECT_THAT(b.rc.responses, IsEmpty());
        EXPECT_EQ(b.reg(0x60), 0U);
    });
}

TEST(Ats, SyncWaitsForInvalidations_4_5_1)
{
    ats_bench b;
    in_thread([&] {
        b.begin();
        b.rc.answers = false;
        b.push(cmd_atc_inv | of_stream(5));
        b.push(cmd_atc_inv | of_stream(6));
        b.push(cmd_sync);
        b.push(cmd_atc_inv | of_stream(7));
        b.ring();
        b.settle(5000);
        EXPECT_EQ(b.reg(0x9c), 2U) << "both consumed, the sync not";
        ASSERT_THAT(b.rc.invalidations, SizeIs(2));
        b.rc.socket->ats_invalidated(b.rc.invalidations[1].id, smmu::dti::ats_invalidation_result::complete);
        b.settle(5000);
        EXPECT_EQ(b.reg(0x9c), 2U);
        b.rc.socket->ats_invalidated(b.rc.invalidations[0].id, smmu::dti::ats_invalidation_result::complete);
        b.settle();
        EXPECT_EQ(b.reg(0x9c), 4U);
        EXPECT_THAT(b.rc.invalidations, SizeIs(3));
        EXPECT_EQ(b.reg(0x60), 0U);
    });
}

TEST(Ats, UrOfAnInvalidationIsNoError_3_9_1_5)
{
    ats_bench b;
    in_thread([&] {
        b.begin();
        b.rc.result = smmu::dti::ats_invalidation_result::unsupported_request;
        b.run(cmd_atc_inv | of_stream(5));
        EXPECT_THAT(b.rc.invalidations, SizeIs(1));
        EXPECT_EQ(b.reg(0x60), 0U);
    });
}

TEST(Ats, TimeOutReportedByTheRootComplex_7_1)
{
    ats_bench b;
    in_thread([&] {
        b.begin();
        b.rc.result = smmu::dti::ats_invalidation_result::timed_out;
        b.push(cmd_atc_inv | of_stream(5));
        b.push(cmd_sync | 1 << 12 | 0x77ULL << 32, bench::msi_page);
        b.push(cmd_sync);
        b.ring();
        b.settle(2000);
        EXPECT_EQ(b.reg(0x9c), 1U | 3U << 24) << "RD at the CMD_SYNC, ERR CERROR_ATC_INV_SYNC";
        EXPECT_EQ(b.reg(0x60), 1U) << "CMDQ_ERR";
        EXPECT_EQ(b.memory.word(bench::msi_page), 0U) << "no completion signal";
        // 4.7.3: the sync again, after the error is acknowledged.
        b.set_reg(0x64, 1);
        b.settle(2000);
        EXPECT_EQ(b.reg(0x9c) & 0xfffff, 3U);
        EXPECT_EQ(b.memory.word(bench::msi_page), 0x77U);
        EXPECT_EQ(b.reg(0x60), 1U);
    });
}

TEST(Ats, TimeOutOfTheTcu_3_9_1_4)
{
    auto p = with_ats();
    p.atc_timeout = sc_core::sc_time(20, sc_core::SC_US);
    ats_bench b(p);
    in_thread([&] {
        b.begin();
        b.rc.answers = false;
        b.push(cmd_atc_inv | of_stream(5));
        b.push(cmd_atc_inv | of_stream(6));
        b.push(cmd_sync);
        b.ring();
        b.settle(15000);
        EXPECT_EQ(b.reg(0x9c), 2U);
        EXPECT_EQ(b.reg(0x60), 0U);
        b.rc.socket->ats_invalidated(b.rc.invalidations[1].id, smmu::dti::ats_invalidation_result::complete);
        b.settle(10000);
        EXPECT_EQ(b.reg(0x9c), 2U | 3U << 24);
        EXPECT_EQ(b.reg(0x60), 1U);
        // Too late, and one that was never sent: nothing happens.
        b.rc.socket->ats_invalidated(b.rc.invalidations[0].id, smmu::dti::ats_invalidation_result::complete);
        b.rc.socket->ats_invalidated(999, smmu::dti::ats_invalidation_result::timed_out);
        b.set_reg(0x64, 1);
        b.settle();
        EXPECT_EQ(b.reg(0x9c) & 0xfffff, 3U);
        EXPECT_EQ(b.tcu.pcie().outstanding(), 0U);
    });
}

// A guest that never synchronises cannot make the TCU remember without end.
TEST(Ats, InvalidationsWithoutSyncAreBounded)
{
    ats_bench b;
    in_thread([&] {
        b.begin();
        b.rc.answers = false;
        for (unsigned batch = 0; batch < 5; ++batch) { // the queue has 8 entries
            for (unsigned i = 0; i < 8; ++i)
                b.push(cmd_atc_inv | of_stream(5));
            b.ring();
            b.settle(10000);
        }
        EXPECT_THAT(b.rc.invalidations, SizeIs(32));
        EXPECT_EQ(b.tcu.pcie().outstanding(), 32U);
        EXPECT_EQ(b.reg(0x9c), 32U % 16) << "the 33rd waits";
        b.rc.socket->ats_invalidated(b.rc.invalidations[7].id, smmu::dti::ats_invalidation_result::complete);
        b.settle(1000);
        EXPECT_EQ(b.reg(0x9c), 33U % 16);
        b.rc.answers = true;
        for (unsigned i = 0; i < 33; ++i)
            b.rc.socket->ats_invalidated(b.rc.invalidations[i].id, smmu::dti::ats_invalidation_result::complete);
        b.settle(10000);
        EXPECT_EQ(b.reg(0x9c), 40U % 16);
        EXPECT_EQ(b.tcu.pcie().outstanding(), 0U);
        EXPECT_EQ(b.reg(0x60), 0U);
    });
}

TEST(Ats, SyncWaitsForTranslationRequestsInProgress_3_9_1)
{
    ats_bench b;
    in_thread([&] {
        b.begin();
        b.memory.waiting_page = b.root1 >> 12;
        bool done = false;
        sc_core::sc_spawn([&] {
            EXPECT_EQ(b.rc.ask(6, va).address, data_ipa);
            done = true;
        });
        while (!b.memory.arrived)
            b.settle(100);
        b.push(0x30); // TLBI_NSNH_ALL
        b.push(cmd_sync);
        b.ring();
        b.settle(5000);
        EXPECT_EQ(b.reg(0x9c), 1U);
        b.memory.waiting_page = ~0ULL;
        b.memory.go.notify();
        b.settle();
        EXPECT_TRUE(done);
        EXPECT_EQ(b.reg(0x9c), 2U);
    });
}

TEST(Ats, PageResponses_4_5_2)
{
    ats_bench b;
    in_thread([&] {
        b.begin();
        for (std::uint64_t resp = 0; resp < 3; ++resp)
            b.run(cmd_pri_resp | 1 << 11 | 0x54321ULL << 12 | of_stream(5), resp << 12 | 0x1ff);
        b.run(cmd_pri_resp | 0x54321ULL << 12 | of_stream(6), 2 << 12 | 3);
        b.run(cmd_pri_resp | of_stream(33), 2 << 12 | 3); // nobody's
        ASSERT_THAT(b.rc.responses, SizeIs(4));
        EXPECT_EQ(b.rc.responses[0].code, smmu::page_response_code::failure);
        EXPECT_EQ(b.rc.responses[1].code, smmu::page_response_code::invalid_request);
        EXPECT_EQ(b.rc.responses[2].code, smmu::page_response_code::success);
        EXPECT_EQ(b.rc.responses[2].stream, stream_id(5));
        EXPECT_EQ(b.rc.responses[2].substream, substream_id(0x54321));
        EXPECT_EQ(b.rc.responses[2].prg_index, 0x1ff);
        EXPECT_FALSE(b.rc.responses[3].substream.has_value());
        EXPECT_EQ(b.rc.responses[3].prg_index, 3);
    });
}
