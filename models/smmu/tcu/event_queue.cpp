#include "smmu/tcu/event_queue.h"

#include "smmu/arch/queue.h"

#include <utility>

namespace iovp::smmu {

static constexpr unsigned record_bytes = 32;
static constexpr unsigned eventq_abt_err = 2;

event_queue::event_queue(sc_core::sc_module_name name, unsigned slots, sc_core::sc_time merge_window,
                         register_frame& frame, memory_master& memory, interrupt_source& interrupt,
                         stall_listener& stalls, std::function<void(unsigned)> raise_error)
    : sc_module(name)
    , slots_(slots)
    , frame_(frame)
    , memory_(memory)
    , interrupt_(interrupt)
    , raise_error_(std::move(raise_error))
    , stalls_(stalls)
    , merge_window_(merge_window)
    , level_("waiting", slots)
{
    SC_HAS_PROCESS(event_queue);
    SC_THREAD(run);
}

// 7.3.1: identical but for what the definitions ignore, and not separated by a significant amount of time. A record
// that was lost is nothing to merge into: only those that wait and the last one written are.
bool event_queue::merges(const event_record& e, bool mev) const
{
    if (merge_window_ == sc_core::SC_ZERO_TIME)
        return false;
    if (sc_core::sc_time_stamp() <= last_until_ && may_merge(last_, e, mev))
        return true;
    return !waiting_.empty() && may_merge(waiting_.back().record, e, mev);
}

void event_queue::record(const event_record& e, bool mev)
{
    if (merges(e, mev))
        ++merged_;
    else
        take({e, std::nullopt});
}

void event_queue::record_stall(const event_record& e, std::uint32_t ticket)
{
    take({e, ticket});
}

void event_queue::take(const entry& e)
{
    while (waiting_.size() >= slots_)
        wait(progressed_);
    waiting_.push_back(e);
    level();
    ++taken_;
    recorded_.notify(sc_core::SC_ZERO_TIME);
}

void event_queue::flush()
{
    const std::uint64_t goal = taken_;
    while (done_ < goal)
        wait(progressed_);
}

void event_queue::run()
{
    for (;;) {
        while (waiting_.empty())
            wait(recorded_);
        const entry e = waiting_.front();
        commit(e);
        waiting_.pop_front();
        level();
        ++done_;
        progressed_.notify(sc_core::SC_ZERO_TIME);
    }
}

// 3.5.1: indexes in an inconsistent state are treated as a full queue.
bool event_queue::full() const
{
    const queue_arithmetic q(frame_.queue_log2(reg::eventq_base));
    return q.used(frame_.get32(reg::eventq_prod), frame_.get32(reg::eventq_cons)) >= q.entries();
}

bool event_queue::writable() const
{
    return frame_.cr0_enabled<cr0::eventqen>() && !frame_.error_active(eventq_abt_err) && !full();
}

void event_queue::commit(const entry& e)
{
    if (e.stall && !stalls_.awaits_record(*e.stall))
        return;
    if (!writable()) {
        // 7.2.1, 7.4: a stalled transaction's record is not discarded, and causes no overflow.
        if (e.stall)
            return stalls_.recorded(*e.stall, false);
        const std::uint32_t prod = frame_.get32(reg::eventq_prod);
        // 7.4: an overflow needs an enabled, full queue; the flag toggles unless one is still unacknowledged.
        if (frame_.cr0_enabled<cr0::eventqen>() && !frame_.error_active(eventq_abt_err) &&
            eventq_prod::ovflg::get(prod) == eventq_prod::ovflg::get(frame_.get(reg::eventq_cons)))
            frame_.set(reg::eventq_prod, prod ^ eventq_prod::ovflg::mask);
        return;
    }
    writing_ = true;
    const queue_arithmetic q(frame_.queue_log2(reg::eventq_base));
    const std::uint32_t prod = frame_.get32(reg::eventq_prod);
    event_record copy = e.record;
    sc_core::sc_time delay;
    const bool ok = memory_.write(frame_.queue_address(reg::eventq_base, record_bytes) + q.offset(prod, record_bytes),
                                  copy.words.data(), record_bytes, queue_attributes(frame_.get32(reg::cr1)),
                                  frame_.non_secure(), delay);
    wait(delay);
    writing_ = false;
    if (!ok) {
        raise_error_(eventq_abt_err); // 7.2.2, synchronous: PROD stays
        if (e.stall)
            stalls_.recorded(*e.stall, false); // not lost: retried when the error is acknowledged
        return;
    }
    ++written_;
    last_ = e.record;
    last_until_ = sc_core::sc_time_stamp() + merge_window_;
    if (e.stall)
        stalls_.recorded(*e.stall, true);
    const bool was_empty = q.empty(prod, frame_.get32(reg::eventq_cons));
    frame_.set(reg::eventq_prod, (prod & eventq_prod::ovflg::mask) | q.next(prod));
    if (was_empty)
        interrupt_.trigger();
}

} // namespace iovp::smmu
