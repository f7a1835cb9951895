#pragma once

#include <string>
#include <systemc>

namespace iovp::smmu::dti {

/// One TBU's DTI link to the TCU. Defaults: profile "server".
struct link_parameters {
    sc_core::sc_time clock_period = sc_core::sc_time(1, sc_core::SC_NS); ///< > 0; assumed: SMMU clock of 1 GHz
    unsigned request_cycles = 8;  ///< TBU to TCU, 0..10000; gem5 SMMUv3 interface latency
    unsigned response_cycles = 8; ///< TCU to TBU, 0..10000; the same
    unsigned beat_bytes = 20;     ///< link width: 1, 4, 10 or 20; MMU-600/700 TRM, Agilex 5 uses 20

    /// Reports a value that is not allowed as iovp::configuration_error naming `object`.
    void check(const std::string& object) const;

    /// A message of 20 bytes in one direction: flight plus the beats after the first.
    sc_core::sc_time request_delay() const { return clock_period * (request_cycles + beats() - 1); }
    sc_core::sc_time response_delay() const { return clock_period * (response_cycles + beats() - 1); }

private:
    unsigned beats() const { return (20 + beat_bytes - 1) / beat_bytes; }
};

} // namespace iovp::smmu::dti
