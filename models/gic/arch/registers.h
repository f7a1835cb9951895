#pragma once

#include "common/bit_field.h"

#include <cstdint>

/// Register offsets and fields of the GICv3 architecture (IHI 0069), each written once.
namespace iovp::gic {

/// INTID ranges.
constexpr std::uint32_t first_ppi = 16;
constexpr std::uint32_t first_spi = 32;
constexpr std::uint32_t special_intids = 1020; ///< 1020..1023 are no interrupts
constexpr std::uint32_t spurious_intid = 1023;
constexpr std::uint32_t first_lpi = 8192;

/// RD_base frame and SGI_base frame of one redistributor.
constexpr std::uint32_t redistributor_frame_size = 0x20000;
constexpr std::uint32_t sgi_frame = 0x10000;

/// Registers that exist in GICD and in the SGI frame: one bit, two bits or one byte for each interrupt.
namespace bank_offset {
constexpr std::uint32_t igroupr = 0x080;
constexpr std::uint32_t isenabler = 0x100;
constexpr std::uint32_t icenabler = 0x180;
constexpr std::uint32_t ispendr = 0x200;
constexpr std::uint32_t icpendr = 0x280;
constexpr std::uint32_t isactiver = 0x300;
constexpr std::uint32_t icactiver = 0x380;
constexpr std::uint32_t ipriorityr = 0x400;
constexpr std::uint32_t icfgr = 0xC00;
constexpr std::uint32_t igrpmodr = 0xD00; ///< RAZ/WI with one security state
} // namespace bank_offset

namespace gicd {
constexpr std::uint32_t ctlr = 0x0000;
constexpr std::uint32_t typer = 0x0004;
constexpr std::uint32_t iidr = 0x0008;
constexpr std::uint32_t setspi_nsr = 0x0040;
constexpr std::uint32_t clrspi_nsr = 0x0048;
constexpr std::uint32_t irouter = 0x6000; ///< + 8 * INTID
constexpr std::uint32_t pidr2 = 0xFFE8;
constexpr std::uint32_t frame_size = 0x10000;

using ctlr_enable_grp0 = field<0, 0>;
using ctlr_enable_grp1 = field<1, 1>;
using ctlr_are = field<4, 4>; ///< the only bit with DS=1: affinity routing, RAO/WI
using ctlr_ds = field<6, 6>;  ///< one security state, RAO/WI
using ctlr_rwp = field<31, 31>;

using typer_it_lines_number = field<4, 0>;
using typer_mbis = field<16, 16>;
using typer_lpis = field<17, 17>;
using typer_id_bits = field<23, 19>;
using typer_a3v = field<24, 24>;
using typer_no1n = field<25, 25>;

using irouter_irm = field<31, 31>; ///< RES0 here: GICD_TYPER.No1N = 1
constexpr std::uint64_t affinity_bits = 0xFF00FFFFFFull;
} // namespace gicd

namespace gicr {
constexpr std::uint32_t ctlr = 0x0000;
constexpr std::uint32_t iidr = 0x0004;
constexpr std::uint32_t typer = 0x0008;
constexpr std::uint32_t waker = 0x0014;
constexpr std::uint32_t propbaser = 0x0070;
constexpr std::uint32_t pendbaser = 0x0078;
constexpr std::uint32_t invlpir = 0x00A0;
constexpr std::uint32_t invallr = 0x00B0;
constexpr std::uint32_t syncr = 0x00C0;
constexpr std::uint32_t pidr2 = 0xFFE8;

using ctlr_enable_lpis = field<0, 0>;
using ctlr_ces = field<1, 1>; ///< EnableLPIs can be cleared again
using ctlr_ir = field<2, 2>;  ///< INVLPIR, INVALLR and SYNCR exist without direct LPIs
using ctlr_rwp = field<3, 3>;

using typer_plpis = field<0, 0>;
using typer_last = field<4, 4>;
using typer_processor_number = field<23, 8>;
using typer_affinity = field<63, 32>;

using waker_processor_sleep = field<1, 1>;
using waker_children_asleep = field<2, 2>;

using propbaser_id_bits = field<4, 0>; ///< minus one
constexpr std::uint64_t propbaser_address = bit_mask(51, 12);
constexpr std::uint64_t propbaser_writable =
    bit_mask(58, 56) | bit_mask(51, 12) | bit_mask(11, 10) | bit_mask(9, 7) | bit_mask(4, 0);
constexpr std::uint64_t pendbaser_address = bit_mask(51, 16);
using pendbaser_ptz = field<62, 62>; ///< the table is all zero; reads as zero
constexpr std::uint64_t pendbaser_writable = bit_mask(58, 56) | bit_mask(51, 16) | bit_mask(11, 10) | bit_mask(9, 7);

using invlpir_intid = field<31, 0>;
using syncr_busy = field<0, 0>;
} // namespace gicr

namespace gits {
constexpr std::uint32_t ctlr = 0x0000;
constexpr std::uint32_t iidr = 0x0004;
constexpr std::uint32_t typer = 0x0008;
constexpr std::uint32_t cbaser = 0x0080;
constexpr std::uint32_t cwriter = 0x0088;
constexpr std::uint32_t creadr = 0x0090;
constexpr std::uint32_t baser = 0x0100; ///< + 8 * n, n = 0..7
constexpr std::uint32_t baser_count = 8;
constexpr std::uint32_t pidr2 = 0xFFE8;
constexpr std::uint32_t translater = 0x10040; ///< in the translation frame, the second 64 KiB
constexpr std::uint32_t frame_size = 0x20000;

using ctlr_enabled = field<0, 0>;
using ctlr_quiescent = field<31, 31>;

using typer_physical = field<0, 0>;
using typer_itt_entry_size = field<7, 4>; ///< bytes minus one
using typer_id_bits = field<12, 8>;       ///< EventID bits minus one
using typer_devbits = field<17, 13>;      ///< DeviceID bits minus one
using typer_pta = field<19, 19>;
using typer_hcc = field<31, 24>;
using typer_cidbits = field<35, 32>; ///< ICID bits minus one
using typer_cil = field<36, 36>;

using cbaser_valid = field<63, 63>;
using cbaser_size = field<7, 0>; ///< 4 KiB pages minus one
constexpr std::uint64_t cbaser_address = bit_mask(51, 12);
constexpr std::uint64_t cbaser_writable =
    bit_mask(63, 63) | bit_mask(61, 59) | bit_mask(55, 53) | bit_mask(51, 10) | bit_mask(7, 0);

constexpr std::uint64_t queue_offset = bit_mask(19, 5); ///< CWRITER and CREADR: byte offset of a 32-byte command
using cwriter_retry = field<0, 0>;
using creadr_stalled = field<0, 0>;

using baser_valid = field<63, 63>;
using baser_indirect = field<62, 62>;
using baser_type = field<58, 56>;
using baser_entry_size = field<52, 48>; ///< bytes minus one
using baser_page_size = field<9, 8>;
using baser_size = field<7, 0>; ///< pages minus one
constexpr std::uint64_t baser_writable =
    bit_mask(63, 62) | bit_mask(61, 59) | bit_mask(55, 53) | bit_mask(47, 10) | bit_mask(9, 0);
constexpr unsigned type_devices = 1;
constexpr unsigned type_collections = 4;
} // namespace gits

/// The part of a register that an access of `size` bytes at `byte` within it sees.
constexpr std::uint64_t register_part(std::uint64_t whole, unsigned byte, unsigned size)
{
    return (whole >> (byte * 8)) & bit_mask(size * 8 - 1, 0);
}

/// The register after a write of `size` bytes at `byte`, changing only the bits of `writable`.
constexpr std::uint64_t register_merge(std::uint64_t old, unsigned byte, unsigned size, std::uint64_t value,
                                       std::uint64_t writable)
{
    const std::uint64_t changed = (bit_mask(size * 8 - 1, 0) << (byte * 8)) & writable;
    return (old & ~changed) | ((value << (byte * 8)) & changed);
}

/// An access of `size` bytes at `offset` lies in the 64-bit register at `base`, as a whole or as one half.
constexpr bool in_register64(std::uint32_t offset, unsigned size, std::uint32_t base)
{
    return (size == 8 && offset == base) || (size == 4 && (offset == base || offset == base + 4));
}

/// GICD_PIDR2, GICR_PIDR2, GITS_PIDR2: ArchRev = GICv3. No designer: JEDEC and DES_1 read as zero.
constexpr std::uint32_t pidr2_value = 0x30;
/// IIDR: ProductID 'i', no JEP106 implementer.
constexpr std::uint32_t iidr_value = 0x69000000;

} // namespace iovp::gic
