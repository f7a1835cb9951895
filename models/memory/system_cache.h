#pragma once

#include "common/set_associative.h"
#include "memory/dram_timing.h"

#include <cstdint>
#include <string>
#include <systemc>

namespace iovp {

/// The time of a cache in front of memory that all agents share (a system level cache). It has tags and times, no data:
/// those stand in memory alone, so that pointers and debug accesses are right whatever it holds. See
/// models/memory/README.md.
class system_cache {
public:
    static constexpr unsigned line = dram_timing::line; ///< bytes

    struct parameters {
        std::uint64_t size = 0;            ///< bytes; 0: no cache; otherwise a multiple of ways lines, up to 4 GiB
        unsigned ways = 16;                ///< 1..64, least recently used is replaced
        sc_core::sc_time hit_latency;      ///< of what it holds or takes
        double bandwidth_bytes_per_ns = 0; ///< of its port; 0: unlimited
        bool write_back = true;            ///< false: every write goes to DRAM as well

        /// Reports a value that is not allowed as iovp::configuration_error naming `object`.
        void check(const std::string& object) const;
    };

    struct statistics {
        std::uint64_t lookups = 0; ///< of lines
        std::uint64_t hits = 0;
        std::uint64_t fills = 0;       ///< lines read from DRAM into it
        std::uint64_t write_backs = 0; ///< dirty lines that went to DRAM
    };

    /// What an access is to the cache: from its command and memory attributes.
    struct access {
        std::uint64_t address = 0;
        std::uint64_t bytes = 0;
        bool write = false;
        bool partial = false;       ///< a write with bytes disabled
        bool allocate = false;      ///< what it misses comes into the cache
        bool write_through = false; ///< a write goes to DRAM too
    };
    struct outcome {
        time_ps end;
        bool hit; ///< no part of it waited for DRAM
    };

    /// `dram`: behind it, to outlive it. The latencies are those of a miss from the access's beginning, as they are
    /// measured: the look-up is in them.
    system_cache(const parameters& p, dram_timing& dram, const sc_core::sc_time& read_latency,
                 const sc_core::sc_time& write_latency);

    bool on() const { return lines_.size() != 0; }
    /// `now` as for occupancy::take().
    outcome take(time_ps now, time_ps arrival, const access& a);
    const statistics& counts() const { return statistics_; }

private:
    struct entry {
        std::uint64_t number = 0;    ///< of the line
        time_ps ready = 0;           ///< when its fill came
        std::uint32_t fill_time = 0; ///< how long that took; ps
        bool valid = false;
        bool dirty = false;
    };

    outcome take_line(time_ps now, time_ps arrival, const access& a, std::uint64_t number, std::uint64_t bytes);
    void allocate(time_ps now, time_ps arrival, const access& a, std::uint64_t number, time_ps ready);

    dram_timing& dram_;
    time_ps hit_latency_, read_latency_, write_latency_;
    double ps_per_byte_;
    bool write_back_;
    set_associative<entry, least_recently_used> lines_;
    occupancy port_;
    statistics statistics_;
};

} // namespace iovp
