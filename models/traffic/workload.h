#pragma once

#include "common/strong.h"

#include <cstdint>
#include <optional>
#include <string>
#include <systemc>
#include <vector>

namespace iovp::traffic {

/// In which order addresses are asked for.
enum class pattern : std::uint8_t {
    random,     ///< every place of the window with the same probability
    sequential, ///< from the window's base upwards, and again from its base
    list        ///< what workload::list says, and again from its beginning
};

/// How requests are made.
enum class style : std::uint8_t {
    loosely_timed,       ///< b_transport, a thread for each request in flight
    approximately_timed, ///< nb_transport, four phases: one request and one response at a time on the link
};

/// A device's function, and its process where it has substreams.
struct source {
    stream_id stream;
    std::optional<substream_id> substream;
};

/// One request of a list.
struct list_entry {
    std::uint64_t address = 0;
    unsigned size = 0; ///< bytes; 0: the workload's request_size
    bool write = false;
};

/// What a traffic_generator does between start() and its end.
struct workload {
    pattern order = pattern::random;
    std::uint64_t window_base = 0;
    std::uint64_t window_size = 1 << 20; ///< bytes, request_size or more
    std::vector<list_entry> list;        ///< pattern::list
    unsigned request_size = 64;          ///< bytes, 1..1 MiB
    unsigned alignment = 0;              ///< bytes between places of the window; 0: request_size
    double read_share = 1.0;             ///< 0..1: which part of the requests are reads; not for lists
    unsigned outstanding = 1;            ///< requests in flight, 1..4096
    std::uint64_t count = 1000;          ///< requests
    std::vector<source> sources;    ///< in turn, or by chance with pattern::random; none: payloads without a StreamID
    double requests_per_second = 0; ///< cap on the rate; 0: none
    std::uint64_t seed = 1;         ///< of addresses, sources and the choice of reads and writes
    sc_core::sc_time quantum;       ///< LT: local time of a request may run ahead this far; 0: never
    style coding = style::loosely_timed;
    std::uint16_t requester = 0; ///< of all requests; with `tags` 1 or more
    std::uint32_t tags = 0;      ///< transaction tags 1..tags, request after request; 0: none, requests are in no order

    /// Reports a value that is not allowed as iovp::configuration_error naming `object`.
    void check(const std::string& object) const;
};

} // namespace iovp::traffic
