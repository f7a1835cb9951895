#pragma once

#include "common/bit_field.h"

#include <cstdint>

namespace iovp::smmu {

/// Register offsets from the SMMU's base (6.2), Non-secure programming interface; page 1 stands at 0x10000.
namespace reg {
constexpr std::uint32_t idr0 = 0x0, idr1 = 0x4, idr2 = 0x8, idr3 = 0xc, idr4 = 0x10, idr5 = 0x14;
constexpr std::uint32_t iidr = 0x18, aidr = 0x1c;
constexpr std::uint32_t cr0 = 0x20, cr0ack = 0x24, cr1 = 0x28, cr2 = 0x2c;
constexpr std::uint32_t statusr = 0x40, gbpa = 0x44, agbpa = 0x48;
constexpr std::uint32_t irq_ctrl = 0x50, irq_ctrlack = 0x54;
constexpr std::uint32_t gerror = 0x60, gerrorn = 0x64;
constexpr std::uint32_t gerror_irq_cfg0 = 0x68, gerror_irq_cfg1 = 0x70, gerror_irq_cfg2 = 0x74;
constexpr std::uint32_t strtab_base = 0x80, strtab_base_cfg = 0x88;
constexpr std::uint32_t cmdq_base = 0x90, cmdq_prod = 0x98, cmdq_cons = 0x9c;
constexpr std::uint32_t eventq_base = 0xa0;
constexpr std::uint32_t eventq_irq_cfg0 = 0xb0, eventq_irq_cfg1 = 0xb8, eventq_irq_cfg2 = 0xbc;
constexpr std::uint32_t priq_base = 0xc0;
constexpr std::uint32_t priq_irq_cfg0 = 0xd0, priq_irq_cfg1 = 0xd8, priq_irq_cfg2 = 0xdc;
constexpr std::uint32_t gatos_ctrl = 0x100, gatos_sid = 0x108, gatos_addr = 0x110, gatos_par = 0x118;
constexpr std::uint32_t vatos_sel = 0x180;
constexpr std::uint32_t idr6 = 0x190;
constexpr std::uint32_t id_registers = 0xfd0; ///< 0xFD0..0xFFC, IMPLEMENTATION DEFINED identification
constexpr std::uint32_t page1 = 0x10000;
constexpr std::uint32_t eventq_prod = 0x100a8, eventq_cons = 0x100ac;
constexpr std::uint32_t priq_prod = 0x100c8, priq_cons = 0x100cc;
constexpr std::uint32_t vatos_page = 0x20000; ///< IDR2.BA_VATOS == 0
constexpr std::uint32_t vatos_ctrl = 0x20a00, vatos_sid = 0x20a08, vatos_addr = 0x20a10, vatos_par = 0x20a18;
constexpr std::uint32_t secure_vatos_page = 0x30000; ///< S_IDR2.BA_S_VATOS == 1: as the VATOS page (6.2.4)

/// The registers of one ATOS interface (9.1).
struct atos_group {
    std::uint32_t ctrl, sid, addr, par;
};
constexpr atos_group gatos{gatos_ctrl, gatos_sid, gatos_addr, gatos_par};
constexpr atos_group vatos{vatos_ctrl, vatos_sid, vatos_addr, vatos_par};

/// The Secure programming interface has its registers from here to 0xffff, at the offsets of their Non-secure
/// equivalents in page 0; that is also where its Event queue indexes are.
constexpr std::uint32_t secure = 0x8000;
constexpr std::uint32_t secure_init = 0x3c; ///< SMMU_S_INIT, from `secure`
} // namespace reg

namespace cr0 { // 6.3.9
using smmuen = field<0, 0>;
using priqen = field<1, 1>;
using eventqen = field<2, 2>;
using cmdqen = field<3, 3>;
using atschk = field<4, 4>;
using sif = field<5, 5>; ///< S_CR0 only (6.3.57)
using vmw = field<8, 6>;
using nsstalld = field<9, 9>; ///< S_CR0 only
} // namespace cr0

namespace cr1 { // 6.3.11
using queue_ic = field<1, 0>;
using queue_oc = field<3, 2>;
using queue_sh = field<5, 4>;
using table_ic = field<7, 6>;
using table_oc = field<9, 8>;
using table_sh = field<11, 10>;
} // namespace cr1

namespace cr2 { // 6.3.12
using e2h = field<0, 0>;
using recinvsid = field<1, 1>;
using ptm = field<2, 2>;
using rec_cfg_ats = field<3, 3>;
} // namespace cr2

namespace gbpa { // 6.3.14
using memattr = field<3, 0>;
using mtcfg = field<4, 4>;
using alloccfg = field<11, 8>;
using shcfg = field<13, 12>;
using nscfg = field<15, 14>; ///< S_GBPA only (6.3.63)
using privcfg = field<17, 16>;
using instcfg = field<19, 18>;
using abort = field<20, 20>;
using update = field<31, 31>;
} // namespace gbpa

namespace secure_init { // 6.3.62
using inv_all = field<0, 0>;
} // namespace secure_init

namespace irq_ctrl { // 6.3.16
using gerror_irqen = field<0, 0>;
using priq_irqen = field<1, 1>;
using eventq_irqen = field<2, 2>;
} // namespace irq_ctrl

namespace gerror { // 6.3.18, the same bits in GERRORN
using cmdq_err = field<0, 0>;
using eventq_abt_err = field<2, 2>;
using priq_abt_err = field<3, 3>;
using msi_cmdq_abt_err = field<4, 4>;
using msi_eventq_abt_err = field<5, 5>;
using msi_priq_abt_err = field<6, 6>;
using msi_gerror_abt_err = field<7, 7>;
using sfm_err = field<8, 8>;
} // namespace gerror

namespace gatos_ctrl { // 6.3.37
using run = field<0, 0>;
} // namespace gatos_ctrl

namespace strtab_base {    // 6.3.24
using addr = field<55, 6>; ///< address bits [55:6]
using ra = field<62, 62>;
} // namespace strtab_base

namespace strtab_base_cfg { // 6.3.25
using log2size = field<5, 0>;
using split = field<10, 6>;
using fmt = field<17, 16>; ///< 0 linear, 1 two-level
} // namespace strtab_base_cfg

namespace queue_base { // 6.3.26, 6.3.29, 6.3.35
using log2size = field<4, 0>;
using addr = field<55, 5>; ///< address bits [55:5]
using ra_wa = field<62, 62>;
} // namespace queue_base

namespace cmdq_cons { // 6.3.28
using err = field<30, 24>;
} // namespace cmdq_cons

namespace eventq_prod {      // 6.3.30
using ovflg = field<31, 31>; ///< and OVACKFLG in EVENTQ_CONS; the same in PRIQ_PROD and PRIQ_CONS
} // namespace eventq_prod

namespace irq_cfg {          // *_IRQ_CFG0..2
using addr = field<55, 2>;   ///< CFG0, address bits [55:2]
using data = field<31, 0>;   ///< CFG1
using memattr = field<3, 0>; ///< CFG2
using sh = field<5, 4>;      ///< CFG2
using lo = field<31, 31>;    ///< PRIQ_IRQ_CFG2: Last Only (6.3.36)
} // namespace irq_cfg

/// The register contents of one programming interface that configuration look-up and translation depend on; the TCU
/// fills it from its register file.
struct control {
    bool enabled = false;   ///< CR0.SMMUEN as effective
    bool ats_check = false; ///< CR0.ATSCHK as effective
    std::uint32_t cr1 = 0;
    std::uint32_t cr2 = 0;
    std::uint32_t gbpa = 0;
    std::uint64_t strtab_base = 0;
    std::uint32_t strtab_base_cfg = 0;
    bool sif = false;      ///< S_CR0.SIF, for Secure streams
    bool nsstalld = false; ///< S_CR0.NSSTALLD, for streams of either state
};

} // namespace iovp::smmu
