#include "command_name.h"

#include <fmt/format.h>

namespace iovp::profile {

std::string command_name(std::uint8_t opcode)
{
    switch (opcode) {
    case 0x01: return "PREFETCH_CONFIG";
    case 0x02: return "PREFETCH_ADDR";
    case 0x03: return "CFGI_STE";
    case 0x04: return "CFGI_STE_RANGE"; // and CFGI_ALL
    case 0x05: return "CFGI_CD";
    case 0x06: return "CFGI_CD_ALL";
    case 0x07: return "CFGI_VMS_PIDM";
    case 0x10: return "TLBI_NH_ALL";
    case 0x11: return "TLBI_NH_ASID";
    case 0x12: return "TLBI_NH_VA";
    case 0x13: return "TLBI_NH_VAA";
    case 0x18: return "TLBI_EL3_ALL";
    case 0x1a: return "TLBI_EL3_VA";
    case 0x20: return "TLBI_EL2_ALL";
    case 0x21: return "TLBI_EL2_ASID";
    case 0x22: return "TLBI_EL2_VA";
    case 0x23: return "TLBI_EL2_VAA";
    case 0x28: return "TLBI_S12_VMALL";
    case 0x2a: return "TLBI_S2_IPA";
    case 0x30: return "TLBI_NSNH_ALL";
    case 0x40: return "ATC_INV";
    case 0x41: return "PRI_RESP";
    case 0x44: return "RESUME";
    case 0x45: return "STALL_TERM";
    case 0x46: return "SYNC";
    case 0x50: return "TLBI_S_EL2_ALL";
    case 0x51: return "TLBI_S_EL2_ASID";
    case 0x52: return "TLBI_S_EL2_VA";
    case 0x53: return "TLBI_S_EL2_VAA";
    case 0x58: return "TLBI_S_S12_VMALL";
    case 0x5a: return "TLBI_S_S2_IPA";
    case 0x60: return "TLBI_SNH_ALL";
    default: return fmt::format("{:#04x}", opcode);
    }
}

} // namespace iovp::profile
