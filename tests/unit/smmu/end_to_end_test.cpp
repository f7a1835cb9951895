#include "bench.h"

#include <gmock/gmock.h>

using namespace iovp;
using namespace iovp::test;
using testing::ElementsAre;
using testing::IsEmpty;

static constexpr std::uint64_t data_pa = 0x80000000;
static constexpr std::uint64_t other_pa = 0x90000000;
static constexpr std::uint64_t va = 0x123456000;

namespace {

/// Several streams, each with a page at `va`; remap() changes what memory says, so that a stale copy is seen.
struct streams_bench : bench {
    using bench::bench;
    std::uint64_t roots[64] = {};

    void stage1(std::uint32_t sid, std::uint16_t asid, std::uint64_t leaf_bits = 0xf41)
    {
        roots[sid] = new_table();
        map1(roots[sid], va, data_pa, 3, leaf_bits);
        stage1_stream(sid, roots[sid], asid);
        memory.set(data_pa, 0x01d);
        memory.set(other_pa, 0x2e3);
    }
    void remap(std::uint32_t sid, std::uint64_t leaf_bits = 0xf41) { map1(roots[sid], va, other_pa, 3, leaf_bits); }
    bool fresh(std::uint32_t sid)
    {
        std::uint64_t value = 0;
        EXPECT_TRUE(read(sid, va, value));
        EXPECT_TRUE(value == 0x01d || value == 0x2e3);
        return value == 0x2e3;
    }
};

constexpr std::uint64_t command(std::uint8_t op, std::uint16_t vmid = 0, std::uint16_t asid = 0)
{
    return op | std::uint64_t(vmid) << 32 | std::uint64_t(asid) << 48;
}

} // namespace

TEST(EndToEnd, CfgiSteRangeReachesItsAlignedRangeOnly_4_3_2)
{
    streams_bench b;
    in_thread([&] {
        for (const std::uint32_t sid : {7U, 8U, 11U, 12U})
            b.stage1(sid, static_cast<std::uint16_t>(sid));
        b.enable();
        for (const std::uint32_t sid : {7U, 8U, 11U, 12U}) {
            EXPECT_FALSE(b.fresh(sid));
            b.bypass_stream(sid); // the STE in memory now says bypass
        }
        b.memory.set(va, 0xb9);
        const auto bypassed = [&](std::uint32_t sid) {
            std::uint64_t value = 0;
            EXPECT_TRUE(b.read(sid, va, value));
            return value == 0xb9;
        };
        b.run(0x04 | 10ULL << 32, 1); // Range 1: four streams, 10 lies in 8..11
        EXPECT_FALSE(bypassed(7));
        EXPECT_TRUE(bypassed(8));
        EXPECT_TRUE(bypassed(11));
        EXPECT_FALSE(bypassed(12));
        b.run(0x04, 31); // CMD_CFGI_ALL
        EXPECT_TRUE(bypassed(7));
        EXPECT_TRUE(bypassed(12));
    });
}

TEST(EndToEnd, CfgiCdAllReachesEveryCdOfTheStreamOnly_4_3_4)
{
    streams_bench b;
    in_thread([&] {
        // Linear CD table of 4 (S1CDMax 2) for stream 5, CDs 1 and 2; stream 6 apart.
        b.stage1(6, 6);
        b.ste(5, {1 | 5 << 1 | 0x23000 | 2ULL << 59, bench::ste1, 0, 0});
        const std::uint64_t old_root = b.new_table(), new_root = b.new_table();
        b.map1(old_root, va, data_pa);
        b.map1(new_root, va, other_pa);
        b.write_cd(0x23040, old_root, 1);
        b.write_cd(0x23080, old_root, 2);
        b.enable();
        const auto value_of = [&](std::uint32_t ssid) {
            std::uint64_t value = 0;
            EXPECT_TRUE(b.access(b.device0, 5, tlm::TLM_READ_COMMAND, va, &value, 8, nullptr, substream_id(ssid)));
            return value;
        };
        EXPECT_EQ(value_of(1), 0x01dU);
        EXPECT_EQ(value_of(2), 0x01dU);
        EXPECT_FALSE(b.fresh(6));
        b.write_cd(0x23040, new_root, 1);
        b.write_cd(0x23080, new_root, 2);
        b.write_cd(bench::cd_base + 6 * 64, new_root, 6);
        b.push(0x06 | 5ULL << 32);
        b.run(0x30); // TLB entries of the old table go too
        EXPECT_EQ(value_of(1), 0x2e3U);
        EXPECT_EQ(value_of(2), 0x2e3U);
        EXPECT_FALSE(b.fresh(6)); // its CD is still the cached one
        EXPECT_THAT(b.events(), IsEmpty());
    });
}

