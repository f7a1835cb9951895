#pragma once

#include "common/stage.h"
#include "common/strong.h"

#include <boost/container/small_vector.hpp>

#include <cstdint>
#include <deque>
#include <optional>

namespace iovp {

/// Simulated time in picoseconds: what sc_time::value() counts at SystemC's default resolution.
using time_ps = std::uint64_t;

struct stage_span {
    stage what;
    std::int8_t detail; ///< the level of a walk or of a table; -1 where the stage has none
    time_ps start;
    time_ps end;
};

/// Where one transaction's time went: an ordered list of spans without gaps or overlaps, so that they add up exactly
/// to the end-to-end latency. It travels by pointer in iovp::attributes; a null pointer means that nobody listens.
class latency_record {
public:
    enum class kind : std::uint8_t { dma_read, dma_write, msi };

    latency_record(kind of, time_ps begin)
        : what(of)
        , begin_(begin)
        , end_(begin)
    {
    }

    /// Appends a span from the end of the previous one to `end`; a span of no length is not recorded. Time that goes
    /// back (`end` before the previous end) is a model's mistake and throws std::logic_error.
    void until(time_ps end, stage s, int detail = -1);

    /// The transaction has ended; nothing is appended afterwards.
    void close() { closed_ = true; }

    time_ps begin() const { return begin_; }
    time_ps end() const { return end_; }
    bool closed() const { return closed_; }
    const boost::container::small_vector_base<stage_span>& spans() const { return spans_; }

    // What the path learned about the transaction, each filled by the module that knows it.
    kind what;
    stream_id stream;                        ///< root complex
    std::optional<substream_id> substream;   ///< root complex
    virtual_address iova;                    ///< endpoint
    std::optional<intermediate_address> ipa; ///< TBU, where stage 1 and stage 2 are both active or stage 2 alone
    std::optional<physical_address> pa;      ///< TBU
    std::uint8_t page_size_log2 = 0;         ///< TBU: the translation's page size, 0 for bypass
    bool aborted = false;                    ///< whoever terminated the transaction
    std::optional<intid> interrupt;          ///< ITS
    std::optional<unsigned> cpu;             ///< CPU interface: the CPU that acknowledged it

private:
    time_ps begin_;
    time_ps end_;
    bool closed_ = false;
    boost::container::small_vector<stage_span, 24> spans_;
};

/// Keeps the records of a run in the order in which they began; addresses are stable.
class latency_log {
public:
    latency_record* begin(latency_record::kind what, time_ps now) { return &records_.emplace_back(what, now); }
    const std::deque<latency_record>& records() const { return records_; }

private:
    std::deque<latency_record> records_;
};

} // namespace iovp
