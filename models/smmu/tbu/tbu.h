#pragma once

#include "common/systemc/attributes.h"
#include "smmu/dti/sockets.h"
#include "smmu/pmcg/events.h"
#include "smmu/tbu/main_tlb.h"
#include "smmu/tbu/micro_tlb.h"
#include "smmu/tbu/parameters.h"
#include "smmu/tbu/stream_table.h"

#include <array>
#include <cstdint>
#include <optional>
#include <systemc>
#include <tlm>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>
#include <utility>
#include <vector>

namespace iovp::smmu {

/// Translation Buffer Unit: translates what arrives upstream and asks the TCU over DTI on a miss. See
/// models/smmu/README.md.
class tbu : public sc_core::sc_module, private dti::to_tbu {
public:
    using parameters = tbu_parameters;

    tlm_utils::simple_target_socket<tbu, 64> upstream;      ///< untranslated traffic with iovp::attributes; LT, debug
    tlm_utils::simple_initiator_socket<tbu, 64> downstream; ///< translated traffic, output attributes applied
    dti::manager_socket dti;                                ///< to a TCU
    pmu_source pmu{tbu_events()};                           ///< for a pmcg

    /// What happened so far; counts of transactions after splitting at page boundaries.
    struct statistics {
        std::uint64_t transactions = 0;
        std::uint64_t bypassed = 0; ///< of them: streams that do not translate
        std::uint64_t micro_lookups = 0;
        std::uint64_t micro_misses = 0;
        std::uint64_t main_lookups = 0;
        std::uint64_t main_misses = 0;
        std::uint64_t requests = 0; ///< translation requests to the TCU
        std::uint64_t merged = 0;   ///< served by a request for the same page instead of sending one
        std::uint64_t terminated = 0;
        std::uint64_t stalled = 0; ///< times that a transaction was held (3.12.2); retries that stall again count
    };

    tbu(sc_core::sc_module_name name, const parameters& p);

    const parameters& configuration() const { return parameters_; }
    const statistics& counts() const { return statistics_; }

    /// The outcome for a transaction as tables in memory stand now (TLBs are not consulted): no time, no event, no
    /// table update, no cache fill. Usable from the end of elaboration on.
    outcome translate(const transaction_attributes& a, std::uint64_t address, bool write);

private:
    // How one piece of a burst goes on.
    struct step {
        bool forward = false;
        bool raz_wi = false; ///< not forward: complete with zeros; otherwise abort
        output out;
        std::uint8_t page_size_log2 = 0; ///< 0: bypass or abort, of the whole rest
        std::optional<std::uint32_t> stalled;
        bool has_ipa = false;
    };
    struct flight {
        bool used = false;
        std::uint64_t key = 0;
        std::uint64_t page = 0;
        std::uint64_t number = 0; ///< of the request, different for each
    };

    void start_of_simulation() override;
    void b_transport(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay);
    unsigned transport_dbg(tlm::tlm_generic_payload& trans);

    /// `group`: of under_way_, in which the transaction counts; it leaves while it is stalled and comes back into the
    /// current one.
    step find(const request& r, unsigned& group, latency_record* latency, sc_core::sc_time& delay);
    dti::stall_action hold(std::uint32_t ticket, unsigned& group);
    void enter(unsigned& group);
    void leave(unsigned group);
    /// `again`: the transaction's second look-up, which is not counted.
    bool serve_hit(const request& r, std::uint64_t key, bool again, latency_record* latency, sc_core::sc_time& delay,
                   step& s);
    step ask(const request& r, std::uint64_t key, latency_record* latency, sc_core::sc_time& delay);
    static step step_of(const outcome& o);
    static step ended(bool raz_wi);
    void forward(tlm::tlm_generic_payload& trans, const step& s, sc_core::sc_time& delay);
    void transport_split(tlm::tlm_generic_payload& trans, request r, step s, unsigned& group, sc_core::sc_time& delay);
    request request_of(const tlm::tlm_generic_payload& trans, std::uint64_t address) const;
    void spend(const sc_core::sc_time& time, latency_record* latency, stage what, sc_core::sc_time& delay) const;

    // dti::to_tbu
    void attach(unsigned link) override { link_ = link; }
    const dti::link_parameters& link() const override { return parameters_.link; }
    void invalidate(const dti::invalidate_request& r) override;
    void sync() override;
    void release(const dti::stall_release& r) override;
    void sync_thread();

    const parameters parameters_;
    const sc_core::sc_time micro_tlb_time_; ///< of a look-up
    const sc_core::sc_time main_tlb_time_;
    statistics statistics_;
    micro_tlb micro_tlb_;
    main_tlb main_tlb_;
    stream_table streams_;
    hit_attributes hit_attributes_;
    unsigned link_ = 0;
    unsigned tokens_ = 0; ///< granted by the TCU

    std::vector<flight> flights_; ///< by translation_id
    unsigned flights_used_ = 0;
    sc_core::sc_event flight_landed_;
    std::uint64_t invalidations_ = 0; ///< a translation asked for before the last one is used once and not kept

    std::vector<dti::stall_release> releases_; ///< not yet taken by the transactions that they are for
    std::vector<std::pair<std::uint32_t, sc_core::sc_event*>> held_; ///< each with its own event: released in order

    // Transactions inside the TBU and downstream, by the parity of the number of syncs at their arrival: a sync waits
    // for those that came before it. Stalled ones do not count (4.7.3: a sync is not required to affect them).
    unsigned syncs_ = 0;
    std::array<unsigned, 2> under_way_{};
    std::array<sc_core::sc_time, 2> last_completion_; ///< annotated completions lie ahead of simulation time
    sc_core::sc_event sync_requested_;
    sc_core::sc_event drained_;
    bool draining_ = false; ///< somebody waits for drained_
};

} // namespace iovp::smmu