TEST(EndToEnd, TlbiByAsidLeavesOtherAsidsAndGlobalPages_4_4_2_2)
{
    streams_bench b;
    in_thread([&] {
        b.stage1(2, 22);
        b.stage1(3, 21, 0x741); // nG == 0: global
        b.enable();
        EXPECT_FALSE(b.fresh(2));
        b.remap(2);
        EXPECT_FALSE(b.fresh(3));
        b.remap(3, 0x741);
        b.run(command(0x11, 0, 21));
        EXPECT_FALSE(b.fresh(3));
        EXPECT_FALSE(b.fresh(2));
        b.run(command(0x13, 0), va); // CMD_TLBI_NH_VAA
        EXPECT_TRUE(b.fresh(3));
        EXPECT_TRUE(b.fresh(2));
    });
}

TEST(EndToEnd, TlbiByAsidRemovesTheAsidsPages_4_4_2_2)
{
    streams_bench b;
    in_thread([&] {
        b.stage1(1, 21);
        b.stage1(2, 22);
        b.enable();
        for (const std::uint32_t sid : {1U, 2U}) {
            EXPECT_FALSE(b.fresh(sid));
            b.remap(sid);
        }
        b.run(command(0x11, 0, 21));
        EXPECT_TRUE(b.fresh(1));
        EXPECT_FALSE(b.fresh(2));
    });
}

TEST(EndToEnd, TlbiS12VmallReachesBothStagesOfItsVmid_4_4_3_2)
{
    streams_bench b;
    in_thread([&] {
        const std::uint64_t root_a = b.new_table(), root_b = b.new_table();
        b.map2(root_a, 0x5000, data_pa);
        b.map2(root_b, 0x5000, data_pa);
        b.stage2_stream(1, root_a, 31);
        b.stage2_stream(2, root_b, 32);
        b.memory.set(data_pa, 0x01d);
        b.memory.set(other_pa, 0x2e3);
        b.enable();
        const auto value_of = [&](std::uint32_t sid) {
            std::uint64_t value = 0;
            EXPECT_TRUE(b.read(sid, 0x5000, value));
            return value;
        };
        EXPECT_EQ(value_of(1), 0x01dU);
        EXPECT_EQ(value_of(2), 0x01dU);
        b.map2(root_a, 0x5000, other_pa);
        b.map2(root_b, 0x5000, other_pa);
        b.run(command(0x10, 31)); // NH_ALL: stage 1 only
        EXPECT_EQ(value_of(1), 0x01dU);
        b.run(command(0x28, 31));
        EXPECT_EQ(value_of(1), 0x2e3U);
        EXPECT_EQ(value_of(2), 0x01dU);
    });
}

// 4.4.2.7-4.4.2.10: EL2 streams (STRW 0b10) have no ASID without E2H and one with it; NH commands do not reach them.
TEST(EndToEnd, TlbiEl2WithoutE2h)
{
    streams_bench b;
    in_thread([&] {
        b.stage1(1, 21);
        b.set_bits(bench::stream_table + 64 + 8, 2ULL << 30);
        b.enable();
        EXPECT_FALSE(b.fresh(1));
        b.remap(1);
        b.run(0x30); // NSNH_ALL
        EXPECT_FALSE(b.fresh(1));
        b.run(command(0x21, 0, 21)); // EL2_ASID: E2H only
        EXPECT_FALSE(b.fresh(1));
        b.run(command(0x22, 0, 99), va + 0x1000);
        EXPECT_FALSE(b.fresh(1));
        b.run(command(0x22, 0, 99), va); // EL2_VA: no ASID compared
        EXPECT_TRUE(b.fresh(1));
        b.map1(b.roots[1], va, data_pa);
        b.run(0x20);
        EXPECT_FALSE(b.fresh(1));
    });
}

