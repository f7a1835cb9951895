#include "cpu/a64/instruction.h"

namespace iovp::cpu::a64 {

// The registers that translated code reads and writes itself, none of which any trap of ours guards except FPCR and
// FPSR.
static constexpr std::uint16_t nzcv = system_register{3, 3, 4, 2, 0}.encoding();
static constexpr std::uint16_t fpcr = system_register{3, 3, 4, 4, 0}.encoding();
static constexpr std::uint16_t fpsr = system_register{3, 3, 4, 4, 1}.encoding();
static constexpr std::uint16_t tpidr_el0 = system_register{3, 3, 13, 0, 2}.encoding();
static constexpr std::uint16_t tpidrro_el0 = system_register{3, 3, 13, 0, 3}.encoding();

bool is_fp_register_access(std::uint32_t word)
{
    if (!insn::is_system(word) || insn::system_op0(word) < 2)
        return false;
    const std::uint16_t encoding = insn::system_fields(word).encoding();
    return encoding == fpcr || encoding == fpsr;
}

static bool is_native_system(std::uint32_t word)
{
    const system_register s = insn::system_fields(word);
    const std::uint16_t encoding = s.encoding();
    switch (s.op0) {
    case 0:
        if (s.crn == 2) // hints
            return word != insn::wfe && word != insn::wfi && word != insn::sev && word != insn::sevl;
        return s.crn == 3 && s.op2 != 7; // barriers and CLREX, not SB
    case 1: return false;
    default:
        return encoding == nzcv || encoding == fpcr || encoding == fpsr || encoding == tpidr_el0 ||
               (encoding == tpidrro_el0 && insn::system_l::get(word));
    }
}

bool for_system_layer(std::uint32_t word, unsigned el)
{
    if (insn::is_exception_generating(word) || word == insn::eret || word == insn::drps)
        return true;
    if (insn::is_system(word))
        return !is_native_system(word);
    return el == 1 && insn::is_unprivileged(word);
}

// opc of the register forms (C4.1.94): 00 store, 01 load, 10 sign-extending load to 64 bits (size 11: prefetch), 11
// to 32.
static std::optional<load_store> from_size_opc(std::uint32_t word)
{
    const unsigned size = word >> 30;
    const unsigned opc = word >> 22 & 3;
    if (size == 3 && opc >= 2)
        return std::nullopt;
    load_store l;
    l.size_log2 = size;
    l.store = opc == 0;
    l.sign_extend = opc >= 2;
    l.wide = opc == 2 || (opc < 2 && size == 3);
    l.rt = word & 31;
    return l;
}

std::optional<load_store> decode_load_store(std::uint32_t word)
{
    if ((word & 0x3f000000) == 0x39000000) // unsigned immediate
        return from_size_opc(word);
    if ((word & 0x3f200000) == 0x38000000) {
        const unsigned form = word >> 10 & 3; // 0 unscaled, 2 unprivileged; 1 and 3 write back
        return form == 0 || form == 2 ? from_size_opc(word) : std::nullopt;
    }
    if ((word & 0x3f200c00) == 0x38200800) // register offset
        return from_size_opc(word);
    if ((word & 0x3fa08000) == 0x08808000) { // LDAR, STLR
        load_store l;
        l.size_log2 = word >> 30;
        l.store = !(word >> 22 & 1);
        l.wide = l.size_log2 == 3;
        l.rt = word & 31;
        l.acquire_release = true;
        return l;
    }
    if ((word & 0x3f000000) == 0x18000000) { // literal
        const unsigned opc = word >> 30;
        if (opc == 3)
            return std::nullopt; // PRFM
        load_store l;
        l.size_log2 = opc == 1 ? 3 : 2;
        l.sign_extend = opc == 2;
        l.wide = opc != 0;
        l.rt = word & 31;
        return l;
    }
    return std::nullopt;
}

std::optional<std::int64_t> immediate_offset(std::uint32_t word)
{
    if ((word & 0x3f000000) == 0x39000000) // unsigned immediate, scaled
        return static_cast<std::int64_t>(word >> 10 & 0xfff) << (word >> 30);
    if ((word & 0x3f200400) == 0x38000000) // unscaled, unprivileged
        return static_cast<std::int32_t>(word << 11) >> 23;
    if ((word & 0x3fa08000) == 0x08808000) // LDAR, STLR
        return 0;
    return std::nullopt;
}

} // namespace iovp::cpu::a64
