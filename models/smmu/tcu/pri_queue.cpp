#include "smmu/tcu/pri_queue.h"

#include "smmu/arch/queue.h"

#include <utility>

namespace iovp::smmu {

static constexpr unsigned entry_bytes = 16;
static constexpr unsigned priq_abt_err = 3;

pri_queue::pri_queue(sc_core::sc_module_name name, const features& f, register_frame& frame, memory_master& memory,
                     interrupt_source& interrupt, responder& r, std::function<void(unsigned)> raise_error)
    : sc_module(name)
    , feature_(f)
    , frame_(frame)
    , memory_(memory)
    , interrupt_(interrupt)
    , responder_(r)
    , raise_error_(std::move(raise_error))
    , level_("waiting", 0)
{
    SC_HAS_PROCESS(pri_queue);
    SC_THREAD(run);
}

void pri_queue::take(const page_request& r, sc_core::sc_time arrival)
{
    waiting_.emplace_back(r, arrival);
    // Chapter 8: SSV is 0 where substreams are not supported, X and Priv are 0 without SSV.
    page_request& taken = waiting_.back().first;
    if (feature_.substream_id_bits == 0)
        taken.substream.reset();
    taken.execute = taken.execute && taken.substream;
    taken.privileged = taken.privileged && taken.substream;
    level_.set(static_cast<unsigned>(waiting_.size()));
    arrived_.notify(sc_core::SC_ZERO_TIME);
}

void pri_queue::run()
{
    for (;;) {
        while (waiting_.empty())
            wait(arrived_);
        const auto [r, arrival] = waiting_.front();
        waiting_.pop_front();
        level_.set(static_cast<unsigned>(waiting_.size()));
        if (arrival > sc_core::sc_time_stamp())
            wait(arrival - sc_core::sc_time_stamp());
        process(r);
    }
}

// 6.3.9.5: the effective PRIQEN depends on SMMUEN.
bool pri_queue::enabled() const
{
    return feature_.pri && frame_.cr0_enabled<cr0::priqen>() && frame_.translation_control().enabled;
}

bool pri_queue::overflow_active() const
{
    return eventq_prod::ovflg::get(frame_.get(reg::priq_prod)) != eventq_prod::ovflg::get(frame_.get(reg::priq_cons));
}

// 3.5.1: indexes in an inconsistent state are treated as a full queue.
bool pri_queue::full() const
{
    const queue_arithmetic q(frame_.queue_log2(reg::priq_base));
    return q.used(frame_.get32(reg::priq_prod), frame_.get32(reg::priq_cons)) >= q.entries();
}

bool pri_queue::last_only() const
{
    return irq_cfg::lo::get(frame_.get(reg::priq_irq_cfg2));
}

void pri_queue::process(const page_request& r)
{
    // 8.2
    if (!enabled() || frame_.error_active(priq_abt_err)) {
        ++discarded_;
        return respond(r, page_response_code::failure, false);
    }
    if (overflow_active() || full())
        return overflow(r);
    write(r);
}

void pri_queue::write(const page_request& r)
{
    writing_ = true;
    const queue_arithmetic q(frame_.queue_log2(reg::priq_base));
    const std::uint32_t prod = frame_.get32(reg::priq_prod);
    auto words = r.record();
    sc_core::sc_time delay;
    const bool ok = memory_.write(frame_.queue_address(reg::priq_base, entry_bytes) + q.offset(prod, entry_bytes),
                                  words.data(), entry_bytes, queue_attributes(frame_.get32(reg::cr1)), true, delay);
    wait(delay);
    if (ok) {
        ++written_;
        const bool was_empty = q.empty(prod, frame_.get32(reg::priq_cons));
        frame_.set(reg::priq_prod, (prod & eventq_prod::ovflg::mask) | q.next(prod));
        if (last_only() ? r.last : was_empty)
            interrupt_.trigger(); // 6.3.36
    } else {
        raise_error_(priq_abt_err); // synchronous: PROD stays
    }
    writing_ = false;
    progressed_.notify(sc_core::SC_ZERO_TIME);
    if (!ok) {
        ++discarded_;
        respond(r, page_response_code::failure, false);
    }
}

// 8.1
void pri_queue::overflow(const page_request& r)
{
    ++discarded_;
    if (!overflow_active())
        frame_.set(reg::priq_prod, frame_.get(reg::priq_prod) ^ eventq_prod::ovflg::mask);
    if (last_only() && r.last)
        interrupt_.trigger();
    if (!r.last || r.stop_marker())
        return;
    if (!r.substream)
        return respond(r, page_response_code::success, false);
    if (feature_.pri_pasid_always)
        return respond(r, page_response_code::success, true);
    const auto ppar = responder_.response_has_pasid(r.stream);
    respond(r, ppar ? page_response_code::success : page_response_code::failure, ppar.value_or(false));
}

void pri_queue::respond(const page_request& r, page_response_code code, bool with_pasid)
{
    if (r.stop_marker())
        return;
    ++responded_;
    page_response p;
    p.stream = r.stream;
    if (with_pasid)
        p.substream = r.substream;
    p.prg_index = r.prg_index;
    p.code = code;
    responder_.respond(p);
}

} // namespace iovp::smmu