TEST(EndToEnd, TlbiEl2WithE2h)
{
    streams_bench b;
    in_thread([&] {
        b.stage1(1, 21);
        b.set_bits(bench::stream_table + 64 + 8, 2ULL << 30);
        b.enable(0, 6, 3); // RECINVSID, E2H
        EXPECT_FALSE(b.fresh(1));
        b.remap(1);
        b.run(command(0x22, 0, 99), va); // another ASID
        EXPECT_FALSE(b.fresh(1));
        b.run(command(0x21, 0, 99));
        EXPECT_FALSE(b.fresh(1));
        b.run(command(0x21, 0, 21)); // EL2_ASID
        EXPECT_TRUE(b.fresh(1));
        b.map1(b.roots[1], va, data_pa);
        b.run(command(0x22, 0, 21), va);
        EXPECT_FALSE(b.fresh(1));
        b.remap(1);
        b.run(0x23, va); // EL2_VAA
        EXPECT_TRUE(b.fresh(1));
    });
}

TEST(EndToEnd, TwoLevelStreamTableSpans_5_1_7_3_3)
{
    streams_bench b;
    in_thread([&] {
        // SPLIT 6. L1STD 0: Span 3, four STEs at 0x18000; L1STD 1: Span 0; L1STD 2: Span 8 > SPLIT + 1; LOG2SIZE 8.
        b.memory.set(bench::stream_table + 0, 0x18000 | 3);
        b.memory.set(bench::stream_table + 8, 0x18000 | 0);
        b.memory.set(bench::stream_table + 16, 0x18000 | 8);
        b.memory.set(bench::stream_table + 24, 0x19000 | 7);
        for (unsigned i = 0; i < 64; ++i) {
            b.ste_at(0x18000 + i * 64, {1 | 4 << 1, 1ULL << 44, 0, 0});
            b.ste_at(0x19000 + i * 64, {1 | 4 << 1, 1ULL << 44, 0, 0});
        }
        b.memory.set(va, 0xb9);
        b.enable(0, 8 | 6 << 6 | 1 << 16);
        std::uint64_t value;
        EXPECT_TRUE(b.read(3, va, value));
        EXPECT_TRUE(b.read(192 + 63, va, value));
        EXPECT_EQ(value, 0xb9U);
        for (const std::uint32_t sid : {4U, 64U, 128U, 256U}) {
            EXPECT_FALSE(b.read(sid, va, value)) << sid;
            b.settle();
            EXPECT_THAT(b.events(), ElementsAre(bench::record{std::uint64_t(sid) << 32 | 2, 0, 0, 0})) << sid;
        }
    });
}

TEST(EndToEnd, TwoLevelCdTable_5_3_7_3_9)
{
    streams_bench b;
    in_thread([&] {
        b.ste(5, {1 | 5 << 1 | 1 << 4 | 0x22000 | 8ULL << 59, bench::ste1, 0, 0}); // S1Fmt 4 KiB, S1CDMax 8
        b.memory.set(0x22000 + 8, 0x24000 | 1);                                    // substreams 64..127
        const std::uint64_t root = b.new_table();
        b.map1(root, va, data_pa);
        b.write_cd(0x24000 + 64, root, 7);
        b.memory.set(data_pa, 0x01d);
        b.enable();
        const auto read = [&](std::uint32_t ssid) {
            std::uint64_t value = 0;
            return b.access(b.device0, 5, tlm::TLM_READ_COMMAND, va, &value, 8, nullptr, substream_id(ssid)) &&
                   value == 0x01d;
        };
        EXPECT_TRUE(read(65));
        EXPECT_THAT(b.events(), IsEmpty());
        const auto event = [&](std::uint8_t number, std::uint32_t ssid, bool ssv) {
            b.settle();
            EXPECT_THAT(b.events(),
                        ElementsAre(bench::record{
                            5ULL << 32 | std::uint64_t(ssid) << 12 | std::uint64_t(ssv) << 11 | number, 0, 0, 0}));
        };
        EXPECT_FALSE(read(3)); // L1CD.V == 0: C_BAD_SUBSTREAMID
        event(0x08, 3, false);
        EXPECT_FALSE(read(256)); // >= 2^S1CDMax
        event(0x08, 256, false);
        EXPECT_FALSE(read(66)); // CD.V == 0: C_BAD_CD
        event(0x0a, 66, true);
    });
}

