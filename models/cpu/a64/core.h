#pragma once

#include "common/systemc/attributes.h"
#include "cpu/a64/a64_cpu.h"
#include "cpu/a64/instruction.h"
#include "cpu/a64/jit_context.h"
#include "cpu/a64/processor_state.h"
#include "cpu/a64/syndrome.h"
#include "cpu/a64/system_registers.h"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_set>
#include <variant>
#include <vector>

namespace iovp::cpu::a64 {

/// The core behind a64_cpu: what the translated code does not do itself. One subject per source file:
/// core.cpp runs, sleeps and keeps time; core_memory.cpp translates and accesses; core_exceptions.cpp enters and
/// returns; core_system.cpp executes system instructions; core_registers.cpp MRS and MSR; core_debug.cpp serves
/// debuggers.
class core {
public:
    explicit core(a64_cpu& shell);
    ~core();

    /// The body of the core's thread.
    void run();
    /// From another process: the core has been switched on.
    void power_on(std::uint64_t entry, const std::array<std::uint64_t, 4>& arguments, unsigned el);
    /// A wire has changed, or an event was sent.
    void wake() { wake_.notify(sc_core::SC_ZERO_TIME); }
    void send_event();
    void flush_dmi();

    // For jit_context.

    struct fetched {
        std::uint32_t word;
        std::uint64_t pa;
    };
    /// Nothing: it cannot be executed; fetch_abort() says why.
    std::optional<fetched> fetch(jit_context& c, std::uint64_t va);
    /// False: an exit has been asked for, data is zero.
    bool load(jit_context& c, std::uint64_t va, void* data, unsigned size);
    bool store(jit_context& c, std::uint64_t va, const void* data, unsigned size);
    bool store_exclusive(jit_context& c, std::uint64_t va, const void* data, const void* expected, unsigned size);
    void executed(std::uint64_t ticks);
    std::uint64_t ticks_allowed() const;
    std::uint64_t* thread_register(bool read_only);
    bool is_breakpoint(std::uint64_t va) const { return !breakpoints_.empty() && breakpoints_.count(va) != 0; }

    // For a64_cpu's debug interface.

    std::uint64_t x(unsigned n) const { return n < 31 ? live().GetRegister(n) : 0; }
    void set_x(unsigned n, std::uint64_t value);
    std::uint64_t sp() const { return live().GetSP(); }
    void set_sp(std::uint64_t value) { live().SetSP(value); }
    std::uint64_t pc() const { return live().GetPC(); }
    void set_pc(std::uint64_t value) { live().SetPC(value); }
    std::uint32_t pstate() const;
    void set_pstate(std::uint32_t value);
    std::array<std::uint64_t, 2> v(unsigned n) const { return live().GetVector(n); }
    void set_v(unsigned n, const std::array<std::uint64_t, 2>& value) { live().SetVector(n, value); }
    std::uint32_t fpcr() const { return live().GetFpcr(); }
    void set_fpcr(std::uint32_t value) { live().SetFpcr(value); }
    std::uint32_t fpsr() const { return live().GetFpsr(); }
    void set_fpsr(std::uint32_t value) { live().SetFpsr(value); }
    unsigned el() const { return state_.el; }
    std::optional<std::uint64_t> stored_register(system_register which) const;
    bool debug_access(tlm::tlm_command command, std::uint64_t va, std::uint8_t* data, std::size_t size);
    std::string describe() const;
    void set_breakpoint(std::uint64_t va, bool on);

    a64_cpu::statistics statistics;

private:
    class walk_memory;
    class debug_walk_memory;

    /// Why an access was refused, as the syndrome says it.
    struct access_fault {
        std::uint64_t va = 0;
        bool write = false;
        std::variant<vmsa::fault, std::uint64_t> what; ///< translation fault, or a fault status code
    };

    // core.cpp
    void reset_state();
    void execute();
    void handle(exit_cause why, bool of_step = false);
    void fallback(std::uint64_t pc);
    void stepped(jit_context& c, std::uint64_t pc);
    void note_site(jit_context& c, std::uint64_t pc);
    void synchronise();
    void sleep(bool for_event);
    void spend(const sc_core::sc_time& t) { local_ps_ += t.value(); }
    sc_core::sc_time local() const { return sc_core::sc_time::from_value(local_ps_); }
    jit_context& context(unsigned el);
    jit_context& current() { return *contexts_[live_]; }
    Dynarmic::A64::Jit& live() const { return contexts_[live_]->jit(); }
    void select_context();
    void translation_changed() { regime_dirty_ = true; }
    void power_off();
    void fatal(const std::string& why);

    // core_memory.cpp
    tlb_entry* translate(jit_context& c, std::uint64_t va, const vmsa::access& a, access_fault& why);
    vmsa::walk_result walk(const translation_regime& regime, std::uint64_t va, const vmsa::access& a,
                           bool only_stage1 = false);
    void fill(jit_context& c, tlb_entry& e, std::uint64_t va, const vmsa::translation& t);
    bool bus_access(tlm::tlm_command command, std::uint64_t pa, void* data, unsigned size,
                    const transaction_attributes& with);
    bool access(jit_context& c, tlm::tlm_command command, std::uint64_t va, std::uint8_t* data, unsigned size);
    bool part(jit_context& c, tlm::tlm_command command, std::uint64_t va, std::uint8_t* data, unsigned size,
              bool aligned);
    bool refuse(jit_context& c, const access_fault& why);
    void written(std::uint64_t pa, std::uint64_t size);
    transaction_attributes attributes_of(const tlb_entry& e, bool instruction) const;
    bool system_access(tlm::tlm_command command, std::uint64_t va, std::uint8_t* data, unsigned size,
                       bool unprivileged);

