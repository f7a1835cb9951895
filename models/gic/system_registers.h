#pragma once

#include "common/systemc/system_register_if.h"

/// Encodings of the GIC's system registers (Arm ARM D24.9), each written once.
namespace iovp::gic::registers {

// Op0 = 3, Op1 = 0, CRn = 12 for all but PMR. From EL1 they mean ICV_* where HCR_EL2 virtualizes interrupts.
constexpr std::uint16_t icc(std::uint8_t crm, std::uint8_t op2)
{
    return system_register{3, 0, 12, crm, op2}.encoding();
}

constexpr std::uint16_t icc_pmr = system_register{3, 0, 4, 6, 0}.encoding();
constexpr std::uint16_t icc_iar0 = icc(8, 0);
constexpr std::uint16_t icc_eoir0 = icc(8, 1);
constexpr std::uint16_t icc_hppir0 = icc(8, 2);
constexpr std::uint16_t icc_bpr0 = icc(8, 3);
constexpr std::uint16_t icc_ap0r0 = icc(8, 4);
constexpr std::uint16_t icc_ap1r0 = icc(9, 0);
constexpr std::uint16_t icc_dir = icc(11, 1);
constexpr std::uint16_t icc_rpr = icc(11, 3);
constexpr std::uint16_t icc_sgi1r = icc(11, 5);
constexpr std::uint16_t icc_asgi1r = icc(11, 6);
constexpr std::uint16_t icc_sgi0r = icc(11, 7);
constexpr std::uint16_t icc_iar1 = icc(12, 0);
constexpr std::uint16_t icc_eoir1 = icc(12, 1);
constexpr std::uint16_t icc_hppir1 = icc(12, 2);
constexpr std::uint16_t icc_bpr1 = icc(12, 3);
constexpr std::uint16_t icc_ctlr = icc(12, 4);
constexpr std::uint16_t icc_sre = icc(12, 5);
constexpr std::uint16_t icc_igrpen0 = icc(12, 6);
constexpr std::uint16_t icc_igrpen1 = icc(12, 7);

// Op0 = 3, Op1 = 4, CRn = 12: from EL2 only.
constexpr std::uint16_t el2(std::uint8_t crm, std::uint8_t op2)
{
    return system_register{3, 4, 12, crm, op2}.encoding();
}

constexpr std::uint16_t ich_ap0r0 = el2(8, 0);
constexpr std::uint16_t ich_ap1r0 = el2(9, 0);
constexpr std::uint16_t icc_sre_el2 = el2(9, 5);
constexpr std::uint16_t ich_hcr = el2(11, 0);
constexpr std::uint16_t ich_vtr = el2(11, 1);
constexpr std::uint16_t ich_misr = el2(11, 2);
constexpr std::uint16_t ich_eisr = el2(11, 3);
constexpr std::uint16_t ich_elrsr = el2(11, 5);
constexpr std::uint16_t ich_vmcr = el2(11, 7);
constexpr std::uint16_t ich_lr0 = el2(12, 0); ///< ICH_LR<n>_EL2 is the n-th from here: CRm = 12 and 13

constexpr std::uint64_t sre_always = 7;     ///< SRE, DFB, DIB: no memory-mapped interface, RAO/WI
constexpr std::uint64_t sre_el2_enable = 8; ///< EL1 may use ICC_SRE_EL1, RAO/WI

} // namespace iovp::gic::registers
