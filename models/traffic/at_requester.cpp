#include "traffic/at_requester.h"

#include "common/systemc/time.h"

#include <algorithm>
#include <sysc/kernel/sc_dynamic_processes.h>

namespace iovp::traffic {

using sc_core::sc_time;

void at_requester::free(tlm::tlm_generic_payload* payload)
{
    user_.idle(*payload->get_extension<transaction>());
}

at_requester::at_requester(const char* name, user& u)
    : user_(u)
{
    sc_core::sc_spawn_options method;
    method.spawn_method();
    method.dont_initialize();
    method.set_sensitivity(&may_send_);
    sc_core::sc_spawn([this] { send_ready(); }, name, &method);
}

void at_requester::send(transaction& t, time_ps ready)
{
    pending_.push_back({ready, number_++, &t});
    std::push_heap(pending_.begin(), pending_.end(), later);
    may_send_.notify(sc_core::SC_ZERO_TIME);
}

void at_requester::send_ready()
{
    while (!request_ && !pending_.empty()) {
        const time_ps now = to_ps(sc_core::sc_time_stamp());
        const time_ps when = std::max(pending_.front().ready, free_);
        if (when > now) {
            may_send_.notify(sc_time::from_value(when - now));
            return;
        }
        transaction& t = *pending_.front().what;
        std::pop_heap(pending_.begin(), pending_.end(), later);
        pending_.pop_back();
        t.begin = now;
        user_.leaving(t);
        t.payload.acquire();
        request_ = &t;
        tlm::tlm_phase phase = tlm::BEGIN_REQ;
        sc_time delay;
        switch (user_.forward_link().nb_transport_fw(t.payload, phase, delay)) {
        case tlm::TLM_ACCEPTED: break;
        case tlm::TLM_UPDATED:
            accepted(delay);
            if (phase == tlm::BEGIN_RESP) {
                phase = tlm::END_RESP;
                sc_time at = delay;
                user_.forward_link().nb_transport_fw(t.payload, phase, at);
                end(t, delay);
            }
            break;
        case tlm::TLM_COMPLETED:
            accepted(delay);
            end(t, delay);
            break;
        }
    }
}

void at_requester::accepted(const sc_time& delay)
{
    request_ = nullptr;
    free_ = local_ps(delay);
    if (!pending_.empty())
        may_send_.notify(delay);
}

void at_requester::end(transaction& t, const sc_time& delay)
{
    user_.ended(t, local_ps(delay));
    t.payload.release();
}

tlm::tlm_sync_enum at_requester::nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                                 sc_time& delay)
{
    transaction& t = *payload.get_extension<transaction>();
    if (request_ == &t && (phase == tlm::END_REQ || phase == tlm::BEGIN_RESP))
        accepted(delay);
    if (phase != tlm::BEGIN_RESP)
        return tlm::TLM_ACCEPTED;
    phase = tlm::END_RESP;
    end(t, delay);
    return tlm::TLM_COMPLETED;
}

} // namespace iovp::traffic
