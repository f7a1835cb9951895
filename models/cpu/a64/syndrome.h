#pragma once

#include "common/bit_field.h"
#include "vmsa/fault.h"

#include <cstdint>

namespace iovp::cpu::a64 {

/// ESR_ELx.EC (D24.2.40).
enum class exception_class : std::uint8_t {
    unknown = 0x00,
    wfx = 0x01,
    fp_access = 0x07,
    illegal_state = 0x0e,
    svc = 0x15,
    hvc = 0x16,
    smc = 0x17,
    system_access = 0x18,
    instruction_abort = 0x20, ///< from a lower level; one more from the same
    pc_alignment = 0x22,
    data_abort = 0x24, ///< from a lower level; one more from the same
    sp_alignment = 0x26,
    serror = 0x2f,
    software_step = 0x32, ///< from a lower level; one more from the same
    brk = 0x3c
};

namespace esr {
using ec = field<31, 26>;
using il = field<25, 25>; ///< 32-bit instruction
// Aborts (D24.2.40, ISS of 0x20, 0x21, 0x24, 0x25)
using isv = field<24, 24>;
using sas = field<23, 22>;
using sse = field<21, 21>;
using srt = field<20, 16>;
using sf = field<15, 15>;
using ar = field<14, 14>;
using ea = field<9, 9>;
using cm = field<8, 8>;
using s1ptw = field<7, 7>;
using wnr = field<6, 6>;
using fsc = field<5, 0>;
// Trapped MSR, MRS and system instructions (0x18)
using sys_op0 = field<21, 20>;
using sys_op2 = field<19, 17>;
using sys_op1 = field<16, 14>;
using sys_crn = field<13, 10>;
using sys_rt = field<9, 5>;
using sys_crm = field<4, 1>;
using sys_read = field<0, 0>;

constexpr std::uint64_t make(exception_class c, std::uint64_t iss, bool il_bit = true)
{
    return ec::make(static_cast<std::uint64_t>(c)) | il::make(il_bit) | iss;
}

constexpr std::uint64_t fsc_external = 0x10;
constexpr std::uint64_t fsc_alignment = 0x21;

/// DFSC, IFSC, PAR.FST of a translation fault of either stage.
constexpr std::uint64_t fault_status(const vmsa::fault& f)
{
    const auto level = static_cast<std::uint64_t>(f.level) & 3;
    switch (f.kind) {
    case vmsa::fault_kind::address_size: return 0x00 | level;
    case vmsa::fault_kind::translation: return 0x04 | level;
    case vmsa::fault_kind::access_flag: return 0x08 | level;
    case vmsa::fault_kind::permission: return 0x0c | level;
    case vmsa::fault_kind::walk_abort: break;
    }
    return 0x14 | level;
}

} // namespace esr

} // namespace iovp::cpu::a64
