#include "cpu/a64/core.h"
#include "cpu/a64/exclusive_monitor.h"
#include "cpu/a64/instruction.h"

#include <cstring>

namespace iovp::cpu::a64 {

static constexpr std::uint64_t line_size = 64; ///< CTR_EL0, DCZID_EL0

static unsigned rt_of(std::uint32_t word)
{
    return static_cast<unsigned>(insn::rt::get(word));
}

// Half of a MAIR attribute byte: D24.2.97.
static std::uint64_t mair_nibble(const cache_attributes& c)
{
    if (c.policy == cacheability::non_cacheable)
        return 4;
    const std::uint64_t policy = c.policy == cacheability::write_back ? 4 : 0;
    return (c.transient ? 0u : 8u) | policy | (c.read_allocate ? 2u : 0u) | (c.write_allocate ? 1u : 0u);
}

static std::uint64_t par_attributes(const memory_attributes& m)
{
    switch (m.type) {
    case memory_type::device_nGnRnE: return 0x00;
    case memory_type::device_nGnRE: return 0x04;
    case memory_type::device_nGRE: return 0x08;
    case memory_type::device_GRE: return 0x0c;
    case memory_type::normal: break;
    }
    return mair_nibble(m.outer) << 4 | mair_nibble(m.inner);
}

void core::execute_system(std::uint32_t word, std::uint64_t at)
{
    if (word == insn::eret) {
        exception_return(at);
    } else if (insn::is_exception_generating(word)) {
        call(word, at);
    } else if (!insn::is_system(word)) {
        if (insn::is_unprivileged(word))
            unprivileged_access(word, at);
        else
            undefined(at); // DRPS outside Debug state
    } else if (insn::system_op0(word) >= 2) {
        move_system_register(word, at);
    } else if (insn::system_op0(word) == 1) {
        sys(word, at);
    } else if (insn::is_msr_immediate(word)) {
        msr_immediate(word, at);
    } else {
        hint(word, at);
    }
}

void core::hint(std::uint32_t word, std::uint64_t at)
{
    if (word == insn::sev) {
        for (core* c : all_cores())
            c->send_event();
    } else if (word == insn::sevl) {
        event_register_ = true;
    } else if (word == insn::wfi || word == insn::wfe) {
        const bool for_event = word == insn::wfe;
        // D1.6: traps where it would have waited.
        if (for_event ? !event_register_ : !interrupt_pending()) {
            const std::uint64_t iss = 0x1e0'0000 | (for_event ? 1u : 0u);
            const std::uint64_t control = registers_[reg::sctlr_el1];
            const std::uint64_t h = registers_[reg::hcr_el2];
            const bool allowed = for_event ? sctlr::ntwe::get(control) : sctlr::ntwi::get(control);
            if (state_.el == 0 && !allowed && !hcr::tge::get(h)) {
                synchronous(exception_class::wfx, iss, at, 1);
                return;
            }
            if (state_.el < 2 && (for_event ? hcr::twe::get(h) : hcr::twi::get(h))) {
                synchronous(exception_class::wfx, iss, at, 2);
                return;
            }
        }
        next_instruction(at);
        sleep(for_event);
        return;
    } else {
        undefined(at); // SB and what is not allocated
        return;
    }
    next_instruction(at);
}

// SVC, HVC, SMC, BRK, HLT, DCPS
void core::call(std::uint32_t word, std::uint64_t at)
{
    const std::uint64_t immediate = insn::imm16::get(word);
    const std::uint64_t h = registers_[reg::hcr_el2];
    const bool el2_used = parameters_.reset_exception_level == 2;
    if (insn::is_svc(word)) {
        synchronous(exception_class::svc, immediate, at + 4);
    } else if (insn::is_hvc(word)) {
        const bool disabled = state_.el == 0 || (el2_used && hcr::hcd::get(h));
        if (!disabled && el2_used)
            synchronous(exception_class::hvc, immediate, at + 4, 2);
        else if (disabled || !answered_by_firmware(at))
            undefined(at);
    } else if (insn::is_smc(word)) {
        if (state_.el == 1 && el2_used && hcr::tsc::get(h))
            synchronous(exception_class::smc, immediate, at, 2);
        else if (state_.el == 0 || !answered_by_firmware(at))
            undefined(at);
    } else if (insn::is_brk(word)) {
        synchronous(exception_class::brk, immediate, at);
    } else {
        undefined(at); // HLT and DCPS outside Debug state
    }
}

bool core::answered_by_firmware(std::uint64_t at)
{
    next_instruction(at);
    return firmware_call();
}

// The SMC Calling Convention: x0..x3 in and out. False: nobody answers.
bool core::firmware_call()
{
    if (!shell_.firmware_)
        return false;
    synchronise();
    std::array<std::uint64_t, 4> x{};
    for (unsigned i = 0; i < x.size(); ++i)
        x[i] = live().GetRegister(i);
    const psci_if::then next = shell_.firmware_->call(parameters_.affinity, x);
    for (unsigned i = 0; i < x.size(); ++i)
        live().SetRegister(i, x[i]);
    switch (next) {
    case psci_if::then::resume: break;
    case psci_if::then::suspend: sleep(false); break;
    case psci_if::then::power_off:
    case psci_if::then::stop_system: power_off(); break;
    }
    return true;
}

// C5.2: MSR DAIFSet, DAIFClr, SPSel; PAN, UAO and the later ones are not there.
void core::msr_immediate(std::uint32_t word, std::uint64_t at)
{
    const system_register s = insn::system_fields(word);
    const bool set = s.op1 == 3 && s.op2 == 6;
    const bool clear = s.op1 == 3 && s.op2 == 7;
    if (set || clear) {
        if (state_.el == 0 && !sctlr::uma::get(registers_[reg::sctlr_el1])) {
            trap_system_access(word, at, 0);
            return;
        }
        const auto mask = static_cast<std::uint8_t>(s.crm);
        state_.daif = static_cast<std::uint8_t>(set ? state_.daif | mask : state_.daif & ~mask);
    } else if (s.op1 == 0 && s.op2 == 5 && state_.el != 0) {
        processor_state next = state_;
        next.spsel = (s.crm & 1) != 0;
        set_state(next);
    } else {
        undefined(at);
        return;
    }
    next_instruction(at);
}

void core::sys(std::uint32_t word, std::uint64_t at)
{
    const system_register r = insn::system_fields(word);
    const std::uint64_t operand = x(rt_of(word));
    const bool sysl = insn::system_l::get(word); // none allocated
    if (!sysl && r.crn == 7 && r.crm == 8) {
        if (address_translation(r, operand))
            next_instruction(at);
        else
            undefined(at);
    } else if (sysl ||
               !((r.crn == 7 && cache_maintenance(r, word, at)) || (r.crn == 8 && tlb_maintenance(r, at, word)))) {
        undefined(at);
    }
}

// C5.3.10 to C5.3.27: DC and IC. Caches are not modelled, so that cleaning does nothing; translated code is the
// instruction cache. False: not allocated. The instruction has been completed, or its exception taken, when it returns
// true.
bool core::cache_maintenance(system_register r, std::uint32_t word, std::uint64_t at)
{
    const unsigned op = static_cast<unsigned>(r.op1 << 8 | r.crm << 4 | r.op2);
    const std::uint64_t h = registers_[reg::hcr_el2];
    const std::uint64_t control = registers_[reg::sctlr_el1];
    const std::uint64_t va = x(rt_of(word));
    const bool el0 = state_.el == 0;
    const bool guest = state_.el < 2 && !hcr::tge::get(h);
    const auto by_el1 = [&] {
        trap_system_access(word, at, 0);
        return true;
    };
    const auto by_el2 = [&] {
        trap_system_access(word, at, 2);
        return true;
    };
    enum : unsigned {
        ic_ialluis = 0x010,
        ic_iallu = 0x050,
        ic_ivau = 0x351,
        dc_ivac = 0x061,
        dc_isw = 0x062,
        dc_csw = 0x0a2,
        dc_cisw = 0x0e2,
        dc_zva = 0x341,
        dc_cvac = 0x3a1,
        dc_cvau = 0x3b1,
        dc_civac = 0x3e1
    };
    switch (op) {
    case ic_ialluis:
    case ic_iallu:
        if (el0)
            return false;
        if (state_.el == 1 && hcr::tpu::get(h))
            return by_el2();
        if (op == ic_iallu)
            every_context([](jit_context& c) { c.flush_code(); });
        else
            for (core* each : all_cores())
                each->every_context([](jit_context& c) { c.flush_code(); });
        break;
    case ic_ivau: {
        if (el0 && !sctlr::uci::get(control) && !hcr::tge::get(h))
            return by_el1();
        if (guest && hcr::tpu::get(h))
            return by_el2();
        // By physical address, so that every alias of the line goes. What does not translate has no code.
        access_fault why;
        if (const tlb_entry* e = translate(current(), va, vmsa::access{false, false, !el0}, why)) {
            const std::uint64_t pa = e->pa + (va & 0xfff);
            for (core* each : all_cores())
                each->every_context([pa](jit_context& c) { c.flush_code_line(pa, line_size); });
        } else {
            data_abort(why, at, true);
            return true;
        }
        break;
    }
    case dc_isw:
    case dc_csw:
    case dc_cisw:
        if (el0)
            return false;
        if (state_.el == 1 && hcr::tsw::get(h))
            return by_el2();
        break;
    case dc_zva: {
        if (el0 && !sctlr::dze::get(control) && !hcr::tge::get(h))
            return by_el1();
        if (guest && hcr::tdz::get(h))
            return by_el2();
        std::uint8_t zeros[line_size] = {};
        if (!system_access(tlm::TLM_WRITE_COMMAND, va & ~(line_size - 1), zeros, line_size, el0))
            return true;
        break;
    }
    case dc_ivac:
    case dc_cvac:
    case dc_cvau:
    case dc_civac: {
        if (op == dc_ivac && el0)
            return false;
        if (el0 && !sctlr::uci::get(control) && !hcr::tge::get(h))
            return by_el1();
        if (guest && (op == dc_cvau ? hcr::tpu::get(h) : hcr::tpc::get(h)))
            return by_el2();
        access_fault why;
        if (!translate(current(), va, vmsa::access{false, false, !el0}, why)) {
            data_abort(why, at, true);
            return true;
        }
        break;
    }
    default: return false;
    }
    next_instruction(at);
    return true;
}

// C5.5: TLBI. Entries carry no ASID and no VMID: one by VA takes the page from all spaces, the others take everything
// of the regime. Inner-shareable ones reach every core, the others this one.
bool core::tlb_maintenance(system_register r, std::uint64_t at, std::uint32_t word)
{
    if (state_.el == 0)
        return false;
    const bool shareable = r.crm == 3 || r.crm == 0;
    const bool regime_el2 = r.op1 == 4;
    if (r.op1 != 0 && !regime_el2)
        return false;
    if (regime_el2 && state_.el < 2)
        return false;
    // op1 0: VMALLE1 0, VAE1 1, ASIDE1 2, VAAE1 3, VALE1 5, VAALE1 7
    // op1 4: ALLE2 0, VAE2 1, ALLE1 4, VALE2 5, VMALLS12E1 6; CRm 0 and 4: IPAS2E1 1, IPAS2LE1 5
    const bool by_ipa = r.crm == 0 || r.crm == 4;
    const unsigned allocated = !regime_el2 ? 0b1010'1111u : by_ipa ? 0b0010'0010u : 0b0111'0011u;
    if ((by_ipa && !regime_el2) || (!by_ipa && r.crm != 3 && r.crm != 7) || !(allocated >> r.op2 & 1))
        return false;
    if (state_.el == 1 && hcr::ttlb::get(registers_[reg::hcr_el2])) {
        trap_system_access(word, at, 2);
        return true;
    }
    const bool by_va = !by_ipa && (r.op2 & 1) != 0;
    const bool of_el2 = regime_el2 && !by_ipa && (r.op2 == 0 || r.op2 == 1 || r.op2 == 5);
    const std::uint64_t operand = x(rt_of(word));
    // VA[55:12] from bit 0; bit 55 fills what is above.
    const std::uint64_t va =
        static_cast<std::uint64_t>(static_cast<std::int64_t>(operand << 20) >> 8) & ~std::uint64_t(0xfff);
    const auto invalidate = [&](core& each) {
        ++each.generation_;
        each.every_context([&](jit_context& c) {
            if ((c.el == 2) != of_el2)
                return;
            if (by_va)
                c.flush_page(va);
            else
                c.flush();
        });
    };
    if (shareable) {
        synchronise(); // the others have come this far, too
        for (core* each : all_cores())
            invalidate(*each);
    } else {
        invalidate(*this);
    }
    next_instruction(at);
    return true;
}

// C5.4: AT. PAR_EL1 (D24.2.122) as fault or as address with attributes.
bool core::address_translation(system_register r, std::uint64_t va)
{
    if (state_.el == 0 || r.op2 > 7 || (r.op1 == 4 && state_.el < 2))
        return false;
    const bool stage12 = r.op1 == 4 && r.op2 >= 4;
    const bool el2 = r.op1 == 4 && r.op2 < 2;
    if ((r.op1 != 0 || r.op2 >= 4) && !stage12 && !el2)
        return false;
    const bool write = (r.op2 & 1) != 0;
    const bool unprivileged = !el2 && (r.op2 & 2) != 0;
    const translation_regime regime(el2 ? 2 : 1, registers_, parameters_.mmu);
    const vmsa::walk_result result = walk(regime, va, vmsa::access{write, false, !unprivileged}, !stage12 && !el2);
    std::uint64_t par = bit_mask(11, 11); // RES1
    if (const auto* f = std::get_if<vmsa::fault>(&result)) {
        par |= 1 | esr::fault_status(*f) << 1 | std::uint64_t(f->stage == 2) << 9 |
               std::uint64_t(f->cls == vmsa::fault_class::ttd && f->stage == 2) << 8;
    } else {
        const auto& t = std::get<vmsa::translation>(result);
        const memory_attributes m = t.memory(regime.untranslated_memory(false));
        const std::uint64_t pa = !stage12 && !el2 ? t.ipa.value() : t.pa.value();
        par |= (pa & bit_mask(47, 12)) | static_cast<std::uint64_t>(m.share) << 7 | bit_mask(9, 9) |
               static_cast<std::uint64_t>(par_attributes(m)) << 56;
    }
    registers_[reg::par_el1] = par;
    return true;
}

// LDTR and STTR at EL1: an access with EL0's permissions.
void core::unprivileged_access(std::uint32_t word, std::uint64_t at)
{
    const std::optional<load_store> l = decode_load_store(word);
    if (!l) {
        undefined(at);
        return;
    }
    const std::uint64_t va = base_register(word) + static_cast<std::uint64_t>(*immediate_offset(word));
    const unsigned size = 1u << l->size_log2;
    std::uint64_t value = l->store ? x(l->rt) : 0;
    if (!system_access(l->store ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND, va,
                       reinterpret_cast<std::uint8_t*>(&value), size, true))
        return;
    if (!l->store)
        set_loaded(*l, value);
    next_instruction(at);
}

std::uint64_t core::base_register(std::uint32_t word) const
{
    const unsigned rn = word >> 5 & 31;
    return rn == 31 ? live().GetSP() : x(rn);
}

void core::set_loaded(const load_store& l, std::uint64_t value)
{
    if (l.sign_extend) {
        const unsigned shift = 64 - (8u << l.size_log2);
        value = static_cast<std::uint64_t>(static_cast<std::int64_t>(value << shift) >> shift);
    }
    set_x(l.rt, l.wide ? value : value & 0xffff'ffff);
}

// A load or store of one register at a place that accesses the bus: without the way through the translator. False: it
// has to be stepped.
bool core::direct_access(jit_context& c, std::uint32_t word, std::uint64_t at)
{
    const std::optional<load_store> l = decode_load_store(word);
    const std::optional<std::int64_t> offset = immediate_offset(word);
    if (!l || !offset)
        return false;
    const std::uint64_t va = base_register(word) + static_cast<std::uint64_t>(*offset);
    std::uint64_t value = l->store ? x(l->rt) : 0;
    used_bus_ = false;
    c.set_stepping(true);
    const bool ok = access(c, l->store ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND, va,
                           reinterpret_cast<std::uint8_t*>(&value), 1u << l->size_log2);
    c.set_stepping(false);
    if (!ok) {
        c.jit().ClearHalt(Dynarmic::HaltReason::MemoryAbort);
        data_abort(fault_, at);
        return true;
    }
    if (!l->store)
        set_loaded(*l, value);
    next_instruction(at);
    note_site(c, at);
    return true;
}

} // namespace iovp::cpu::a64
