#pragma once

#include "smmu/arch/event_record.h"
#include "smmu/tcu/interrupt_source.h"
#include "smmu/tcu/memory_master.h"
#include "smmu/tcu/register_frame.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <systemc>

namespace iovp::smmu {

/// Writes event records to the Event queue in memory (3.5, 7.2, 7.4), in the order in which they were recorded.
class event_queue : public sc_core::sc_module {
public:
    event_queue(sc_core::sc_module_name name, unsigned slots, register_frame& frame, memory_master& memory,
                interrupt_source& interrupt, std::function<void(unsigned)> raise_error);

    /// Takes the record; waits while `slots` are before it.
    void record(const event_record& e);

    /// Waits until every record taken so far is visible or discarded (4.7.3).
    void flush();

    /// No record is being written (6.3.9.4).
    bool quiet() const { return !writing_; }
    const sc_core::sc_event& progressed() const { return progressed_; }

    std::uint64_t written() const { return written_; }
    std::uint64_t discarded() const { return done_ - written_; }

private:
    void run();
    void commit(const event_record& e);

    const unsigned slots_;
    register_frame& frame_;
    memory_master& memory_;
    interrupt_source& interrupt_;
    std::function<void(unsigned)> raise_error_;
    std::deque<event_record> waiting_;
    std::uint64_t taken_ = 0;
    std::uint64_t done_ = 0;
    std::uint64_t written_ = 0;
    bool writing_ = false;
    sc_core::sc_event recorded_;
    sc_core::sc_event progressed_;
};

} // namespace iovp::smmu
