#pragma once

#include "common/systemc/attributes.h"
#include "common/systemc/time.h"
#include "pcie/endpoint.h"
#include "pcie/link.h"
#include "pcie/root_complex.h"
#include "support/checked_links.h"
#include "support/in_thread.h"

#include <gmock/gmock.h>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <cstring>
#include <functional>
#include <optional>
#include <vector>

namespace iovp::pcie::test {

using sc_core::SC_NS;
using sc_core::sc_time;

constexpr std::uint32_t all_ones = 0xffffffff;

/// What stands behind the root ports: 1 MiB from address 0, keeps a list of what came, refuses what it is told to.
struct system_memory : sc_core::sc_module {
    struct seen {
        bool write;
        std::uint64_t address;
        unsigned size;
        std::uint16_t requester;
        std::optional<stream_id> stream;
        std::optional<device_id> device;
        sc_time when;
    };
    explicit system_memory(const sc_core::sc_module_name& name)
        : sc_module(name)
        , socket("socket")
        , bytes(1 << 20, 0)
    {
        socket.register_b_transport(this, &system_memory::b_transport);
    }
    void b_transport(tlm::tlm_generic_payload& trans, sc_time& delay)
    {
        const transaction_attributes& a = attributes::of(trans);
        if (trans.get_address() >= bytes.size() && beyond)
            return beyond(trans, delay);
        if (trans.get_data_length() > 4)
            wait(data_wait);
        list.push_back({trans.is_write(), trans.get_address(), trans.get_data_length(), a.requester, a.stream, a.device,
                        sc_core::sc_time_stamp() + delay});
        delay += trans.is_write() && trans.get_data_length() > 4 ? data_latency : sc_time(100, SC_NS);
        if (a.latency)
            a.latency->until(local_ps(delay), stage::memory);
        if (trans.get_address() >= refuse_first && trans.get_address() <= refuse_last) {
            trans.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
            return;
        }
        if (trans.get_address() + trans.get_data_length() <= bytes.size()) {
            std::uint8_t* at = bytes.data() + trans.get_address();
            if (trans.is_write())
                std::memcpy(at, trans.get_data_ptr(), trans.get_data_length());
            else
                std::memcpy(trans.get_data_ptr(), at, trans.get_data_length());
        }
        trans.set_response_status(tlm::TLM_OK_RESPONSE);
    }
    tlm_utils::simple_target_socket<system_memory, 64> socket;
    std::vector<std::uint8_t> bytes;
    std::vector<seen> list;
    std::uint64_t refuse_first = 1, refuse_last = 0;
    std::function<void(tlm::tlm_generic_payload&, sc_time&)> beyond; ///< who has the addresses above, if anybody
    sc_time data_wait;                                               ///< before an access to more than 4 bytes
    sc_time data_latency = sc_time(100, SC_NS);
};

inline root_complex::parameters root_parameters()
{
    root_complex::parameters p;
    p.stream_base = 0x10000;
    p.device_base = 0x20000;
    return p;
}

inline endpoint::parameters endpoint_parameters(unsigned functions)
{
    endpoint::parameters p;
    p.functions = functions;
    return p;
}

/// Two root ports; a two-function endpoint behind the first, a one-function endpoint behind the second.
struct bench : sc_core::sc_module {
    explicit bench(const sc_core::sc_module_name& name = "bench")
        : sc_module(name)
        , root("root", root_parameters())
        , link0("link0", {})
        , link1("link1", {})
        , a("a", endpoint_parameters(2))
        , b("b", endpoint_parameters(1))
        , memory0("memory0")
        , memory1("memory1")
        , ecam("ecam")
        , mmio("mmio")
    {
        link0.connect(root, 0, a);
        link1.connect(root, 1, b);
        links.bind(root.dma[0], memory0.socket);
        links.bind(root.dma[1], memory1.socket);
        links.bind(ecam, root.ecam);
        links.bind(mmio, root.mmio);
    }

    iovp::test::checked_links links;

