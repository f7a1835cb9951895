#pragma once

#include "common/strong.h"
#include "common/transaction_attributes.h"
#include "vmsa/access.h"

#include <cstdint>
#include <optional>

namespace iovp::smmu {

/// One transaction as it arrives at the SMMU.
struct request {
    stream_id stream;
    std::optional<substream_id> substream;
    security_state sec_sid = security_state::non_secure; ///< Secure streams need features::secure_impl
    ats_state ats = ats_state::untranslated;
    std::uint64_t address = 0;                      ///< all 64 bits as supplied
    vmsa::access what;                              ///< as supplied; translate() applies STE.PRIVCFG and INSTCFG
    memory_attributes memory = normal_write_back(); ///< as supplied
    bool non_secure = true;                         ///< as supplied; means something on Secure streams

    static request from(const transaction_attributes& a, std::uint64_t address, bool write)
    {
        request r;
        r.stream = a.stream.value_or(stream_id(0));
        r.substream = a.substream;
        r.sec_sid = a.sec_sid;
        r.ats = a.ats;
        r.address = address;
        r.what = {write, a.instruction, a.privileged};
        r.memory = a.memory;
        r.non_secure = a.non_secure;
        return r;
    }
};

} // namespace iovp::smmu
