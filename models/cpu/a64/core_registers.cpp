#include "cpu/a64/core.h"
#include "cpu/a64/instruction.h"

#include <string>

namespace iovp::cpu::a64 {

namespace {

// CNTKCTL_EL1 (D24.10.15) and CNTHCTL_EL2 (D24.10.2) without VHE
using cntkctl_el0pcten = field<0, 0>;
using cntkctl_el0vcten = field<1, 1>;
using cntkctl_el0vten = field<8, 8>;
using cntkctl_el0pten = field<9, 9>;
using cnthctl_el1pcten = field<0, 0>;
using cnthctl_el1pcen = field<1, 1>;

constexpr bool is_timer(system_register r)
{
    return r.op0 == 3 && r.crn == 14 && r.crm < 8;
}

// ICC_*_EL1, ICC_SRE_EL2, ICH_*_EL2
constexpr bool is_gic(system_register r)
{
    return r.op0 == 3 && (r.op1 == 0 || r.op1 == 4) &&
           ((r.crn == 12 && r.crm >= 8) || (r.op1 == 0 && r.crn == 4 && r.crm == 6 && r.op2 == 0));
}

constexpr bool is_gic_sgi(system_register r)
{
    return r.op1 == 0 && r.crn == 12 && r.crm == 11 && r.op2 >= 5;
}

std::string name_of(system_register r)
{
    const auto n = [](unsigned v) { return std::to_string(v); };
    return "S" + n(r.op0) + "_" + n(r.op1) + "_C" + n(r.crn) + "_C" + n(r.crm) + "_" + n(r.op2);
}

} // namespace

void core::trap_system_access(std::uint32_t word, std::uint64_t at, unsigned target)
{
    const system_register r = insn::system_fields(word);
    const std::uint64_t iss = esr::sys_op0::make(r.op0) | esr::sys_op1::make(r.op1) | esr::sys_op2::make(r.op2) |
                              esr::sys_crn::make(r.crn) | esr::sys_crm::make(r.crm) |
                              esr::sys_rt::make(insn::rt::get(word)) | esr::sys_read::make(insn::system_l::get(word));
    synchronous(exception_class::system_access, iss, at, target);
}

void core::log_undefined(system_register r, bool read)
{
    if (!logged_.insert(static_cast<std::uint32_t>(r.encoding() << 1 | (read ? 1 : 0))).second)
        return;
    const std::string what = std::string(shell_.name()) + (read ? ": read of " : ": write of ") + name_of(r) +
                             ", which is not implemented, is UNDEFINED; EL" + std::to_string(state_.el);
    SC_REPORT_INFO("/iovp/a64", what.c_str());
}

void core::move_system_register(std::uint32_t word, std::uint64_t at)
{
    const system_register r = insn::system_fields(word);
    const auto rt = static_cast<unsigned>(insn::rt::get(word));
    const bool reads = insn::system_l::get(word);
    std::uint64_t value = reads ? 0 : x(rt);
    const outcome o = reads ? read_system_register(r, value, word, at) : write_system_register(r, value, word, at);
    switch (o) {
    case outcome::done:
        if (reads && rt != 31)
            live().SetRegister(rt, value);
        next_instruction(at);
        break;
    case outcome::undefined: undefined(at); break;
    case outcome::trapped: break;
    }
}

// The traps that look at an access which is otherwise allowed. True: the exception has been taken.
bool core::trapped(const register_description& d, bool read, std::uint32_t word, std::uint64_t at)
{
    const std::uint64_t h = registers_[reg::hcr_el2];
    const std::uint64_t control = registers_[reg::sctlr_el1];
    const bool tge = hcr::tge::get(h);
    if (state_.el == 0 && !tge) {
        if ((d.group == trap_group::interrupt_mask && !sctlr::uma::get(control)) ||
            (d.id == reg::ctr_el0 && !sctlr::uct::get(control))) {
            trap_system_access(word, at, 1);
            return true;
        }
    }
    if (state_.el == 0 && d.group == trap_group::interrupt_mask && !sctlr::uma::get(control)) {
        trap_system_access(word, at, 2);
        return true;
    }
    if (state_.el == 2 || (state_.el == 0 && tge))
        return false;
    bool trap = false;
    switch (d.group) {
    case trap_group::virtual_memory: trap = read ? hcr::trvm::get(h) : hcr::tvm::get(h); break;
    case trap_group::id1: trap = hcr::tid1::get(h); break;
    case trap_group::id2: trap = hcr::tid2::get(h); break;
    case trap_group::id3: trap = hcr::tid3::get(h); break;
    case trap_group::auxiliary: trap = hcr::tacr::get(h); break;
    case trap_group::cpacr: trap = cptr::tcpac::get(registers_[reg::cptr_el2]); break;
    case trap_group::none:
    case trap_group::interrupt_mask:
    case trap_group::zero_id: break;
    }
    if (trap)
        trap_system_access(word, at, 2);
    return trap;
}

// D12.2: who may access which timer register.
core::outcome core::timer_trap(system_register r, bool read, std::uint32_t word, std::uint64_t at)
{
    const unsigned el = state_.el;
    if ((r.op1 == 4 && el < 2) || (r.op1 == 0 && el < 1))
        return outcome::undefined;
    if (r.op1 != 3)
        return outcome::done;
    const bool frequency = r.crm == 0 && r.op2 == 0;
    const bool physical_count = r.crm == 0 && r.op2 == 1;
    const bool physical_timer = r.crm == 2;
    // D24.10.1: CNTFRQ_EL0 is written at the highest implemented level.
    if (frequency && !read && el < parameters_.reset_exception_level)
        return outcome::undefined;
    const std::uint64_t k = shell_.timer.control_el1();
    const std::uint64_t hyp = shell_.timer.control_el2();
    const bool tge = hcr::tge::get(registers_[reg::hcr_el2]);
    if (el == 0 && !tge) {
        const bool allowed = frequency        ? cntkctl_el0pcten::get(k) || cntkctl_el0vcten::get(k)
                             : physical_count ? cntkctl_el0pcten::get(k)
                             : r.crm == 0     ? cntkctl_el0vcten::get(k)
                             : physical_timer ? cntkctl_el0pten::get(k)
                                              : cntkctl_el0vten::get(k);
        if (!allowed) {
            trap_system_access(word, at, 1);
            return outcome::trapped;
        }
    }
    if (el < 2 && parameters_.reset_exception_level == 2 && !(el == 0 && tge))
        if ((physical_count && !cnthctl_el1pcten::get(hyp)) || (physical_timer && !cnthctl_el1pcen::get(hyp))) {
            trap_system_access(word, at, 2);
            return outcome::trapped;
        }
    return outcome::done;
}

// EL1's access to SGI registers while interrupts are virtual, and what ICH_HCR_EL2 asks for.
bool core::gic_trap(system_register r)
{
    if (state_.el != 1 || shell_.gic.size() == 0)
        return false;
    const bool virtualized = (registers_[reg::hcr_el2] & (hcr::imo::mask | hcr::fmo::mask)) != 0;
    return (virtualized && is_gic_sgi(r)) || shell_.gic->trapped_to_el2(r);
}

// Null: nobody. At EL1 the registers of Group 0 are virtual with HCR_EL2.FMO, those of Group 1 with IMO, the common
// ones with either.
system_register_if* core::gic_for(system_register r)
{
    if (shell_.gic.size() == 0)
        return nullptr;
    const std::uint64_t h = registers_[reg::hcr_el2];
    const bool enable = r.op1 == 0 && r.crn == 12 && r.crm == 12 && r.op2 == 5; // ICC_SRE_EL1
    if (state_.el != 1 || r.op1 != 0 || enable || shell_.virtual_gic.size() == 0)
        return shell_.gic.operator->();
    const bool common = r.crn == 4 || r.crm == 11 || (r.crm == 12 && r.op2 == 4);
    const bool group0 = r.crm == 8 || (r.crm == 12 && r.op2 == 6);
    const bool imo = hcr::imo::get(h);
    const bool fmo = hcr::fmo::get(h);
    return (common ? imo || fmo : group0 ? fmo : imo) ? shell_.virtual_gic.operator->() : shell_.gic.operator->();
}

core::outcome core::read_system_register(system_register r, std::uint64_t& value, std::uint32_t word, std::uint64_t at)
{
    if (const register_description* d = find_register(r.encoding())) {
        if (state_.el < d->read_el)
            return outcome::undefined;
        if (d->id == reg::sp_el0 && state_.bank() == 0)
            return outcome::undefined;
        if (trapped(*d, true, word, at))
            return outcome::trapped;
        value = read_register(*d);
        return outcome::done;
    }
    if (is_id_space(r) && state_.el != 0) {
        if (state_.el == 1 && hcr::tid3::get(registers_[reg::hcr_el2])) {
            trap_system_access(word, at, 2);
            return outcome::trapped;
        }
        value = 0;
        return outcome::done;
    }
    if (is_timer(r)) {
        const outcome o = timer_trap(r, true, word, at);
        if (o != outcome::done)
            return o;
        if (shell_.timer.read_register(r, value, local()))
            return outcome::done;
    } else if (is_gic(r) && state_.el != 0 && !(r.op1 == 4 && state_.el < 2)) {
        if (gic_trap(r)) {
            trap_system_access(word, at, 2);
            return outcome::trapped;
        }
        if (system_register_if* g = gic_for(r)) {
            synchronise();
            sc_core::sc_time delay;
            const bool ok = g->read_register(r, value, delay);
            sc_core::wait(delay); // the lines of the GIC have their new levels then
            if (ok)
                return outcome::done;
        }
    }
    log_undefined(r, true);
    return outcome::undefined;
}

core::outcome core::write_system_register(system_register r, std::uint64_t value, std::uint32_t word, std::uint64_t at)
{
    if (const register_description* d = find_register(r.encoding())) {
        if (state_.el < d->write_el)
            return outcome::undefined;
        if (d->write_el == 3 || (d->id == reg::sp_el0 && state_.bank() == 0))
            return outcome::undefined;
        if (trapped(*d, false, word, at))
            return outcome::trapped;
        write_register(*d, value);
        return outcome::done;
    }
    if (is_timer(r)) {
        const outcome o = timer_trap(r, false, word, at);
        if (o != outcome::done)
            return o;
        synchronise();
        if (shell_.timer.write_register(r, value))
            return outcome::done;
    } else if (is_gic(r) && state_.el != 0 && !(r.op1 == 4 && state_.el < 2)) {
        if (gic_trap(r)) {
            trap_system_access(word, at, 2);
            return outcome::trapped;
        }
        if (system_register_if* g = gic_for(r)) {
            synchronise();
            sc_core::sc_time delay;
            const bool ok = g->write_register(r, value, delay);
            sc_core::wait(delay);
            if (ok)
                return outcome::done;
        }
    }
    log_undefined(r, false);
    return outcome::undefined;
}

std::uint64_t core::read_register(const register_description& d) const
{
    switch (d.id) {
    case reg::midr_el1: return registers_[state_.el == 1 ? reg::vpidr_el2 : reg::midr_el1];
    case reg::mpidr_el1: return registers_[state_.el == 1 ? reg::vmpidr_el2 : reg::mpidr_el1];
    case reg::currentel: return state_.el << 2;
    case reg::spsel: return state_.spsel;
    case reg::daif: return spsr::daif::make(state_.daif);
    case reg::sp_el0: return state_.bank() == 0 ? live().GetSP() : state_.sp_bank[0];
    case reg::sp_el1: return state_.sp_bank[1];
    case reg::dczid_el0: {
        // DZP: EL0 may not, or EL1 is trapped
        const std::uint64_t h = registers_[reg::hcr_el2];
        const bool prohibited =
            (state_.el == 0 && !sctlr::dze::get(registers_[reg::sctlr_el1])) || (state_.el < 2 && hcr::tdz::get(h));
        return registers_[d.id] | (prohibited ? 0x10u : 0u);
    }
    case reg::isr_el1: {
        const std::uint64_t h = registers_[reg::hcr_el2];
        const bool below = state_.el == 1;
        const bool virtual_irq = below && hcr::imo::get(h);
        const bool virtual_fiq = below && hcr::fmo::get(h);
        const bool i = virtual_irq ? hcr::vi::get(h) || shell_.virq.read() : shell_.irq.read();
        const bool f = virtual_fiq ? hcr::vf::get(h) || shell_.vfiq.read() : shell_.fiq.read();
        const bool a = below && hcr::amo::get(h) ? hcr::vse::get(h) : serror_pending_;
        return std::uint64_t(a) << 8 | std::uint64_t(i) << 7 | std::uint64_t(f) << 6;
    }
    default: return registers_[d.id];
    }
}

void core::write_register(const register_description& d, std::uint64_t value)
{
    switch (d.id) {
    case reg::spsel: {
        processor_state next = state_;
        next.spsel = (value & 1) != 0;
        set_state(next);
        return;
    }
    case reg::daif: state_.daif = static_cast<std::uint8_t>(spsr::daif::get(value)); return;
    case reg::sp_el0: state_.sp_bank[0] = value; return;
    case reg::sp_el1: state_.sp_bank[1] = value; return;
    case reg::oslar_el1:
        registers_[reg::oslsr_el1] = (registers_[reg::oslsr_el1] & ~std::uint64_t(2)) | (value & 1) << 1;
        return;
    default: break;
    }
    registers_.write(d, value);
    // What translations depend on, and the traps of FP instructions: looked at before the next instruction.
    translation_changed();
}

std::optional<std::uint64_t> core::stored_register(system_register which) const
{
    if (const register_description* d = find_register(which.encoding()); d && d->read_el < 3)
        return read_register(*d);
    return std::nullopt;
}

} // namespace iovp::cpu::a64
