// Payloads and hits at the edges of what the TBU serves by itself.
#include "bench.h"

#include <gmock/gmock.h>

using namespace iovp;
using namespace iovp::test;

namespace {

constexpr std::uint64_t va = 0x12345000, ipa = 0x70000000, data_pa = 0x80000000;

struct plain_payload : tlm::tlm_generic_payload {
    plain_payload(tlm::tlm_command command, std::uint64_t address, void* data, unsigned size)
    {
        set_command(command);
        set_address(address);
        set_data_ptr(static_cast<unsigned char*>(data));
        set_data_length(size);
        set_streaming_width(size);
        set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    }
};

smmu::tbu::parameters of_stream_5()
{
    smmu::tbu::parameters q;
    q.default_stream = stream_id(5);
    return q;
}

latency_record listener()
{
    return {latency_record::kind::dma_read, local_ps(sc_core::SC_ZERO_TIME)};
}

} // namespace

// A master that knows nothing of streams has the one that the TBU's parameter gives it; its payload comes back as it
// was.
TEST(TbuPayload, WithoutAttributesIsOfTheDefaultStream)
{
    bench b({}, of_stream_5());
    in_thread([&] {
        const std::uint64_t root = b.new_table();
        b.map1(root, va, data_pa);
        b.stage1_stream(5, root, 7);
        b.memory.set(data_pa + 8, 0xabcd);
        b.enable();
        std::uint64_t value = 0;
        plain_payload t(tlm::TLM_READ_COMMAND, va + 8, &value, 8);
        for (int again = 0; again < 2; ++again) { // a miss and a hit
            value = 0;
            t.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
            sc_core::sc_time delay;
            b.device0->b_transport(t, delay);
            sc_core::wait(delay);
            EXPECT_TRUE(t.is_response_ok());
            EXPECT_EQ(value, 0xabcdU);
            EXPECT_EQ(t.get_address(), va + 8);
            EXPECT_EQ(t.get_extension<attributes>(), nullptr);
        }
        // Downstream it had the attributes of the page: Normal write-back by MAIR.
        const bench_memory::access& last = b.memory.log.back();
        EXPECT_EQ(last.address, data_pa + 8);
        EXPECT_EQ(last.with.memory.type, memory_type::normal);
        EXPECT_EQ(last.with.memory.inner.policy, cacheability::write_back);

        value = 0;
        EXPECT_EQ(b.device0->transport_dbg(t), 8U);
        EXPECT_EQ(value, 0xabcdU);
        EXPECT_EQ(t.get_extension<attributes>(), nullptr);
        const auto o = b.tbu0.translate({}, va, false);
        ASSERT_TRUE(std::holds_alternative<smmu::translated>(o));
        EXPECT_EQ(std::get<smmu::translated>(o).out.pa.value(), data_pa);
    });
}

// Data that goes to one address again and again cannot be cut at the page's end.
TEST(TbuPayload, StreamingAcrossPagesIsABurstError)
{
    bench b({}, of_stream_5());
    in_thread([&] {
        const std::uint64_t root = b.new_table();
        b.map1(root, va, data_pa);
        b.map1(root, va + 0x1000, data_pa + 0x1000);
        b.stage1_stream(5, root, 7);
        b.enable();
        std::array<std::uint8_t, 64> data{};
        plain_payload t(tlm::TLM_WRITE_COMMAND, va + 0xff8, data.data(), 64);
        t.set_streaming_width(16);
        sc_core::sc_time delay;
        b.device0->b_transport(t, delay);
        EXPECT_EQ(t.get_response_status(), tlm::TLM_BURST_ERROR_RESPONSE);
        EXPECT_EQ(b.memory.count(data_pa >> 12, true) + b.memory.count((data_pa >> 12) + 1, true), 0U);
        // As far as it fits it passes.
        t.set_address(va + 0xff0);
        t.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
        b.device0->b_transport(t, delay);
        EXPECT_EQ(t.get_response_status(), tlm::TLM_OK_RESPONSE);
        EXPECT_EQ(b.memory.count(data_pa >> 12, true), 1U);
        b.settle();
        EXPECT_TRUE(b.events().empty());
    });
}

TEST(TbuDebug, EndsWhereAPageFaults)
{
    bench b({}, of_stream_5());
    in_thread([&] {
        const std::uint64_t root = b.new_table();
        b.map1(root, va, data_pa);
        b.stage1_stream(5, root, 7);
        b.memory.set(data_pa + 0xff8, 0x1122334455667788);
        b.enable();
        std::array<std::uint64_t, 2> value{};
        plain_payload t(tlm::TLM_READ_COMMAND, va + 0xff8, value.data(), 16);
        EXPECT_EQ(b.device0->transport_dbg(t), 8U);
        EXPECT_EQ(value[0], 0x1122334455667788U);
        EXPECT_EQ(value[1], 0U);
        EXPECT_NE(t.get_response_status(), tlm::TLM_OK_RESPONSE);
        b.settle();
        EXPECT_TRUE(b.events().empty());
    });
}

