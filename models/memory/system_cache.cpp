#include "memory/system_cache.h"

#include "common/systemc/configuration_error.h"
#include "common/systemc/time.h"

#include <algorithm>
#include <cmath>

namespace iovp {

void system_cache::parameters::check(const std::string& object) const
{
    require_range(object, "system_cache.ways", ways, 1, 64);
    if (size % (std::uint64_t(ways) * line) != 0 || size > std::uint64_t(4) << 30)
        configuration_error(object, "system_cache.size", std::to_string(size),
                            "0 (none) or a multiple of " + std::to_string(ways * line) + " (ways lines) up to 4 GiB");
    if (!std::isfinite(bandwidth_bytes_per_ns) || bandwidth_bytes_per_ns < 0)
        configuration_error(object, "system_cache.bandwidth_bytes_per_ns", std::to_string(bandwidth_bytes_per_ns),
                            "0 (unlimited) or more");
}

system_cache::system_cache(const parameters& p, dram_timing& dram, const sc_core::sc_time& read_latency,
                           const sc_core::sc_time& write_latency)
    : dram_(dram)
    , hit_latency_(to_ps(p.hit_latency))
    , read_latency_(to_ps(read_latency))
    , write_latency_(to_ps(write_latency))
    , ps_per_byte_(p.bandwidth_bytes_per_ns > 0 ? 1000.0 / p.bandwidth_bytes_per_ns : 0.0)
    , write_back_(p.write_back)
    , lines_(static_cast<unsigned>(p.size / line), p.ways)
{
}

// Its lines are looked up side by side: an access takes as long as the slowest of them.
system_cache::outcome system_cache::take(time_ps now, time_ps arrival, const access& a)
{
    const auto transfer = static_cast<time_ps>(std::llround(ps_per_byte_ * static_cast<double>(a.bytes)));
    const time_ps start = port_.take(now, arrival, transfer);
    outcome all{start, true};
    for (std::uint64_t done = 0; done < a.bytes;) {
        const std::uint64_t address = a.address + done;
        const std::uint64_t bytes = std::min(a.bytes - done, line - address % line);
        const outcome one = take_line(now, start, a, address / line, bytes);
        all.end = std::max(all.end, one.end);
        all.hit = all.hit && one.hit;
        done += bytes;
    }
    return all;
}

system_cache::outcome system_cache::take_line(time_ps now, time_ps arrival, const access& a, std::uint64_t number,
                                              std::uint64_t bytes)
{
    const bool through = a.write && (!write_back_ || a.write_through);
    ++statistics_.lookups;
    entry* const found = lines_.find(number, [number](const entry& e) { return e.number == number; });
    if (found) {
        ++statistics_.hits;
        if (through)
            dram_.take(now, arrival, number * line, bytes);
        else if (a.write)
            found->dirty = true;
        // What is on its way is waited for; an access of an earlier local time would have asked for it itself.
        const time_ps hit = arrival + hit_latency_;
        if (a.write || found->ready <= hit)
            return {hit, true};
        return {std::min(found->ready, arrival + found->fill_time), false};
    }
    if (!a.allocate) {
        const time_ps end = dram_.take(now, arrival, number * line, bytes);
        return {end + (a.write ? write_latency_ : read_latency_), false};
    }
    // A write is taken by the cache; what it does not replace of the line comes behind its back.
    const bool whole = a.write && bytes == line && !a.partial;
    const time_ps ready = whole ? arrival : dram_.take(now, arrival, number * line, line) + read_latency_;
    if (!whole)
        ++statistics_.fills;
    allocate(now, arrival, a, number, ready);
    if (through)
        dram_.take(now, arrival, number * line, bytes);
    return a.write ? outcome{arrival + hit_latency_, true} : outcome{ready, false};
}

void system_cache::allocate(time_ps now, time_ps arrival, const access& a, std::uint64_t number, time_ps ready)
{
    entry& e = *lines_.victim(number);
    if (e.valid && e.dirty) {
        ++statistics_.write_backs;
        dram_.take(now, arrival, e.number * line, line); // nobody waits for it
    }
    e.number = number;
    e.valid = true;
    e.dirty = a.write && write_back_ && !a.write_through;
    e.fill_time = static_cast<std::uint32_t>(std::min<time_ps>(ready - arrival, ~std::uint32_t(0)));
    e.ready = ready;
}

} // namespace iovp
