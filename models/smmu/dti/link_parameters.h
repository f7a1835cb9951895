#pragma once

#include <string>
#include <systemc>

namespace iovp::smmu::dti {

/// Which of a link's two AXI-Streams.
enum class direction { to_tcu, to_tbu };

/// One DTI link towards the TCU. Defaults: profile "server".
struct link_parameters {
    sc_core::sc_time clock_period = sc_core::sc_time(1, sc_core::SC_NS); ///< > 0; assumed: SMMU clock of 1 GHz
    unsigned request_cycles = 8;  ///< TBU to TCU, 0..10000; gem5 SMMUv3 interface latency
    unsigned response_cycles = 8; ///< TCU to TBU, 0..10000; the same
    unsigned beat_bytes = 20;     ///< link width: 1, 4, 10 or 20; MMU-600/700 TRM, Agilex 5 uses 20

    /// Reports a value that is not allowed as iovp::configuration_error naming `object`.
    void check(const std::string& object) const;

    /// How long a message of `bytes` occupies its direction: a beat a cycle.
    sc_core::sc_time occupation(unsigned bytes) const { return clock_period * beats(bytes); }

    /// From the first beat's departure to the last one's arrival.
    sc_core::sc_time flight(direction d, unsigned bytes) const
    {
        return clock_period * ((d == direction::to_tcu ? request_cycles : response_cycles) + beats(bytes) - 1);
    }

private:
    unsigned beats(unsigned bytes) const { return (bytes + beat_bytes - 1) / beat_bytes; }
};

} // namespace iovp::smmu::dti
