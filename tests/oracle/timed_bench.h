#pragma once

#include "adapter.h"
#include "bus.h"
#include "common/systemc/attributes.h"
#include "scenario.h"
#include "smmu/tbu/tbu.h"
#include "smmu/tcu/tcu.h"
#include "support/checked_links.h"

#include <tlm_utils/simple_initiator_socket.h>

#include <functional>
#include <string>
#include <vector>

namespace iovp::oracle {

/// One TCU and two TBUs of random shapes on the bus, driven by words of the architecture.
struct timed_bench {
    static constexpr std::uint64_t command_base = 0x100000, event_base = 0x200000;
    static constexpr unsigned queue_log2 = 5;

    timed_bench(scenario& s, const smmu::tcu_parameters& p, const smmu::tbu_parameters& q0,
                const smmu::tbu_parameters& q1);

    scenario& world;
    test::checked_links links;
    bus memory_bus{"bus"};
    smmu::tcu tcu;
    smmu::tbu tbu0, tbu1;
    struct initiators : sc_core::sc_module {
        using socket = tlm_utils::simple_initiator_socket<initiators, 64>;
        explicit initiators(sc_core::sc_module_name name)
            : sc_module(name)
        {
        }
        socket cpu{"cpu"}, device0{"device0"}, device1{"device1"};
    } drivers{"drivers"};
    sc_core::sc_signal<bool> wires[4];

    /// Runs the body in a thread; empty, or why it failed.
    std::string run(const std::function<std::string()>& body);
    /// More threads beside it.
    void beside(const std::function<void()>& body) { more_.push_back(body); }

    std::uint64_t reg(std::uint32_t offset, unsigned size = 4);
    void set_reg(std::uint32_t offset, std::uint64_t value, unsigned size = 4);
    void settle(double ns) { sc_core::wait(ns, sc_core::SC_NS); }

    /// 3.11; empty, or what went wrong.
    std::string enable();

    void push(std::uint64_t dw0, std::uint64_t dw1 = 0, bool secure = false);
    /// CMD_SYNC and the wait for it, which looks every `poll` nanoseconds.
    std::string sync(double poll = 200, bool secure = false);

    /// The records since the last call, of one state's queue.
    std::vector<record> events(bool secure = false);

    struct response {
        bool ok = false;
        std::vector<unsigned char> data; ///< of a read
    };
    response issue(unsigned tbu, const access& a, unsigned size);

private:
    std::vector<std::function<void()>> more_;
    std::uint32_t produced_[2] = {0, 0}, consumed_[2] = {0, 0}; ///< [1]: of the Secure queues
};

} // namespace iovp::oracle
