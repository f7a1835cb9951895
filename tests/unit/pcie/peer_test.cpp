#include "pcie_bench.h"

#include <array>
#include <ostream>

namespace iovp::pcie::test {
namespace {

using iovp::test::in_thread;

constexpr unsigned to_buffer = 0, to_memory = 2;
constexpr std::uint64_t done = 2, error = 4;
constexpr std::uint64_t buffer = 0x10000;

struct target {
    const char* name;
    std::uint64_t address;
};

void PrintTo(const target& t, std::ostream* out)
{
    *out << t.name;
}

class PciePeers : public testing::TestWithParam<target> {};

// Without the refusal the port's own links stop for ever: the write would wait for itself.
TEST_P(PciePeers, ADmaWriteIsUnsupportedAndChangesNothing)
{
    bench b;
    latency_log log;
    in_thread([&] {
        b.number();
        b.connect_peers();
        b.a.set_latency_log(&log);
        const std::uint32_t ids = b.config(bench::a0, 0, 4);
        const std::uint32_t command = b.config(bench::a0, 4, 4);
        b.store(bench::bar0_a0 + buffer, 8, 0xffffffffffffffff);
        b.start(bench::bar0_a0, GetParam().address, 0, 4, to_memory);
        EXPECT_EQ(b.finish(bench::bar0_a0), done);
        EXPECT_EQ(b.load(bench::bar0_a0 + 0x28, 4), 1u);
        EXPECT_EQ(b.load(bench::bar0_a0 + 0x30, 8), GetParam().address);
        EXPECT_EQ(b.config(bench::a0, 0, 4), ids);
        EXPECT_EQ(b.config(bench::a0, 4, 4), command);
        EXPECT_EQ(b.load(bench::bar0_b0 + 0x3c, 4), 0u);
        EXPECT_EQ(b.load(bench::bar0_a1 + 0x3c, 4), 0u);
        EXPECT_EQ(b.config(bench::port0, 0x1e, 2) & 0x0800, 0u) << "an Unsupported Request is no target abort";
    });
    ASSERT_EQ(log.records().size(), 1u);
    EXPECT_TRUE(log.records()[0].closed());
    EXPECT_TRUE(log.records()[0].aborted);
}

TEST_P(PciePeers, ADmaReadIsUnsupported)
{
    bench b;
    in_thread([&] {
        b.number();
        b.connect_peers();
        b.store(bench::bar0_a0 + buffer, 8, 0x1234);
        b.start(bench::bar0_a0, 0x1000, 0, 4, to_memory); // a posted write ahead of the read
        b.finish(bench::bar0_a0);
        b.start(bench::bar0_a0, GetParam().address, 0, 4, to_buffer);
        EXPECT_EQ(b.finish(bench::bar0_a0), done | error);
        EXPECT_EQ(b.load(bench::bar0_a0 + 0x2c, 4), 1u);
        EXPECT_EQ(b.config(bench::a0, 0x06, 2) & 0xf900, 0x2000u); // received master abort
        EXPECT_EQ(b.load(bench::bar0_a0 + buffer, 8), 0x1234u);
    });
}

INSTANTIATE_TEST_SUITE_P(Targets, PciePeers,
                         testing::Values(target{"OwnEcam", 0x4000'0000 | std::uint64_t(bench::a0) << 12 | 4},
                                         target{"PortEcam", 0x4000'0000 | std::uint64_t(bench::port0) << 12 | 0x1c},
                                         target{"OwnBar", bench::bar0_a0 + 0x3c},
                                         target{"SiblingBar", bench::bar0_a1 + 0x3c},
                                         target{"OtherPortsBar", bench::bar0_b0 + 0x3c},
                                         target{"OtherPortsEcam", 0x4000'0000 | std::uint64_t(bench::b0) << 12 | 4}),
                         [](const testing::TestParamInfo<target>& i) { return i.param.name; });

TEST(PcieDevices, AnMsiToEcamIsUnsupported)
{
    bench b;
    in_thread([&] {
        b.number();
        b.connect_peers();
        b.enable_msix(bench::a0, bench::bar2_a0, 1, 0x4000'0000 | std::uint64_t(bench::a0) << 12 | 4, 0);
        b.store(bench::bar0_a0 + 0x24, 4, 1);
        EXPECT_EQ(b.load(bench::bar0_a0 + 0x28, 4), 0u);
        wait(sc_time(2, sc_core::SC_US));
        EXPECT_EQ(b.load(bench::bar0_a0 + 0x28, 4), 1u);
        EXPECT_EQ(b.config(bench::a0, 4, 2), 6u);
    });
}

TEST(PcieDevices, AReadRefusedByTheRootComplexIsAllOnes)
{
    bench b;
    in_thread([&] {
        b.number();
        for (auto* socket : {&b.ecam, &b.mmio}) {
            std::uint32_t value = 0;
            attributes with;
            with.device = device_id(1);
            tlm::tlm_generic_payload trans;
            trans.set_read();
            trans.set_address(socket == &b.ecam ? bench::ecam_address(bench::a0, 0) : 0);
            trans.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
            trans.set_data_length(4);
            trans.set_streaming_width(4);
            trans.set_extension(&with);
            sc_time delay;
            (*socket)->b_transport(trans, delay);
            trans.clear_extension(&with);
            EXPECT_EQ(trans.get_response_status(), tlm::TLM_ADDRESS_ERROR_RESPONSE);
            EXPECT_EQ(value, all_ones);
        }
    });
}

// Tables of an SMMU behind the port whose writes need them: a mistake of software that must not stop the simulation.
TEST(PcieDevices, ACompletionThatItsOwnWriteWaitsForTimesOut)
{
    bench b;
    in_thread(
        [&] {
            b.number();
            std::uint32_t walked = 0;
            bool ok = true;
            sc_core::sc_event walk, walk_done;
            sc_core::sc_spawn([&] { // the walker's own agent: neither StreamID nor DeviceID
                wait(walk);
                ok = b.access(b.mmio, false, bench::bar0_a0 + 0x3c - 0x5000'0000, &walked, 4);
                walk_done.notify();
            });
            b.memory0.beyond = [&](tlm::tlm_generic_payload& trans, sc_time&) {
                walk.notify(sc_core::SC_ZERO_TIME);
                wait(walk_done);
                trans.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
            };
            b.start(bench::bar0_a0, 0x7000'0000, 0, 4, to_memory);
            wait(sc_time(11, sc_core::SC_MS));
            EXPECT_FALSE(ok);
            EXPECT_EQ(b.finish(bench::bar0_a0), done);
            EXPECT_EQ(b.load(bench::bar0_a0 + 0x28, 4), 1u);
        },
        sc_time(30, sc_core::SC_MS));
}

TEST(PcieRegisters, RefusePartiallyEnabledAccesses)
{
    bench b;
    in_thread([&] {
        b.number();
        b.store(bench::bar0_a0 + 0x3c, 4, 0x11223344);
        const auto write = [&](tlm_utils::simple_initiator_socket<bench, 64>& socket, std::uint64_t address,
                               unsigned char second) {
            std::uint32_t value = 0;
            std::array<unsigned char, 2> enables = {0xff, second};
            tlm::tlm_generic_payload trans;
            trans.set_write();
            trans.set_address(address);
            trans.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
            trans.set_data_length(4);
            trans.set_streaming_width(4);
            trans.set_byte_enable_ptr(enables.data());
            trans.set_byte_enable_length(2);
            sc_time delay;
            socket->b_transport(trans, delay);
            wait(delay);
            return trans.get_response_status();
        };
        const auto refused = tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE;
        EXPECT_EQ(write(b.mmio, 0x3c, 0), refused);
        EXPECT_EQ(b.load(bench::bar0_a0 + 0x3c, 4), 0x11223344u);
        EXPECT_EQ(write(b.ecam, bench::ecam_address(bench::a0, 4), 0), refused);
        EXPECT_EQ(write(b.ecam, bench::ecam_address(bench::port0, 4), 0), refused);
        EXPECT_EQ(b.config(bench::a0, 4, 2), 6u);
        EXPECT_EQ(b.config(bench::port0, 4, 2), 6u);
        EXPECT_EQ(b.config(bench::port0, 0x1e, 2) & 0xf900, 0u);
        EXPECT_EQ(write(b.mmio, 0x3c, 0xff), tlm::TLM_OK_RESPONSE);
        EXPECT_EQ(b.load(bench::bar0_a0 + 0x3c, 4), 0u);
    });
}

} // namespace
} // namespace iovp::pcie::test
