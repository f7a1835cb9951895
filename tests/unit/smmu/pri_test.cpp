// Chapter 8, 6.3.33 to 6.3.36, 6.3.97, 6.3.98: the PRI queue.

#include "ats_bench.h"

#include <random>

using namespace iovp;
using namespace iovp::test;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

namespace {

constexpr std::uint32_t overflow_flag = 1U << 31;
constexpr std::uint64_t priq_abt_err = 1 << 3, msi_priq_abt_err = 1 << 6;

void expect_response(const smmu::page_response& r, std::uint32_t sid, std::uint16_t index,
                     smmu::page_response_code code, std::optional<std::uint32_t> pasid = {})
{
    EXPECT_EQ(r.stream, stream_id(sid));
    EXPECT_EQ(r.prg_index, index);
    EXPECT_EQ(r.code, code);
    EXPECT_EQ(r.substream.has_value(), pasid.has_value());
    if (r.substream && pasid) {
        EXPECT_EQ(*r.substream, substream_id(*pasid));
    }
}

constexpr auto success = smmu::page_response_code::success;
constexpr auto failure = smmu::page_response_code::failure;

struct pri_bench : ats_bench {
    explicit pri_bench(const smmu::tcu::parameters& p = with_ats())
        : ats_bench(p)
    {
    }
    /// Fills the queue of 4 and makes it overflow by a request without Last, which nobody answers.
    void overflow()
    {
        for (std::uint16_t i = 0; i < 4; ++i)
            send(page(6, i, false));
        EXPECT_EQ(page_prod(), 4U);
        send(page(6, 5, false));
        EXPECT_EQ(page_prod(), 4U | overflow_flag);
        EXPECT_THAT(rc.responses, IsEmpty());
    }
};

} // namespace

TEST(Pri, RegistersAreGuarded_6_3_33)
{
    pri_bench b;
    in_thread([&] {
        EXPECT_EQ(b.reg(0) >> 16 & 1, 1U);
        EXPECT_EQ(b.reg(4) >> 11 & 0x1f, 8U);
        b.set_reg(0xc0, ~0ULL, 8);
        EXPECT_EQ(b.reg(0xc0, 8), 0x40000fffffffffffU & ~0ULL) << "WA, ADDR up to the OAS, LOG2SIZE";
        b.set_reg(0x100c8, ~0U);
        EXPECT_EQ(b.reg(0x100c8), 0x800001ffU) << "RAZ above the wrap flag of 2^8 entries (6.3.97)";
        b.set_reg(0x100cc, ~0U);
        EXPECT_EQ(b.reg(0x100cc), 0x800fffffU);
        b.set_reg(0x100c8, 0);
        b.set_reg(0x100cc, 0);
        b.begin();
        b.set_reg(0xc0, 0x7000, 8);
        EXPECT_EQ(b.reg(0xc0, 8), ats_bench::page_base | 2);
        b.set_reg(0x100c8, 3);
        EXPECT_EQ(b.reg(0x100c8), 0U);
        b.set_reg(0x100cc, 1);
        EXPECT_EQ(b.reg(0x100cc), 1U) << "CONS is always writable";
        b.set_reg(0x100cc, 0);
        // 6.3.9.5: guarded by PRIQEN itself, SMMUEN does not count.
        b.set_reg(0x20, 0x1e);
        b.settle();
        EXPECT_EQ(b.reg(0x24), 0x1eU);
        b.set_reg(0x100c8, 3);
        EXPECT_EQ(b.reg(0x100c8), 0U);
        b.set_reg(0x20, 0x1d);
        b.settle();
        EXPECT_EQ(b.reg(0x24), 0x1dU);
        b.set_reg(0x100c8, 3);
        EXPECT_EQ(b.reg(0x100c8), 3U);
    });
}

TEST(Pri, InterruptConfigurationIsGuarded_6_3_34)
{
    pri_bench b;
    in_thread([&] {
        b.set_reg(0xd0, ~0ULL, 8);
        b.set_reg(0xd8, 0x12345678);
        b.set_reg(0xdc, ~0U);
        EXPECT_EQ(b.reg(0xd0, 8), 0xffffffffffcU);
        EXPECT_EQ(b.reg(0xd8), 0x12345678U);
        EXPECT_EQ(b.reg(0xdc), 0x8000003fU) << "LO, SH, MemAttr";
        b.set_reg(0x50, 2);
        b.settle();
        EXPECT_EQ(b.reg(0x54), 2U);
        b.set_reg(0xd0, 0, 8);
        b.set_reg(0xd8, 0);
        b.set_reg(0xdc, 0);
        EXPECT_EQ(b.reg(0xd0, 8), 0xffffffffffcU);
        EXPECT_EQ(b.reg(0xd8), 0x12345678U);
        EXPECT_EQ(b.reg(0xdc), 0x8000003fU);
    });
}

