#pragma once

#include "adapter.h"
#include "choices.h"
#include "common/systemc/attributes.h"
#include "scenario.h"
#include "smmu/tbu/tbu.h"
#include "smmu/tcu/tcu.h"

#include <tlm_utils/multi_passthrough_target_socket.h>

#include <functional>
#include <string>
#include <vector>

namespace iovp::oracle {

/// Runs `body` in a child process, because SystemC elaborates once per process, and returns what it returns. A child
/// that dies or runs for a minute gives a text that says so.
std::string in_child(const std::function<std::string()>& body);

/// What left a TBU.
struct departure {
    std::uint64_t address = 0;
    unsigned size = 0;
    bool write = false;
    transaction_attributes with;
};

/// The bus: the TCU sees a scenario's memory, the queues and what it may write; TBUs see a target that takes all.
struct bus : sc_core::sc_module {
    static constexpr std::uint64_t queues_end = 0x1000000; ///< below: the queues, not part of the scenario

    tlm_utils::multi_passthrough_target_socket<bus, 64> tables{"tables"};
    tlm_utils::multi_passthrough_target_socket<bus, 64> devices{"devices"};
    memory* scenario_memory = nullptr;
    memory queues;
    sc_core::sc_time latency{10, sc_core::SC_NS};
    bool waits = false; ///< an access takes its latency by wait(), so that others come in between
    std::vector<departure> departures;
    std::function<void(const departure&)> on_departure;

    explicit bus(sc_core::sc_module_name name);

    /// As software sees memory.
    std::uint64_t word(std::uint64_t address) const;
    void set(std::uint64_t address, std::uint64_t value);

private:
    void tables_transport(int, tlm::tlm_generic_payload& t, sc_core::sc_time& delay);
    unsigned tables_debug(int, tlm::tlm_generic_payload& t);
    bool move(tlm::tlm_generic_payload& t);
    void devices_transport(int, tlm::tlm_generic_payload& t, sc_core::sc_time& delay);
    void pass_time(sc_core::sc_time& delay);
    memory& of(std::uint64_t address) { return (address & ~secure_space) < queues_end ? queues : *scenario_memory; }
};

/// One TCU and two TBUs of random shapes on the bus, driven by words of the architecture.
struct timed_bench {
    static constexpr std::uint64_t command_base = 0x100000, event_base = 0x200000;
    static constexpr unsigned queue_log2 = 5;

    timed_bench(scenario& s, const smmu::tcu_parameters& p, const smmu::tbu_parameters& q0,
                const smmu::tbu_parameters& q1);

    scenario& world;
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

/// Shapes of caches and slots, from minimal to the defaults.
smmu::tcu_parameters random_tcu(choices& c, const machine& hw);
smmu::tbu_parameters random_tbu(choices& c, const smmu::tcu_parameters& t);

/// A change of a structure that a driver could make, with the invalidation that the architecture asks for.
struct change {
    std::string what;
    bool secure = false;
    std::uint32_t stream = 0; ///< whose accesses may see old or new until the sync
    bool any_stream = false;  ///< accesses of every stream may
    std::vector<std::pair<std::uint64_t, std::uint64_t>> writes;
    struct command {
        std::uint64_t first = 0, second = 0;
        bool secure = false; ///< the queue that it goes to
    };
    std::vector<command> commands;
};

/// Decides on a change; one without writes means nothing to do. The caller performs it.
change any_change(scenario& s, choices& c);

} // namespace iovp::oracle
