#include "memory/sparse_memory.h"

#include "common/systemc/configuration_error.h"
#include "common/systemc/time.h"
#include "common/systemc/transport.h"
#include "support/checked_links.h"
#include "support/in_thread.h"

#include <gmock/gmock.h>
#include <tlm_utils/simple_initiator_socket.h>

#include <array>
#include <numeric>

namespace iovp {
namespace {

using sc_core::SC_NS;
using sc_core::SC_PS;
using sc_core::sc_time;
using testing::Each;
using testing::ElementsAre;

sparse_memory::parameters quick()
{
    sparse_memory::parameters p;
    p.size = std::uint64_t(8) << 30;
    p.read_latency = sc_time(95, SC_NS);
    p.write_latency = sc_time(60, SC_NS);
    p.bandwidth_bytes_per_ns = 0;
    p.page_size = 4096;
    return p;
}

struct bench : sc_core::sc_module {
    explicit bench(const sparse_memory::parameters& p = quick(), const sc_core::sc_module_name& name = "bench")
        : sc_module(name)
        , memory("memory", p)
        , socket("socket")
    {
        links.bind(socket, memory.socket);
    }

    test::checked_links links;

    tlm::tlm_response_status access(tlm::tlm_command command, std::uint64_t address, void* data, unsigned size,
                                    sc_time ahead = sc_core::SC_ZERO_TIME)
    {
        trans.set_command(command);
        trans.set_address(address);
        trans.set_data_ptr(static_cast<unsigned char*>(data));
        trans.set_data_length(size);
        trans.set_streaming_width(size);
        trans.set_dmi_allowed(false);
        trans.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
        delay = ahead;
        socket->b_transport(trans, delay);
        return trans.get_response_status();
    }
    template <std::size_t Size>
    void write(std::uint64_t address, const std::array<std::uint8_t, Size>& data)
    {
        auto copy = data;
        EXPECT_EQ(access(tlm::TLM_WRITE_COMMAND, address, copy.data(), Size), tlm::TLM_OK_RESPONSE);
    }
    template <std::size_t Size>
    std::array<std::uint8_t, Size> read(std::uint64_t address)
    {
        std::array<std::uint8_t, Size> data;
        data.fill(0xaa);
        EXPECT_EQ(access(tlm::TLM_READ_COMMAND, address, data.data(), Size), tlm::TLM_OK_RESPONSE);
        return data;
    }

