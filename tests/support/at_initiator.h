#pragma once

#include "common/systemc/attributes.h"

#include <deque>
#include <memory>
#include <systemc>
#include <tlm>
#include <tlm_utils/simple_initiator_socket.h>
#include <utility>
#include <vector>

namespace iovp::test {

/// An initiator of the approximately timed style: requests one after the other as the link takes them, any number under
/// way, responses ended at once or after a time.
class at_initiator : public sc_core::sc_module, private tlm::tlm_mm_interface {
public:
    struct transfer {
        explicit transfer(tlm::tlm_mm_interface& mm)
            : payload(&mm)
        {
        }
        tlm::tlm_generic_payload payload;
        attributes with;
        std::vector<unsigned char> data;
        bool accepted = false; ///< END_REQ or what implies it
        bool done = false;
        sc_core::sc_time begin, accept, end; ///< annotated times
        sc_core::sc_event ended;
        bool ok() const { return payload.is_response_ok(); }
    };

    tlm_utils::simple_initiator_socket<at_initiator, 64> socket{"socket"};
    bool ends_at_once = true;       ///< answer BEGIN_RESP with TLM_COMPLETED, otherwise END_RESP `response_time` later
    sc_core::sc_time response_time; ///< how long a response stays open

    SC_HAS_PROCESS(at_initiator);
    explicit at_initiator(sc_core::sc_module_name name)
        : sc_module(name)
    {
        socket.register_nb_transport_bw(this, &at_initiator::nb_bw);
        socket.register_invalidate_direct_mem_ptr(this, &at_initiator::invalidate_direct_mem_ptr);
        SC_METHOD(send);
        sensitive << may_send_;
        dont_initialize();
        SC_METHOD(end_response);
        sensitive << may_end_;
        dont_initialize();
    }
    ~at_initiator() override
    {
        for (const auto& t : all)
            t->payload.clear_extension(&t->with);
    }

    /// Begins a transfer: at once when the link is free. `data`: what is written; sized for a read.
    transfer& start(tlm::tlm_command command, std::uint64_t address, std::vector<unsigned char> data,
                    const transaction_attributes& with = {})
    {
        all.push_back(std::make_unique<transfer>(memory_manager()));
        transfer& t = *all.back();
        t.data = std::move(data);
        static_cast<transaction_attributes&>(t.with) = with;
        t.payload.set_command(command);
        t.payload.set_address(address);
        t.payload.set_data_ptr(t.data.data());
        t.payload.set_data_length(static_cast<unsigned>(t.data.size()));
        t.payload.set_streaming_width(static_cast<unsigned>(t.data.size()));
        t.payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
        t.payload.set_extension(&t.with);
        t.payload.acquire();
        waiting_.push_back(&t);
        if (!request_ && sc_core::sc_time_stamp() >= free_)
            send();
        return t;
    }
    transfer& read(std::uint64_t address, unsigned size, const transaction_attributes& with = {})
    {
        return start(tlm::TLM_READ_COMMAND, address, std::vector<unsigned char>(size), with);
    }
    transfer& write(std::uint64_t address, unsigned size, const transaction_attributes& with = {})
    {
        return start(tlm::TLM_WRITE_COMMAND, address, std::vector<unsigned char>(size, 0x5a), with);
    }
    /// From a thread: until its end; the time that it took.
    sc_core::sc_time finish(transfer& t)
    {
        if (!t.done)
            sc_core::wait(t.ended);
        if (t.end > sc_core::sc_time_stamp())
            sc_core::wait(t.end - sc_core::sc_time_stamp());
        return t.end - t.begin;
    }

    std::vector<std::unique_ptr<transfer>> all;
    std::vector<transfer*> order;                                 ///< of their ends
    std::vector<std::pair<std::uint64_t, std::uint64_t>> revoked; ///< direct memory pointers taken back
    unsigned freed = 0;                                           ///< payloads to which nobody refers any more

private:
    void invalidate_direct_mem_ptr(sc_dt::uint64 first, sc_dt::uint64 last) { revoked.emplace_back(first, last); }
    void free(tlm::tlm_generic_payload*) override { ++freed; }

    tlm::tlm_mm_interface& memory_manager() { return *this; }
    transfer& of(const tlm::tlm_generic_payload& p)
    {
        for (const auto& t : all)
            if (&t->payload == &p)
                return *t;
        std::abort();
    }
    void send()
    {
        while (!request_ && !waiting_.empty() && sc_core::sc_time_stamp() >= free_) {
            transfer& t = *waiting_.front();
            waiting_.pop_front();
            request_ = &t;
            t.begin = sc_core::sc_time_stamp();
            tlm::tlm_phase phase = tlm::BEGIN_REQ;
            sc_core::sc_time delay;
            switch (socket->nb_transport_fw(t.payload, phase, delay)) {
            case tlm::TLM_ACCEPTED: break;
            case tlm::TLM_UPDATED:
                accept(t, delay);
                if (phase == tlm::BEGIN_RESP) {
                    complete(t, delay);
                    end_later(t, delay);
                }
                break;
            case tlm::TLM_COMPLETED:
                accept(t, delay);
                complete(t, delay);
                t.payload.release();
                break;
            }
        }
    }
    void accept(transfer& t, const sc_core::sc_time& delay)
    {
        if (request_ != &t)
            return;
        request_ = nullptr;
        t.accepted = true;
        t.accept = free_ = sc_core::sc_time_stamp() + delay;
        if (!waiting_.empty() || delay != sc_core::SC_ZERO_TIME)
            may_send_.notify(delay);
    }
    void complete(transfer& t, const sc_core::sc_time& delay)
    {
        t.end = sc_core::sc_time_stamp() + delay;
        t.done = true;
        order.push_back(&t);
        t.ended.notify(sc_core::SC_ZERO_TIME);
    }
    void end_later(transfer& t, const sc_core::sc_time& delay)
    {
        ending_ = &t;
        may_end_.notify(delay + response_time);
    }
    void end_response()
    {
        transfer& t = *ending_;
        tlm::tlm_phase phase = tlm::END_RESP;
        sc_core::sc_time delay;
        socket->nb_transport_fw(t.payload, phase, delay);
        t.payload.release();
    }
    tlm::tlm_sync_enum nb_bw(tlm::tlm_generic_payload& p, tlm::tlm_phase& phase, sc_core::sc_time& delay)
    {
        transfer& t = of(p);
        accept(t, delay);
        if (phase == tlm::END_REQ)
            return tlm::TLM_ACCEPTED;
        complete(t, delay);
        if (ends_at_once) {
            p.release();
            return tlm::TLM_COMPLETED;
        }
        end_later(t, delay);
        return tlm::TLM_ACCEPTED;
    }

    std::deque<transfer*> waiting_;
    transfer* request_ = nullptr;
    transfer* ending_ = nullptr;
    sc_core::sc_time free_;
    sc_core::sc_event may_send_, may_end_;
};

} // namespace iovp::test
