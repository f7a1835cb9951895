#include "memory/dram_timing.h"

#include "common/systemc/configuration_error.h"
#include "common/systemc/time.h"

#include <algorithm>
#include <cmath>

namespace iovp {

void dram_timing::parameters::check(const std::string& object) const
{
    if (!std::isfinite(bandwidth_bytes_per_ns) || bandwidth_bytes_per_ns < 0)
        configuration_error(object, "bandwidth_bytes_per_ns", std::to_string(bandwidth_bytes_per_ns),
                            "0 (unlimited) or more");
    require_range(object, "banks", banks, 0, 4096);
    if (banks != 0)
        require_power_of_two(object, "banks", banks);
    if (banks != 0 && bank_cycle == sc_core::SC_ZERO_TIME)
        configuration_error(object, "bank_cycle", bank_cycle.to_string(), "above 0 where there are banks");
}

dram_timing::dram_timing(const parameters& p)
    : ps_per_byte_(p.bandwidth_bytes_per_ns > 0 ? 1000.0 / p.bandwidth_bytes_per_ns : 0.0)
    , bank_cycle_(to_ps(p.bank_cycle))
    , banks_(p.banks)
{
    while (std::uint64_t(1) << bank_bits_ < p.banks)
        ++bank_bits_;
}

// Neighbours are in different banks; upper bits are folded in, so that a stride of a power of two is spread too.
occupancy& dram_timing::bank_of(std::uint64_t line_number)
{
    std::uint64_t folded = 0;
    for (std::uint64_t rest = line_number; bank_bits_ != 0 && rest != 0; rest >>= bank_bits_)
        folded ^= rest;
    return banks_[static_cast<std::size_t>(folded & (banks_.size() - 1))];
}

time_ps dram_timing::take(time_ps now, time_ps arrival, std::uint64_t address, std::uint64_t bytes)
{
    time_ps ready = arrival; // when the last of its banks begins
    if (!banks_.empty() && bytes != 0) {
        const std::uint64_t last = (address + bytes - 1) / line;
        for (std::uint64_t n = address / line; n <= last; ++n)
            ready = std::max(ready, bank_of(n).take(now, arrival, bank_cycle_) - bank_cycle_);
    }
    if (ps_per_byte_ == 0)
        return ready;
    return bus_.take(now, ready, static_cast<time_ps>(std::llround(ps_per_byte_ * static_cast<double>(bytes))));
}

} // namespace iovp