TEST(Pri, EntriesBitForBit_8)
{
    pri_bench b;
    in_thread([&] {
        b.begin();
        smmu::page_request r = ats_bench::with_pasid(ats_bench::page(0x12345678, 0x1a5), 0xabcde);
        r.write = r.execute = r.privileged = true;
        r.address = 0xfedcba9876543fff;
        b.send(r);
        EXPECT_EQ(b.page_prod(), 1U);
        EXPECT_EQ(b.entry_word(0, 0), 0xfc0abcde12345678U);
        EXPECT_EQ(b.entry_word(0, 1), 0xfedcba98765431a5U);
        // Each flag alone: Priv 58, X 59, R 60, W 61, Last 62, SSV 63.
        const struct {
            bool smmu::page_request::*flag;
            std::uint64_t bit;
        } flags[] = {{&smmu::page_request::privileged, 58},
                     {&smmu::page_request::execute, 59},
                     {&smmu::page_request::read, 60},
                     {&smmu::page_request::write, 61},
                     {&smmu::page_request::last, 62}};
        unsigned index = 1;
        for (const auto& f : flags) {
            smmu::page_request one;
            one.stream = stream_id(5);
            one.substream = substream_id(0);
            one.*f.flag = true;
            b.send(one);
            EXPECT_EQ(b.entry_word(index & 3, 0), 5 | 1ULL << 63 | 1ULL << f.bit);
            EXPECT_EQ(b.entry_word(index & 3, 1), 0U);
            ++index;
            b.set_reg(0x100cc, index & 7);
        }
        // Without a PASID there is neither X nor Priv.
        r.substream.reset();
        b.send(r);
        EXPECT_EQ(b.entry_word(2, 0), 0x7000000012345678U);
        // LWR == 0b100 without PASID is a request like others.
        r = ats_bench::page(5, 1);
        r.read = false;
        b.send(r);
        EXPECT_EQ(b.entry_word(3, 0), 5 | 1ULL << 62);
        EXPECT_THAT(b.rc.responses, IsEmpty());
    });
}

TEST(Pri, OverflowAnswersLastRequests_8_1)
{
    pri_bench b;
    in_thread([&] {
        b.begin();
        b.overflow();
        b.send(ats_bench::page(6, 7));
        ASSERT_THAT(b.rc.responses, SizeIs(1));
        expect_response(b.rc.responses[0], 6, 7, success);
        b.send(ats_bench::stop_marker(6)); // discarded, not answered
        // Space alone does not end the overflow.
        b.set_reg(0x100cc, 4);
        b.send(ats_bench::page(6, 8, false));
        EXPECT_EQ(b.page_prod(), 4U | overflow_flag);
        EXPECT_THAT(b.rc.responses, SizeIs(1));
        // Acknowledged: written again.
        b.set_reg(0x100cc, 4 | overflow_flag);
        b.send(ats_bench::page(6, 9));
        EXPECT_EQ(b.page_prod(), 5U | overflow_flag);
        EXPECT_EQ(b.entry_word(0, 1) & 0x1ff, 9U);
        EXPECT_THAT(b.rc.responses, SizeIs(1));
        // The request that causes it is answered too, and the flag toggles back.
        for (std::uint16_t i = 0; i < 3; ++i)
            b.send(ats_bench::page(6, i, false));
        b.send(ats_bench::page(6, 0x55));
        EXPECT_EQ(b.page_prod(), 0U);
        ASSERT_THAT(b.rc.responses, SizeIs(2));
        expect_response(b.rc.responses[1], 6, 0x55, success);
        EXPECT_EQ(b.tcu.page_requests().written(), 8U);
        EXPECT_EQ(b.tcu.page_requests().responded(), 2U);
    });
}

TEST(Pri, AStopMarkerMakesTheQueueOverflowToo_8_1)
{
    pri_bench b;
    in_thread([&] {
        b.begin();
        for (std::uint16_t i = 0; i < 4; ++i)
            b.send(ats_bench::page(6, i, false));
        b.send(ats_bench::stop_marker(6));
        EXPECT_EQ(b.page_prod(), 4U | overflow_flag);
        EXPECT_THAT(b.rc.responses, IsEmpty());
    });
}

