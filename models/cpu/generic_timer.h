#pragma once

#include "common/systemc/system_register_if.h"

#include <array>
#include <cstdint>
#include <memory>
#include <systemc>

namespace iovp::cpu {

/// The generic timer of one core (Arm ARM D12): the view of the system counter, and the timers that compare with it.
/// Who may access which register (CNTKCTL_EL1, CNTHCTL_EL2, the Exception level) is the core's to check.
class generic_timer : public sc_core::sc_module {
public:
    struct parameters {
        std::uint64_t frequency = 1'000'000'000; ///< Hz, a divisor of 10^12 (D12.1: 1 GHz from Armv8.6)
        bool hypervisor = true;                  ///< EL2: CNTHCTL_EL2, CNTVOFF_EL2, CNTHP_*
        bool hypervisor_virtual = false;         ///< FEAT_VHE: CNTHV_*

        /// Reports a value that is not allowed as iovp::configuration_error naming `object`.
        void check(const std::string& object) const;
    };

    // The timers' interrupts, level: ISTATUS && ENABLE && !IMASK (D12.2.4). The numbers are those that Arm's Base
    // System Architecture recommends. Each may stay unbound.
    sc_core::sc_out<bool> physical_irq;           ///< CNTP, INTID 30
    sc_core::sc_out<bool> virtual_irq;            ///< CNTV, INTID 27
    sc_core::sc_out<bool> hypervisor_irq;         ///< CNTHP, INTID 26
    sc_core::sc_out<bool> hypervisor_virtual_irq; ///< CNTHV, INTID 28

    SC_HAS_PROCESS(generic_timer);
    generic_timer(const sc_core::sc_module_name& name, const parameters& p);

    /// MRS and MSR of CNT*. `ahead`: how far the caller runs ahead of simulated time; the counter is read, and the
    /// lines change, that much later than now. False: there is no such register, or it cannot be accessed like that:
    /// UNDEFINED. After a write with `ahead` zero the lines have their new level two delta cycles later.
    bool read_register(system_register which, std::uint64_t& value,
                       const sc_core::sc_time& ahead = sc_core::SC_ZERO_TIME) const;
    bool write_register(system_register which, std::uint64_t value,
                        const sc_core::sc_time& ahead = sc_core::SC_ZERO_TIME);

    std::uint64_t physical_count(const sc_core::sc_time& ahead = sc_core::SC_ZERO_TIME) const; ///< CNTPCT_EL0
    std::uint64_t virtual_count(const sc_core::sc_time& ahead = sc_core::SC_ZERO_TIME) const;  ///< CNTVCT_EL0
    std::uint64_t control_el1() const { return cntkctl_; }                                     ///< CNTKCTL_EL1
    std::uint64_t control_el2() const { return cnthctl_; }                                     ///< CNTHCTL_EL2

    /// Every register back to its reset value; those that are UNKNOWN then are zero, CNTFRQ_EL0 is the frequency and
    /// CNTHCTL_EL2 traps nothing, as where EL2 is not used.
    void reset();

    const parameters& configuration() const { return parameters_; }

private:
    enum timer_name : unsigned { physical, virtual_, hypervisor, hypervisor_virtual, timer_count };

    struct timer {
        std::uint64_t compare = 0; ///< CVAL
        bool enable = false;
        bool imask = false;
    };

    void before_end_of_elaboration() override;
    std::uint64_t count_of(unsigned t, std::uint64_t system_count) const;
    bool condition_met(unsigned t, std::uint64_t system_count) const;
    bool exists(unsigned t) const;
    std::uint64_t read_timer(unsigned t, unsigned op2, std::uint64_t system_count) const;
    void write_timer(unsigned t, unsigned op2, std::uint64_t value, std::uint64_t system_count);
    void drive_lines();

    const parameters parameters_;
    const std::uint64_t period_ps_;
    std::array<timer, timer_count> timers_;
    std::uint64_t offset_ = 0;    ///< CNTVOFF_EL2
    std::uint64_t frequency_ = 0; ///< CNTFRQ_EL0
    std::uint64_t cntkctl_ = 0;
    std::uint64_t cnthctl_ = 0;
    std::array<sc_core::sc_out<bool>*, timer_count> lines_;
    std::array<std::unique_ptr<sc_core::sc_signal<bool>>, timer_count> unused_; ///< of lines that nobody has bound
    sc_core::sc_event due_;
};

} // namespace iovp::cpu