// 5.5: CD.A == 0: the client sees success, reads are zero, writes change nothing; the event is recorded as ever.
TEST(EndToEnd, RazWiTermination_5_5)
{
    streams_bench b;
    in_thread([&] {
        b.stage1(5, 7);
        b.set_bits(bench::cd_base + 5 * 64, 0, 1ULL << 46);
        b.enable();
        std::uint64_t value = ~0ULL;
        EXPECT_TRUE(b.access(b.device0, 5, tlm::TLM_READ_COMMAND, va + 0x1000, &value, 8));
        EXPECT_EQ(value, 0U);
        const std::size_t before = b.memory.log.size();
        EXPECT_TRUE(b.write(5, va + 0x1008, 0x77));
        b.settle();
        for (std::size_t i = before; i < b.memory.log.size(); ++i)
            EXPECT_TRUE(!b.memory.log[i].write || b.memory.log[i].address >> 12 == bench::event_base >> 12);
        const auto events = b.events();
        ASSERT_EQ(events.size(), 2U);
        EXPECT_EQ(events[0], (bench::record{5ULL << 32 | 0x10, 1ULL << 35 | 2ULL << 40, va + 0x1000, 0}));
        EXPECT_EQ(events[1], (bench::record{5ULL << 32 | 0x10, 2ULL << 40, va + 0x1008, 0}));
        // Stage 2 has no A: it aborts.
        const std::uint64_t root2 = b.new_table();
        b.stage2_stream(6, root2, 3);
        EXPECT_FALSE(b.access(b.device0, 6, tlm::TLM_READ_COMMAND, va, &value, 8));
    });
}

// 5.5: RAZ/WI of one page of a burst completes it there; the next page is a transaction of its own.
TEST(EndToEnd, RazWiPieceDoesNotEndTheBurst_5_5)
{
    streams_bench b;
    in_thread([&] {
        b.stage1(5, 7);
        b.set_bits(bench::cd_base + 5 * 64, 0, 1ULL << 46);
        b.enable();
        std::uint64_t words[2] = {0x1111, 0x2222};
        EXPECT_TRUE(b.access(b.device0, 5, tlm::TLM_WRITE_COMMAND, va - 8, words, 16)); // va - 8: not mapped
        words[0] = words[1] = ~0ULL;
        EXPECT_TRUE(b.access(b.device0, 5, tlm::TLM_READ_COMMAND, va - 8, words, 16));
        EXPECT_EQ(words[0], 0U);
        EXPECT_EQ(words[1], 0x2222U);
        EXPECT_TRUE(b.access(b.device0, 5, tlm::TLM_WRITE_COMMAND, va - 0x1008, words, 16)); // two pages without
        b.settle();
        const auto events = b.events();
        ASSERT_EQ(events.size(), 4U);
        EXPECT_EQ(events[0], (bench::record{5ULL << 32 | 0x10, 2ULL << 40, va - 8, 0}));
        EXPECT_EQ(events[1], (bench::record{5ULL << 32 | 0x10, 1ULL << 35 | 2ULL << 40, va - 8, 0}));
        EXPECT_EQ(events[2], (bench::record{5ULL << 32 | 0x10, 2ULL << 40, va - 0x1008, 0}));
        EXPECT_EQ(events[3], (bench::record{5ULL << 32 | 0x10, 2ULL << 40, va - 0x1000, 0}));
    });
}

TEST(EndToEnd, RazReadsLeaveDisabledBytesAlone)
{
    streams_bench b;
    in_thread([&] {
        b.stage1(5, 7);
        b.set_bits(bench::cd_base + 5 * 64, 0, 1ULL << 46);
        b.enable();
        std::uint64_t value = 0x1122334455667788;
        unsigned char enables[] = {0xff, 0, 0, 0xff};
        transaction_attributes with;
        with.stream = stream_id(5);
        attributes extension(with);
        tlm::tlm_generic_payload t;
        t.set_command(tlm::TLM_READ_COMMAND);
        t.set_address(va + 0x1000);
        t.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
        t.set_data_length(8);
        t.set_streaming_width(8);
        t.set_byte_enable_ptr(enables);
        t.set_byte_enable_length(4);
        t.set_extension(&extension);
        sc_core::sc_time delay;
        b.device0->b_transport(t, delay);
        t.clear_extension(&extension);
        EXPECT_EQ(t.get_response_status(), tlm::TLM_OK_RESPONSE);
        EXPECT_EQ(value, 0x0022330000667700U);
    });
}

