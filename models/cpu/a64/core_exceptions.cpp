#include "cpu/a64/core.h"
#include "cpu/a64/exclusive_monitor.h"
#include "cpu/a64/instruction.h"

#include <algorithm>

namespace iovp::cpu::a64 {

namespace {

constexpr unsigned vector_irq = 0x080;
constexpr unsigned vector_fiq = 0x100;
constexpr unsigned vector_serror = 0x180;

/// The same exception so many times in a row, with no return between: nothing will ever change.
constexpr unsigned endless = 64;

/// HPFAR_EL2.FIPA holds IPA[47:12] from bit 4.
constexpr std::uint64_t hpfar_of(std::uint64_t ipa)
{
    return bits(ipa, 47, 12) << 4;
}

} // namespace

// D1.3.1: who takes a synchronous exception that nothing routes elsewhere.
unsigned core::default_target() const
{
    if (state_.el == 0)
        return hcr::tge::get(registers_[reg::hcr_el2]) ? 2 : 1;
    return state_.el;
}

void core::set_state(const processor_state& s)
{
    Dynarmic::A64::Jit& jit = live();
    state_.sp_bank[state_.bank()] = jit.GetSP();
    const std::array<std::uint64_t, 3> banks = state_.sp_bank;
    if (s.el != state_.el)
        regime_dirty_ = true;
    state_ = s;
    state_.sp_bank = banks;
    jit.SetSP(state_.sp_bank[state_.bank()]);
}

// A handler whose first instruction takes the same exception again never gets anywhere.
bool core::looping(const exception& e)
{
    const bool same = e.vector == 0 && last_.vector == 0 && e.return_address == last_.return_address &&
                      e.syndrome == last_.syndrome && e.target == last_.target && last_el_ == state_.el &&
                      e.target == state_.el;
    repeated_ = same ? repeated_ + 1 : 0;
    last_ = e;
    last_el_ = state_.el;
    return repeated_ >= endless;
}

// D1.3.1.5 and D1.3.1.6
void core::take(const exception& e)
{
    if (looping(e)) {
        fatal("the same exception is taken for ever: there is no handler that can execute");
        return;
    }
    ++statistics.exceptions;
    const bool el2 = e.target == 2;
    const std::uint64_t saved = state_.to_spsr(live().GetPstate());
    const unsigned offset = e.target > state_.el ? 0x400 : state_.spsel ? 0x200 : 0x000;
    registers_[el2 ? reg::spsr_el2 : reg::spsr_el1] = saved;
    registers_[el2 ? reg::elr_el2 : reg::elr_el1] = e.return_address;
    if (e.vector == 0 || e.vector == vector_serror)
        registers_[el2 ? reg::esr_el2 : reg::esr_el1] = e.syndrome;
    if (e.far)
        registers_[el2 ? reg::far_el2 : reg::far_el1] = *e.far;
    if (e.hpfar)
        registers_[reg::hpfar_el2] = *e.hpfar;
    processor_state next;
    next.el = e.target;
    set_state(next);
    live().SetPC(registers_[el2 ? reg::vbar_el2 : reg::vbar_el1] + offset + e.vector);
}

void core::synchronous(exception_class c, std::uint64_t iss, std::uint64_t return_address, unsigned target)
{
    exception e;
    e.target = target != 0 ? target : default_target();
    e.syndrome = esr::make(c, iss);
    e.return_address = return_address;
    take(e);
}

// D1.3.1: an instruction that is undefined at EL0 with TGE, or at EL1, goes where default_target() says.
void core::undefined(std::uint64_t at)
{
    synchronous(exception_class::unknown, 0, at);
}

void core::data_abort(const access_fault& why, std::uint64_t at, bool cache_maintenance)
{
    exception e;
    e.target = default_target();
    e.return_address = at;
    e.far = why.va;
    std::uint64_t iss = esr::wnr::make(why.write || cache_maintenance) | esr::cm::make(cache_maintenance);
    if (const auto* f = std::get_if<vmsa::fault>(&why.what)) {
        iss |= esr::fault_status(*f);
        if (f->stage == 2) {
            e.target = 2;
            if (f->has_ipa)
                e.hpfar = hpfar_of(f->ipa.value());
            const bool of_walk = f->cls == vmsa::fault_class::ttd;
            iss |= esr::s1ptw::make(of_walk);
            if (!of_walk && f->kind != vmsa::fault_kind::walk_abort && !cache_maintenance)
                if (const std::optional<fetched> word = fetch(current(), at))
                    if (const std::optional<load_store> l = decode_load_store(word->word))
                        iss |= esr::isv::make(1) | esr::sas::make(l->size_log2) | esr::sse::make(l->sign_extend) |
                               esr::srt::make(l->rt) | esr::sf::make(l->wide) | esr::ar::make(l->acquire_release);
        }
    } else {
        iss |= std::get<std::uint64_t>(why.what);
    }
    const bool same_level = e.target == state_.el;
    e.syndrome = esr::make(exception_class::data_abort, iss) + esr::ec::make(same_level);
    take(e);
}

void core::fetch_abort(std::uint64_t at)
{
    if (at & 3) {
        exception e;
        e.target = default_target();
        e.syndrome = esr::make(exception_class::pc_alignment, 0);
        e.return_address = at;
        e.far = at;
        take(e);
        return;
    }
    exception e;
    e.target = default_target();
    e.return_address = at;
    e.far = at;
    std::uint64_t iss = esr::fsc_external;
    const vmsa::walk_result result = walk(current().regime, at, vmsa::access{false, true, state_.el != 0});
    if (const auto* f = std::get_if<vmsa::fault>(&result)) {
        iss = esr::fault_status(*f);
        if (f->stage == 2) {
            e.target = 2;
            if (f->has_ipa)
                e.hpfar = hpfar_of(f->ipa.value());
            iss |= esr::s1ptw::make(f->cls == vmsa::fault_class::ttd);
        }
    } else if (fetch(current(), at)) {
        // It can be fetched now: what was in the way when the code was translated has gone.
        current().forget_code(at, 4);
        return;
    }
    e.syndrome = esr::make(exception_class::instruction_abort, iss) + esr::ec::make(e.target == state_.el);
    take(e);
}

// CPACR_EL1.FPEN for EL0 and EL1, then CPTR_EL2.TFP.
bool core::fp_enabled(unsigned at_el) const
{
    if (cptr::tfp::get(registers_[reg::cptr_el2]) && parameters_.reset_exception_level == 2)
        return false;
    if (at_el == 2)
        return true;
    const std::uint64_t fpen = cpacr::fpen::get(registers_[reg::cpacr_el1]);
    if (at_el == 0 && hcr::tge::get(registers_[reg::hcr_el2]))
        return true;
    return fpen == 3 || (fpen == 1 && at_el == 1);
}

void core::fp_trap_or_undefined(std::uint64_t at)
{
    constexpr std::uint64_t iss = 0x1e0'0000; // CV, COND 0b1110
    const std::uint64_t fpen = cpacr::fpen::get(registers_[reg::cpacr_el1]);
    const bool by_el1 = state_.el != 2 && !(fpen == 3 || (fpen == 1 && state_.el == 1)) &&
                        !(state_.el == 0 && hcr::tge::get(registers_[reg::hcr_el2]));
    synchronous(exception_class::fp_access, iss, at, by_el1 ? 1 : 2);
}

// D1.4.5
void core::exception_return(std::uint64_t at)
{
    if (state_.el == 0) {
        undefined(at);
        return;
    }
    const bool el2 = state_.el == 2;
    const std::uint64_t value = registers_[el2 ? reg::spsr_el2 : reg::spsr_el1];
    const std::uint64_t target = registers_[el2 ? reg::elr_el2 : reg::elr_el1];
    processor_state next;
    next.daif = static_cast<std::uint8_t>(spsr::daif::get(value));
    next.il = spsr::il::get(value);
    if (is_legal_return(value, state_.el, !hcr::tge::get(registers_[reg::hcr_el2]))) {
        next.el = static_cast<unsigned>(spsr::m_el::get(value));
        next.spsel = spsr::m_sp::get(value);
    } else {
        next.el = state_.el;
        next.spsel = state_.spsel;
        next.il = true;
    }
    live().SetPstate(static_cast<std::uint32_t>(value & spsr::nzcv::mask));
    set_state(next);
    live().SetPC(target);
    every_context([](jit_context& c) { c.jit().ClearExclusiveState(); });
    exclusive_monitor::global().clear(this);
    event_register_ = true; // D1.6.1: an exception return is an event
    repeated_ = 0;
    last_ = exception{};
}

bool core::interrupt_pending() const
{
    const std::uint64_t h = registers_[reg::hcr_el2];
    const bool virtual_irq = hcr::imo::get(h) && !hcr::tge::get(h) && (hcr::vi::get(h) || shell_.virq.read());
    const bool virtual_fiq = hcr::fmo::get(h) && !hcr::tge::get(h) && (hcr::vf::get(h) || shell_.vfiq.read());
    const bool virtual_serror = hcr::amo::get(h) && !hcr::tge::get(h) && hcr::vse::get(h);
    return shell_.irq.read() || shell_.fiq.read() || serror_pending_ || virtual_irq || virtual_fiq || virtual_serror;
}

// D1.3.6: physical interrupts go to EL2 with HCR_EL2.{FMO,IMO,AMO} or TGE, otherwise to EL1, and are not taken at a
// higher level than their target. Virtual ones go from EL0 and EL1 to EL1. Fixed order: SError, FIQ, IRQ.
std::optional<core::exception> core::next_interrupt() const
{
    const std::uint64_t h = registers_[reg::hcr_el2];
    const bool tge = hcr::tge::get(h);
    const unsigned el = state_.el;
    exception e;
    e.return_address = pc();
    const auto physical = [&](bool level, bool routed, std::uint8_t mask, unsigned vector) {
        e.target = routed || tge ? 2 : 1;
        e.vector = vector;
        // From a lower level EL2's are never masked; EL1's are, by PSTATE, at EL0 as at EL1.
        return level && e.target >= el && ((e.target == 2 && el < 2) || !(state_.daif & mask));
    };
    const auto simulated = [&](bool level, bool routed, std::uint8_t mask, unsigned vector) {
        e.target = 1;
        e.vector = vector;
        return level && routed && !tge && el < 2 && !(state_.daif & mask);
    };
    using state = processor_state;
    e.syndrome = esr::make(exception_class::serror, 0);
    if (physical(serror_pending_, hcr::amo::get(h), state::mask_a, vector_serror) ||
        simulated(hcr::vse::get(h), hcr::amo::get(h), state::mask_a, vector_serror))
        return e;
    e.syndrome = 0;
    if (physical(shell_.fiq.read(), hcr::fmo::get(h), state::mask_f, vector_fiq) ||
        simulated(hcr::vf::get(h) || shell_.vfiq.read(), hcr::fmo::get(h), state::mask_f, vector_fiq) ||
        physical(shell_.irq.read(), hcr::imo::get(h), state::mask_i, vector_irq) ||
        simulated(hcr::vi::get(h) || shell_.virq.read(), hcr::imo::get(h), state::mask_i, vector_irq))
        return e;
    return std::nullopt;
}

// The wires are those of simulated time, and what the core has just done to a device may still be on its way to them:
// they count once simulated time has come as far as the core.
void core::take_interrupts()
{
    if (!interrupt_pending())
        return;
    std::optional<exception> e = next_interrupt();
    if (!e)
        return;
    if (local_ps_ != 0) {
        synchronise();
        e = next_interrupt();
        if (!e)
            return;
    }
    if (e->vector == vector_serror) {
        const std::uint64_t h = registers_[reg::hcr_el2];
        if (serror_pending_ && (e->target == 2 || !hcr::amo::get(h)))
            serror_pending_ = false;
        else
            registers_[reg::hcr_el2] = h & ~hcr::vse::mask;
    } else {
        ++statistics.interrupts;
        spend(parameters_.interrupt_entry);
    }
    take(*e);
}

} // namespace iovp::cpu::a64
