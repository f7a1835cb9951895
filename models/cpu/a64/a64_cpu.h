#pragma once

#include "common/systemc/system_register_if.h"
#include "cpu/generic_timer.h"
#include "cpu/psci.h"
#include "vmsa/regime.h"

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <systemc>
#include <tlm>
#include <tlm_utils/simple_initiator_socket.h>

namespace iovp::cpu {

namespace a64 {
class core;
}

/// An AArch64 core of Armv8.0-A with EL0 to EL2 that executes programs from memory. See models/cpu/README.md.
class a64_cpu : public sc_core::sc_module {
public:
    struct parameters {
        unsigned index = 0;         ///< the platform's number of this core, only for messages
        std::uint64_t affinity = 0; ///< MPIDR_EL1: Aff3 [39:32], Aff2..0 [23:0]
        sc_core::sc_time clock_period = sc_core::sc_time(500, sc_core::SC_PS); ///< 2 GHz, assumed
        unsigned cycles_per_instruction = 1; ///< every instruction, also loads and stores by DMI; assumed
        sc_core::sc_time interrupt_entry = sc_core::sc_time(50, sc_core::SC_NS); ///< wire to first instruction; assumed
        std::uint64_t counter_frequency = 1'000'000'000; ///< Hz, a divisor of 10^12 (D12.1: 1 GHz from Armv8.6)
        std::size_t stack_size = 1u << 20;               ///< bytes of the thread's stack, 256 KiB or more
        bool powered_on_at_reset = false;                ///< false: off until power_on()
        std::uint64_t reset_address = 0;                 ///< PC and RVBAR, aligned to 4
        std::array<std::uint64_t, 4> reset_arguments{};  ///< x0..x3 at reset
        /// 1 or 2. With 1 EL2 is not used by software: HVC goes to the firmware.
        unsigned reset_exception_level = 2;
        /// Local time may run ahead this far: 0: one instruction at a time, exact and slow.
        sc_core::sc_time quantum = sc_core::sc_time(1, sc_core::SC_US);
        sc_core::sc_time wfe_timeout = sc_core::sc_time(1, sc_core::SC_US); ///< WFE ends by itself then; above 0
        vmsa::implementation mmu; ///< what the core's MMU can do; output_bits up to 48

        /// Reports a value that is not allowed as iovp::configuration_error naming `object`.
        void check(const std::string& object) const;
    };

    /// Counts since construction.
    struct statistics {
        std::uint64_t instructions = 0;
        std::uint64_t exceptions = 0;   ///< taken, interrupts included
        std::uint64_t interrupts = 0;   ///< IRQ, FIQ and virtual ones taken
        std::uint64_t walks = 0;        ///< translation table walks
        std::uint64_t bus_accesses = 0; ///< by b_transport, descriptors included
        sc_core::sc_time asleep;        ///< in WFI and WFE
    };

    tlm_utils::simple_initiator_socket<a64_cpu, 64> bus; ///< data, fetch and table walks; physical addresses, DMI
    sc_core::sc_in<bool> irq;                            ///< level, high: pending; may stay unbound
    sc_core::sc_in<bool> fiq;                            ///< level, high: pending; may stay unbound
    sc_core::sc_in<bool> virq; ///< level, high: the GIC's virtual CPU interface has an interrupt; may stay unbound
    sc_core::sc_in<bool> vfiq; ///< the same of Group 0
    sc_core::sc_port<system_register_if, 1, sc_core::SC_ZERO_OR_MORE_BOUND> gic; ///< ICC_* and ICH_*
    /// ICV_*: what ICC_* of Group 1 mean at EL1 while HCR_EL2.IMO is set, of Group 0 while FMO is set.
    sc_core::sc_port<system_register_if, 1, sc_core::SC_ZERO_OR_MORE_BOUND> virtual_gic;
    generic_timer timer; ///< its sc_out lines are bound by the platform

    a64_cpu(const sc_core::sc_module_name& name, const parameters& p);
    ~a64_cpu() override;

    const parameters& configuration() const { return parameters_; }
    const statistics& stats() const;

    /// Starts the core: PC = entry, x0 = context, MMU off, interrupts masked. False: it is on, or `el` is not 1 or 2.
    bool power_on(std::uint64_t entry, std::uint64_t context, unsigned el);
    bool powered_on() const { return on_; }
    /// The core with that affinity, null where there is none.
    static a64_cpu* find(std::uint64_t affinity);

    /// Who answers SMC, and HVC from EL1 where reset_exception_level is 1. Null, as at first: both are UNDEFINED.
    void set_firmware(psci_if* firmware) { firmware_ = firmware; }

    /// Called once, from the core's thread, when the program cannot go on (a fetch from nowhere with no handler, an
    /// exception that repeats for ever). `what` is one message with core, PC, EL and registers. Default:
    /// SC_REPORT_ERROR with the id "/iovp/a64". The core is off when the function returns.
    void on_fatal(std::function<void(const std::string& what)> f) { fatal_ = std::move(f); }

    // For debuggers and tests, at any time but from within the core's own accesses; no time passes.

    std::uint64_t register_x(unsigned n) const; ///< x0..x30
    void set_register_x(unsigned n, std::uint64_t value);
    std::uint64_t sp() const; ///< the current SP
    void set_sp(std::uint64_t value);
    std::uint64_t pc() const;
    void set_pc(std::uint64_t value);
    std::uint32_t pstate() const; ///< in the format of SPSR_ELx
    void set_pstate(std::uint32_t value);
    std::array<std::uint64_t, 2> register_v(unsigned n) const;
    void set_register_v(unsigned n, const std::array<std::uint64_t, 2>& value);
    std::uint32_t fpcr() const;
    void set_fpcr(std::uint32_t value);
    std::uint32_t fpsr() const;
    void set_fpsr(std::uint32_t value);
    unsigned exception_level() const;
    /// The register as stored, by encoding; nothing where there is none or where reading it would have an effect.
    std::optional<std::uint64_t> system_register_value(system_register which) const;
    /// Through the MMU as the current Exception level, permissions ignored, no side effects. False: not mapped.
    bool debug_read(std::uint64_t va, void* data, std::size_t size);
    bool debug_write(std::uint64_t va, const void* data, std::size_t size);
    /// One line per fact: core, PC, EL, registers.
    std::string describe() const;

    enum class stop_reason { breakpoint, step, requested };
    /// Called in the core's thread when it stops; it goes on when the function returns. Simulated time stands still.
    void on_stop(std::function<void(stop_reason)> f) { stopped_ = std::move(f); }
    void set_breakpoint(std::uint64_t va);
    void clear_breakpoint(std::uint64_t va);
    /// Stops after each instruction.
    void set_single_step(bool on) { single_step_ = on; }
    /// Stops at the end of its quantum; a core that sleeps or is off, once it executes again.
    void request_stop() { stop_requested_ = true; }

protected:
    void before_end_of_elaboration() override;
    void end_of_elaboration() override;

private:
    friend class a64::core;

    void run();
    void wire_changed();
    void invalidate_direct_mem_ptr(sc_dt::uint64 start, sc_dt::uint64 end);

    const parameters parameters_;
    psci_if* firmware_ = nullptr;
    std::function<void(const std::string&)> fatal_;
    std::function<void(stop_reason)> stopped_;
    bool on_ = false;
    bool single_step_ = false;
    bool stop_requested_ = false;
    std::array<std::unique_ptr<sc_core::sc_signal<bool>>, 4> unused_; ///< of wires that nobody has bound
    std::unique_ptr<a64::core> core_;
};

} // namespace iovp::cpu
