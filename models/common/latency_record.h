#pragma once

#include "common/stage.h"
#include "common/strong.h"

#include <boost/container/small_vector.hpp>

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace iovp {

/// Simulated time in picoseconds: what sc_time::value() counts at SystemC's default resolution.
using time_ps = std::uint64_t;

struct stage_span {
    stage what;
    std::int8_t detail; ///< the level of a walk or of a table; -1 where the stage has none
    time_ps start;
    time_ps end;
};

class latency_record;

/// Hears of records that are complete.
class latency_listener {
public:
    virtual ~latency_listener() = default;
    /// The record is closed: what `r` says stays so. It may be gone or serve another transaction after the call.
    virtual void closed(const latency_record& r) = 0;
};

/// Where one transaction's time went: an ordered list of spans without gaps or overlaps, so that they add up exactly
/// to the end-to-end latency. It travels by pointer in iovp::attributes; a null pointer means that nobody listens.
class latency_record {
public:
    enum class kind : std::uint8_t {
        dma_read,
        dma_write,
        msi,     ///< up to the handler's acknowledge
        ats,     ///< a device's translation request up to its completion
        command, ///< an SMMU command from its place at the head of the queue up to its consumption and signal
        count
    };

    /// `listener` hears of the record's end; null: nobody does.
    latency_record(kind of, time_ps begin, latency_listener* listener = nullptr)
        : what(of)
        , begin_(begin)
        , end_(begin)
        , listener_(listener)
    {
    }

    /// Appends a span from the end of the previous one to `end`; a span of no length is not recorded. Time that goes
    /// back (`end` before the previous end) is a model's mistake and throws std::logic_error.
    void until(time_ps end, stage s, int detail = -1);

    /// The transaction has ended; nothing is appended afterwards. Closing twice is closing once.
    void close()
    {
        if (closed_)
            return;
        closed_ = true;
        if (listener_)
            listener_->closed(*this);
    }

    time_ps begin() const { return begin_; }
    time_ps end() const { return end_; }
    time_ps duration() const { return end_ - begin_; }
    bool closed() const { return closed_; }
    const boost::container::small_vector_base<stage_span>& spans() const { return spans_; }

    /// The spans follow each other without a gap from begin() to end(): their lengths add up to duration() exactly.
    bool adds_up() const;

    // What the path learned about the transaction, each filled by the module that knows it.
    kind what;
    stream_id stream;                        ///< root complex
    std::optional<substream_id> substream;   ///< root complex
    virtual_address iova;                    ///< endpoint
    std::uint32_t size = 0;                  ///< endpoint: bytes
    std::optional<intermediate_address> ipa; ///< TBU, where stage 1 and stage 2 are both active or stage 2 alone
    std::optional<physical_address> pa;      ///< TBU
    std::uint8_t page_size_log2 = 0;         ///< TBU: the translation's page size, 0 for bypass
    bool aborted = false;                    ///< whoever terminated the transaction
    std::optional<intid> interrupt;          ///< ITS
    std::optional<unsigned> cpu;             ///< CPU interface: the CPU that acknowledged it
    std::optional<std::uint8_t> opcode;      ///< TCU: the command's

private:
    time_ps begin_;
    time_ps end_;
    latency_listener* listener_;
    bool closed_ = false;
    boost::container::small_vector<stage_span, 24> spans_;
};

/// The kind's name in tables, JSON and traces.
const char* kind_name(latency_record::kind k);

/// Keeps the records of a run in the order in which they began; addresses are stable. Whoever begins transactions holds
/// a pointer to a log, which is null when nobody listens:
///     latency_record* r = log ? log->begin(latency_record::kind::command, now) : nullptr;
///     ...
///     if (r) r->close();
class latency_log : private latency_listener {
public:
    latency_log() = default;
    latency_log(const latency_log&) = delete;
    latency_log& operator=(const latency_log&) = delete;

    latency_record* begin(latency_record::kind what, time_ps now);

    /// `l` hears of every record of this log that is closed from now on.
    void listen(latency_listener& l) { listeners_.push_back(&l); }

    /// For long runs: a closed record's storage serves a later one, so that memory grows with what is in flight alone.
    /// records() then says nothing. Only where no model uses a record that has been closed.
    void recycle() { recycle_ = true; }

    const std::deque<latency_record>& records() const { return records_; }

private:
    void closed(const latency_record& r) override;

    std::deque<latency_record> records_;
    std::vector<latency_listener*> listeners_;
    bool recycle_ = false;
    std::vector<latency_record*> free_;
};

} // namespace iovp
