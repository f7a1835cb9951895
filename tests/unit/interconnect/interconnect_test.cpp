#include "interconnect/interconnect.h"

#include "common/systemc/configuration_error.h"
#include "common/systemc/transport.h"
#include "memory/sparse_memory.h"
#include "support/checked_links.h"
#include "support/in_thread.h"

#include <gmock/gmock.h>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <cstring>
#include <vector>

namespace iovp {
namespace {

using sc_core::SC_NS;
using sc_core::sc_time;

sparse_memory::parameters small()
{
    sparse_memory::parameters p;
    p.size = 0x10000;
    p.read_latency = p.write_latency = sc_time(50, SC_NS);
    p.bandwidth_bytes_per_ns = 0;
    p.page_size = 4096;
    return p;
}

struct bench : sc_core::sc_module, tlm::tlm_analysis_if<transaction_trace> {
    explicit bench(const sc_core::sc_module_name& name = "bench")
        : sc_module(name)
        , bus("bus", {sc_time(10, SC_NS)})
        , low("low", small())
        , high("high", small())
        , first("first")
        , second("second")
    {
        first.register_invalidate_direct_mem_ptr(this, &bench::invalidated);
        links.bind(first, bus.upstream);
        links.bind(second, bus.upstream);
        links.bind(bus.downstream, low.socket);
        links.bind(bus.downstream, high.socket);
    }
    test::checked_links links;
    void map()
    {
        bus.map("high", 0x8000'0000, 0x10000, 1);
        bus.map("low", 0x1000, 0x8000, 0);
    }
    void write(const transaction_trace& t) override { traces.push_back(t); }
    void invalidated(sc_dt::uint64 start, sc_dt::uint64 end) { revoked.emplace_back(start, end); }

    template <class Socket>
    tlm::tlm_response_status access(Socket& socket, tlm::tlm_command command, std::uint64_t address, unsigned size = 4)
    {
        trans.set_command(command);
        trans.set_address(address);
        trans.set_data_ptr(data);
        trans.set_data_length(size);
        trans.set_streaming_width(size);
        trans.set_dmi_allowed(false);
        trans.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
        delay = sc_core::SC_ZERO_TIME;
        socket->b_transport(trans, delay);
        return trans.get_response_status();
    }
    std::uint32_t word() const
    {
        std::uint32_t w;
        std::memcpy(&w, data, 4);
        return w;
    }
    void set(std::uint32_t w) { std::memcpy(data, &w, 4); }

    interconnect bus;
    sparse_memory low, high;
    tlm_utils::simple_initiator_socket<bench, 64> first, second;
    tlm::tlm_generic_payload trans;
    sc_time delay;
    unsigned char data[64] = {};
    std::vector<transaction_trace> traces;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> revoked;
};

TEST(Interconnect, RoutesByAddressRelativeToTheRangeAndRestoresIt)
{
    bench b;
    b.map();
    test::in_thread([&] {
        b.set(0x11111111);
        EXPECT_EQ(b.access(b.first, tlm::TLM_WRITE_COMMAND, 0x1010), tlm::TLM_OK_RESPONSE);
        EXPECT_EQ(b.trans.get_address(), 0x1010u);
        EXPECT_EQ(b.delay, sc_time(60, SC_NS));
        b.set(0x22222222);
        EXPECT_EQ(b.access(b.second, tlm::TLM_WRITE_COMMAND, 0x8000'0010), tlm::TLM_OK_RESPONSE);
        // The pages say which of the two memories was written.
        EXPECT_EQ(b.low.pages(), 1u);
        EXPECT_EQ(b.high.pages(), 1u);
        b.trans.set_read();
        b.trans.set_address(0x1010);
        EXPECT_EQ(b.second->transport_dbg(b.trans), 4u);
        EXPECT_EQ(b.word(), 0x11111111u);
        b.trans.set_address(0x8000'0010);
        EXPECT_EQ(b.first->transport_dbg(b.trans), 4u);
        EXPECT_EQ(b.word(), 0x22222222u);
        // The last page of the range is the memory's page 7: the address that the target sees starts from 0.
        tlm::tlm_dmi dmi;
        b.trans.set_address(0x8fff);
        ASSERT_TRUE(b.first->get_direct_mem_ptr(b.trans, dmi));
        EXPECT_EQ(dmi.get_end_address(), 0x8fffu);
    });
}

TEST(Interconnect, HolesAndAccessesAcrossARangesEndAreAddressErrors)
{
    bench b;
    b.map();
    test::in_thread([&] {
        EXPECT_EQ(b.access(b.first, tlm::TLM_READ_COMMAND, 0x0), tlm::TLM_ADDRESS_ERROR_RESPONSE);
        EXPECT_EQ(b.delay, sc_time(10, SC_NS));
        EXPECT_EQ(b.access(b.first, tlm::TLM_READ_COMMAND, 0x9000), tlm::TLM_ADDRESS_ERROR_RESPONSE);
        EXPECT_EQ(b.access(b.first, tlm::TLM_READ_COMMAND, 0x8ffc, 8), tlm::TLM_ADDRESS_ERROR_RESPONSE);
        EXPECT_EQ(b.access(b.first, tlm::TLM_READ_COMMAND, 0x8ffc, 4), tlm::TLM_OK_RESPONSE);
        b.trans.set_address(0x8ffc);
        b.trans.set_data_length(8);
        EXPECT_EQ(b.first->transport_dbg(b.trans), 0u);
        EXPECT_EQ(b.low.pages() + b.high.pages(), 0u);
    });
}

TEST(Interconnect, RecordsItsStageBeforeTheTargets)
{
    bench b;
    b.map();
    test::in_thread([&] {
        latency_record record(latency_record::kind::dma_read, 0);
        attributes a;
        a.latency = &record;
        b.trans.set_extension(&a);
        b.access(b.first, tlm::TLM_READ_COMMAND, 0x1000);
        ASSERT_EQ(record.spans().size(), 2u);
        EXPECT_EQ(record.spans()[0].what, stage::interconnect);
        EXPECT_EQ(record.spans()[0].end, 10000u);
        EXPECT_EQ(record.spans()[1].what, stage::memory);
        EXPECT_EQ(record.end(), 60000u);
        b.trans.clear_extension(&a);
    });
}

TEST(Interconnect, DmiIsTranslatedClippedAndRevokedInBusAddresses)
{
    bench b;
    b.map();
    test::in_thread([&] {
        tlm::tlm_dmi dmi;
        b.trans.set_address(0x2004);
        ASSERT_TRUE(b.first->get_direct_mem_ptr(b.trans, dmi));
        EXPECT_EQ(dmi.get_start_address(), 0x2000u);
        EXPECT_EQ(dmi.get_end_address(), 0x2fffu);
        EXPECT_EQ(dmi.get_read_latency(), sc_time(60, SC_NS));
        b.trans.set_address(0x9004);
        EXPECT_FALSE(b.first->get_direct_mem_ptr(b.trans, dmi));
        EXPECT_EQ(dmi.get_start_address(), 0x9000u);
        EXPECT_EQ(dmi.get_end_address(), 0x7fff'ffffu);

        b.low.socket->invalidate_direct_mem_ptr(0x7000, 0xffff); // reaches beyond the mapped 0x8000
        b.high.socket->invalidate_direct_mem_ptr(0x0, 0xfff);
        b.low.socket->invalidate_direct_mem_ptr(0x8000, 0xffff); // not mapped at all
        using p = std::pair<std::uint64_t, std::uint64_t>;
        EXPECT_THAT(b.revoked, testing::ElementsAre(p(0x8000, 0x8fff), p(0x8000'0000, 0x8000'0fff)));
    });
}

TEST(Interconnect, TraceShowsWhoWhatWhereAndTheOutcome)
{
    bench b;
    b.map();
    EXPECT_FALSE(b.bus.trace.bound());
    b.bus.trace.bind(b);
    EXPECT_TRUE(b.bus.trace.bound());
    test::in_thread([&] {
        attributes a;
        a.stream = stream_id(0x1108);
        a.device = device_id(0x2108);
        a.requester = 0x108;
        b.trans.set_extension(&a);
        wait(sc_time(5, SC_NS));
        b.access(b.second, tlm::TLM_WRITE_COMMAND, 0x1008, 8);
        b.trans.clear_extension(&a);
        b.access(b.first, tlm::TLM_READ_COMMAND, 0x10);
        ASSERT_EQ(b.traces.size(), 2u);
        EXPECT_EQ(b.traces[0].start, 5000u);
        EXPECT_EQ(b.traces[0].end, 65000u);
        EXPECT_EQ(b.traces[0].initiator, 1u);
        EXPECT_EQ(b.traces[0].requester, 0x108u);
        EXPECT_EQ(b.traces[0].command, tlm::TLM_WRITE_COMMAND);
        EXPECT_EQ(b.traces[0].address, 0x1008u);
        EXPECT_EQ(b.traces[0].size, 8u);
        EXPECT_EQ(b.traces[0].stream, stream_id(0x1108));
        EXPECT_EQ(b.traces[0].device, device_id(0x2108));
        EXPECT_EQ(b.traces[0].response, tlm::TLM_OK_RESPONSE);
        EXPECT_EQ(b.traces[1].initiator, 0u);
        EXPECT_FALSE(b.traces[1].stream.has_value());
        EXPECT_EQ(b.traces[1].response, tlm::TLM_ADDRESS_ERROR_RESPONSE);
        EXPECT_TRUE(b.bus.trace.unbind(b));
        EXPECT_FALSE(b.bus.trace.bound());
    });
}

TEST(Interconnect, OverlapIsReportedWithBothNames)
{
    bench b;
    b.map();
    try {
        b.bus.map("flash", 0x8000'f000, 0x2000, 0);
        FAIL() << "accepted";
    } catch (const sc_core::sc_report& r) {
        EXPECT_STREQ(r.get_msg_type(), configuration_message);
        EXPECT_STREQ(r.get_msg(),
                     "bench.bus: parameter map flash = 0x8000f000 + 0x2000: allowed: a range that overlaps no "
                     "other and ends below 2^64; it overlaps high");
    }
}

TEST(Interconnect, ARangeForATargetThatIsNotBoundIsReportedAtElaboration)
{
    bench b;
    b.map();
    b.bus.map("nowhere", 0x9000'0000, 0x1000, 2);
    try {
        sc_core::sc_start(sc_core::SC_ZERO_TIME);
        FAIL() << "accepted";
    } catch (const sc_core::sc_report& r) {
        EXPECT_STREQ(r.get_msg(), "bench.bus: parameter map nowhere downstream_index = 2: allowed: below the number of "
                                  "targets bound, 2");
    }
}

} // namespace
} // namespace iovp
