#pragma once

#include "common/bit_field.h"
#include "smmu/arch/translate.h"

#include <cstdint>

namespace iovp::smmu {

/// SMMU_GATOS_SID (6.3.38), _ADDR (6.3.39) and _PAR (6.3.40) by their fields, and what SMMU_S_GATOS_* (6.3.84 to
/// 6.3.86) have beside them.
namespace atos_sid {
using stream = field<31, 0>;
using substream = field<51, 32>;
using ssid_valid = field<52, 52>;
using ssec = field<53, 53>; ///< Secure interfaces: of a Secure stream
} // namespace atos_sid

namespace atos_addr {
using ns = field<4, 4>; ///< S_GATOS_ADDR with SEL2: the IPA space of what stage 1 does not translate
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
using nsipa = field<3, 3>; ///< Secure interfaces
using faultcode = field<11, 4>;
using faddr = field<55, 12>;
using sh = field<9, 8>;
using ns = field<10, 10>; ///< Secure interfaces
using size = field<11, 11>;
using addr = field<55, 12>;
using attr = field<63, 56>;
} // namespace atos_par

/// Codes of 9.1.5 that are no event numbers.
constexpr std::uint64_t atos_inv_req = 0xff, atos_inv_stage = 0xfe, atos_internal_err = 0xfd;

/// 9.1.2: whose stream an operation through an interface of `interface` looks up, by ATOS_SID.SSEC.
constexpr security_state atos_stream_state(security_state interface, std::uint64_t sid)
{
    return interface == security_state::secure && atos_sid::ssec::get(sid) ? security_state::secure
                                                                           : security_state::non_secure;
}

/// Chapter 9: the address translation operation that `sid` and `addr` describe; what becomes of SMMU_GATOS_PAR, or of
/// SMMU_S_GATOS_PAR when `interface` is Secure. Records no event and obeys neither the fault configuration
/// (CD.{A,R,S}, STE.{S2R,S2S}) nor STE overrides. `context`: of the state that atos_stream_state() says.
std::uint64_t address_translation_operation(const translation_context& context, std::uint64_t sid, std::uint64_t addr,
                                            security_state interface = security_state::non_secure);

/// The attributes in MAIR format (D24.2): the byte that decodes to them.
std::uint8_t encode_mair(const memory_attributes& m);

} // namespace iovp::smmu
