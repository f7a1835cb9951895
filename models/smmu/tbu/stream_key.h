#pragma once

#include "smmu/arch/request.h"

#include <cstdint>

namespace iovp::smmu {

/// SEC_SID, StreamID, SSV and SubstreamID of a transaction in one word, for look-ups. A SubstreamID without SSV does
/// not exist, so that "no substream" and "substream 0" differ.
constexpr std::uint64_t stream_key(stream_id stream, bool ssv, substream_id substream, bool secure = false)
{
    return std::uint64_t(secure) << 53 | std::uint64_t(stream.value()) << 21 | std::uint64_t(ssv) << 20 |
           (ssv ? substream.value() & 0xfffff : 0);
}

inline std::uint64_t stream_key(const request& r)
{
    return stream_key(r.stream, r.substream.has_value(), r.substream.value_or(substream_id(0)),
                      r.sec_sid == security_state::secure);
}

} // namespace iovp::smmu
