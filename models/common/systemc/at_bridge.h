#pragma once

#include <algorithm>
#include <deque>
#include <memory>
#include <systemc>
#include <tlm>
#include <utility>
#include <vector>

namespace iovp {

/// The four-phase base protocol of a component that passes transactions on: targets upstream, initiators downstream.
/// It keeps the exclusion rules (one request and one response at a time on each link), passes back-pressure on both
/// ways, takes early completions and annotated delays, and makes no event and no allocation: delays go on as they are,
/// and what a transaction needs comes from a pool. What happens to a transaction is the owner's business.
///
/// A link's request is open until its END_REQ (or what implies it); upstream it stays open for as long as downstream
/// makes it wait, unless the owner says accept(); the time that the component itself takes is pipelined. `Data`: what
/// the owner keeps with a transaction.
template <class Data>
class at_bridge {
public:
    using payload = tlm::tlm_generic_payload;

    /// One transaction under way; between its request and its response downstream it hangs on the payload, in front of
    /// those of components nearer to the initiator.
    class hop final : public tlm::tlm_extension<hop> {
    public:
        payload* trans = nullptr;
        unsigned from = 0; ///< upstream link, or `nobody`
        unsigned to = 0;   ///< downstream link
        Data data;

        tlm::tlm_extension_base* clone() const override { return nullptr; } // belongs to this payload alone
        void copy_from(const tlm::tlm_extension_base&) override {}

    private:
        friend class at_bridge;
        enum class answer { none, accepted, response, completed };

        hop* outer = nullptr;
        sc_core::sc_time arrival;     ///< absolute
        sc_core::sc_time ready;       ///< when it may go on, absolute
        bool request_open = false;    ///< upstream waits for END_REQ
        bool downstream_open = false; ///< downstream waits for END_RESP
        bool in_request = false;      ///< inside the upstream call of BEGIN_REQ: the answer is its return value
        bool in_response = false;     ///< inside the downstream call of BEGIN_RESP: the same
        bool ended = false;
        answer reply = answer::none;
        sc_core::sc_time reply_delay;
    };

    /// What the component does. Delays are annotations: from now.
    class owner {
    public:
        virtual ~owner() = default;
        /// BEGIN_REQ: forward() or respond(), now or later.
        virtual void arrived(hop& h, const sc_core::sc_time& delay) = 0;
        /// It leaves for downstream, maybe later than asked for: the payload is changed here.
        virtual void departing(hop& h, const sc_core::sc_time& delay) = 0;
        /// The response is here: the payload is put back here.
        virtual void returned(hop& h, const sc_core::sc_time& delay) = 0;
        virtual tlm::tlm_bw_transport_if<>& upstream_link(unsigned index) = 0;
        virtual tlm::tlm_fw_transport_if<>& downstream_link(unsigned index) = 0;
    };

    explicit at_bridge(owner& o)
        : owner_(o)
    {
    }

    /// The links' numbers; at the end of elaboration.
    void connect(unsigned upstream, unsigned downstream)
    {
        responses_.resize(upstream);
        requests_.resize(downstream);
    }

    tlm::tlm_sync_enum nb_transport_fw(unsigned from, payload& trans, tlm::tlm_phase& phase, sc_core::sc_time& delay)
    {
        if (phase == tlm::END_RESP) {
            if (hop* h = responses_[from].current; h && h->trans == &trans)
                end(*h, delay);
            return tlm::TLM_COMPLETED;
        }
        if (phase != tlm::BEGIN_REQ)
            return tlm::TLM_ACCEPTED; // an extended phase: ignored
        hop& h = take(trans, from);
        h.arrival = sc_core::sc_time_stamp() + delay;
        h.in_request = true;
        owner_.arrived(h, delay);
        h.in_request = false;
        delay = h.reply_delay;
        switch (h.reply) {
        case hop::answer::none: delay = sc_core::SC_ZERO_TIME; return tlm::TLM_ACCEPTED;
        case hop::answer::accepted: phase = tlm::END_REQ; return tlm::TLM_UPDATED;
        case hop::answer::response: phase = tlm::BEGIN_RESP; return tlm::TLM_UPDATED;
        case hop::answer::completed: break;
        }
        finish(h);
        return tlm::TLM_COMPLETED;
    }

