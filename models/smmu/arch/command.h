#pragma once

#include "common/bit_field.h"
#include "common/strong.h"
#include "common/transaction_attributes.h"
#include "smmu/arch/features.h"

#include <array>
#include <cstdint>
#include <variant>

namespace iovp::smmu {

/// Command opcodes (4.1.3).
enum class opcode : std::uint8_t {
    prefetch_config = 0x01,
    prefetch_addr = 0x02,
    cfgi_ste = 0x03,
    cfgi_ste_range = 0x04, ///< CMD_CFGI_ALL is Range == 31
    cfgi_cd = 0x05,
    cfgi_cd_all = 0x06,
    cfgi_vms_pidm = 0x07,
    tlbi_nh_all = 0x10,
    tlbi_nh_asid = 0x11,
    tlbi_nh_va = 0x12,
    tlbi_nh_vaa = 0x13,
    tlbi_el3_all = 0x18,
    tlbi_el3_va = 0x1a,
    tlbi_el2_all = 0x20,
    tlbi_el2_asid = 0x21,
    tlbi_el2_va = 0x22,
    tlbi_el2_vaa = 0x23,
    tlbi_s12_vmall = 0x28,
    tlbi_s2_ipa = 0x2a,
    tlbi_nsnh_all = 0x30,
    atc_inv = 0x40,
    pri_resp = 0x41,
    resume = 0x44,
    stall_term = 0x45,
    sync = 0x46,
    tlbi_s_el2_all = 0x50,
    tlbi_s_el2_asid = 0x51,
    tlbi_s_el2_va = 0x52,
    tlbi_s_el2_vaa = 0x53,
    tlbi_s_s12_vmall = 0x58,
    tlbi_s_s2_ipa = 0x5a,
    tlbi_snh_all = 0x60
};

/// SMMU_CMDQ_CONS.ERR (4.1.2, 7.1).
enum class command_error : std::uint8_t { none = 0, illegal = 1, abort = 2, atc_inv_sync = 3 };

/// A command as it stands in the queue: 16 bytes.
struct raw_command {
    std::array<std::uint64_t, 2> words{};
};

/// CMD_SYNC.CS (4.7.3).
enum class sync_signal : std::uint8_t { none = 0, irq = 1, sev = 2 };

/// ResponseCode of a PRG Response (8.3).
enum class page_response_code : std::uint8_t { success = 0b0000, invalid_request = 0b0001, failure = 0b1111 };

/// A legal command with the fields its opcode has; the others are zero.
struct command {
    opcode code = opcode::sync;
    bool secure = false; ///< what it acts on: SSec of the StreamID, the state of the translations
    bool ssv = false;
    substream_id substream;
    stream_id stream;
    bool leaf = false;      ///< CFGI_STE, CFGI_CD: only the structure; TLBI: only leaf entries
    std::uint8_t range = 0; ///< CFGI_STE_RANGE: 2^(range + 1) StreamIDs; 31 all
    vmid vm;
    asid space;
    std::uint64_t address = 0;   ///< TLBI: VA or IPA, aligned as the granule says; PREFETCH_ADDR
    bool non_secure_ipa = false; ///< TLBI_S_S2_IPA.NS: `address` is of the Non-secure IPA space of Secure streams
    // Range invalidation (4.4.1.1), when the feature RIL is present.
    std::uint8_t tg = 0; ///< 0: not by range; 1 4K, 2 16K, 3 64K
    std::uint8_t ttl = 0;
    std::uint8_t num = 0;
    std::uint8_t scale = 0;
    // CMD_ATC_INV (4.5.1): `address` is aligned to 2^(12 + size) bytes; 52: everything
    std::uint8_t size = 0;
    bool global = false; ///< with ssv only
    // CMD_PRI_RESP (4.5.2)
    std::uint16_t prg_index = 0;
    page_response_code response = page_response_code::failure;
    // CMD_RESUME (4.7.1)
    bool retry = false; ///< Ac
    bool abort = false; ///< Ab: how to terminate; IGNORED for retry
    std::uint16_t stag = 0;
    // CMD_SYNC
    sync_signal signal = sync_signal::none;
    std::uint8_t msi_sh = 0;
    std::uint8_t msi_attr = 0;
    std::uint32_t msi_data = 0;
    physical_address msi_address; ///< 0: no MSI

    /// TLBI by address: the bytes [address, address + span()) are invalidated; 0 means one entry of any size that
    /// contains `address`.
    std::uint64_t span() const;
};

/// Chapter 4: the command, or CERROR_ILL with the reason.
struct illegal_command {
    command_error error = command_error::illegal;
    const char* why = ""; ///< for traces
};

/// `queue`: the Command queue that it was issued on; `nsstalld`: S_CR0.NSSTALLD.
std::variant<command, illegal_command> decode(const raw_command& raw, const features& f,
                                              security_state queue = security_state::non_secure, bool nsstalld = false);

} // namespace iovp::smmu
