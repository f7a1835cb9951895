#pragma once

#include "common/systemc/system_register_if.h"
#include "common/transaction_attributes.h"
#include "cpu/guest_stage2.h"
#include "vmsa/fault.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <systemc>
#include <tlm>
#include <tlm_utils/simple_initiator_socket.h>

namespace iovp::cpu {

/// A core that runs software compiled for the machine that simulates: its entry function is called in an SC_THREAD, and
/// reaches the platform through the functions below. See models/cpu/README.md.
class host_cpu : public sc_core::sc_module {
public:
    struct parameters {
        unsigned index = 0;         ///< the software's number of this CPU
        std::uint64_t affinity = 0; ///< MPIDR_EL1: Aff3 [39:32], Aff2..0 [23:0]
        sc_core::sc_time clock_period = sc_core::sc_time(500, sc_core::SC_PS); ///< 2 GHz, assumed
        unsigned cycles_per_access = 4; ///< what the core adds to each access and register read; assumed
        sc_core::sc_time interrupt_entry = sc_core::sc_time(50, sc_core::SC_NS); ///< wire and exception entry; assumed
        sc_core::sc_time hypercall_entry = sc_core::sc_time(50, sc_core::SC_NS); ///< HVC and ERET together; assumed
        std::uint64_t counter_frequency = 1'000'000'000; ///< Hz, a divisor of 10^12 (D12.1: 1 GHz from Armv8.6)
        unsigned copy_size = 64;           ///< bytes of one access of copy_in() and copy_out(): a power of two 8..4096
        std::size_t stack_size = 1u << 20; ///< bytes, 64 KiB or more
        bool powered_on_at_reset = false;  ///< needs an entry given to reset_entry()
        sc_core::sc_time quantum = sc_core::SC_ZERO_TIME; ///< local time may run ahead this far; 0: never
        vmsa::implementation mmu;                         ///< what the guest's stage 2 can do

        /// Reports a value that is not allowed as iovp::configuration_error naming `object`.
        void check(const std::string& object) const;
    };

    enum class memory_kind { device, normal };

    /// EL1 software under this core's stage 2.
    struct guest {
        std::uint64_t vttbr = 0; ///< VTTBR_EL2
        std::uint64_t vtcr = 0;  ///< VTCR_EL2
        std::function<std::uint64_t(std::uint64_t function, const std::uint64_t arguments[4])> hypercall;
    };

    tlm_utils::simple_initiator_socket<host_cpu, 64> bus; ///< to the interconnect; physical addresses
    sc_core::sc_in<bool> irq;                             ///< from the GIC's CPU interface, level, high: pending
    sc_core::sc_port<system_register_if, 1, sc_core::SC_ZERO_OR_MORE_BOUND> gic; ///< ICC_*_EL1

    host_cpu(const sc_core::sc_module_name& name, const parameters& p);
    ~host_cpu() override;

    // For the platform, from outside the core.

    /// The core whose thread is executing; null in any other process.
    static host_cpu* current();
    /// The core with that affinity, null where there is none.
    static host_cpu* find(std::uint64_t affinity);

    /// What the core runs when powered_on_at_reset.
    void reset_entry(std::function<void()> entry) { entry_ = std::move(entry); }
    /// Starts the core at `entry`, interrupts masked. False: it is on already. It goes off when entry returns.
    bool power_on(std::function<void()> entry);
    bool powered_on() const { return on_; }
    const parameters& configuration() const { return parameters_; }

    // For the software, in the core's own thread. All let time pass, so that a loop on any of them ends.

    /// One access of `size` bytes; no alignment is asked for. False: answered with an error, or refused by stage 2;
    /// then a read gives all ones and bus_error() is set.
    bool read(std::uint64_t address, void* data, unsigned size, memory_kind kind);
    bool write(std::uint64_t address, const void* data, unsigned size, memory_kind kind);
    /// Normal memory, in accesses of up to copy_size bytes that do not cross a multiple of copy_size.
    bool copy_in(void* to, std::uint64_t from, std::size_t size);
    bool copy_out(std::uint64_t to, const void* from, std::size_t size);
    bool fill(std::uint64_t to, std::uint8_t value, std::size_t size);

    /// Every earlier access has ended (DSB): local time becomes simulated time.
    void barrier();
    /// Whether an access has failed since the last call; clears it.
    bool take_bus_error();
    /// The fault of the guest's last refused access.
    const std::optional<vmsa::fault>& last_stage2_fault() const { return stage2_fault_; }

    /// The handler runs with interrupts masked, between two calls of the software or in wait_for_interrupt().
    void set_interrupt_handler(std::function<void()> handler) { handler_ = std::move(handler); }
    void enable_interrupts();
    /// Masks interrupts; true when they were enabled.
    bool disable_interrupts();
    /// Waits until an interrupt is pending, masked or not, or until counter() >= deadline (all ones: no deadline). An
    /// enabled interrupt has been handled when it returns.
    void wait_for_interrupt(std::uint64_t deadline);

    /// CNTVCT: counts simulated time at counter_frequency.
    std::uint64_t counter();

    /// MRS, MSR. False: UNDEFINED.
    bool read_register(system_register which, std::uint64_t& value);
    bool write_register(system_register which, std::uint64_t value);

    /// Runs entry() as the guest and returns what it returns. Its addresses are IPAs; interrupts and hypercalls are the
    /// host's. A guest cannot run a guest: zero at once.
    std::uint64_t run_guest(const guest& g, const std::function<std::uint64_t()>& entry);
    /// HVC #0 of the guest; outside a guest it does nothing and returns all ones.
    std::uint64_t hypercall(std::uint64_t function, const std::uint64_t arguments[4]);

protected:
    void end_of_elaboration() override;

private:
    class walk_memory;

    struct running_guest {
        const guest* what;
        guest_stage2 stage2;
    };

    void run();
    void spend(const sc_core::sc_time& t);
    void take_interrupt();
    bool access(tlm::tlm_command command, std::uint64_t address, void* data, unsigned size, memory_kind kind);
    bool guest_access(tlm::tlm_command command, std::uint64_t ipa, std::uint8_t* data, unsigned size,
                      const transaction_attributes& incoming);
    bool bus_access(tlm::tlm_command command, std::uint64_t address, void* data, unsigned size,
                    const transaction_attributes& with);
    bool pieces(tlm::tlm_command command, std::uint64_t address, std::uint8_t* data, std::size_t size, bool advance);

    const parameters parameters_;
    const sc_core::sc_time access_time_;
    const std::uint64_t counter_period_ps_;
    std::function<void()> entry_;
    std::function<void()> handler_;
    sc_core::sc_event start_;
    sc_core::sc_process_b* process_ = nullptr;
    sc_core::sc_time local_; ///< how far the core runs ahead of simulated time
    bool on_ = false;
    bool masked_ = true;
    bool bus_error_ = false;
    running_guest* guest_ = nullptr; ///< null while EL2 runs
    std::optional<vmsa::fault> stage2_fault_;
};

} // namespace iovp::cpu