    template <class Socket>
    bool access(Socket& socket, bool write, std::uint64_t address, void* data, unsigned size)
    {
        tlm::tlm_generic_payload trans;
        trans.set_command(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
        trans.set_address(address);
        trans.set_data_ptr(static_cast<unsigned char*>(data));
        trans.set_data_length(size);
        trans.set_streaming_width(size);
        sc_time delay = sc_core::SC_ZERO_TIME;
        socket->b_transport(trans, delay);
        wait(delay);
        return trans.is_response_ok();
    }
    static std::uint64_t ecam_address(unsigned bdf, unsigned offset) { return std::uint64_t(bdf) << 12 | offset; }
    std::uint32_t config(unsigned bdf, unsigned offset, unsigned size)
    {
        std::uint32_t value = 0;
        EXPECT_TRUE(access(ecam, false, ecam_address(bdf, offset), &value, size));
        return value;
    }
    void configure(unsigned bdf, unsigned offset, unsigned size, std::uint32_t value)
    {
        EXPECT_TRUE(access(ecam, true, ecam_address(bdf, offset), &value, size));
    }
    std::uint64_t load(std::uint64_t address, unsigned size)
    {
        std::uint64_t value = 0;
        EXPECT_TRUE(access(mmio, false, address - 0x5000'0000, &value, size));
        return value;
    }
    void store(std::uint64_t address, unsigned size, std::uint64_t value)
    {
        EXPECT_TRUE(access(mmio, true, address - 0x5000'0000, &value, size));
    }
    /// ECAM at 0x4000'0000 and the memory window become reachable from below, as through an SMMU in bypass.
    void connect_peers()
    {
        memory0.beyond = memory1.beyond = [this](tlm::tlm_generic_payload& trans, sc_time& delay) {
            const std::uint64_t address = trans.get_address();
            const bool window = address >= 0x5000'0000;
            trans.set_address(address - (window ? 0x5000'0000 : 0x4000'0000));
            (window ? mmio : ecam)->b_transport(trans, delay);
            trans.set_address(address);
        };
    }
    unsigned capability(unsigned bdf, unsigned id)
    {
        for (unsigned at = config(bdf, 0x34, 1); at != 0; at = config(bdf, at + 1, 1))
            if (config(bdf, at, 1) == id)
                return at;
        ADD_FAILURE() << "no capability " << id;
        return 0;
    }

    static constexpr unsigned port0 = 0x08, port1 = 0x10, a0 = 0x100, a1 = 0x101, b0 = 0x200;
    // BAR0 and BAR2 of each function, by what number() programs.
    static constexpr std::uint64_t bar0_a0 = 0x5000'0000, bar2_a0 = 0x5004'0000, bar0_a1 = 0x5008'0000,
                                   bar2_a1 = 0x500c'0000, bar0_b0 = 0x5010'0000, bar2_b0 = 0x5014'0000;

    /// What enumeration would have left behind: buses 1 and 2, windows of 1 MiB, BARs, memory and bus master enable.
    void number()
    {
        bridge(port0, 1, 0x5000);
        bridge(port1, 2, 0x5010);
        function(a0, bar0_a0, bar2_a0);
        function(a1, bar0_a1, bar2_a1);
        function(b0, bar0_b0, bar2_b0);
    }
    void bridge(unsigned bdf, unsigned bus, unsigned window)
    {
        configure(bdf, 0x18, 4, bus << 16 | bus << 8);
        configure(bdf, 0x20, 4, window << 16 | window);
        configure(bdf, 0x04, 2, 0x6);
    }
    void function(unsigned bdf, std::uint64_t bar0, std::uint64_t bar2)
    {
        configure(bdf, 0x10, 4, static_cast<std::uint32_t>(bar0));
        configure(bdf, 0x18, 4, static_cast<std::uint32_t>(bar2));
        configure(bdf, 0x1c, 4, 0);
        configure(bdf, 0x04, 2, 0x6);
    }
    void enable_msix(unsigned bdf, std::uint64_t bar2, unsigned vector, std::uint64_t address, std::uint32_t data)
    {
        store(bar2 + 16 * vector, 8, address);
        store(bar2 + 16 * vector + 8, 4, data);
        store(bar2 + 16 * vector + 12, 4, 0);
        configure(bdf, capability(bdf, 0x11) + 2, 2, 0x8000);
    }
    void start(std::uint64_t bar0, std::uint64_t iova, unsigned offset, unsigned length, unsigned control)
    {
        store(bar0 + 0x10, 8, iova);
        store(bar0 + 0x18, 4, offset);
        store(bar0 + 0x1c, 4, length);
        store(bar0 + 0x08, 4, control | 1);
    }
    /// STATUS once the engine is no longer busy.
    std::uint64_t finish(std::uint64_t bar0)
    {
        while ((load(bar0 + 0x0c, 4) & 1) != 0) {
        }
        return load(bar0 + 0x0c, 4);
    }
    std::vector<unsigned> sizes(const system_memory& m) const
    {
        std::vector<unsigned> result;
        for (const auto& s : m.list)
            result.push_back(s.size);
        return result;
    }

    root_complex root;
    link link0, link1;
    endpoint a, b;
    system_memory memory0, memory1;
    tlm_utils::simple_initiator_socket<bench, 64> ecam, mmio;
};

} // namespace iovp::pcie::test
