#pragma once

#include "common/bit_field.h"
#include "smmu/arch/translate.h"

#include <cstdint>

namespace iovp::smmu {

/// SMMU_GATOS_SID (6.3.38), _ADDR (6.3.39) and _PAR (6.3.40) by their fields.
namespace atos_sid {
using stream = field<31, 0>;
using substream = field<51, 32>;
using ssid_valid = field<52, 52>;
} // namespace atos_sid

namespace atos_addr {
using httui = field<6, 6>;
using ind = field<7, 7>;
using rnw = field<8, 8>;
using pnu = field<9, 9>;
using type = field<11, 10>; ///< 1 stage 1, 2 stage 2, 3 both
using addr = field<63, 12>; ///< address bits [63:12]
} // namespace atos_addr

namespace atos_par {
using fault = field<0, 0>;
using reason = field<2, 1>;
using faultcode = field<11, 4>;
using faddr = field<55, 12>;
using sh = field<9, 8>;
using size = field<11, 11>;
using addr = field<55, 12>;
using attr = field<63, 56>;
} // namespace atos_par

/// Codes of 9.1.5 that are no event numbers.
constexpr std::uint64_t atos_inv_req = 0xff, atos_inv_stage = 0xfe, atos_internal_err = 0xfd;

/// Chapter 9: the address translation operation that `sid` and `addr` describe; what becomes of SMMU_GATOS_PAR. Records
/// no event and obeys neither the fault configuration (CD.{A,R,S}, STE.{S2R,S2S}) nor STE overrides.
std::uint64_t address_translation_operation(const translation_context& context, std::uint64_t sid, std::uint64_t addr);

/// The attributes in MAIR format (D24.2): the byte that decodes to them.
std::uint8_t encode_mair(const memory_attributes& m);

} // namespace iovp::smmu
