#include "cpu/a64/core.h"

#include <cstdio>
#include <cstring>

namespace iovp::cpu::a64 {

/// Descriptors by transport_dbg: no time, no effects.
class core::debug_walk_memory : public vmsa::memory_port {
public:
    explicit debug_walk_memory(a64_cpu& shell)
        : shell_(shell)
    {
    }
    bool read(const vmsa::structure_access& what, std::uint64_t* words, unsigned count) override
    {
        tlm::tlm_generic_payload payload;
        payload.set_read();
        payload.set_address(what.address.value());
        payload.set_data_ptr(reinterpret_cast<unsigned char*>(words));
        payload.set_data_length(count * 8);
        return shell_.bus->transport_dbg(payload) == count * 8;
    }
    exchange compare_exchange(const vmsa::structure_access&, std::uint64_t&, std::uint64_t) override
    {
        return exchange::aborted;
    }

private:
    a64_cpu& shell_;
};

void core::set_x(unsigned n, std::uint64_t value)
{
    if (n < 31)
        live().SetRegister(n, value);
}

std::uint32_t core::pstate() const
{
    return static_cast<std::uint32_t>(state_.to_spsr(live().GetPstate()));
}

void core::set_pstate(std::uint32_t value)
{
    live().SetPstate(static_cast<std::uint32_t>(value & spsr::nzcv::mask));
    state_.daif = static_cast<std::uint8_t>(spsr::daif::get(value));
}

bool core::debug_access(tlm::tlm_command command, std::uint64_t va, std::uint8_t* data, std::size_t size)
{
    constexpr std::uint64_t page = 4096;
    const translation_regime regime(state_.el, registers_, parameters_.mmu);
    debug_walk_memory memory(shell_);
    for (std::size_t done = 0; done < size;) {
        const std::uint64_t at = va + done;
        const auto length = static_cast<unsigned>(std::min<std::uint64_t>(size - done, page - (at & (page - 1))));
        // Privileged first; a page that only EL0 may read or that may only be executed is shown all the same.
        const vmsa::access tries[] = {{false, false, true}, {false, false, false}, {false, true, true}};
        std::optional<std::uint64_t> pa;
        for (const vmsa::access& a : tries) {
            const vmsa::walk_result result = regime.translate(parameters_.mmu, at, a, memory);
            if (const auto* t = std::get_if<vmsa::translation>(&result)) {
                pa = t->pa.value();
                break;
            }
        }
        if (!pa)
            return false;
        tlm::tlm_generic_payload payload;
        payload.set_command(command);
        payload.set_address(*pa);
        payload.set_data_ptr(data + done);
        payload.set_data_length(length);
        if (shell_.bus->transport_dbg(payload) != length)
            return false;
        if (command == tlm::TLM_WRITE_COMMAND)
            for (core* each : all_cores())
                each->every_context([&](jit_context& c) {
                    for (std::uint64_t line = *pa & ~std::uint64_t(63); line < *pa + length; line += 64)
                        c.flush_code_line(line, 64);
                });
        done += length;
    }
    return true;
}

std::string core::describe() const
{
    char line[160];
    std::string text;
    const auto add = [&](const char* format, auto... values) {
        std::snprintf(line, sizeof line, format, values...);
        text += line;
    };
    using ull = unsigned long long;
    add("%s: PC %016llx EL%u SP %016llx PSTATE %08x\n", shell_.name(), static_cast<ull>(pc()), state_.el,
        static_cast<ull>(sp()), pstate());
    for (unsigned i = 0; i < 31; ++i)
        add("x%-2u %016llx%s", i, static_cast<ull>(x(i)), i % 4 == 3 || i == 30 ? "\n" : "  ");
    const auto show = [&](const char* name, reg r) { add("%s %llx  ", name, static_cast<ull>(registers_[r])); };
    show("ESR_EL1", reg::esr_el1);
    show("FAR_EL1", reg::far_el1);
    show("ELR_EL1", reg::elr_el1);
    show("VBAR_EL1", reg::vbar_el1);
    text += '\n';
    show("ESR_EL2", reg::esr_el2);
    show("FAR_EL2", reg::far_el2);
    show("ELR_EL2", reg::elr_el2);
    show("VBAR_EL2", reg::vbar_el2);
    show("HPFAR_EL2", reg::hpfar_el2);
    return text;
}

void core::set_breakpoint(std::uint64_t va, bool on)
{
    if (on)
        breakpoints_.insert(va);
    else
        breakpoints_.erase(va);
    every_context([va](jit_context& c) { c.forget_code(va, 4); });
}

} // namespace iovp::cpu::a64
