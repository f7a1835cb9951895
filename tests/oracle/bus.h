#pragma once

#include "common/systemc/attributes.h"
#include "oracle.h"

#include <systemc>
#include <tlm>
#include <tlm_utils/multi_passthrough_target_socket.h>

#include <functional>
#include <vector>

namespace iovp::oracle {

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

} // namespace iovp::oracle