    tlm::tlm_sync_enum nb_transport_bw(unsigned to, payload& trans, tlm::tlm_phase& phase, sc_core::sc_time& delay)
    {
        request_link& link = requests_[to];
        if (phase == tlm::END_REQ) {
            if (link.current && link.current->trans == &trans) {
                accepted(link, delay);
                send_next(link);
            }
            return tlm::TLM_ACCEPTED;
        }
        if (phase != tlm::BEGIN_RESP)
            return tlm::TLM_ACCEPTED;
        hop& h = *trans.template get_extension<hop>();
        h.downstream_open = true;
        h.in_response = true;
        response(link, h, delay);
        h.in_response = false;
        if (h.ended) {
            delay = h.reply_delay;
            finish(h);
            return tlm::TLM_COMPLETED;
        }
        return tlm::TLM_ACCEPTED;
    }

    static constexpr unsigned nobody = ~0U; ///< the upstream link of what the component itself sends

    /// A transaction of the component's own, which forward() sends and which ends with returned(): a piece of another,
    /// say. The payload needs a memory manager.
    hop& own(payload& trans)
    {
        hop& h = take(trans, nobody);
        h.request_open = false;
        return h;
    }

    /// Upstream may begin its next request: the component has taken this one in.
    void accept(hop& h, const sc_core::sc_time& delay = sc_core::SC_ZERO_TIME)
    {
        if (!h.request_open)
            return;
        h.request_open = false;
        if (h.in_request) {
            h.reply = hop::answer::accepted;
            h.reply_delay = delay;
            return;
        }
        tlm::tlm_phase phase = tlm::END_REQ;
        sc_core::sc_time d = delay;
        owner_.upstream_link(h.from).nb_transport_bw(*h.trans, phase, d);
    }

    /// Sends it on, behind those that wait for the link. `h` may be gone afterwards.
    void forward(hop& h, unsigned to, const sc_core::sc_time& delay)
    {
        h.to = to;
        h.ready = sc_core::sc_time_stamp() + delay;
        request_link& link = requests_[to];
        link.waiting.push_back(&h);
        send_next(link);
    }

    /// Ends it with the response status that the payload has. `h` may be gone afterwards.
    void respond(hop& h, const sc_core::sc_time& delay)
    {
        response_link& link = responses_[h.from];
        const bool request_was_open = h.request_open;
        if (h.in_request && !h.downstream_open) { // early completion needs no response phase
            h.request_open = false;
            h.reply = hop::answer::completed;
            h.reply_delay = delay;
            return;
        }
        h.ready = sc_core::sc_time_stamp() + delay;
        if (link.current || !link.waiting.empty()) {
            if (request_was_open)
                accept(h, delay);
            link.waiting.push_back(&h);
            return;
        }
        h.request_open = false;
        if (h.in_request) {
            link.current = &h;
            h.reply = hop::answer::response;
            h.reply_delay = from_now(std::max(h.ready, link.free));
            return;
        }
        link.waiting.push_back(&h);
        respond_next(link);
    }

private:
    struct request_link {
        hop* current = nullptr; ///< its request is open
        sc_core::sc_time free;  ///< the end of the last request, absolute: annotated ends lie in the future
        std::deque<hop*> waiting;
        bool sending = false;
    };
    struct response_link {
        hop* current = nullptr; ///< its response is open
        sc_core::sc_time free;
        std::deque<hop*> waiting;
        bool sending = false;
    };

    static sc_core::sc_time from_now(const sc_core::sc_time& t)
    {
        return t > sc_core::sc_time_stamp() ? t - sc_core::sc_time_stamp() : sc_core::SC_ZERO_TIME;
    }

    hop& take(payload& trans, unsigned from)
    {
        if (idle_.empty()) {
            hops_.push_back(std::make_unique<hop>());
            idle_.push_back(hops_.back().get());
        }
        hop& h = *idle_.back();
        idle_.pop_back();
        h.trans = &trans;
        h.from = from;
        h.request_open = true;
        h.downstream_open = h.ended = false;
        h.reply = hop::answer::none;
        h.reply_delay = sc_core::SC_ZERO_TIME;
        if (trans.has_mm())
            trans.acquire();
        return h;
    }

    void finish(hop& h)
    {
        payload& trans = *h.trans;
        idle_.push_back(&h);
        if (trans.has_mm())
            trans.release();
    }

