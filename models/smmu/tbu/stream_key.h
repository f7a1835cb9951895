#pragma once

#include "smmu/arch/request.h"
#include "smmu/pmcg/events.h"

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

/// Whose event it is.
inline pmu_origin origin_of(std::uint64_t key)
{
    return {stream_id(static_cast<std::uint32_t>(key >> 21)),
            (key >> 53 & 1) != 0 ? security_state::secure : security_state::non_secure};
}

/// Of a transaction; `otherwise`: the stream of one that says none.
inline std::uint64_t stream_key(const transaction_attributes& a, stream_id otherwise)
{
    return stream_key(a.stream.value_or(otherwise), a.substream.has_value(), a.substream.value_or(substream_id(0)),
                      a.sec_sid == security_state::secure);
}

} // namespace iovp::smmu
