#pragma once

#include "common/occupancy.h"
#include "common/systemc/at_bridge.h"
#include "common/systemc/attributes.h"
#include "common/systemc/occupancy_probe.h"
#include "smmu/dti/sockets.h"
#include "smmu/pmcg/events.h"
#include "smmu/tbu/burst_piece.h"
#include "smmu/tbu/departure_order.h"
#include "smmu/tbu/dmi_grants.h"
#include "smmu/tbu/hit_attributes.h"
#include "smmu/tbu/main_tlb.h"
#include "smmu/tbu/micro_tlb.h"
#include "smmu/tbu/parameters.h"
#include "smmu/tbu/passage.h"
#include "smmu/tbu/prefetcher.h"
#include "smmu/tbu/stream_key.h"
#include "smmu/tbu/stream_table.h"
#include "smmu/tbu/waiting_room.h"
#include "smmu/tbu/worker_pool.h"

#include <algorithm>
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

/// What the TBU keeps with an AT transaction.
struct tbu_at_data {
    passage way;
    held_up places;
    outgoing changed;
    attributes lent; ///< of a payload without
    attributes* with = nullptr;
    sc_core::sc_time delay;       ///< of a transaction on its way to a worker, absolute
    burst_piece* piece = nullptr; ///< this is no transaction from upstream, but a part of one
};

/// Translation Buffer Unit: translates what arrives upstream and asks the TCU over DTI on a miss. See
/// models/smmu/README.md.
class tbu : public sc_core::sc_module, private dti::to_tbu, private at_bridge<tbu_at_data>::owner {
public:
    using parameters = tbu_parameters;

    tlm_utils::simple_target_socket<tbu, 64> upstream;      ///< untranslated, iovp::attributes; LT, AT, DMI, debug
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
        // Of prefetches alone, which are in nothing above:
        std::uint64_t prefetches = 0;          ///< speculative translation requests to the TCU
        std::uint64_t prefetches_used = 0;     ///< their translations that were looked up while the TLB had them
        std::uint64_t prefetches_dropped = 0;  ///< answers not kept: no translation, or an invalidation came meanwhile
        std::uint64_t prefetches_withheld = 0; ///< not sent: the last token is for a transaction
    };

    tbu(sc_core::sc_module_name name, const parameters& p);

    const parameters& configuration() const { return parameters_; }
    const statistics& counts() const { return statistics_; }
    const waiting_room& waiting() const { return room_; }

    /// The outcome for a transaction as tables in memory stand now (TLBs are not consulted): no time, no event, no
    /// table update, no cache fill. Usable from the end of elaboration on.
    outcome translate(const transaction_attributes& a, std::uint64_t address, bool write);