    void send_next(request_link& link)
    {
        if (link.sending) // the caller below goes on
            return;
        link.sending = true;
        while (!link.current && !link.waiting.empty()) {
            hop& h = *link.waiting.front();
            link.waiting.pop_front();
            send(link, h);
        }
        link.sending = false;
    }

    void send(request_link& link, hop& h)
    {
        sc_core::sc_time delay = from_now(std::max(h.ready, link.free));
        link.current = &h;
        owner_.departing(h, delay);
        h.outer = h.trans->set_extension(&h);
        tlm::tlm_phase phase = tlm::BEGIN_REQ;
        switch (owner_.downstream_link(h.to).nb_transport_fw(*h.trans, phase, delay)) {
        case tlm::TLM_ACCEPTED: break;
        case tlm::TLM_UPDATED:
            if (phase == tlm::END_REQ) {
                accepted(link, delay);
            } else if (phase == tlm::BEGIN_RESP) {
                h.downstream_open = true;
                response(link, h, delay);
            }
            break;
        case tlm::TLM_COMPLETED: response(link, h, delay); break;
        }
    }

    void accepted(request_link& link, const sc_core::sc_time& delay)
    {
        hop& h = *link.current;
        link.current = nullptr;
        link.free = sc_core::sc_time_stamp() + delay;
        // The component is a pipeline: what it spends on the transaction itself does not keep its input busy, only
        // what the transaction waited for downstream does.
        accept(h, from_now(h.arrival + (std::max(link.free, h.ready) - h.ready)));
    }

    void response(request_link& link, hop& h, const sc_core::sc_time& delay)
    {
        if (h.outer)
            h.trans->set_extension(h.outer);
        else
            h.trans->clear_extension(&h);
        const bool was_open = link.current == &h;
        if (was_open) {
            link.current = nullptr;
            link.free = sc_core::sc_time_stamp() + delay;
        }
        owner_.returned(h, delay);
        if (h.from == nobody)
            end_own(h, delay);
        else
            respond(h, delay);
        if (was_open)
            send_next(link);
    }

    void respond_next(response_link& link)
    {
        if (link.sending)
            return;
        link.sending = true;
        while (!link.current && !link.waiting.empty()) {
            hop& h = *link.waiting.front();
            link.waiting.pop_front();
            link.current = &h;
            h.request_open = false;
            sc_core::sc_time delay = from_now(std::max(h.ready, link.free));
            tlm::tlm_phase phase = tlm::BEGIN_RESP;
            const auto status = owner_.upstream_link(h.from).nb_transport_bw(*h.trans, phase, delay);
            if (link.current == &h &&
                (status == tlm::TLM_COMPLETED || (status == tlm::TLM_UPDATED && phase == tlm::END_RESP)))
                close(link, h, delay);
        }
        link.sending = false;
    }

    /// END_RESP from upstream.
    void end(hop& h, const sc_core::sc_time& delay)
    {
        response_link& link = responses_[h.from];
        close(link, h, delay);
        respond_next(link);
    }

    void close(response_link& link, hop& h, const sc_core::sc_time& delay)
    {
        link.current = nullptr;
        link.free = sc_core::sc_time_stamp() + delay;
        if (h.in_response) { // nb_transport_bw() returns it
            h.ended = true;
            h.reply_delay = delay;
            return;
        }
        if (h.downstream_open) {
            tlm::tlm_phase phase = tlm::END_RESP;
            sc_core::sc_time d = delay;
            owner_.downstream_link(h.to).nb_transport_fw(*h.trans, phase, d);
        }
        finish(h);
    }

    /// The response of what nobody upstream waits for ends as it comes.
    void end_own(hop& h, const sc_core::sc_time& delay)
    {
        if (h.in_response) { // nb_transport_bw() returns it
            h.ended = true;
            h.reply_delay = delay;
            return;
        }
        if (h.downstream_open) {
            tlm::tlm_phase phase = tlm::END_RESP;
            sc_core::sc_time d = delay;
            owner_.downstream_link(h.to).nb_transport_fw(*h.trans, phase, d);
        }
        finish(h);
    }

    owner& owner_;
    std::vector<request_link> requests_;   ///< by downstream link
    std::vector<response_link> responses_; ///< by upstream link
    std::vector<std::unique_ptr<hop>> hops_;
    std::vector<hop*> idle_;
};

} // namespace iovp
