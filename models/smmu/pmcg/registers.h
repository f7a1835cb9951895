#pragma once

#include "common/bit_field.h"

#include <cstdint>

namespace iovp::smmu {

/// Register offsets (10.5.1): page 0 at 0, page 1 at 0x10000.
namespace pmcg_reg {
constexpr std::uint32_t page1 = 0x10000;
// In page 1 where CFGR.RELOC_CTRS is 1: the distance is the page's.
constexpr std::uint32_t evcntr = 0x0, svr = 0x600, ovsclr = 0xc80, ovsset = 0xcc0, capr = 0xd88;
constexpr std::uint32_t evtyper = 0x400, smr = 0xa00;
constexpr std::uint32_t cntenset = 0xc00, cntenclr = 0xc20, intenset = 0xc40, intenclr = 0xc60;
constexpr std::uint32_t scr = 0xdf8;
constexpr std::uint32_t cfgr = 0xe00, cr = 0xe04, iidr = 0xe08, ceid0 = 0xe20, ceid1 = 0xe28;
constexpr std::uint32_t irq_ctrl = 0xe50, irq_ctrlack = 0xe54;
constexpr std::uint32_t irq_cfg0 = 0xe58, irq_cfg1 = 0xe60, irq_cfg2 = 0xe64, irq_status = 0xe68;
constexpr std::uint32_t aidr = 0xe70;
constexpr std::uint32_t pmauthstatus = 0xfb8, pmdevarch = 0xfbc, pmdevtype = 0xfcc;
constexpr std::uint32_t pidr4 = 0xfd0, pidr0 = 0xfe0, cidr0 = 0xff0;
} // namespace pmcg_reg

namespace pmcg_evtyper {               // 10.5.2.2
using ovfcap = field<31, 31>;          ///< overflow captures
using filter_sec_sid = field<30, 30>;  ///< Secure StreamIDs
using filter_sid_span = field<29, 29>; ///< SMRn is a mask
using event = field<15, 0>;
} // namespace pmcg_evtyper

namespace pmcg_capr { // 10.5.2.11
using capture = field<0, 0>;
} // namespace pmcg_capr

namespace pmcg_scr { // 10.5.2.12
using reads_as_one = field<31, 31>;
using nsmsi = field<2, 2>; ///< MSIs to the Non-secure PA space
using nsra = field<1, 1>;  ///< Non-secure accesses to registers
using so = field<0, 0>;    ///< Secure observation
} // namespace pmcg_scr

namespace pmcg_cfgr { // 10.5.2.13
using sid_filter_type = field<23, 23>;
using capture = field<22, 22>;
using msi = field<21, 21>;
using reloc_ctrs = field<20, 20>;
using size = field<13, 8>;
using nctr = field<5, 0>;
} // namespace pmcg_cfgr

namespace pmcg_cr { // 10.5.2.14
using e = field<0, 0>;
} // namespace pmcg_cr

namespace pmcg_irq_ctrl { // 10.5.2.19, also IRQ_CTRLACK
using irqen = field<0, 0>;
} // namespace pmcg_irq_ctrl

namespace pmcg_irq_status { // 10.5.2.24
using irq_abt = field<0, 0>;
} // namespace pmcg_irq_status

} // namespace iovp::smmu