TEST(EndToEnd, ByteEnablesGoWithTheirPieceOfASplitBurst)
{
    streams_bench b;
    in_thread([&] {
        b.stage1(5, 7);
        b.map1(b.roots[5], va + 0x1000, other_pa);
        b.enable();
        const std::uint64_t at = data_pa + 0xffc;
        b.memory.set(data_pa + 0xff8, 0);
        b.memory.set(other_pa, 0);
        std::uint8_t data[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
        std::uint8_t enables[3] = {0xff, 0, 0xff}; // repeats: bytes 1, 4, 7 and 10 stay
        tlm::tlm_generic_payload t;
        attributes a;
        a.stream = stream_id(5);
        t.set_extension(&a);
        t.set_command(tlm::TLM_WRITE_COMMAND);
        t.set_address(va + 0xffc);
        t.set_data_ptr(data);
        t.set_data_length(12);
        t.set_streaming_width(12);
        t.set_byte_enable_ptr(enables);
        t.set_byte_enable_length(3);
        sc_core::sc_time delay;
        b.device0->b_transport(t, delay);
        t.clear_extension(&a);
        EXPECT_TRUE(t.is_response_ok());
        EXPECT_EQ(b.memory.word(at - 4) >> 32, 0x04030001U);
        const std::uint8_t expected[8] = {0, 6, 7, 0, 9, 10, 0, 12};
        for (unsigned i = 0; i < 8; ++i)
            EXPECT_EQ(b.memory.bytes[other_pa + i], expected[i]) << i;
    });
}

TEST(EndToEnd, TokensBoundTheWalksInFlight)
{
    smmu::tbu::parameters q;
    q.slots = 4;
    q.tokens = 2;
    q.hazards = 0;
    streams_bench b({}, q);
    b.memory.waits = true;
    in_thread([&] {
        b.stage1(5, 7);
        for (unsigned i = 1; i < 8; ++i)
            b.map1(b.roots[5], va + i * 0x1000, data_pa);
        b.enable();
        std::uint64_t value;
        EXPECT_TRUE(b.read(5, va, value));
        b.memory.peak = {};
        bench::attempt a[7];
        for (unsigned i = 0; i < 7; ++i)
            b.start(a[i], 5, va + (i + 1) * 0x1000);
        b.settle(5000);
        for (const bench::attempt& x : a)
            EXPECT_TRUE(x.done && x.ok);
        EXPECT_EQ(b.memory.peak[0], 2U);
        EXPECT_EQ(b.tbu0.counts().requests, 8U);
        // The other TBU has tokens of its own.
        b.run(0x30);
        b.memory.peak = {};
        bench::attempt c[8];
        for (unsigned i = 0; i < 8; ++i) {
            if (i % 2 == 0)
                b.start(c[i], b.device0, 5, va + i * 0x1000);
            else
                b.start(c[i], b.device1, 5, va + i * 0x1000);
        }
        b.settle(5000);
        for (const bench::attempt& x : c)
            EXPECT_TRUE(x.done && x.ok);
        EXPECT_EQ(b.memory.peak[0], 4U);
    });
}

// 3.13: the update is atomic: a descriptor that somebody changes while the update's accesses are under way is not
// overwritten, and the walk goes on with what memory says.
TEST(EndToEnd, HardwareUpdateIsAtomicWhileMemoryWaits_3_13)
{
    smmu::tcu::parameters p;
    p.feature.htt_update = 2;
    streams_bench b(p);
    b.memory.waits = true;
    in_thread([&] {
        b.stage1(5, 7, 0xb41 & ~0x400ULL); // AF == 0
        b.set_bits(bench::cd_base + 5 * 64, 3ULL << 42);
        b.enable();
        const std::uint64_t leaf = b.entry(b.roots[5], va, 3);
        // Undisturbed: AF is set.
        std::uint64_t value;
        EXPECT_TRUE(b.read(5, va, value));
        EXPECT_EQ(value, 0x01dU);
        EXPECT_EQ(b.memory.word(leaf) & 0x400, 0x400U);
        // Disturbed: software moves the page at each moment of the update.
        for (unsigned when = 5; when < 100; when += 5) {
            b.memory.set(leaf, data_pa | 0xb43);
            b.run(0x30);
            b.memory.log.clear();
            bench::attempt a;
            b.start(a, 5, va);
            while (b.memory.log.empty() || b.memory.log.back().address != leaf)
                b.settle(1);
            b.settle(when);
            const bool too_late = (b.memory.word(leaf) & 0x400) != 0;
            if (!too_late)
                b.memory.set(leaf, other_pa | 0xb43); // AF == 0 again
            b.settle(1000);
            ASSERT_TRUE(a.done && a.ok) << when;
            EXPECT_EQ(a.value, too_late ? 0x01dU : 0x2e3U) << when;
            EXPECT_EQ(b.memory.word(leaf), (too_late ? data_pa : other_pa) | 0xf43) << when;
        }
    });
}
