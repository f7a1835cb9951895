#pragma once

#include "smmu/arch/translate.h"
#include "smmu/dti/ats.h"
#include "smmu/dti/sockets.h"
#include "smmu/dti/tbu_group.h"
#include "smmu/pmcg/events.h"
#include "smmu/tcu/atos_engine.h"
#include "smmu/tcu/ats_service.h"
#include "smmu/tcu/command_queue.h"
#include "smmu/tcu/configuration_cache.h"
#include "smmu/tcu/event_queue.h"
#include "smmu/tcu/interrupt_source.h"
#include "smmu/tcu/memory_master.h"
#include "smmu/tcu/parameters.h"
#include "smmu/tcu/pri_queue.h"
#include "smmu/tcu/programming_interface.h"
#include "smmu/tcu/register_frame.h"
#include "smmu/tcu/slot_pool.h"
#include "smmu/tcu/stall_table.h"
#include "smmu/tcu/table_fetches.h"
#include "smmu/tcu/walk_cache.h"
#include "smmu/tcu/wired_interrupt.h"

#include <cstdint>
#include <memory>
#include <systemc>
#include <tlm>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>
#include <vector>

namespace iovp::smmu {

/// Translation Control Unit: registers, configuration and table walks, queues, invalidation. See
/// models/smmu/README.md.
class tcu : public sc_core::sc_module,
            private dti::to_tcu,
            private register_frame::listener,
            private command_queue::executor,
            private event_queue::stall_listener,
            private dti::ats_to_tcu,
            private pri_queue::responder {
public:
    using parameters = tcu_parameters;

    tlm_utils::simple_target_socket<tcu, 64>
        registers; ///< 128 KiB: pages 0 and 1 (6.1), addresses from 0; 192 KiB with VATOS, 256 with S_VATOS
    tlm_utils::simple_initiator_socket<tcu, 64> memory; ///< tables, queues and MSIs
    dti::subordinate_socket dti;                        ///< from 1 to 62 TBUs
    dti::ats_subordinate_socket ats;                    ///< PCIe root complexes (3.9.1), or none; needs feature.ats
    sc_core::sc_out<bool> eventq_irq;                   ///< edge-triggered pulses (3.18.2)
    sc_core::sc_out<bool> gerror_irq;
    sc_core::sc_out<bool> cmd_sync_irq;
    sc_core::sc_out<bool> priq_irq; ///< never asserted without feature.pri
    /// IDR0.SEV: a pulse is an event to every PE, as SEV. Need not be bound.
    sc_core::sc_export<sc_core::sc_signal_in_if<bool>> event_out;
    sc_core::sc_out<bool> secure_eventq_irq; ///< the Secure programming interface's; may stay unbound, as the next two
    sc_core::sc_out<bool> secure_gerror_irq;
    sc_core::sc_out<bool> secure_cmd_sync_irq;
    pmu_source pmu; ///< for a pmcg

    /// Reads of memory and cache look-ups so far.
    struct statistics {
        std::uint64_t translations = 0;
        std::uint64_t speculative = 0;           ///< translations that no transaction waits for, not in the above
        std::uint64_t configuration_lookups = 0; ///< of STEs and CDs
        std::uint64_t configuration_misses = 0;
        std::uint64_t configuration_reads = 0; ///< L1STD, STE, L1CD, CD: PMU event 0x5 of MMU-600
        std::uint64_t table_reads = 0;         ///< descriptors: PMU event 0x4
        std::uint64_t merged_reads = 0;        ///< descriptors that another walk was fetching
    };

    tcu(sc_core::sc_module_name name, const parameters& p);
    ~tcu() override;

    /// Commands, up to CMD_SYNC's signal, and the ATS requests whose root complex keeps no record of its own have
    /// records in `log` from now on; null: none.
    void record(latency_log* log);

    const parameters& configuration() const { return parameters_; }
    const statistics& counts() const { return statistics_; }
    /// Look-ups and hits per stage and level.
    const walk_cache& walks() const { return walk_cache_; }
    const event_queue& events() const { return events_; }
    const command_queue& commands() const { return commands_; }
    const pri_queue& page_requests() const { return page_requests_; }
    const ats_service& pcie() const { return ats_service_; }
    const programming_interface* secure() const { return secure_.get(); } ///< null without feature.secure_impl
    std::size_t stalled() const { return stalls_.size(); }                ///< transactions held by the TBUs

private:
    class walker; // one translation's view of memory and caches, with time

    void before_end_of_elaboration() override;
    void end_of_elaboration() override;
    void b_transport(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay);
    unsigned transport_dbg(tlm::tlm_generic_payload& trans);

    // dti::to_tcu
    dti::connect_acknowledge connect(unsigned link, const dti::connect_request& r) override;
    void disconnect(unsigned link) override;
    void translate(unsigned link, const dti::translation_request& r, dti::translation_response& response,
                   sc_core::sc_time& delay) override;
    void invalidate_acknowledge(unsigned link) override { tbus_.invalidate_acknowledged(link); }
    void sync_acknowledge(unsigned link) override { tbus_.sync_acknowledged(link); }
    outcome translate_functional(const request& r) override;

    // command_queue::executor
    void invalidate(const dti::invalidate_request& r) override;
    void synchronise(security_state queue) override;
    void resume(const command& c) override;
    void terminate_stalled(const command& c) override;
    bool e2h(security_state s) const override { return cr2::e2h::get(interface_of(s).frame.get(reg::cr2)); }
    std::uint8_t vmid_wildcard(security_state s) const override;
    bool nsstalld() const override { return secure_ && secure_->frame.nsstalld(); }
    void wake() override { wake_.trigger(); }
    void atc_invalidate(const command& c) override;
    void page_response_command(const command& c) override;
    bool atc_invalidations_complete() override;

    // dti::ats_to_tcu
    void ats_translate(const ats_request& r, latency_record* latency, ats_completion& completion,
                       sc_core::sc_time& delay) override;
    void ats_invalidated(std::uint32_t id, dti::ats_invalidation_result result) override;
    void page_requested(const page_request& r) override;

    // pri_queue::responder
    void respond(const page_response& r) override;
    std::optional<bool> response_has_pasid(stream_id stream) override;

    // event_queue::stall_listener
    bool awaits_record(std::uint32_t ticket) const override { return stalls_.awaits_record(ticket); }
    void recorded(std::uint32_t ticket, bool in_queue) override { stalls_.recorded(ticket, in_queue); }

    // register_frame::listener
    void update_requested() override;
    void commands_may_run() override;
    void commands_submitted(security_state s, std::uint32_t prod) override;
    void events_may_be_written() override;
    void atos_requested() override
    {
        for (const auto& a : atos_)
            a->kick(write_delay_);
    }

    /// A translation that has arrived in the TCU, up to its answer.
    void answer(unsigned link, const dti::translation_request& r, dti::translation_response& response,
                sc_core::sc_time& delay);
    void stall(unsigned link, const request& r, event_record e, dti::translation_response& response);
    void release(const std::vector<stall_table::released>& all);
    const programming_interface& interface_of(security_state s) const
    {
        return s == security_state::secure && secure_ ? *secure_ : non_secure_;
    }
    programming_interface& interface_of(security_state s)
    {
        return s == security_state::secure && secure_ ? *secure_ : non_secure_;
    }
    /// The registers as a translation for a stream of the state sees them.
    control control_of(security_state s) const;
    /// The registers that an access reaches (6.2), or null: RAZ/WI.
    register_frame* addressed(const tlm::tlm_generic_payload& trans);
    void retry(programming_interface& i);
    void update(programming_interface& i);
    void invalidate_all();
    void retry_thread() { retry(non_secure_); }
    void secure_retry_thread() { retry(*secure_); }
    void add_atos(programming_interface& i);
    std::uint64_t translate_address(programming_interface& i, const reg::atos_group& where, bool is_virtual);
    void update_thread() { update(non_secure_); }
    void secure_update_thread() { update(*secure_); }
    void update_cr0(programming_interface& i);
    void update_irq_ctrl(programming_interface& i);
    void update_gbpa(programming_interface& i);

    const parameters parameters_;
    statistics statistics_;
    memory_master master_;
    programming_interface non_secure_;
    std::unique_ptr<programming_interface> secure_; ///< null without feature.secure_impl
    // The Non-secure interface's
    register_frame& frame_ = non_secure_.frame;
    event_queue& events_ = non_secure_.events;
    command_queue& commands_ = non_secure_.commands;
    std::vector<std::unique_ptr<sc_core::sc_signal<bool>>> unused_wires_; ///< of ports that nobody has bound
    sc_core::sc_out<bool> event_driver_;
    sc_core::sc_signal<bool> event_wire_;
    wired_interrupt wake_;
    interrupt_source priq_interrupt_;
    pri_queue page_requests_;
    ats_service ats_service_;

    stall_table stalls_;
    sc_core::sc_event may_retry_; ///< unrecorded stalls may find a STAG and a writable queue

    std::vector<std::unique_ptr<atos_engine>> atos_; ///< one for each ATOS interface that is implemented

    configuration_cache configuration_cache_;
    walk_cache walk_cache_;
    table_fetches table_fetches_;
    std::uint64_t invalidations_ = 0; ///< walks begun before the last one fill no cache any more
    slot_pool slots_;
    slot_pool walk_slots_;
    slot_pool configuration_slots_;

    dti::tbu_group tbus_;
    std::vector<unsigned> granted_; ///< tokens per TBU; 0: not connected
    unsigned tokens_left_;
    occupancy_probe tokens_granted_;
    latency_log* log_ = nullptr;

    sc_core::sc_time write_delay_; ///< annotated delay of the register write in progress
};

} // namespace iovp::smmu
