#pragma once

#include "common/latency_record.h"

#include <cstdint>
#include <systemc>
#include <tlm>
#include <vector>

namespace iovp::traffic {

/// The four-phase base protocol of an initiator: requests go out one at a time, each when its time has come and the
/// link has taken the one before; any number is under way; responses are ended as they come. No thread.
class at_requester : private tlm::tlm_mm_interface {
public:
    /// One transaction after another; its payload is used again when nobody refers to it any more.
    class transaction : public tlm::tlm_extension<transaction> {
    public:
        explicit transaction(at_requester& r)
            : payload(&r)
        {
            payload.set_extension(this);
        }
        ~transaction() override { payload.clear_extension(this); }
        transaction(const transaction&) = delete;
        transaction& operator=(const transaction&) = delete;
        tlm::tlm_extension_base* clone() const override { return nullptr; } // belongs to this payload alone
        void copy_from(const tlm::tlm_extension_base&) override {}

        tlm::tlm_generic_payload payload;
        time_ps begin = 0; ///< of BEGIN_REQ
    };

    class user {
    public:
        virtual ~user() = default;
        virtual void leaving(transaction& t) = 0;               ///< BEGIN_REQ follows, at this time
        virtual void ended(transaction& t, time_ps end) = 0;    ///< its response came, or comes at `end`
        virtual void idle(transaction& t) = 0;                  ///< it may be sent again
        virtual tlm::tlm_fw_transport_if<>& forward_link() = 0; ///< downstream
    };

    /// In the constructor of the module to which it belongs.
    at_requester(const char* name, user& u);

    /// Not before `ready`, in the order of these times.
    void send(transaction& t, time_ps ready);

    tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                       sc_core::sc_time& delay);

private:
    struct pending {
        time_ps ready;
        std::uint64_t number; ///< those that are ready together go in the order of send()
        transaction* what;
    };
    static bool later(const pending& a, const pending& b)
    {
        return a.ready != b.ready ? a.ready > b.ready : a.number > b.number;
    }

    void free(tlm::tlm_generic_payload* payload) override;
    void send_ready();
    void accepted(const sc_core::sc_time& delay);
    void end(transaction& t, const sc_core::sc_time& delay);

    user& user_;
    std::vector<pending> pending_; ///< a heap, the earliest first
    std::uint64_t number_ = 0;
    transaction* request_ = nullptr; ///< its request is open
    time_ps free_ = 0;               ///< when the last request has ended
    sc_core::sc_event may_send_;
};

} // namespace iovp::traffic