    // core_exceptions.cpp
    struct exception {
        unsigned target = 1;
        unsigned vector = 0; ///< 0x000 synchronous, 0x080 IRQ, 0x100 FIQ, 0x180 SError
        std::uint64_t syndrome = 0;
        std::uint64_t return_address = 0;
        std::optional<std::uint64_t> far;
        std::optional<std::uint64_t> hpfar;
    };
    void take(const exception& e);
    void synchronous(exception_class c, std::uint64_t iss, std::uint64_t return_address, unsigned target = 0);
    unsigned default_target() const;
    void undefined(std::uint64_t pc);
    void data_abort(const access_fault& why, std::uint64_t pc, bool cache_maintenance = false);
    void fetch_abort(std::uint64_t pc);
    void fp_trap_or_undefined(std::uint64_t pc);
    void exception_return(std::uint64_t pc);
    std::optional<exception> next_interrupt() const;
    void take_interrupts();
    bool interrupt_pending() const;
    bool fp_enabled(unsigned at_el) const;
    void set_state(const processor_state& s);
    bool looping(const exception& e);

    // core_system.cpp
    void execute_system(std::uint32_t word, std::uint64_t pc);
    void hint(std::uint32_t word, std::uint64_t pc);
    void call(std::uint32_t word, std::uint64_t pc);
    bool firmware_call();
    bool answered_by_firmware(std::uint64_t at);
    void msr_immediate(std::uint32_t word, std::uint64_t pc);
    void sys(std::uint32_t word, std::uint64_t pc);
    bool cache_maintenance(system_register r, std::uint32_t word, std::uint64_t pc);
    bool tlb_maintenance(system_register r, std::uint64_t pc, std::uint32_t word);
    bool address_translation(system_register r, std::uint64_t va);
    void unprivileged_access(std::uint32_t word, std::uint64_t pc);
    bool direct_access(jit_context& c, std::uint32_t word, std::uint64_t pc);
    std::uint64_t base_register(std::uint32_t word) const;
    void set_loaded(const load_store& l, std::uint64_t value);
    void next_instruction(std::uint64_t pc) { live().SetPC(pc + 4); }
    template <class F>
    void every_context(F&& f)
    {
        for (auto& c : contexts_)
            if (c)
                f(*c);
    }

    // core_registers.cpp
    enum class outcome { done, undefined, trapped };
    void move_system_register(std::uint32_t word, std::uint64_t pc);
    outcome read_system_register(system_register r, std::uint64_t& value, std::uint32_t word, std::uint64_t pc);
    outcome write_system_register(system_register r, std::uint64_t value, std::uint32_t word, std::uint64_t pc);
    bool trapped(const register_description& d, bool read, std::uint32_t word, std::uint64_t pc);
    outcome timer_trap(system_register r, bool read, std::uint32_t word, std::uint64_t pc);
    system_register_if* gic_for(system_register r);
    bool gic_trap(system_register r);
    std::uint64_t read_register(const register_description& d) const;
    void write_register(const register_description& d, std::uint64_t value);
    void trap_system_access(std::uint32_t word, std::uint64_t pc, unsigned target);
    void log_undefined(system_register r, bool read);

    a64_cpu& shell_;
    const a64_cpu::parameters& parameters_;
    const std::uint64_t instruction_ps_;
    system_registers registers_;
    processor_state state_;
    std::array<std::unique_ptr<jit_context>, 3> contexts_; ///< by Exception level
    unsigned live_ = 1;                                    ///< whose Jit holds the registers
    bool regime_dirty_ = true;                             ///< select_context() must look at the registers again
    std::uint64_t local_ps_ = 0;                           ///< how far the core runs ahead of simulated time
    std::uint64_t generation_ = 0; ///< counts flushes: a walk under way when it changes is not cached
    bool event_register_ = false;
    bool serror_pending_ = false;
    sc_core::sc_event power_event_, wake_;
    tlm::tlm_generic_payload payload_; ///< of every bus access: one at a time
    attributes attributes_;            ///< its extension
    access_fault fault_;               ///< of exit_cause::abort
    bool settling_ = false;            ///< the bus has been used since the last synchronise()
    bool used_bus_ = false;            ///< by the instruction that is stepped
    std::unordered_set<std::uint32_t> logged_;
    std::set<std::uint64_t> breakpoints_;
    std::optional<std::uint64_t> resume_at_; ///< the breakpoint that has been reported already

    // looping()
    unsigned repeated_ = 0;
    exception last_{};
    unsigned last_el_ = 0;

    struct {
        std::uint64_t entry = 0;
        std::array<std::uint64_t, 4> arguments{};
        unsigned el = 2;
    } start_;
};

/// Every core of the simulation, in the order of construction.
std::vector<core*>& all_cores();

} // namespace iovp::cpu::a64
