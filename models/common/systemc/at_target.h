#pragma once

#include "common/latency_record.h"

#include <cstdint>
#include <functional>
#include <systemc>
#include <tlm>
#include <vector>

namespace iovp {

/// The four-phase base protocol of a target that serves transactions by its b_transport code: a request is served and
/// accepted when it arrives, its response comes at the end of the delay that serving annotated. At most `limit`
/// transactions are inside; the next request is accepted when one has left. No thread and no allocation for each.
class at_target {
public:
    using payload = tlm::tlm_generic_payload;
    using serve = std::function<void(payload&, sc_core::sc_time&)>;

    /// In the constructor of the module to which it belongs.
    at_target(const char* name, unsigned limit, serve s);

    /// At the end of elaboration: where responses go.
    void connect(tlm::tlm_bw_transport_if<>& upstream) { upstream_ = &upstream; }

    tlm::tlm_sync_enum nb_transport_fw(payload& trans, tlm::tlm_phase& phase, sc_core::sc_time& delay);

private:
    struct pending {
        time_ps end;
        std::uint64_t number; ///< those that end together answer in the order of their arrival
        payload* trans;
        tlm::tlm_response_status status; ///< the payload says it from BEGIN_RESP on
    };
    static bool later(const pending& a, const pending& b)
    {
        return a.end != b.end ? a.end > b.end : a.number > b.number;
    }

    void begin(payload& trans, sc_core::sc_time delay);
    void respond();
    void ended(const sc_core::sc_time& delay);
    void wake_at(time_ps t);

    serve serve_;
    unsigned limit_;
    tlm::tlm_bw_transport_if<>* upstream_ = nullptr;
    std::vector<pending> pending_; ///< a heap, the earliest first
    std::uint64_t number_ = 0;
    unsigned inside_ = 0;
    payload* held_ = nullptr; ///< its request is not accepted yet
    sc_core::sc_time held_arrival_;
    payload* responding_ = nullptr; ///< its response waits for END_RESP
    time_ps free_ = 0;              ///< when the last response ended
    sc_core::sc_event due_;
};

} // namespace iovp