// TLM-2.0 LRM 11.3.3.4: the number of bytes that were reached.
TEST(TbuDebug, EndsWhereTheTargetEnds)
{
    bench b({}, of_stream_5());
    in_thread([&] {
        const std::uint64_t root = b.new_table();
        b.map1(root, va, data_pa);
        b.map1(root, va + 0x1000, data_pa + 0x5000);
        b.stage1_stream(5, root, 7);
        b.memory.set(data_pa + 0xff8, 0x1122334455667788);
        b.memory.no_debug_page = (data_pa + 0x5000) >> 12;
        b.enable();
        std::array<std::uint64_t, 2> value{};
        plain_payload t(tlm::TLM_READ_COMMAND, va + 0xff8, value.data(), 16);
        EXPECT_EQ(b.device0->transport_dbg(t), 8U);
        EXPECT_EQ(value[0], 0x1122334455667788U);
        EXPECT_NE(t.get_response_status(), tlm::TLM_OK_RESPONSE);
    });
}

TEST(TbuLatency, KnowsTheIpaAndWhatWasAborted)
{
    bench b;
    in_thread([&] {
        const std::uint64_t root2 = b.new_table();
        const std::uint64_t root1 = b.new_table();
        b.nested_stream(5, root1, 7, root2, 3);
        b.map1(root1, va, ipa);
        b.map2(root2, ipa, data_pa);
        for (int again = 0; again < 2; ++again)
            for (std::uint64_t table = 0x100000; table < b.pool; table += 0x1000)
                b.map2(root2, table, table);
        b.enable();
        std::uint64_t value = 0;
        for (int again = 0; again < 2; ++again) { // from the TCU and from the TLB
            latency_record r = listener();
            EXPECT_TRUE(b.read(5, va + 0x10, value, &r));
            EXPECT_EQ(r.ipa, intermediate_address(ipa + 0x10));
            EXPECT_EQ(r.pa, physical_address(data_pa + 0x10));
            EXPECT_FALSE(r.aborted);
        }
        latency_record r = listener();
        EXPECT_FALSE(b.read(5, va + 0x1000, value, &r));
        EXPECT_TRUE(r.aborted);
        EXPECT_FALSE(r.pa.has_value());
        EXPECT_FALSE(r.ipa.has_value());
    });
}

// 5.5: what ends with RAZ/WI ends without an abort.
TEST(TbuLatency, RazWiIsNoAbort)
{
    bench b;
    in_thread([&] {
        const std::uint64_t root = b.new_table();
        b.stage1_stream(5, root, 7);
        b.set_bits(bench::cd_base + 5 * 64, 0, 1ULL << 46); // CD.A
        b.enable();
        std::uint64_t value = 1;
        latency_record r = listener();
        EXPECT_TRUE(b.access(b.device0, 5, tlm::TLM_READ_COMMAND, va, &value, 8, &r));
        EXPECT_EQ(value, 0U);
        EXPECT_FALSE(r.aborted);
    });
}

// Time in the TCU's queues and of a held transaction belongs to the record.
TEST(TbuLatency, CountsTheHoldOfAStalledTransaction)
{
    smmu::tcu::parameters p;
    p.feature.stall_model = 0;
    p.feature.stall_max = 4;
    bench b(p);
    in_thread([&] {
        const std::uint64_t root = b.new_table();
        b.stage1_stream(5, root, 7);
        b.set_bits(bench::cd_base + 5 * 64, 1ULL << 44); // CD.S
        b.enable();
        bool done = false;
        latency_record r = listener();
        std::uint64_t value = 0;
        sc_core::sc_spawn([&] {
            EXPECT_TRUE(b.read(5, va, value, &r));
            done = true;
        });
        b.settle(5000);
        EXPECT_FALSE(done);
        const auto all = b.events();
        ASSERT_EQ(all.size(), 1U);
        b.map1(root, va, data_pa);
        b.run(0x44 | 1ULL << 12 | 5ULL << 32, all[0][1] & 0xffff);
        b.settle();
        EXPECT_TRUE(done);
        EXPECT_FALSE(r.aborted);
        std::uint64_t waited = 0;
        std::uint64_t end = r.begin();
        for (const auto& s : r.spans()) {
            EXPECT_EQ(s.start, end);
            end = s.end;
            waited += s.what == stage::tbu_wait ? s.end - s.start : 0;
        }
        EXPECT_EQ(end, r.end());
        EXPECT_GT(waited, 4000000U); // ps
        EXPECT_LT(waited, 10000000U);
    });
}

