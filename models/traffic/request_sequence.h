#pragma once

#include "traffic/workload.h"

#include <cstdint>
#include <random>

namespace iovp::traffic {

/// One request as the workload wants it.
struct request {
    std::uint64_t number = 0; ///< from 0
    std::uint64_t address = 0;
    unsigned size = 0;
    bool write = false;
    const source* from = nullptr; ///< null: payloads without a StreamID
};

/// The requests of a workload, one after another; the same seed gives the same requests.
class request_sequence {
public:
    /// `w` must outlive the sequence.
    explicit request_sequence(const workload& w);

    /// False when `count` requests have been given.
    bool next(request& r);

private:
    std::uint64_t below(std::uint64_t bound);

    const workload& workload_;
    std::mt19937_64 random_;
    std::uint64_t given_ = 0;
    std::uint64_t step_;
    std::uint64_t places_;
};

} // namespace iovp::traffic
