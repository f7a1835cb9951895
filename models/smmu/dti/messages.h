#pragma once

#include "common/latency_record.h"
#include "common/strong.h"
#include "smmu/arch/request.h"
#include "smmu/arch/translate.h"
#include "smmu/dti/message_size.h"

#include <cstdint>
#include <optional>
#include <variant>

/// Messages between TBU and TCU. The content is that of the DTI-TBUv3 message named beside each, in the architecture's
/// types, so that a pin adapter only has to pack it.
namespace iovp::smmu::dti {

/// DTI_TBU_CONDIS_REQ, STATE 1: a TBU wants `tokens` translation requests outstanding (TOK_TRANS_REQ).
struct connect_request {
    unsigned tokens;
};

/// DTI_TBU_CONDIS_ACK: granted tokens; 0 means refused.
struct connect_acknowledge {
    unsigned tokens = 0;
};

/// DTI_TBU_TRANS_REQ: TRANSLATION_ID, SID, SSV, SSID, SEC_SID, PnU, InD, PERM, NS, IA and the incoming attributes.
struct translation_request {
    std::uint16_t translation_id = 0;  ///< the TBU's slot
    request what;                      ///< as it arrived at the TBU
    bool speculative = false;          ///< PERM is SPEC: a read that no transaction waits for (3.14)
    latency_record* latency = nullptr; ///< not part of the protocol: who listens to the transaction's time
};

/// DTI_TBU_TRANS_RESP or DTI_TBU_TRANS_FAULT (for the alternative `terminated`; its event has been taken by the TCU).
struct translation_response {
    outcome result = terminated();
    bool do_not_cache = false; ///< an invalidation has overtaken the translation
    /// The transaction stalls (3.12.2): the TBU gives its token back and holds it until a stall_release with this
    /// ticket arrives. `result` then does not count.
    std::optional<std::uint32_t> stalled;

    bool is_fault() const { return stalled || std::holds_alternative<terminated>(result); }
    unsigned bytes() const { return is_fault() ? message_size::trans_fault : message_size::trans_resp; }
};

/// What becomes of a stalled transaction (4.7.1).
enum class stall_action : std::uint8_t {
    retry, ///< as though it had just arrived
    abort,
    raz_wi
};

/// Not a message of DTI, in which the TCU keeps a stalled request and its token: here the token comes back at once.
struct stall_release {
    std::uint32_t ticket = 0;
    stall_action action = stall_action::abort;
};

/// A release and the TBU that it is for, by its number.
struct addressed_release {
    unsigned link;
    stall_release message;
};

/// What DTI_TBU_INV_REQ removes; the TLB operations are the commands of 4.4, the others 4.3 and register changes.
enum class invalidation : std::uint8_t {
    nh_all,        ///< stage-1 entries of EL1 for a VMID; all but the EL3 ones: of the state that `secure` says
    nh_asid,       ///< the non-global ones of an ASID
    nh_va,         ///< by VMID, ASID (and global) and VA
    nh_vaa,        ///< by VMID and VA, any ASID
    el2_all,       ///< EL2 and EL2-E2H
    el2_asid,      ///< EL2-E2H, non-global of an ASID
    el2_va,        ///< by VA; with E2H also by ASID (and global)
    el2_vaa,       ///< by VA
    s12_vmall,     ///< all stages of EL1 for a VMID
    s2_ipa,        ///< stage-2 entries by VMID and IPA; not combined ones (4.4.3.1)
    nsnh_all,      ///< all of EL1, every VMID
    el3_all,       ///< EL3
    el3_va,        ///< by VA
    config_stream, ///< what is known of a stream and its substreams
    config_range,  ///< of 2^(range + 1) streams, aligned
    config_substream,
    config_all ///< of every stream: CMD_CFGI_ALL, and changes of CR0.SMMUEN and GBPA
};

/// DTI_TBU_INV_REQ: OPERATION, SID, SSID, VMID, ASID, ADDR, and the range (NUM, SCALE, TG) as a length.
struct invalidate_request {
    invalidation what = invalidation::config_all;
    stream_id stream;
    substream_id substream;
    std::uint8_t range = 0;
    vmid vm;
    asid space;
    std::uint64_t address = 0;
    std::uint64_t span = 0;      ///< bytes from `address`; 0: the entry of any size that contains it
    bool leaf = false;           ///< table descriptors need not go
    bool e2h = false;            ///< CR2.E2H of the state, for el2_va and el2_vaa
    bool secure = false;         ///< acts on what belongs to Secure streams, otherwise to Non-secure ones
    bool non_secure_ipa = false; ///< s2_ipa of Secure streams: the IPA space of `address`
    std::uint8_t wildcard = 0;   ///< CR0.VMW of the state: low bits of VMIDs that are not compared (3.17.6)
};

} // namespace iovp::smmu::dti
