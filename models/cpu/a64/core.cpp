#include "cpu/a64/core.h"

#include "cpu/a64/exclusive_monitor.h"
#include "cpu/a64/instruction.h"

#include <algorithm>

namespace iovp::cpu::a64 {

/// An access to the bus may change a wire: so many instructions later at the latest, simulated time has come as far as
/// the core and the wires are looked at. Not at once, because a loop that polls a register synchronises anyway.
static constexpr std::uint64_t instructions_to_settle = 16;
/// After so many steps without the bus, an instruction is translated like any other.
static constexpr unsigned steps_without_bus = 32;

std::vector<core*>& all_cores()
{
    static std::vector<core*> all;
    return all;
}

static identity identity_of(const a64_cpu& shell)
{
    const a64_cpu::parameters& p = shell.configuration();
    identity id;
    id.affinity = p.affinity;
    id.reset_address = p.reset_address;
    id.el2 = p.reset_exception_level == 2;
    id.mmu = p.mmu;
    return id;
}

core::core(a64_cpu& shell)
    : shell_(shell)
    , parameters_(shell.configuration())
    , instruction_ps_(parameters_.clock_period.value() * parameters_.cycles_per_instruction)
    , registers_(identity_of(shell))
    , power_event_("power")
    , wake_("wake")
{
    live_ = parameters_.reset_exception_level;
    context(live_);
    payload_.set_extension(&attributes_);
    all_cores().push_back(this);
}

core::~core()
{
    auto& all = all_cores();
    all.erase(std::remove(all.begin(), all.end(), this), all.end());
    exclusive_monitor::global().clear(this);
    payload_.clear_extension(&attributes_);
}

jit_context& core::context(unsigned el)
{
    auto& c = contexts_[el];
    if (!c)
        c = std::make_unique<jit_context>(*this, el);
    return *c;
}

void core::power_on(std::uint64_t entry, const std::array<std::uint64_t, 4>& arguments, unsigned el)
{
    start_.entry = entry;
    start_.arguments = arguments;
    start_.el = el;
    power_event_.notify(sc_core::SC_ZERO_TIME);
}

void core::run()
{
    for (;;) {
        while (!shell_.on_)
            sc_core::wait(power_event_);
        reset_state();
        execute();
        synchronise();
    }
}

// D1.3.2 and the reset values of the table; what is UNKNOWN at reset is zero.
void core::reset_state()
{
    identity id = identity_of(shell_);
    id.gic = shell_.gic.size() != 0;
    registers_ = system_registers(id);
    shell_.timer.reset();
    state_ = processor_state();
    state_.el = start_.el;
    every_context([](jit_context& c) { c.flush(); });
    ++generation_;
    live_ = start_.el;
    jit_context& c = context(live_);
    Dynarmic::A64::Jit& jit = c.jit();
    jit.SetRegisters({});
    jit.SetVectors({});
    jit.SetSP(0);
    jit.SetPstate(0);
    jit.SetFpcr(0);
    jit.SetFpsr(0);
    jit.ClearExclusiveState();
    for (unsigned i = 0; i < start_.arguments.size(); ++i)
        jit.SetRegister(i, start_.arguments[i]);
    jit.SetPC(start_.entry);
    // The keys of the flushed contexts no longer say what is in them.
    every_context([](jit_context& each) { each.key.fill(~std::uint64_t(0)); });
    regime_dirty_ = true;
    event_register_ = false;
    serror_pending_ = false;
    repeated_ = 0;
}

void core::execute()
{
    while (shell_.on_) {
        if (shell_.stop_requested_) {
            shell_.stop_requested_ = false;
            synchronise();
            if (shell_.stopped_)
                shell_.stopped_(a64_cpu::stop_reason::requested);
        }
        take_interrupts();
        select_context();
        if (state_.il) {
            synchronous(exception_class::illegal_state, 0, pc());
            continue;
        }
        if (shell_.single_step_) {
            resume_at_.reset();
            handle(current().step(), true);
            synchronise();
            if (shell_.on_ && shell_.stopped_)
                shell_.stopped_(a64_cpu::stop_reason::step);
        } else {
            const bool settling = settling_;
            const exit_cause why = current().run();
            handle(why);
            if (settling && why == exit_cause::none)
                synchronise();
        }
        if (local_ps_ >= parameters_.quantum.value())
            synchronise();
    }
}

void core::handle(exit_cause why, bool of_step)
{
    const std::uint64_t at = pc();
    switch (why) {
    case exit_cause::none: break;
    case exit_cause::fallback: fallback(at); break;
    case exit_cause::undefined: undefined(at); break;
    case exit_cause::no_code: fetch_abort(at); break;
    case exit_cause::abort:
        if (!of_step)
            executed(current().uncounted_before(at));
        data_abort(fault_, at);
        break;
    case exit_cause::bus_access: {
        jit_context& c = current();
        executed(c.uncounted_before(at));
        // From now on the code ends before this instruction: see stepped_sites.
        if (c.not_stepped.count(at) == 0) {
            c.stepped_sites[at] = 0;
            c.forget_code(at, 4);
        }
        stepped(c, at);
        break;
    }
    }
}

// The translated code stands before an instruction that it does not execute.
void core::fallback(std::uint64_t at)
{
    jit_context& c = current();
    if (is_breakpoint(at) && resume_at_ != at && !shell_.single_step_) {
        resume_at_ = at;
        local_ps_ -= std::min(local_ps_, instruction_ps_); // it has been counted, but has not executed
        --statistics.instructions;
        synchronise();
        if (shell_.stopped_)
            shell_.stopped_(a64_cpu::stop_reason::breakpoint);
        return;
    }
    resume_at_.reset();
    const std::optional<fetched> f = fetch(c, at);
    if (!f) {
        fetch_abort(at);
        return;
    }
    if (!c.fp_enabled && (insn::is_fp(f->word) || is_fp_register_access(f->word)))
        fp_trap_or_undefined(at);
    else if (for_system_layer(f->word, state_.el))
        execute_system(f->word, at);
    else if (const bool site = c.stepped_sites.count(at) != 0; site && direct_access(c, f->word, at)) {
        // done
    } else if (site || is_breakpoint(at)) {
        local_ps_ -= std::min(local_ps_, instruction_ps_); // counted twice: here and by the step
        --statistics.instructions;
        stepped(c, at);
    } else {
        undefined(at);
    }
}

void core::stepped(jit_context& c, std::uint64_t at)
{
    used_bus_ = false;
    const exit_cause why = c.step();
    if (why != exit_cause::none)
        handle(why, true);
    note_site(c, at);
}

// What the instruction just executed tells about its place.
void core::note_site(jit_context& c, std::uint64_t at)
{
    settling_ = settling_ || used_bus_;
    const auto site = c.stepped_sites.find(at);
    if (site == c.stepped_sites.end())
        return;
    if (used_bus_) {
        site->second = 0;
    } else if (++site->second == steps_without_bus) {
        c.stepped_sites.erase(site);
        c.not_stepped.insert(at);
        c.forget_code(at, 4);
    }
}

void core::select_context()
{
    if (live_ != state_.el) {
        Dynarmic::A64::Jit& from = live();
        live_ = state_.el;
        Dynarmic::A64::Jit& to = context(live_).jit();
        to.SetRegisters(from.GetRegisters());
        to.SetVectors(from.GetVectors());
        to.SetSP(from.GetSP());
        to.SetPC(from.GetPC());
        to.SetPstate(from.GetPstate());
        to.SetFpcr(from.GetFpcr());
        to.SetFpsr(from.GetFpsr());
        regime_dirty_ = true;
    }
    if (!regime_dirty_)
        return;
    regime_dirty_ = false;
    jit_context& c = current();
    const regime_key key = key_of(live_, registers_);
    if (key != c.key) {
        c.flush();
        c.key = key;
        c.regime = translation_regime(live_, registers_, parameters_.mmu);
    }
    if (const bool fp = fp_enabled(live_); fp != c.fp_enabled) {
        c.flush_code();
        c.fp_enabled = fp;
    }
}

void core::executed(std::uint64_t ticks)
{
    local_ps_ += ticks * instruction_ps_;
    statistics.instructions += ticks;
}

std::uint64_t core::ticks_allowed() const
{
    const std::uint64_t quantum = parameters_.quantum.value();
    const std::uint64_t left = local_ps_ < quantum ? (quantum - local_ps_) / instruction_ps_ : 0;
    return std::max<std::uint64_t>(1, settling_ ? std::min(left, instructions_to_settle) : left);
}

std::uint64_t* core::thread_register(bool read_only)
{
    return &registers_[read_only ? reg::tpidrro_el0 : reg::tpidr_el0];
}

void core::synchronise()
{
    settling_ = false;
    if (local_ps_ == 0)
        return;
    const sc_core::sc_time ahead = local();
    local_ps_ = 0;
    sc_core::wait(ahead);
}

void core::send_event()
{
    event_register_ = true;
    wake();
}

// WFI ends with an interrupt, masked or not (D1.6.2); WFE also with an event, and after wfe_timeout.
void core::sleep(bool for_event)
{
    synchronise();
    sc_core::sc_time start;
    start = sc_core::sc_time_stamp(); // a copy: time passes below
    if (for_event) {
        if (!event_register_ && !interrupt_pending())
            sc_core::wait(parameters_.wfe_timeout, wake_);
        event_register_ = false;
    } else {
        while (!interrupt_pending())
            sc_core::wait(wake_);
    }
    statistics.asleep += sc_core::sc_time_stamp() - start;
}

void core::power_off()
{
    shell_.on_ = false;
    exclusive_monitor::global().clear(this);
}

void core::fatal(const std::string& why)
{
    power_off();
    const std::string message = why + "\n" + describe();
    if (shell_.fatal_)
        shell_.fatal_(message);
    else
        SC_REPORT_ERROR("/iovp/a64", message.c_str());
}

void core::flush_dmi()
{
    ++generation_;
    every_context([](jit_context& c) { c.flush_dmi(); });
}

} // namespace iovp::cpu::a64