    sparse_memory memory;
    tlm_utils::simple_initiator_socket<bench, 64> socket;
    tlm::tlm_generic_payload trans;
    sc_time delay;
};

TEST(SparseMemory, UntouchedMemoryReadsZeroWithoutAllocating)
{
    bench b;
    test::in_thread([&] {
        EXPECT_THAT(b.read<64>(0x1ffff'ffc0), Each(0));
        EXPECT_EQ(b.memory.pages(), 0u);
    });
}

TEST(SparseMemory, DataComesBackAcrossAPageBoundary)
{
    bench b;
    test::in_thread([&] {
        b.write<8>(0x1'0000'0ffc, {1, 2, 3, 4, 5, 6, 7, 8});
        EXPECT_EQ(b.memory.pages(), 2u);
        EXPECT_THAT(b.read<8>(0x1'0000'0ffc), ElementsAre(1, 2, 3, 4, 5, 6, 7, 8));
        EXPECT_THAT(b.read<4>(0x1'0000'1000), ElementsAre(5, 6, 7, 8));
        EXPECT_THAT(b.read<4>(0xffc), ElementsAre(0, 0, 0, 0)); // no alias 4 GiB below
        EXPECT_THAT(b.read<4>(0x1'0000'2000), ElementsAre(0, 0, 0, 0));
    });
}

TEST(SparseMemory, ByteEnablesSelectBytesAndRepeat)
{
    bench b;
    test::in_thread([&] {
        std::array<std::uint8_t, 2> enables = {TLM_BYTE_DISABLED, TLM_BYTE_ENABLED};
        b.write<4>(0x100, {9, 9, 9, 9});
        b.trans.set_byte_enable_ptr(enables.data());
        b.trans.set_byte_enable_length(2);
        b.write<4>(0x100, {1, 2, 3, 4});
        EXPECT_THAT(b.read<4>(0x100), ElementsAre(0xaa, 2, 0xaa, 4));
        b.trans.set_byte_enable_ptr(nullptr);
        b.trans.set_byte_enable_length(0);
        EXPECT_THAT(b.read<4>(0x100), ElementsAre(9, 2, 9, 4));
    });
}

TEST(SparseMemory, AccessBeyondTheSizeIsAnAddressErrorAndWritesNothing)
{
    auto p = quick();
    p.size = 0x1001;
    bench b(p);
    test::in_thread([&] {
        std::array<std::uint8_t, 2> data = {7, 7};
        EXPECT_EQ(b.access(tlm::TLM_WRITE_COMMAND, 0x1000, data.data(), 2), tlm::TLM_ADDRESS_ERROR_RESPONSE);
        EXPECT_EQ(b.access(tlm::TLM_READ_COMMAND, 0x1001, data.data(), 1), tlm::TLM_ADDRESS_ERROR_RESPONSE);
        EXPECT_EQ(b.access(tlm::TLM_READ_COMMAND, ~std::uint64_t(0), data.data(), 2), tlm::TLM_ADDRESS_ERROR_RESPONSE);
        EXPECT_EQ(b.delay, sc_core::SC_ZERO_TIME);
        EXPECT_THAT(b.read<1>(0x1000), ElementsAre(0));
    });
}

TEST(SparseMemory, LatenciesAreAnnotatedAndRecorded)
{
    bench b;
    test::in_thread([&] {
        latency_record record(latency_record::kind::dma_read, 0);
        attributes a;
        a.latency = &record;
        b.trans.set_extension(&a);
        b.read<4>(0);
        EXPECT_EQ(b.delay, sc_time(95, SC_NS));
        ASSERT_EQ(record.spans().size(), 1u);
        EXPECT_EQ(record.spans()[0].what, stage::memory);
        EXPECT_EQ(record.spans()[0].start, 0u);
        EXPECT_EQ(record.spans()[0].end, 95000u);
        b.trans.clear_extension(&a);
        b.write<4>(0, {0, 0, 0, 0});
        EXPECT_EQ(b.delay, sc_time(60, SC_NS));
    });
}

TEST(SparseMemory, BandwidthQueuesWhatComesTogether)
{
    auto p = quick();
    p.bandwidth_bytes_per_ns = 16; // 64 bytes take 4 ns
    bench b(p);
    test::in_thread([&] {
        b.read<64>(0);
        EXPECT_EQ(b.delay, sc_time(99, SC_NS));
        b.read<64>(64);
        EXPECT_EQ(b.delay, sc_time(103, SC_NS));
        wait(sc_time(6, SC_NS)); // 2 ns of the second access's transfer are left
        b.read<64>(128);
        EXPECT_EQ(b.delay, sc_time(101, SC_NS));
        wait(sc_time(1, sc_core::SC_US));
        b.read<64>(192);
        EXPECT_EQ(b.delay, sc_time(99, SC_NS));
    });
}

TEST(SparseMemory, AnAccessOfTheFutureDelaysNoneOfNow)
{
    auto p = quick();
    p.bandwidth_bytes_per_ns = 16; // 64 bytes take 4 ns
    bench b(p);
    test::in_thread([&] {
        std::array<std::uint8_t, 64> data = {};
        const auto read_at = [&](sc_time ahead) {
            b.access(tlm::TLM_READ_COMMAND, 0, data.data(), 64, ahead);
            return b.delay - ahead;
        };
        EXPECT_EQ(read_at(sc_time(1, sc_core::SC_US)), sc_time(99, SC_NS));
        EXPECT_EQ(read_at(sc_core::SC_ZERO_TIME), sc_time(99, SC_NS));
        EXPECT_EQ(read_at(sc_core::SC_ZERO_TIME), sc_time(103, SC_NS));      // those of the same time queue
        EXPECT_EQ(read_at(sc_time(1, sc_core::SC_US)), sc_time(103, SC_NS)); // there as well
        EXPECT_EQ(read_at(sc_time(998, SC_NS)), sc_time(109, SC_NS));        // 2 ns before them is too short a gap
        EXPECT_EQ(read_at(sc_time(996, SC_NS)), sc_time(99, SC_NS));         // 4 ns are enough
    });
}

TEST(SparseMemory, DmiCoversOnePageAndSeesTheSameBytes)
{
    auto p = quick();
    p.size = 0x1800;
    bench b(p);
    test::in_thread([&] {
        b.write<1>(0x1234, {0x5a});
        tlm::tlm_dmi dmi;
        b.trans.set_address(0x1234);
        ASSERT_TRUE(b.socket->get_direct_mem_ptr(b.trans, dmi));
        EXPECT_EQ(dmi.get_start_address(), 0x1000u);
        EXPECT_EQ(dmi.get_end_address(), 0x17ffu);
        EXPECT_TRUE(dmi.is_read_write_allowed());
        EXPECT_EQ(dmi.get_dmi_ptr()[0x234], 0x5a);
        dmi.get_dmi_ptr()[0x235] = 0xa5;
        EXPECT_THAT(b.read<2>(0x1234), ElementsAre(0x5a, 0xa5));
        b.trans.set_address(0x1800);
        EXPECT_FALSE(b.socket->get_direct_mem_ptr(b.trans, dmi));
    });
}

TEST(SparseMemory, DebugTransportTakesNoTimeAndMovesTheSameBytes)
{
    bench b;
    test::in_thread([&] {
        std::array<std::uint8_t, 3> data = {1, 2, 3};
        b.trans.set_command(tlm::TLM_WRITE_COMMAND);
        b.trans.set_address(0xfff);
        b.trans.set_data_ptr(data.data());
        b.trans.set_data_length(3);
        EXPECT_EQ(b.socket->transport_dbg(b.trans), 3u);
        EXPECT_THAT(b.read<3>(0xfff), ElementsAre(1, 2, 3));
        b.trans.set_address(std::uint64_t(8) << 30);
        EXPECT_EQ(b.socket->transport_dbg(b.trans), 0u);
        EXPECT_EQ(sc_core::sc_time_stamp(), sc_core::SC_ZERO_TIME);
    });
}

TEST(SparseMemory, BadParametersNameObjectParameterAndValue)
{
    auto p = quick();
    p.page_size = 5000;
    try {
        sparse_memory m("memory", p);
        FAIL() << "accepted";
    } catch (const sc_core::sc_report& r) {
        EXPECT_STREQ(r.get_msg_type(), configuration_message);
        EXPECT_STREQ(r.get_msg(), "memory: parameter page_size = 5000: allowed: a power of two");
    }
}

} // namespace
} // namespace iovp
