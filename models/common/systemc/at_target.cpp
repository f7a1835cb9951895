#include "common/systemc/at_target.h"

#include "common/systemc/attributes.h"
#include "common/systemc/time.h"

#include <algorithm>
#include <sysc/kernel/sc_dynamic_processes.h>
#include <utility>

namespace iovp {

using sc_core::sc_time;

at_target::at_target(const char* name, unsigned limit, serve s)
    : serve_(std::move(s))
    , limit_(limit)
{
    sc_core::sc_spawn_options method;
    method.spawn_method();
    method.dont_initialize();
    method.set_sensitivity(&due_);
    sc_core::sc_spawn([this] { respond(); }, name, &method);
}

tlm::tlm_sync_enum at_target::nb_transport_fw(payload& trans, tlm::tlm_phase& phase, sc_time& delay)
{
    if (phase == tlm::END_RESP) {
        if (responding_ == &trans)
            ended(delay);
        return tlm::TLM_COMPLETED;
    }
    if (phase != tlm::BEGIN_REQ)
        return tlm::TLM_ACCEPTED;
    if (trans.has_mm())
        trans.acquire();
    if (inside_ == limit_) {
        held_ = &trans;
        held_arrival_ = sc_core::sc_time_stamp() + delay;
        return tlm::TLM_ACCEPTED;
    }
    begin(trans, delay);
    phase = tlm::END_REQ; // at the annotated time of the request
    return tlm::TLM_UPDATED;
}

void at_target::begin(payload& trans, sc_time delay)
{
    ++inside_;
    serve_(trans, delay);
    pending_.push_back({local_ps(delay), number_++, &trans, trans.get_response_status()});
    trans.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    std::push_heap(pending_.begin(), pending_.end(), later);
    if (pending_.front().trans == &trans)
        wake_at(pending_.front().end);
}

void at_target::wake_at(time_ps t)
{
    const time_ps now = to_ps(sc_core::sc_time_stamp());
    due_.notify(sc_time::from_value(std::max(t, now) - now)); // an earlier notification stands
}

void at_target::respond()
{
    while (!responding_ && !pending_.empty()) {
        const time_ps now = to_ps(sc_core::sc_time_stamp());
        const time_ps when = std::max(pending_.front().end, free_);
        if (when > now) {
            wake_at(when);
            return;
        }
        payload& trans = *pending_.front().trans;
        trans.set_response_status(pending_.front().status);
        std::pop_heap(pending_.begin(), pending_.end(), later);
        pending_.pop_back();
        if (latency_record* record = attributes::of(trans).latency)
            record->until(now, stage::return_path); // others were before it
        responding_ = &trans;
        tlm::tlm_phase phase = tlm::BEGIN_RESP;
        sc_time delay;
        const auto status = upstream_->nb_transport_bw(trans, phase, delay);
        if (responding_ == &trans &&
            (status == tlm::TLM_COMPLETED || (status == tlm::TLM_UPDATED && phase == tlm::END_RESP)))
            ended(delay);
    }
}

void at_target::ended(const sc_time& delay)
{
    payload& trans = *responding_;
    responding_ = nullptr;
    free_ = local_ps(delay);
    --inside_;
    if (payload* const next = std::exchange(held_, nullptr)) {
        const sc_time& now = sc_core::sc_time_stamp();
        sc_time arrival = held_arrival_ > now ? held_arrival_ - now : sc_core::SC_ZERO_TIME;
        begin(*next, arrival);
        tlm::tlm_phase phase = tlm::END_REQ;
        upstream_->nb_transport_bw(*next, phase, arrival);
    }
    if (!pending_.empty())
        wake_at(std::max(pending_.front().end, free_));
    if (trans.has_mm())
        trans.release();
}

} // namespace iovp