TEST(TbuTlb, MainTlbHitsRefillTheMicroTlb)
{
    smmu::tbu::parameters q;
    q.micro_tlb_entries = 4;
    bench b({}, q);
    in_thread([&] {
        const std::uint64_t root = b.new_table();
        for (std::uint64_t page = 0; page < 8; ++page)
            b.map1(root, va + page * 0x1000, data_pa + page * 0x1000);
        b.stage1_stream(5, root, 7);
        b.memory.set(data_pa, 0x77);
        b.enable();
        std::uint64_t value = 0;
        for (std::uint64_t page = 0; page < 8; ++page)
            EXPECT_TRUE(b.read(5, va + page * 0x1000, value));
        const auto cold = b.tbu0.counts();
        EXPECT_TRUE(b.read(5, va, value)); // four others came after it
        EXPECT_EQ(value, 0x77U);
        const auto refilled = b.tbu0.counts();
        EXPECT_EQ(refilled.micro_misses - cold.micro_misses, 1U);
        EXPECT_EQ(refilled.main_lookups - cold.main_lookups, 1U);
        EXPECT_EQ(refilled.main_misses, cold.main_misses);
        EXPECT_EQ(refilled.requests, cold.requests);
        EXPECT_TRUE(b.read(5, va, value));
        EXPECT_EQ(b.tbu0.counts().micro_misses, refilled.micro_misses);
        EXPECT_EQ(b.tbu0.counts().main_lookups, refilled.main_lookups);
    });
}

// 3.4: a stream known to bypass still aborts beyond the OAS, with the event (7.3.14) that the TCU alone records.
TEST(TbuBypass, BeyondTheOasFaultsOnAHitToo)
{
    bench b;
    in_thread([&] {
        b.bypass_stream(5);
        b.memory.set(data_pa, 0x77);
        b.enable();
        std::uint64_t value = 0;
        for (int again = 0; again < 2; ++again)
            EXPECT_TRUE(b.read(5, data_pa, value));
        EXPECT_EQ(value, 0x77U);
        EXPECT_EQ(b.tbu0.counts().requests, 1U);
        EXPECT_FALSE(b.read(5, 1ULL << 44, value));
        EXPECT_EQ(b.tbu0.counts().requests, 2U);
        b.settle();
        const auto all = b.events();
        ASSERT_EQ(all.size(), 1U);
        EXPECT_EQ(all[0][0], 0x11 | 5ULL << 32);
        EXPECT_EQ(all[0][2], 1ULL << 44);
    });
}

// A page that was read does not permit a write because it is in the TLB.
TEST(TbuTlb, PermissionOfAHitIsThePages)
{
    bench b;
    in_thread([&] {
        const std::uint64_t root = b.new_table();
        b.map1(root, va, data_pa, 3, 0xfc1); // as map1() makes it, AP[2]: read-only
        b.stage1_stream(5, root, 7);
        b.enable();
        std::uint64_t value = 0;
        EXPECT_TRUE(b.read(5, va, value));
        EXPECT_FALSE(b.write(5, va, 1));
        EXPECT_EQ(b.memory.count(data_pa >> 12, true), 0U);
        b.settle();
        const auto all = b.events();
        ASSERT_EQ(all.size(), 1U);
        EXPECT_EQ(all[0][0] & 0xff, 0x13U);
    });
}

// 3.13.3: a copy of a writable-clean page serves reads; the first write makes the page dirty in memory.
TEST(TbuTlb, AWriteToACleanPageAsksTheTcu)
{
    smmu::tcu::parameters p;
    p.feature.htt_update = 2;
    bench b(p);
    in_thread([&] {
        constexpr std::uint64_t dbm = 1ULL << 51, read_only = 1 << 7;
        const std::uint64_t root = b.new_table();
        b.map1(root, va, data_pa, 3, 0xf41 | dbm | read_only);
        b.stage1_stream(5, root, 7);
        b.set_bits(bench::cd_base + 5 * 64, 3ULL << 42); // HA, HD
        b.memory.set(data_pa, 0x1234);
        b.enable();
        const std::uint64_t leaf = b.entry(root, va, 3), clean = b.memory.word(leaf);
        std::uint64_t value = 0;
        for (int again = 0; again < 2; ++again) {
            EXPECT_TRUE(b.read(5, va, value));
            EXPECT_EQ(value, 0x1234U);
        }
        EXPECT_EQ(b.tbu0.counts().requests, 1U);
        EXPECT_EQ(b.memory.word(leaf), clean);
        for (int again = 0; again < 2; ++again)
            EXPECT_TRUE(b.access(b.device0, 5, tlm::TLM_WRITE_COMMAND, va, &value, 8));
        EXPECT_EQ(b.tbu0.counts().requests, 2U) << "of a dirty page all are hits";
        EXPECT_EQ(b.memory.word(leaf), clean & ~read_only);
        EXPECT_TRUE(b.events().empty());
    });
}

// Register accesses of a device take their time in its record.
TEST(TcuLatency, RegisterAccessesAreAStage)
{
    bench b;
    in_thread([&] {
        latency_record r = listener();
        transaction_attributes a;
        a.latency = &r;
        std::uint64_t value = 0;
        sc_core::sc_time delay;
        EXPECT_TRUE(transport(b.cpu, tlm::TLM_READ_COMMAND, 0, &value, 4, a, delay));
        ASSERT_EQ(r.spans().size(), 1U);
        EXPECT_EQ(r.spans()[0].what, stage::device_register);
        EXPECT_EQ(r.end() - r.begin(), 4000U); // register_cycles of 1 ns
    });
}
