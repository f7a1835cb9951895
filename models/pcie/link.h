#pragma once

#include "common/latency_record.h"
#include "common/systemc/attributes.h"
#include "pcie/tlp.h"

#include <deque>
#include <memory>
#include <systemc>
#include <tlm>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>
#include <vector>

namespace iovp::pcie {

class endpoint;
class root_complex;

/// The wires between a root port and an endpoint: serialisation, flight, order of posted writes, and completions that
/// do not pass them. See models/pcie/README.md.
class link : public sc_core::sc_module {
public:
    struct parameters {
        double raw_gbps = 126.03; ///< Gb/s each way; Gen4 x8 (Neugebauer et al., SIGCOMM 2018)
        /// Share of raw_gbps taken by flow control, acknowledgements and skip ordered sets: 8/203 + 8/203 + 4/1538
        /// (same)
        double link_layer_share = 8.0 / 203 + 8.0 / 203 + 4.0 / 1538;
        unsigned request_overhead = 24;    ///< bytes on the wire around a request's data (same)
        unsigned completion_overhead = 20; ///< bytes around a completion's data (same)
        unsigned max_payload = 256;        ///< MPS: bytes of data in a write or a completion, power of two 128..4096
        unsigned max_read_request = 512;   ///< MRRS: bytes that one read asks for, power of two 128..4096
        unsigned read_completion_boundary = 64; ///< RCB, 64 or 128: where a read's completions are cut
        sc_core::sc_time propagation = sc_core::sc_time(170, sc_core::SC_NS); ///< one way; assumed
        unsigned posted_credits = 64; ///< posted writes in flight upstream, 1 or more; assumed
        unsigned relaxed_writes = 16; ///< of them, with relaxed ordering, under way above the link, 1..256; assumed
        /// How long a completion waits for posted writes ahead of it before the root port gives it up; the default is
        /// within the base specification's default range of 50 us..50 ms
        sc_core::sc_time completion_timeout = sc_core::sc_time(10, sc_core::SC_MS);

        /// Reports a value that is not allowed as iovp::configuration_error naming `object`.
        void check(const std::string& object) const;
    };

    tlm_utils::simple_target_socket<link, 64> from_root;    ///< requests of the root port: memory, configuration
    tlm_utils::simple_initiator_socket<link, 64> to_device; ///< the same at the endpoint
    tlm_utils::simple_target_socket<link, 64> from_device;  ///< DMA and MSIs of the endpoint
    tlm_utils::simple_initiator_socket<link, 64> to_root;   ///< the same at the root port

    link(const sc_core::sc_module_name& name, const parameters& p);
    ~link() override;

    /// Binds all four sockets: this link between the root complex's port `port` and the endpoint.
    void connect(root_complex& root, unsigned port, endpoint& device);

private:
    /// One direction of wires: packets one after another.
    class wire {
    public:
        time_ps send(time_ps at, time_ps duration)
        {
            free_ = (at > free_ ? at : free_) + duration;
            return free_;
        }

    private:
        time_ps free_ = 0;
    };
    struct posted_write;

    void downstream(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay);
    void upstream(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay);
    void post(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay);
    void request(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay);
    void deliver();
    void deliver_relaxed();
    void complete(posted_write& write);
    bool wait_for_posted();
    time_ps duration(unsigned bytes) const;
    unsigned completions(std::uint64_t address, unsigned length) const;

    const parameters parameters_;
    const double ps_per_byte_;
    const time_ps propagation_ps_;
    wire down_, up_;
    std::deque<std::unique_ptr<posted_write>> posted_; ///< sent and not retired; they retire in order
    std::deque<posted_write*> in_flight_;              ///< of these, not yet taken by deliver()
    std::deque<posted_write*> relaxed_;                ///< of these, waiting for a process of deliver_relaxed()
    unsigned relaxed_under_way_ = 0;                   ///< in relaxed_ or above the link
    std::uint64_t posted_count_ = 0;
    std::uint64_t delivered_count_ = 0; ///< retired: as many as were delivered without a gap
    time_ps posted_end_ = 0;            ///< when the last delivered posted write had its effect
    sc_core::sc_event posted_event_, delivered_event_, relaxed_event_;
};

} // namespace iovp::pcie
