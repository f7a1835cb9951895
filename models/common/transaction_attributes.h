#pragma once

#include "common/memory_attributes.h"
#include "common/strong.h"

#include <cstdint>
#include <optional>

namespace iovp {

class latency_record;

enum class security_state : std::uint8_t { non_secure, secure };

/// PCIe address type, IHI 0070 3.9.
enum class ats_state : std::uint8_t { untranslated, translation_request, translated };

/// What travels with a transaction beside address and data. The defaults are what a payload without the extension
/// means: a Non-secure, unprivileged data access of no stream (a CPU, or an agent behind no SMMU) to normal write-back
/// memory.
struct transaction_attributes {
    std::optional<stream_id> stream;       ///< StreamID; set by the root complex, unset for agents behind no SMMU
    std::optional<substream_id> substream; ///< SubstreamID (PASID) where the transaction has one
    security_state sec_sid = security_state::non_secure; ///< SEC_SID: the security state of the stream
    bool non_secure = true;   ///< NS of the access (input on a Secure stream, output of translation)
    bool privileged = false;  ///< PnU
    bool instruction = false; ///< InD
    ats_state ats = ats_state::untranslated;
    memory_attributes memory = normal_write_back();
    std::optional<device_id> device;   ///< DeviceID of the requester, for the ITS; never taken from data
    std::uint16_t requester = 0;       ///< PCIe Requester ID, or a number that the interconnect's agents agree on
    std::uint32_t transaction = 0;     ///< tag: transactions of one requester and tag stay in order
    latency_record* latency = nullptr; ///< not owned; null when nobody listens
};

} // namespace iovp