TEST(Pri, AutomaticResponsesCarryThePasidAsPparSays_8_1)
{
    pri_bench b;
    in_thread([&] {
        b.begin();
        b.set_bits(bench::stream_table + 6 * 64 + 8, 1 << 18); // PPAR
        b.overflow();
        b.send(ats_bench::with_pasid(ats_bench::page(6, 1), 0x77)); // PPAR 1
        b.send(ats_bench::with_pasid(ats_bench::page(7, 2), 0x78)); // PPAR 0
        b.send(ats_bench::with_pasid(ats_bench::page(9, 3), 0x79)); // no valid STE
        b.send(ats_bench::page(9, 4));                              // without PASID the STE does not matter
        ASSERT_THAT(b.rc.responses, SizeIs(4));
        expect_response(b.rc.responses[0], 6, 1, success, 0x77);
        expect_response(b.rc.responses[1], 7, 2, success);
        expect_response(b.rc.responses[2], 9, 3, failure);
        expect_response(b.rc.responses[3], 9, 4, success);
        EXPECT_THAT(b.events(), IsEmpty());
    });
}

TEST(Pri, ErrorsOfThePparCheckAreRecordedByRecCfgAts_8_1)
{
    pri_bench b;
    in_thread([&] {
        b.begin(0x12, 0, 2 | 8);
        b.overflow();
        b.rc.streams.insert(64);
        b.send(ats_bench::with_pasid(ats_bench::page(9, 3), 0x79));
        b.send(ats_bench::with_pasid(ats_bench::page(64, 3), 0x79)); // beyond the table
        EXPECT_THAT(b.events(),
                    ElementsAre(bench::record{9ULL << 32 | 4, 0, 0, 0}, bench::record{64ULL << 32 | 2, 0, 0, 0}));
        ASSERT_THAT(b.rc.responses, SizeIs(2));
        expect_response(b.rc.responses[1], 64, 3, failure);
    });
}

TEST(Pri, BadStreamIdOfThePparCheckNeedsRecinvsid_8_1)
{
    pri_bench b;
    in_thread([&] {
        b.begin(0x12, 0, 8);
        b.overflow();
        b.rc.streams.insert(64);
        b.send(ats_bench::with_pasid(ats_bench::page(64, 3), 0x79));
        EXPECT_THAT(b.events(), IsEmpty());
        EXPECT_THAT(b.rc.responses, SizeIs(1));
    });
}

TEST(Pri, PpsMakesResponsesCarryThePasid_8_1)
{
    auto p = with_ats();
    p.feature.pri_pasid_always = true;
    pri_bench b(p);
    in_thread([&] {
        b.begin();
        b.overflow();
        b.send(ats_bench::with_pasid(ats_bench::page(9, 3), 0x79)); // no valid STE: not looked at
        b.send(ats_bench::page(9, 4));
        ASSERT_THAT(b.rc.responses, SizeIs(2));
        expect_response(b.rc.responses[0], 9, 3, success, 0x79);
        expect_response(b.rc.responses[1], 9, 4, success);
    });
}

TEST(Pri, WithoutSubstreamsThereIsNoPasid_8)
{
    auto p = with_ats();
    p.feature.substream_id_bits = 0;
    pri_bench b(p);
    in_thread([&] {
        b.begin();
        smmu::page_request r = ats_bench::with_pasid(ats_bench::page(6, 1, false), 5);
        r.execute = r.privileged = true;
        b.send(r);
        EXPECT_EQ(b.entry_word(0, 0), 6 | 1ULL << 60);
        // What would be a Stop Marker is a request.
        for (int i = 0; i < 3; ++i)
            b.send(ats_bench::page(6, 2, false));
        b.send(ats_bench::stop_marker(6));
        ASSERT_THAT(b.rc.responses, SizeIs(1));
        expect_response(b.rc.responses[0], 6, 0, success);
    });
}

