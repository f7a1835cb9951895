#pragma once

#include "common/latency_record.h"
#include "common/systemc/attributes.h"
#include "traffic/at_requester.h"
#include "traffic/request_sequence.h"
#include "traffic/workload.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <systemc>
#include <tlm>
#include <tlm_utils/simple_initiator_socket.h>
#include <vector>

namespace iovp::traffic {

/// A device that makes DMA requests as a workload says, one workload after another. See models/traffic/README.md.
class traffic_generator : public sc_core::sc_module, private at_requester::user {
public:
    tlm_utils::simple_initiator_socket<traffic_generator, 64> socket; ///< LT or AT, with iovp::attributes

    /// One request at its end. `begin` and `end` are local times of the request.
    struct completion {
        const request& what;
        time_ps begin;
        time_ps end;
        tlm::tlm_response_status status;
        latency_record* record; ///< null without a log; closed after this, or when a posted write has its effect
    };

    /// Since start().
    struct statistics {
        std::uint64_t reads = 0; ///< ended, with or without an error
        std::uint64_t writes = 0;
        std::uint64_t errors = 0;     ///< of them: with an error response
        std::uint64_t bytes = 0;      ///< of those without error
        time_ps begin = 0;            ///< of the first request
        time_ps end = 0;              ///< of the last
        std::uint64_t latency_ps = 0; ///< sum over all requests
        time_ps longest = 0;

        std::uint64_t requests() const { return reads + writes; }
        double gbps() const { return end > begin ? 8000.0 * double(bytes) / double(end - begin) : 0; }
        double mean_latency_ns() const
        {
            return requests() == 0 ? 0 : double(latency_ps) / 1000.0 / double(requests());
        }
    };

    explicit traffic_generator(const sc_core::sc_module_name& name);
    ~traffic_generator() override;

    /// Every request begun from now on gets a record here; null (the default): none. Not owned.
    void set_latency_log(latency_log* log) { log_ = log; }
    /// Called at the end of every request, in the thread of the request; it must not wait.
    void set_observer(std::function<void(const completion&)> observer) { observer_ = std::move(observer); }

    /// Begins a workload, before or during the simulation. One at a time: an error while the last one is busy.
    void start(const workload& w);
    /// start() and wait for the end; from a thread.
    void run(const workload& w);

    bool busy() const { return lanes_ != 0; }
    const sc_core::sc_event& finished() const { return finished_; } ///< notified at the end of each workload
    const statistics& counts() const { return statistics_; }

private:
    void lane();
    time_ps issue_time(time_ps earliest);
    void perform(const request& r, sc_core::sc_time& delay, std::vector<unsigned char>& data);

    // Approximately timed: slots for requests in flight, and what follows the end of one.
    struct slot;
    void start_at();
    tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& trans, tlm::tlm_phase& phase, sc_core::sc_time& delay)
    {
        return at_.nb_transport_bw(trans, phase, delay);
    }
    void next(slot& s, time_ps earliest);
    void leaving(at_requester::transaction& t) override;
    void ended(at_requester::transaction& t, time_ps end) override;
    void idle(at_requester::transaction& t) override;
    tlm::tlm_fw_transport_if<>& forward_link() override { return *socket.operator->(); }

    attributes attributes_of(const request& r, time_ps begin);
    static void set_up(tlm::tlm_generic_payload& payload, const request& r, std::vector<unsigned char>& data);
    void count(const request& r, time_ps begin, time_ps end, tlm::tlm_response_status status, latency_record* record);
    void one_less();

    latency_log* log_ = nullptr;
    std::function<void(const completion&)> observer_;
    workload workload_;
    std::unique_ptr<request_sequence> sequence_; ///< of workload_
    statistics statistics_;
    unsigned lanes_ = 0;     ///< requests that may be outstanding and are not at their end: threads or slots
    time_ps interval_ = 0;   ///< between two requests, where the rate is capped
    time_ps next_issue_ = 0; ///< when the next request may go, where the rate is capped
    bool started_ = false;   ///< the first request has begun
    sc_core::sc_event finished_;
    at_requester at_;
    std::vector<std::unique_ptr<slot>> slots_;
};

} // namespace iovp::traffic
