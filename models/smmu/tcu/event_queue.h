#pragma once

#include "common/systemc/occupancy_probe.h"
#include "smmu/arch/event_record.h"
#include "smmu/tcu/interrupt_source.h"
#include "smmu/tcu/memory_master.h"
#include "smmu/tcu/register_frame.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <systemc>

namespace iovp::smmu {

/// Writes event records to the Event queue in memory (3.5, 7.2, 7.4), in the order in which they were recorded.
class event_queue : public sc_core::sc_module {
public:
    /// Hears of the records of stalled transactions.
    class stall_listener {
    public:
        virtual ~stall_listener() = default;
        virtual bool awaits_record(std::uint32_t ticket) const = 0; ///< false: released meanwhile, no record
        /// `in_queue` false: the queue is not writable (7.2.1); the transaction will be retried.
        virtual void recorded(std::uint32_t ticket, bool in_queue) = 0;
    };

    /// `merge_window`: how long after a record its like may be merged into it (7.3.1); 0: never.
    event_queue(sc_core::sc_module_name name, unsigned slots, sc_core::sc_time merge_window, register_frame& frame,
                memory_master& memory, interrupt_source& interrupt, stall_listener& stalls,
                std::function<void(unsigned)> raise_error);

    /// Takes the record of a terminated transaction; waits while `slots` are before it. `mev`: STE.MEV.
    void record(const event_record& e, bool mev);

    /// Takes the record of a stalled transaction: never merged, never an overflow.
    void record_stall(const event_record& e, std::uint32_t ticket);

    /// 7.2.1: enabled, not full, no abort to be acknowledged.
    bool writable() const;

    /// Waits until every record taken so far is visible or discarded (4.7.3).
    void flush();

    /// No record is being written (6.3.9.4).
    bool quiet() const { return !writing_; }
    const sc_core::sc_event& progressed() const { return progressed_; }

    std::uint64_t written() const { return written_; }
    std::uint64_t discarded() const { return done_ - written_; }
    std::uint64_t merged() const { return merged_; }

private:
    struct entry {
        event_record record;
        std::optional<std::uint32_t> stall;
    };

    void run();
    void commit(const entry& e);
    void take(const entry& e);
    void level() { level_.set(static_cast<unsigned>(waiting_.size())); }
    bool full() const;
    bool merges(const event_record& e, bool mev) const;

    const unsigned slots_;
    register_frame& frame_;
    memory_master& memory_;
    interrupt_source& interrupt_;
    std::function<void(unsigned)> raise_error_;
    stall_listener& stalls_;
    const sc_core::sc_time merge_window_;
    std::deque<entry> waiting_;
    occupancy_probe level_;       ///< records waiting
    event_record last_;           ///< written most recently
    sc_core::sc_time last_until_; ///< others may be merged into it until then
    std::uint64_t merged_ = 0;
    std::uint64_t taken_ = 0;
    std::uint64_t done_ = 0;
    std::uint64_t written_ = 0;
    bool writing_ = false;
    sc_core::sc_event recorded_;
    sc_core::sc_event progressed_;
};

} // namespace iovp::smmu
