#pragma once

#include "gic/arch/its_state.h"
#include "gic/distributor.h"

#include "common/latency_record.h"

#include <systemc>
#include <tlm>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <deque>
#include <optional>

namespace iovp::gic {

/// GICv3 Interrupt Translation Service: MSIs (DeviceID, EventID) to LPIs, by tables in memory that software fills with
/// commands. See models/gic/README.md.
class its : public sc_core::sc_module, private its_environment {
public:
    struct parameters {
        its_limits limits;                                   ///< what GITS_TYPER reports, and the caches
        unsigned queue_depth = 32;                           ///< MSIs accepted and not yet translated, 1..4096; assumed
        sc_core::sc_time register_access{5, sc_core::SC_NS}; ///< one access to either frame; assumed
        sc_core::sc_time lookup{4, sc_core::SC_NS};          ///< one look-up in a cache; assumed
        sc_core::sc_time command{8, sc_core::SC_NS};         ///< decode of a command, apart from its accesses; assumed
        sc_core::sc_time link{4, sc_core::SC_NS};            ///< a message to a redistributor; assumed
        /// One event for the whole way of an MSI that meets nobody, instead of one for each stage. The times are the
        /// same; only the simulation's speed differs.
        bool merge_stages = true;

        void check(const std::string& object) const;
    };

    struct statistics {
        std::uint64_t translations = 0;         ///< MSIs that became a message to a redistributor
        std::uint64_t ignored_no_device_id = 0; ///< writes to GITS_TRANSLATER that carry no DeviceID
        std::uint64_t ignored_disabled = 0;     ///< ... while GITS_CTLR.Enabled is 0
        std::uint64_t ignored_unmapped = 0;     ///< ... of a device, event or collection that is not mapped
        std::uint64_t ignored_access = 0;       ///< ... of another size than 2 or 4 bytes
        std::uint64_t commands = 0;             ///< commands completed
        std::uint64_t command_errors = 0;       ///< commands that stalled the queue
        std::uint64_t table_reads = 0;          ///< 8-byte reads of the tables
        std::uint64_t table_writes = 0;
        std::uint64_t hits[3] = {};   ///< of the caches, by its_table
        std::uint64_t misses[3] = {}; ///< of the caches, by its_table
    };

    tlm_utils::simple_target_socket<its, 64> registers; ///< control frame and translation frame, 128 KiB
    tlm_utils::simple_initiator_socket<its, 64> memory; ///< command queue and tables

    SC_HAS_PROCESS(its);
    its(const sc_core::sc_module_name& name, const parameters& p, distributor& d);

    const statistics& stats() const { return statistics_; }
    /// Why the last command stalled the queue, and why the last MSI was ignored.
    its_error command_error() const { return command_error_; }
    its_error translation_error() const { return translation_error_; }

    // For the redistributor that expects an MSI whose stages were merged.

    /// Brings it into the state that it has by now, after which it goes stage by stage.
    void split_stages();

private:
    struct arrival {
        sc_core::sc_time due;
        std::uint32_t device;
        std::uint32_t event;
        latency_record* record;
    };
    /// An MSI that meets nobody: ITS and redistributor idle, every look-up a hit. All its times are known when it
    /// arrives, so that nothing happens before the CPU interface decides, or before somebody comes in between.
    struct lone_msi {
        arrival msi;
        its_engine::route way;
        redistributor* target;
        sc_core::sc_time translated; ///< the ITS has done its part
    };

    void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
    unsigned transport_dbg(tlm::tlm_generic_payload& payload);
    void accept(const tlm::tlm_generic_payload& payload, std::uint32_t event, sc_core::sc_time& delay);
    void run();
    bool merge_stages(const arrival& a);
    void account(const lone_msi& m);
    void take_translation();
    void take_command();
    void consume();

    bool read(its_table table, std::uint64_t address, std::uint64_t& value) override;
    bool write(its_table table, std::uint64_t address, std::uint64_t value) override;
    void looked_up(its_table table, bool hit) override;
    void step_done(its_table table) override;
    bool target_exists(std::uint64_t processor_number) const override;
    void set_lpi(std::uint32_t target, std::uint32_t intid) override;
    void clear_lpi(std::uint32_t target, std::uint32_t intid) override;
    void invalidate_lpi(std::uint32_t target, std::uint32_t intid) override;
    void invalidate_all(std::uint32_t target) override;
    void move_lpi(std::uint32_t from, std::uint32_t to, std::uint32_t intid) override;
    void move_all(std::uint32_t from, std::uint32_t to) override;
    void synchronize(std::uint32_t target) override;

    parameters parameters_;
    distributor& distributor_;
    its_state state_;
    its_engine engine_;
    statistics statistics_;
    its_error command_error_ = its_error::none;
    its_error translation_error_ = its_error::none;

    std::deque<arrival> arrivals_; ///< by time; of equal times in the order of the writes
    sc_core::sc_event work_;
    sc_core::sc_event space_;
    bool reload_ = false;              ///< enabled anew: take GITS_BASER<n> over before anything else
    bool resting_ = false;             ///< run() waits for work
    std::optional<lone_msi> lone_;     ///< nothing of it has happened yet
    std::optional<lone_msi> resumed_;  ///< it was split when translated and not yet sent: run() goes on with it
    sc_core::sc_time delay_;           ///< of the operation under way, not yet waited for
    latency_record* record_ = nullptr; ///< of the translation under way
};

} // namespace iovp::gic
