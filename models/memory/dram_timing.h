#pragma once

#include "common/occupancy.h"

#include <string>
#include <systemc>
#include <vector>

namespace iovp {

/// When DRAM is free for an access: banks that are busy for a row's cycle after each access, and one data bus. With one
/// access in flight nothing waits; under load the banks' queues give the knee of the latency, below the bus's
/// bandwidth.
class dram_timing {
public:
    static constexpr unsigned line = 64; ///< bytes: what one bank gives at a time

    struct parameters {
        double bandwidth_bytes_per_ns; ///< of the data bus; 0: unlimited
        unsigned banks;                ///< 0: no banks; power of two up to 4096
        sc_core::sc_time bank_cycle;   ///< how long an access to a line keeps its bank; above 0 where there are banks

        /// Reports a value that is not allowed as iovp::configuration_error naming `object`.
        void check(const std::string& object) const;
    };

    explicit dram_timing(const parameters& p);

    /// Takes banks and bus for an access that arrives at `arrival`; returns when its transfer ends, without the
    /// latency. `now` as for occupancy::take().
    time_ps take(time_ps now, time_ps arrival, std::uint64_t address, std::uint64_t bytes);

    bool takes_time() const { return ps_per_byte_ > 0 || !banks_.empty(); }

private:
    occupancy& bank_of(std::uint64_t line_number);

    double ps_per_byte_;
    time_ps bank_cycle_;
    unsigned bank_bits_ = 0;
    std::vector<occupancy> banks_;
    occupancy bus_;
};

} // namespace iovp
