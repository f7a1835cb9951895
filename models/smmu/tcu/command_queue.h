#pragma once

#include "common/latency_record.h"
#include "common/systemc/occupancy_probe.h"
#include "smmu/arch/command.h"
#include "smmu/dti/messages.h"
#include "smmu/tcu/memory_master.h"
#include "smmu/tcu/register_frame.h"
#include "smmu/tcu/wired_interrupt.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <systemc>
#include <vector>

namespace iovp::smmu {

/// What a command invalidates, or nothing. `e2h`: CR2.E2H of the state that the command acts on.
std::optional<dti::invalidate_request> invalidation_of(const command& c, bool e2h);

/// Fetches commands from the Command queue in memory and carries them out in order (ch. 4, 7.1).
class command_queue : public sc_core::sc_module {
public:
    /// Carries out what commands ask; all calls take the time that it takes.
    class executor {
    public:
        virtual ~executor() = default;
        virtual void invalidate(const dti::invalidate_request& r) = 0;
        virtual void synchronise(security_state queue) = 0;             ///< 4.7.3, all but the signal
        virtual void resume(const command& c) = 0;                      ///< 4.7.1
        virtual void terminate_stalled(const command& c) = 0;           ///< 4.7.2
        virtual bool e2h(security_state s) const = 0;                   ///< CR2.E2H of the state
        virtual bool nsstalld() const = 0;                              ///< S_CR0.NSSTALLD
        virtual void atc_invalidate(const command& c) = 0;              ///< 4.5.1
        virtual void page_response_command(const command& c) = 0;       ///< 4.5.2
        virtual bool atc_invalidations_complete() = 0;                  ///< 3.9.1.4: waits; false: one has timed out
        virtual void wake() = 0;                                        ///< an event to the PEs (IDR0.SEV)
        virtual std::uint8_t vmid_wildcard(security_state s) const = 0; ///< CR0.VMW of the state
    };

    command_queue(sc_core::sc_module_name name, const features& f, register_frame& frame, memory_master& memory,
                  executor& e, wired_interrupt& sync_wire, sc_core::sc_time command_time, unsigned commands_per_fetch,
                  std::function<void(unsigned)> raise_error);

    /// Something changed that may let commands run: indexes, enable, acknowledged error.
    void kick(sc_core::sc_time delay) { kicked_.notify(delay); }

    /// CMDQ_PROD is being written; it counts after `delay`.
    void submitted(std::uint32_t prod, const sc_core::sc_time& delay);

    /// Commands submitted from now on have records in `log`; null: none.
    void record(latency_log* log) { log_ = log; }

    /// No command is in progress (6.3.9.3).
    bool quiet() const { return !busy_; }
    const sc_core::sc_event& consumed() const { return consumed_; }

    std::uint64_t count() const { return count_; } ///< commands consumed

private:
    /// CMDQ_PROD has been written.
    struct doorbell {
        std::uint32_t prod;
        time_ps when;
    };

    void run();
    bool runnable() const;
    void consume();
    /// The command at CONS, from memory or from the last read of several. False: aborted.
    bool fetch(raw_command& raw, sc_core::sc_time& delay);
    void execute(const command& c);
    void fail(command_error why);
    void signal(const command& c);
    void begin_record(std::uint32_t cons);
    void spent(stage s);
    void level();

    const features feature_;
    register_frame& frame_;
    memory_master& memory_;
    executor& executor_;
    wired_interrupt& sync_wire_;
    const sc_core::sc_time command_time_;
    const unsigned commands_per_fetch_;
    std::function<void(unsigned)> raise_error_;
    std::vector<raw_command> fetched_; ///< commands from CONS on that have been read already
    std::size_t next_fetched_ = 0;
    latency_log* log_ = nullptr;
    latency_record* latency_ = nullptr; ///< of the command in progress
    std::deque<doorbell> doorbells_;    ///< of commands not yet consumed
    occupancy_probe waiting_;           ///< commands not yet consumed
    bool busy_ = false;
    std::uint64_t count_ = 0;
    sc_core::sc_event kicked_;
    sc_core::sc_event consumed_;
};

} // namespace iovp::smmu
