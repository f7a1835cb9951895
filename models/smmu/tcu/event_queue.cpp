#include "smmu/tcu/event_queue.h"

#include "smmu/arch/queue.h"

#include <utility>

namespace iovp::smmu {

static constexpr unsigned record_bytes = 32;
static constexpr unsigned eventq_abt_err = 2;

event_queue::event_queue(sc_core::sc_module_name name, unsigned slots, register_frame& frame, memory_master& memory,
                         interrupt_source& interrupt, std::function<void(unsigned)> raise_error)
    : sc_module(name)
    , slots_(slots)
    , frame_(frame)
    , memory_(memory)
    , interrupt_(interrupt)
    , raise_error_(std::move(raise_error))
{
    SC_HAS_PROCESS(event_queue);
    SC_THREAD(run);
}

void event_queue::record(const event_record& e)
{
    while (waiting_.size() >= slots_)
        wait(progressed_);
    waiting_.push_back(e);
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
        const event_record e = waiting_.front();
        commit(e);
        waiting_.pop_front();
        ++done_;
        progressed_.notify(sc_core::SC_ZERO_TIME);
    }
}

void event_queue::commit(const event_record& e)
{
    // 7.2.1: enabled, not full, no abort to be acknowledged; otherwise the record is lost.
    if (!frame_.cr0_enabled<cr0::eventqen>() || frame_.error_active(eventq_abt_err))
        return;
    const queue_arithmetic q(frame_.queue_log2(reg::eventq_base));
    const std::uint32_t prod = frame_.get32(reg::eventq_prod);
    const std::uint32_t cons = frame_.get32(reg::eventq_cons);
    // 3.5.1: indexes in an inconsistent state are treated as a full queue.
    if (q.used(prod, cons) >= q.entries()) {
        // 7.4: the flag toggles unless an overflow is still unacknowledged.
        if (eventq_prod::ovflg::get(prod) == eventq_prod::ovflg::get(cons))
            frame_.set(reg::eventq_prod, prod ^ eventq_prod::ovflg::mask);
        return;
    }
    writing_ = true;
    event_record copy = e;
    sc_core::sc_time delay;
    const bool ok =
        memory_.write(frame_.queue_address(reg::eventq_base, record_bytes) + q.offset(prod, record_bytes),
                      copy.words.data(), record_bytes, queue_attributes(frame_.get32(reg::cr1)), true, delay);
    wait(delay);
    writing_ = false;
    if (!ok) {
        raise_error_(eventq_abt_err); // 7.2.2, synchronous: PROD stays
        return;
    }
    ++written_;
    const bool was_empty = q.empty(prod, frame_.get32(reg::eventq_cons));
    frame_.set(reg::eventq_prod, (prod & eventq_prod::ovflg::mask) | q.next(prod));
    if (was_empty)
        interrupt_.trigger();
}

} // namespace iovp::smmu
