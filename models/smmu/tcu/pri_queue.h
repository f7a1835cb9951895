#pragma once

#include "common/systemc/occupancy_probe.h"
#include "smmu/arch/features.h"
#include "smmu/arch/page_request.h"
#include "smmu/tcu/interrupt_source.h"
#include "smmu/tcu/memory_master.h"
#include "smmu/tcu/register_frame.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <systemc>
#include <utility>

namespace iovp::smmu {

/// Writes Page Requests to the PRI queue in memory, or answers them by itself (ch. 8), in the order of their arrival.
class pri_queue : public sc_core::sc_module {
public:
    /// What answering needs; calls take the time that it takes.
    class responder {
    public:
        virtual ~responder() = default;
        virtual void respond(const page_response& r) = 0;
        /// STE.PPAR of the stream; empty: there is no valid STE, which has been recorded if it is to be (8.1).
        virtual std::optional<bool> response_has_pasid(stream_id stream) = 0;
    };

    pri_queue(sc_core::sc_module_name name, const features& f, register_frame& frame, memory_master& memory,
              interrupt_source& interrupt, responder& r, std::function<void(unsigned)> raise_error);

    /// `arrival`: when its message is here; not before now.
    void take(const page_request& r, sc_core::sc_time arrival);

    /// No record is being written (6.3.9.5).
    bool quiet() const { return !writing_; }
    const sc_core::sc_event& progressed() const { return progressed_; }

    std::uint64_t written() const { return written_; }
    std::uint64_t discarded() const { return discarded_; }
    std::uint64_t responded() const { return responded_; } ///< automatic responses

private:
    void run();
    void process(const page_request& r);
    void write(const page_request& r);
    void overflow(const page_request& r);
    void respond(const page_request& r, page_response_code code, bool with_pasid);
    bool enabled() const;
    bool overflow_active() const;
    bool full() const;
    bool last_only() const;

    const features feature_;
    register_frame& frame_;
    memory_master& memory_;
    interrupt_source& interrupt_;
    responder& responder_;
    std::function<void(unsigned)> raise_error_;
    std::deque<std::pair<page_request, sc_core::sc_time>> waiting_; ///< with its arrival
    occupancy_probe level_;                                         ///< requests waiting
    bool writing_ = false;
    std::uint64_t written_ = 0;
    std::uint64_t discarded_ = 0;
    std::uint64_t responded_ = 0;
    sc_core::sc_event arrived_;
    sc_core::sc_event progressed_;
};

} // namespace iovp::smmu