TEST(Pri, DisabledQueueFailsEveryRequest_8_2)
{
    pri_bench b;
    in_thread([&] {
        b.begin();
        for (const std::uint32_t cr0 : {0x1dU, 0x1eU}) { // PRIQEN 0; SMMUEN 0
            b.rc.responses.clear();
            b.set_reg(0x20, cr0);
            b.settle();
            b.send(ats_bench::page(6, 1));
            b.send(ats_bench::page(6, 2, false)); // Last or not
            b.send(ats_bench::with_pasid(ats_bench::page(6, 3), 9));
            b.send(ats_bench::stop_marker(6));
            ASSERT_THAT(b.rc.responses, SizeIs(3));
            expect_response(b.rc.responses[0], 6, 1, failure);
            expect_response(b.rc.responses[1], 6, 2, failure);
            expect_response(b.rc.responses[2], 6, 3, failure);
            EXPECT_EQ(b.page_prod(), 0U) << "nothing written, no overflow";
        }
        EXPECT_THAT(b.events(), IsEmpty());
    });
}

TEST(Pri, ExternalAbort_8_2)
{
    pri_bench b;
    in_thread([&] {
        b.begin();
        b.memory.aborting.insert(ats_bench::page_base >> 12);
        b.send(ats_bench::with_pasid(ats_bench::page(6, 1, false), 3));
        EXPECT_EQ(b.reg(0x60), priq_abt_err);
        EXPECT_EQ(b.page_prod(), 0U);
        ASSERT_THAT(b.rc.responses, SizeIs(1));
        expect_response(b.rc.responses[0], 6, 1, failure);
        // While the error is active.
        b.memory.aborting.clear();
        b.send(ats_bench::page(6, 2));
        ASSERT_THAT(b.rc.responses, SizeIs(2));
        expect_response(b.rc.responses[1], 6, 2, failure);
        EXPECT_EQ(b.page_prod(), 0U);
        b.set_reg(0x64, priq_abt_err);
        EXPECT_EQ(b.reg(0x64), priq_abt_err);
        b.send(ats_bench::page(6, 3));
        EXPECT_EQ(b.page_prod(), 1U);
        EXPECT_THAT(b.rc.responses, SizeIs(2));
        // A Stop Marker is not answered even then.
        b.memory.aborting.insert(ats_bench::page_base >> 12);
        b.send(ats_bench::stop_marker(6));
        EXPECT_EQ(b.reg(0x60) ^ b.reg(0x64), priq_abt_err);
        EXPECT_THAT(b.rc.responses, SizeIs(2));
    });
}

TEST(Pri, InterruptWhenTheQueueIsNoLongerEmpty_6_3_36)
{
    pri_bench b;
    in_thread([&] {
        b.set_reg(0xd0, bench::msi_page, 8);
        b.set_reg(0xd8, 0x4242);
        b.begin(0x12, 2);
        unsigned edges = 0;
        sc_core::sc_spawn_options o;
        o.spawn_method();
        o.dont_initialize();
        o.set_sensitivity(&b.priq_irq.posedge_event());
        sc_core::sc_spawn([&edges] { ++edges; }, "edges", &o);
        b.send(ats_bench::page(6, 1, false));
        EXPECT_EQ(edges, 1U);
        EXPECT_EQ(b.memory.word(bench::msi_page), 0x4242U);
        EXPECT_EQ(b.memory.count(bench::msi_page >> 12, true), 1U);
        b.send(ats_bench::page(6, 1)); // not empty
        EXPECT_EQ(edges, 1U);
        b.set_reg(0x100cc, 2);
        b.send(ats_bench::page(6, 1, false));
        EXPECT_EQ(edges, 2U);
        EXPECT_EQ(b.memory.count(bench::msi_page >> 12, true), 2U);
        // The MSI aborts.
        b.memory.aborting.insert(bench::msi_page >> 12);
        b.set_reg(0x100cc, 3);
        b.send(ats_bench::page(6, 1, false));
        EXPECT_EQ(b.reg(0x60), msi_priq_abt_err);
        // Disabled
        b.set_reg(0x50, 0);
        b.settle();
        b.set_reg(0x100cc, 4);
        b.send(ats_bench::page(6, 1, false));
        EXPECT_EQ(edges, 3U);
    });
}

