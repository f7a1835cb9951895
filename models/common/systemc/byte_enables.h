#pragma once

#include <tlm>

namespace iovp {

/// For frames of registers, which take accesses as a whole: refuses a payload that leaves some of its bytes disabled
/// with TLM_BYTE_ENABLE_ERROR_RESPONSE and returns true. A payload without byte enables, or with all of them set, is
/// left alone.
inline bool refuse_partial_access(tlm::tlm_generic_payload& payload)
{
    const unsigned char* const enables = payload.get_byte_enable_ptr();
    const unsigned length = payload.get_byte_enable_length();
    if (!enables || length == 0)
        return false;
    for (unsigned i = 0; i < payload.get_data_length(); ++i) {
        if (enables[i % length] == TLM_BYTE_DISABLED) {
            payload.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
            return true;
        }
    }
    return false;
}

} // namespace iovp
