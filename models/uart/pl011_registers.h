#pragma once

#include "common/bit_field.h"

#include <cstdint>

/// Registers of the PL011 (Arm DDI 0183, chapter 3), with the manual's names without "UART".
namespace iovp::uart {

namespace pl011_reg {
inline constexpr std::uint32_t dr = 0x000, rsr_ecr = 0x004, fr = 0x018, ilpr = 0x020, ibrd = 0x024, fbrd = 0x028,
                               lcr_h = 0x02c, cr = 0x030, ifls = 0x034, imsc = 0x038, ris = 0x03c, mis = 0x040,
                               icr = 0x044, dmacr = 0x048, periph_id0 = 0xfe0, frame_size = 0x1000;
}

/// 3.3.13: identification, one byte in each word from 0xFE0: part 0x011, designer Arm, revision r1p5, then PCellID.
inline constexpr std::uint8_t pl011_identification[] = {0x11, 0x10, 0x34, 0x00, 0x0d, 0xf0, 0x05, 0xb1};

namespace pl011_fr {
using busy = field<3, 3>;
using rxfe = field<4, 4>;
using txff = field<5, 5>;
using rxff = field<6, 6>;
using txfe = field<7, 7>;
} // namespace pl011_fr

namespace pl011_lcr_h {
using pen = field<1, 1>;
using stp2 = field<3, 3>;
using fen = field<4, 4>;
using wlen = field<6, 5>;
} // namespace pl011_lcr_h

namespace pl011_cr {
using uarten = field<0, 0>;
using lbe = field<7, 7>;
using txe = field<8, 8>;
using rxe = field<9, 9>;
} // namespace pl011_cr

namespace pl011_ifls {
using txiflsel = field<2, 0>;
using rxiflsel = field<5, 3>;
} // namespace pl011_ifls

/// Interrupts: the same bits in IMSC, RIS, MIS and ICR.
namespace pl011_int {
inline constexpr std::uint32_t rx = 1u << 4, tx = 1u << 5, rt = 1u << 6, oe = 1u << 10, all = 0x7ff;
}

namespace pl011_dr {
inline constexpr std::uint32_t oe = 1u << 11;
}

} // namespace iovp::uart
