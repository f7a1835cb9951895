#pragma once

#include "common/bit_field.h"
#include "common/systemc/system_register_if.h"

#include <cstdint>
#include <optional>

namespace iovp::cpu::a64 {

/// Fields of the encodings that the system layer executes itself (C4.1).
namespace insn {

using rt = field<4, 0>;
using imm16 = field<20, 5>;
using system_l = field<21, 21>; ///< MRS, SYSL: reads

constexpr std::uint32_t eret = 0xd69f03e0;
constexpr std::uint32_t drps = 0xd6bf03e0;
constexpr std::uint32_t wfe = 0xd503205f;
constexpr std::uint32_t wfi = 0xd503207f;
constexpr std::uint32_t sev = 0xd503209f;
constexpr std::uint32_t sevl = 0xd50320bf;

constexpr bool is_exception_generating(std::uint32_t word)
{
    return (word & 0xff000000) == 0xd4000000;
}
constexpr bool is_svc(std::uint32_t word)
{
    return (word & 0xffe0001f) == 0xd4000001;
}
constexpr bool is_hvc(std::uint32_t word)
{
    return (word & 0xffe0001f) == 0xd4000002;
}
constexpr bool is_smc(std::uint32_t word)
{
    return (word & 0xffe0001f) == 0xd4000003;
}
constexpr bool is_brk(std::uint32_t word)
{
    return (word & 0xffe0001f) == 0xd4200000;
}
/// MSR, MRS, SYS, SYSL, hints, barriers, MSR (immediate)
constexpr bool is_system(std::uint32_t word)
{
    return (word & 0xffc00000) == 0xd5000000;
}
/// op0 of the system space: 0 hints, barriers, MSR (immediate); 1 SYS, SYSL; 2 and 3 MSR, MRS
constexpr unsigned system_op0(std::uint32_t word)
{
    return word >> 19 & 3;
}
constexpr bool is_msr_immediate(std::uint32_t word)
{
    return (word & 0xfff8f01f) == 0xd500401f;
}
/// LDTR, STTR and their byte and halfword forms: accesses with EL0's permissions
constexpr bool is_unprivileged(std::uint32_t word)
{
    return (word & 0x3f200c00) == 0x38000800;
}
/// SIMD and floating-point: data processing, loads and stores
constexpr bool is_fp(std::uint32_t word)
{
    return (word >> 26 & 3) == 3;
}

constexpr system_register system_fields(std::uint32_t word)
{
    return {static_cast<std::uint8_t>(system_op0(word)), static_cast<std::uint8_t>(word >> 16 & 7),
            static_cast<std::uint8_t>(word >> 12 & 15), static_cast<std::uint8_t>(word >> 8 & 15),
            static_cast<std::uint8_t>(word >> 5 & 7)};
}

} // namespace insn

/// Who executes an instruction: the translated code, or the system layer. `el`: the level it runs at.
bool for_system_layer(std::uint32_t word, unsigned el);
/// FPCR or FPSR by MRS or MSR: FP traps apply.
bool is_fp_register_access(std::uint32_t word);

/// What the syndrome of a data abort says about a load or store of one general-purpose register (ISV, D24.2.40).
struct load_store {
    unsigned size_log2 = 0; ///< SAS
    bool store = false;
    bool sign_extend = false;
    bool wide = false; ///< SF: the register is 64 bits
    unsigned rt = 0;
    bool acquire_release = false;
};

/// What a load or store of one register adds to its base register; nothing for what decode_load_store() does not know
/// and for forms whose address depends on more than the base.
std::optional<std::int64_t> immediate_offset(std::uint32_t word);

/// Nothing: another instruction, or one without a valid syndrome (pairs, exclusives, writeback, SIMD).
std::optional<load_store> decode_load_store(std::uint32_t word);

} // namespace iovp::cpu::a64
