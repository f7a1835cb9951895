#include "smmu/arch/request.h"

namespace iovp::smmu {

request request::from(const transaction_attributes& a, std::uint64_t address, bool write)
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

} // namespace iovp::smmu