private:
    using step = next_step;
    using bridge = at_bridge<tbu_at_data>;
    struct flight {
        bool used = false;
        std::uint64_t key = 0;
        std::uint64_t page = 0;
        std::uint64_t number = 0; ///< of the request, different for each
    };

    void end_of_elaboration() override;
    void start_of_simulation() override;

    // Loosely timed
    void b_transport(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay);
    [[gnu::noinline]] void transport_with_defaults(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay);
    [[gnu::noinline]] void transport_held_up(passage p, sc_core::sc_time& delay);
    [[gnu::always_inline]] inline void send(tlm::tlm_generic_payload& trans, attributes& a, const step& s,
                                            sc_core::sc_time& delay);
    void forward(tlm::tlm_generic_payload& trans, attributes& a, const step& s, sc_core::sc_time& delay);
    unsigned transport_dbg(tlm::tlm_generic_payload& trans);

    // Approximately timed: tbu_at.cpp
    tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& trans, tlm::tlm_phase& phase, sc_core::sc_time& delay)
    {
        return at_.nb_transport_fw(0, trans, phase, delay);
    }
    tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& trans, tlm::tlm_phase& phase, sc_core::sc_time& delay)
    {
        return at_.nb_transport_bw(0, trans, phase, delay);
    }
    void arrived(bridge::hop& h, const sc_core::sc_time& delay) override;
    void departing(bridge::hop& h, const sc_core::sc_time& delay) override;
    void returned(bridge::hop& h, const sc_core::sc_time& delay) override;
    tlm::tlm_bw_transport_if<>& upstream_link(unsigned) override { return *upstream.operator->(); }
    tlm::tlm_fw_transport_if<>& downstream_link(unsigned) override { return *downstream.operator->(); }
    void work(bridge::hop& h);
    void transact(burst_piece& piece, const step& s, sc_core::sc_time& delay);
    static void lend(bridge::hop& h);
    static void take_back(bridge::hop& h);

    // Direct memory pointers: tbu_dmi.cpp
    bool get_direct_mem_ptr(tlm::tlm_generic_payload& trans, tlm::tlm_dmi& dmi);
    void invalidate_direct_mem_ptr(sc_dt::uint64 first, sc_dt::uint64 last);
    std::optional<dmi_grants::grant> permitted(const request& r, const stream_context& context);
    void another_stream(std::uint64_t key);
    bool dmi_possible() const { return parameters_.dmi && (streams_seen_ <= 1 || parameters_.dmi_many_streams); }

    // A transaction's way, the same in both styles. Those that do not wait. What every hit of b_transport() goes
    // through stands in it as one piece (always_inline): half of its instructions would be calls.
    [[gnu::always_inline]] inline passage arrive(tlm::tlm_generic_payload& trans, const transaction_attributes& a,
                                                 sc_core::sc_time& delay);
    passage begin(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay);
    /// A hit that goes downstream as it is, with nobody of its ID before it.
    bool straight(const passage& p) const
    {
        const tlm::tlm_generic_payload& trans = *p.trans;
        const unsigned footprint = std::min(trans.get_data_length(), trans.get_streaming_width());
        return p.hit && footprint <= room(trans.get_address(), p.step.page_size_log2) &&
               (order_.empty() || !order_.occupied(order_id(trans)));
    }
    std::uint64_t order_id(const tlm::tlm_generic_payload& trans) const;
    void hold_up(passage& p, held_up& places);
    void depart(passage& p);
    void finished(unsigned group, const sc_core::sc_time& delay)
    {
        last_completion_[group] = std::max(last_completion_[group], sc_core::sc_time_stamp() + delay);
        leave(group);
    }
    void complete(tlm::tlm_generic_payload& trans, const step& s) const;
    void describe(latency_record& record, const step& s) const;
    // Those that may wait:
    void get_in(passage& p, sc_core::sc_time& delay);
    void translate_first(passage& p, sc_core::sc_time& delay);
    void transport_split(passage& p, sc_core::sc_time& delay, bool approximately = false); ///< tbu_split.cpp
    void transport_pieces(passage& p, sc_core::sc_time& delay, bool approximately);

    step find(passage& p, const request& r, sc_core::sc_time& delay);
    step resolve(passage& p, const request& r, sc_core::sc_time& delay);
    dti::stall_action hold(std::uint32_t ticket, passage& p);
    void enter(unsigned& group)
    {
        group = syncs_ & 1;
        ++under_way_[group];
    }
    void leave(unsigned group)
    {
        if (--under_way_[group] == 0 && draining_)
            drained_.notify();
    }
    /// `again`: the transaction's second look-up, which is not counted.
    bool serve_hit(const look_up& l, bool again, latency_record* latency, sc_core::sc_time& delay, step& s);
    [[gnu::always_inline]] inline bool find_hit(const look_up& l, bool again, latency_record* latency,
                                                sc_core::sc_time& delay, step& s);
    [[gnu::always_inline]] inline bool hit(const known_stream& stream, const tlb_line& line, const look_up& l, step& s);
    [[gnu::noinline]] bool serve_bypass(const stream_context& context, look_up l, step& s);
    [[gnu::noinline]] static bool careful_hit(const known_stream& stream, const tlb_line& line, look_up l);
    [[gnu::noinline]] const tlb_line* refill_micro_tlb(std::uint64_t key, packed_tag tag, std::uint64_t address,
                                                       bool again, latency_record* latency, sc_core::sc_time& delay);
    const tlb_line* look_up_main(packed_tag tag, std::uint64_t address, latency_record* latency,
                                 sc_core::sc_time& delay);
    step ask(const request& r, std::uint64_t key, latency_record* latency, sc_core::sc_time& delay);
    static step step_of(const outcome& o);
    static step ended(bool raz_wi);
    request request_of(const tlm::tlm_generic_payload& trans, std::uint64_t address) const;
    /// Bytes from the address to where the burst is cut; a bypassed or aborted transaction ends nowhere.
    std::uint64_t room(std::uint64_t address, std::uint8_t page_size_log2) const
    {
        if (page_size_log2 == 0)
            return ~std::uint64_t(0);
        const std::uint64_t size = std::uint64_t(1) << (parameters_.split_at_4k ? 12 : page_size_log2);
        return size - (address & (size - 1));
    }
    void count_arrival(std::uint64_t key, ats_state ats)
    {
        ++statistics_.transactions;
        count_look_up(key, ats);
    }
    void count_look_up(std::uint64_t key, ats_state ats)
    {
        tell(pmu_event::transaction, key);
        tell(pmu_event::ats_translated, key, ats == ats_state::translated);
    }
    void tell(pmu_event::number what, std::uint64_t key, bool counted = true)
    {
        if (pmu.observed())
            pmu(what, origin_of(key), counted);
    }
    flight& take_token(std::uint64_t key, std::uint64_t page);
    void give_back(flight& f);
    std::uint16_t translation_id(const flight& f) const { return static_cast<std::uint16_t>(&f - flights_.data()); }

    // Prefetch: tbu_prefetch.cpp
    [[gnu::noinline]] void use_prefetched(const tlb_line& line, std::uint64_t key, const sc_core::sc_time& delay);
    void follow(std::uint64_t key, const request& r, const translated& t);
    void begin_prefetch(prefetcher::sequence& s, const sc_core::sc_time& delay);
    bool worth_prefetching(const prefetcher::sequence& s) const;
    void prefetch(prefetcher::sequence& s);
    void ask_ahead(const prefetcher::sequence& s);

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
    occupancy main_port_; ///< of the main TLB: one look-up a cycle
    stream_table streams_;
    hit_attributes hit_attributes_;
    unsigned link_ = 0;
    unsigned tokens_ = 0; ///< granted by the TCU

    std::vector<flight> flights_; ///< by translation_id
    unsigned flights_used_ = 0;
    occupancy_probe tokens_in_use_;
    std::uint64_t asked_ = 0; ///< requests, prefetches too
    sc_core::sc_event flight_landed_;
    std::uint64_t invalidations_ = 0; ///< a translation asked for before the last one is used once and not kept

    waiting_room room_;
    departure_order order_;

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

    bridge at_;
    worker_pool<bridge::hop> workers_;
    prefetcher prefetcher_;
    worker_pool<prefetcher::sequence> prefetch_workers_;
    burst_pieces pieces_;

    dmi_grants grants_;
    std::uint64_t last_stream_ = 0;
    unsigned streams_seen_ = 0; ///< 0, 1, 2: more than one
};

} // namespace iovp::smmu