TEST(Pri, LastOnlyInterrupts_6_3_36)
{
    pri_bench b;
    in_thread([&] {
        b.set_reg(0xdc, 1U << 31);
        b.begin(0x12, 2);
        unsigned edges = 0;
        sc_core::sc_spawn_options o;
        o.spawn_method();
        o.dont_initialize();
        o.set_sensitivity(&b.priq_irq.posedge_event());
        sc_core::sc_spawn([&edges] { ++edges; }, "edges", &o);
        b.send(ats_bench::page(6, 1, false));
        EXPECT_EQ(edges, 0U);
        b.send(ats_bench::page(6, 1));
        EXPECT_EQ(edges, 1U);
        b.send(ats_bench::page(6, 1));
        EXPECT_EQ(edges, 2U) << "empty or not";
        b.send(ats_bench::page(6, 1, false));
        b.send(ats_bench::page(6, 1)); // overflow
        EXPECT_EQ(b.page_prod(), 4U | overflow_flag);
        EXPECT_EQ(edges, 3U) << "discarded because of an overflow";
        b.send(ats_bench::page(6, 1, false));
        EXPECT_EQ(edges, 3U);
        // Discarded for another reason: none.
        b.set_reg(0x20, 0x1d);
        b.settle();
        b.send(ats_bench::page(6, 1));
        EXPECT_EQ(edges, 3U);
    });
}

TEST(Pri, DisablingWaitsForTheRecordInProgress_6_3_9_5)
{
    pri_bench b;
    in_thread([&] {
        b.begin();
        b.memory.waiting_page = ats_bench::page_base >> 12;
        b.rc.socket->page_requested(ats_bench::page(6, 1));
        b.settle();
        EXPECT_TRUE(b.memory.arrived);
        b.set_reg(0x20, 0x1d);
        b.settle(5000);
        EXPECT_EQ(b.reg(0x24), 0x1fU);
        b.memory.go.notify();
        b.settle();
        EXPECT_EQ(b.reg(0x24), 0x1dU);
        EXPECT_EQ(b.page_prod(), 1U);
    });
}

TEST(Pri, SmmuenWaitsForTheRecordInProgress_6_3_9_6)
{
    pri_bench b;
    in_thread([&] {
        b.begin();
        b.memory.waiting_page = ats_bench::page_base >> 12;
        b.rc.socket->page_requested(ats_bench::page(6, 1));
        b.settle();
        b.set_reg(0x20, 0x1e);
        b.settle(5000);
        EXPECT_EQ(b.reg(0x24), 0x1fU);
        b.memory.go.notify();
        b.settle();
        EXPECT_EQ(b.reg(0x24), 0x1eU);
        EXPECT_EQ(b.page_prod(), 1U);
    });
}

TEST(Pri, RandomProgramsAccountForEveryRequest_8)
{
    pri_bench b;
    in_thread([&] {
        b.begin(0x12, 2, 2 | 8);
        std::mt19937_64 random(8);
        std::uint64_t sent = 0;
        const std::uint32_t targets[] = {0x20, 0x50, 0x64, 0xc0, 0xd0, 0xd8, 0xdc, 0x100c8, 0x100cc, 0x100ac};
        for (int step = 0; step < 4000; ++step) {
            switch (random() % 6) {
            case 0: {
                const std::uint32_t target = targets[random() % 10];
                std::uint64_t value = random() & 0x800000ffU;
                if (target == 0x20)
                    value = (value & 0x1f) | 0xc;
                b.set_reg(target, value, target == 0xc0 || target == 0xd0 ? 8 : 4);
                break;
            }
            case 1: b.set_reg(0x100cc, b.reg(0x100c8)); break; // software takes all
            case 2:
                if (random() % 8 == 0)
                    b.memory.aborting.insert(0);
                else
                    b.memory.aborting.clear();
                break;
            default: {
                smmu::page_request r = ats_bench::page(static_cast<std::uint32_t>(5 + random() % 5),
                                                       static_cast<std::uint16_t>(random() & 0x1ff), random() % 2 == 0);
                r.write = random() % 2 == 0;
                r.read = random() % 2 == 0;
                if (random() % 2 == 0)
                    r = ats_bench::with_pasid(r, static_cast<std::uint32_t>(random() & 0xfffff));
                b.rc.socket->page_requested(r);
                ++sent;
            }
            }
            if (random() % 4 == 0)
                b.settle(static_cast<double>(random() % 300));
            b.rc.responses.clear();
        }
        b.memory.aborting.clear();
        b.settle(100000);
        const auto& queue = b.tcu.page_requests();
        EXPECT_EQ(queue.written() + queue.discarded(), sent);
        EXPECT_LE(queue.responded(), queue.discarded());
        EXPECT_GT(queue.written(), 50U);
        EXPECT_GT(queue.responded(), 50U);
    });
}
