#pragma once

#include "gic/arch/keyed_cache.h"
#include "gic/arch/redistributor_state.h"
#include "gic/distributor.h"

#include "common/transaction_attributes.h"

#include <systemc>
#include <tlm>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <deque>
#include <memory>
#include <vector>

namespace iovp::gic {

class its;

/// GICv3 redistributor of one CPU: RD_base and SGI_base frames, SGIs, PPIs, and LPIs with their configuration and
/// pending tables in memory. See models/gic/README.md.
class redistributor : public sc_core::sc_module {
public:
    struct parameters {
        std::uint64_t mpidr = 0;     ///< MPIDR_EL1 of the CPU; its affinity fields identify the redistributor
        bool last = false;           ///< GICR_TYPER.Last: the last of the contiguous region
        unsigned lpi_cache = 256;    ///< LPI configurations held, 0..65536, a multiple of lpi_cache_ways; assumed
        unsigned lpi_cache_ways = 2; ///< 1..16; assumed
        sc_core::sc_time register_access{5, sc_core::SC_NS};  ///< one access to a frame; assumed
        sc_core::sc_time its_link{4, sc_core::SC_NS};         ///< a message from the ITS; assumed
        sc_core::sc_time lpi_cache_lookup{4, sc_core::SC_NS}; ///< look-up of an LPI's configuration; assumed
        sc_core::sc_time signal{4, sc_core::SC_NS}; ///< a change of state to the CPU interface's decision; assumed
        sc_core::sc_time wake{10, sc_core::SC_NS};  ///< GICR_WAKER: until ChildrenAsleep follows; assumed

        void check(const std::string& object) const;
    };

    struct statistics {
        std::uint64_t lpis_set = 0;     ///< LPIs that became pending
        std::uint64_t lpis_merged = 0;  ///< ... that were pending already
        std::uint64_t lpis_dropped = 0; ///< ... that came while LPIs were off, or do not exist here
        std::uint64_t configuration_hits = 0;
        std::uint64_t configuration_reads = 0; ///< reads of the configuration table in memory
        std::uint64_t pending_reads = 0;       ///< reads of the pending table, 64 bytes each
        std::uint64_t pending_writes = 0;
        std::uint64_t memory_errors = 0; ///< accesses that were answered with an error; the LPI stays disabled
    };

    tlm_utils::simple_target_socket<redistributor, 64> registers; ///< RD_base and SGI_base, 128 KiB
    tlm_utils::simple_initiator_socket<redistributor, 64> memory; ///< LPI tables
    /// ppi[n] is INTID 16 + n; may stay unbound.
    sc_core::sc_vector<sc_core::sc_in<bool>> ppi;

    SC_HAS_PROCESS(redistributor);
    redistributor(const sc_core::sc_module_name& name, const parameters& p, distributor& d);

    const statistics& stats() const { return statistics_; }

    // For the other modules of this GIC.

    /// LPIs on their way from one redistributor to another.
    struct handover {
        redistributor* to;
        bool arrived = false;
        std::vector<lpi_list::entry> lpis{};
    };

    /// What the ITS tells a redistributor. Messages take effect one after another, in order.
    struct message {
        enum class kind : std::uint8_t {
            set,
            configured, ///< the end of a set that began as an expected one
            clear,
            invalidate,
            invalidate_all,
            move,
            move_all,
            receive,
            enable,
            disable
        };
        kind what;
        std::uint32_t intid = 0;
        latency_record* record = nullptr;
        std::shared_ptr<handover> lpis = nullptr; ///< move, move_all, receive
    };
    void post(const message& m, const sc_core::sc_time& delay);
    /// An MSI whose stages are merged will be here at `delivered`. False: it would meet somebody, or it takes longer
    /// than a look-up in the cache; nothing is expected then.
    bool expect(its& from, std::uint32_t intid, const sc_core::sc_time& delivered);
    /// It comes by post() instead.
    void expect_nothing();
    /// It has left the ITS, and is here or will be.
    void deliver(std::uint32_t intid, latency_record* record, const sc_core::sc_time& delivered);
    /// The MSI that is expected takes part in what follows, where its configuration is known by now.
    void catch_up()
    {
        if (expected_from_ && sc_core::sc_time_stamp() >= expected_)
            split_expected();
    }
    /// MOVI and MOVALL (`what` is move or move_all): what is pending here goes to `to`, which carries out nothing that
    /// is sent to it later before it has received them: a SYNC, CLEAR or DISCARD there covers them.
    void move(message::kind what, std::uint32_t intid, redistributor& to, const sc_core::sc_time& delay);
    /// Every message has taken effect.
    bool idle() const { return messages_.empty(); }
    const sc_core::sc_event& became_idle() const { return idle_; }

    redistributor_state& state() { return state_; }
    /// The wire of an interrupt from inside the GIC: the CPU interface's maintenance interrupt.
    void level(std::uint32_t intid, bool high)
    {
        state_.local.line(intid, high);
        notify(parameters_.signal);
    }
    unsigned number() const { return state_.who().processor_number; }
    distributor& owner() { return distributor_; }
    /// The CPU interface looks again after `delay`.
    void notify(const sc_core::sc_time& delay)
    {
        catch_up();
        changed_.notify(delay);
    }
    /// ... in this delta cycle.
    void notify_now()
    {
        catch_up();
        changed_.notify();
    }
    const sc_core::sc_event& changed() const { return changed_; }
    /// ... for an expected MSI.
    const sc_core::sc_event& arrived() const { return arrived_; }

private:
    struct timed_message {
        message content;
        sc_core::sc_time due;
    };

    void before_end_of_elaboration() override { unused_.bind_unused(ppi); }
    void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
    unsigned transport_dbg(tlm::tlm_generic_payload& payload);
    void apply(redistributor_state::effect e, const sc_core::sc_time& delay);
    void wire(unsigned n);
    void run();
    void carry_out(const message& m);
    void hand_over(const message& m);
    void receive(const handover& h);
    void set(std::uint32_t intid, latency_record* record);
    bool insert(std::uint32_t intid, latency_record* record, const sc_core::sc_time& at);
    void finish_set(std::uint32_t intid, const sc_core::sc_time& at);
    void split_expected();
    void configure(std::uint32_t intid);
    void invalidate(std::uint32_t first, std::uint32_t last);
    void load_pending_table();
    void store_pending_table();
    bool access(tlm::tlm_command command, std::uint64_t address, void* data, unsigned size);
    void follow_sleep();

    parameters parameters_;
    distributor& distributor_;
    redistributor_state state_;
    keyed_cache<lpi_configuration> cache_;
    statistics statistics_;
    std::deque<timed_message> messages_;
    sc_core::sc_event posted_;
    sc_core::sc_event handed_over_;
    sc_core::sc_event idle_;
    sc_core::sc_event changed_;
    sc_core::sc_event arrived_;
    its* expected_from_ = nullptr; ///< an MSI whose stages are merged is on its way
    sc_core::sc_time expected_;    ///< when its configuration will be known
    sc_core::sc_event sleep_;
    optional_inputs unused_;
};

} // namespace iovp::gic
