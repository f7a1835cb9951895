// The link's packets: how many an access becomes and what they take of the wires. 1 byte takes 1 ns, the flight 100 ns.

#include "common/systemc/attributes.h"
#include "common/systemc/time.h"
#include "common/systemc/transport.h"
#include "pcie/link.h"
#include "support/checked_links.h"
#include "support/in_thread.h"

#include <gmock/gmock.h>

#include <vector>

using namespace iovp;
using sc_core::SC_NS;
using sc_core::sc_time;

namespace {

pcie::link::parameters one_ns_a_byte()
{
    pcie::link::parameters p;
    p.raw_gbps = 8;
    p.link_layer_share = 0;
    p.propagation = sc_time(100, SC_NS);
    return p;
}

/// The device, and everything beyond the link, which answers at once and refuses one address.
struct ends : sc_core::sc_module {
    tlm_utils::simple_initiator_socket<ends, 64> device{"device"}, root{"root"};
    tlm_utils::simple_target_socket<ends, 64> memory{"memory"}, functions{"functions"};
    std::uint64_t refused = ~0ULL;
    std::vector<time_ps> writes; ///< when they arrived

    explicit ends(sc_core::sc_module_name name)
        : sc_module(name)
    {
        memory.register_b_transport(this, &ends::answer);
        functions.register_b_transport(this, &ends::answer);
    }
    void answer(tlm::tlm_generic_payload& t, sc_time& delay)
    {
        if (t.is_write())
            writes.push_back(local_ps(delay));
        t.set_response_status(t.get_address() == refused ? tlm::TLM_ADDRESS_ERROR_RESPONSE : tlm::TLM_OK_RESPONSE);
    }
};

struct bench {
    explicit bench(const pcie::link::parameters& p = one_ns_a_byte())
        : link("link", p)
    {
        links.bind(far.device, link.from_device);
        links.bind(link.to_root, far.memory);
        links.bind(far.root, link.from_root);
        links.bind(link.to_device, far.functions);
    }
    test::checked_links links;

    /// Nanoseconds that an access of the device takes.
    double access(tlm::tlm_command command, std::uint64_t address, unsigned size, latency_record* record = nullptr)
    {
        std::vector<std::uint8_t> data(size);
        transaction_attributes a;
        a.latency = record;
        const sc_time before = sc_core::sc_time_stamp();
        sc_time delay;
        ok = transport(far.device, command, address, data.data(), size, a, delay);
        sc_core::wait(delay);
        return (sc_core::sc_time_stamp() - before) / sc_time(1, SC_NS);
    }
    double read(std::uint64_t address, unsigned size) { return access(tlm::TLM_READ_COMMAND, address, size); }
    double write(std::uint64_t address, unsigned size) { return access(tlm::TLM_WRITE_COMMAND, address, size); }

    pcie::link link;
    ends far{"far"};
    bool ok = false;
};

constexpr double flight = 2 * 100;

} // namespace

TEST(PcieLink, AReadIsARequestPerMrrsAndACompletionPerMps)
{
    bench b;
    test::in_thread([&] {
        EXPECT_EQ(b.read(0, 64), 24 + flight + 64 + 20);
        EXPECT_EQ(b.read(0, 256), 24 + flight + 256 + 20);
        EXPECT_EQ(b.read(0, 257), 24 + flight + 257 + 2 * 20);
        EXPECT_EQ(b.read(0, 512), 24 + flight + 512 + 2 * 20);
        EXPECT_EQ(b.read(0, 513), 2 * 24 + flight + 513 + 3 * 20);
        EXPECT_EQ(b.read(0, 1500), 3 * 24 + flight + 1500 + 6 * 20);
    });
}

// The first completion ends at a read completion boundary, so that the others begin there.
TEST(PcieLink, CompletionsAreCutAtTheReadCompletionBoundary)
{
    bench b;
    test::in_thread([&] {
        EXPECT_EQ(b.read(64, 256), 24 + flight + 256 + 20);     // begins at a boundary of 64
        EXPECT_EQ(b.read(32, 256), 24 + flight + 256 + 2 * 20); // 224 to byte 255, 32
        EXPECT_EQ(b.read(32, 224), 24 + flight + 224 + 20);
    });
}

TEST(PcieLink, ALargerBoundaryCutsMore)
{
    auto p = one_ns_a_byte();
    p.read_completion_boundary = 128;
    bench b(p);
    test::in_thread([&] {
        EXPECT_EQ(b.read(64, 256), 24 + flight + 256 + 2 * 20); // 192 to byte 255, 64
        EXPECT_EQ(b.read(128, 256), 24 + flight + 256 + 20);
    });
}

TEST(PcieLink, NoRequestCrossesFourKilobytes)
{
    bench b;
    test::in_thread([&] {
        EXPECT_EQ(b.read(4096 - 64, 128), 2 * 24 + flight + 128 + 2 * 20);
        EXPECT_EQ(b.write(4096 - 64, 128), 128 + 2 * 24);
    });
}

TEST(PcieLink, WritesArePostedInPacketsOfMps)
{
    bench b;
    test::in_thread([&] {
        EXPECT_EQ(b.write(0, 64), 64 + 24);
        EXPECT_TRUE(b.ok);
        sc_core::wait(1, sc_core::SC_US);
        ASSERT_EQ(b.far.writes.size(), 1U);
        EXPECT_EQ(b.far.writes[0], (64 + 24 + 100) * 1000U);
        EXPECT_EQ(b.write(0, 257), 257 + 2 * 24);
    });
}

TEST(PcieLink, ARefusedReadIsAnsweredWithoutData)
{
    bench b;
    b.far.refused = 0x1000;
    test::in_thread([&] {
        EXPECT_EQ(b.read(0x1000, 256), 24 + flight + 20);
        EXPECT_FALSE(b.ok);
    });
}

TEST(PcieLink, APostedWriteClosesItsRecordWhereItArrives)
{
    bench b;
    test::in_thread([&] {
        latency_record r(latency_record::kind::dma_write, 0);
        b.access(tlm::TLM_WRITE_COMMAND, 0, 64, &r);
        EXPECT_FALSE(r.closed());
        sc_core::wait(1, sc_core::SC_US);
        EXPECT_TRUE(r.closed());
        EXPECT_EQ(r.end(), (64 + 24 + 100) * 1000U);
    });
}

TEST(PcieLink, RefusesWhatCannotBe)
{
    const auto refused = [](auto change) {
        pcie::link::parameters p;
        change(p);
        EXPECT_THROW(p.check("link"), sc_core::sc_report);
    };
    refused([](auto& p) { p.max_payload = 64; });
    refused([](auto& p) { p.max_payload = 300; });
    refused([](auto& p) { p.max_read_request = 8192; });
    refused([](auto& p) { p.read_completion_boundary = 256; });
}
