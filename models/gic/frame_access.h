#pragma once

#include "common/latency_record.h"
#include "common/systemc/byte_enables.h"

#include <cstdint>
#include <cstring>
#include <tlm>

namespace iovp::gic {

/// One software access to a frame of registers of `frame_size` bytes: `read(offset, size)` gives the value,
/// `write(offset, size, value)` takes it. The GIC aborts nothing inside a frame: an access of another size than 1, 2, 4
/// or 8 bytes, or not aligned to its size, is RAZ/WI (IHI 0069 leaves it CONSTRAINED UNPREDICTABLE).
template <class Read, class Write>
void access_frame(tlm::tlm_generic_payload& payload, std::uint32_t frame_size, Read read, Write write)
{
    const std::uint64_t address = payload.get_address();
    const unsigned size = payload.get_data_length();
    if (address >= frame_size || size > frame_size - address) {
        payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
        return;
    }
    if (refuse_partial_access(payload))
        return;
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    const auto offset = static_cast<std::uint32_t>(address);
    const bool legal = (size == 1 || size == 2 || size == 4 || size == 8) && offset % size == 0;
    if (payload.is_read()) {
        std::memset(payload.get_data_ptr(), 0, size);
        if (legal) {
            const std::uint64_t value = read(offset, size);
            std::memcpy(payload.get_data_ptr(), &value, size);
        }
    } else if (payload.is_write() && legal) {
        std::uint64_t value = 0;
        std::memcpy(&value, payload.get_data_ptr(), size);
        write(offset, size, value);
    }
}

/// Debug reads see what software would; no register of the GIC has a side effect when read. Debug writes do nothing.
template <class Read>
unsigned debug_frame(tlm::tlm_generic_payload& payload, std::uint32_t frame_size, Read read)
{
    if (!payload.is_read())
        return 0;
    access_frame(payload, frame_size, read, [](std::uint32_t, unsigned, std::uint64_t) {});
    return payload.is_response_ok() ? payload.get_data_length() : 0;
}

/// Appends a span where there is a record and the time is not already accounted for.
inline void extend(latency_record* record, time_ps end, stage what)
{
    if (record && end > record->end())
        record->until(end, what);
}

/// The MSI ends without a handler: it was dropped, or it merged with one that was pending already.
inline void close_record(latency_record* record, bool aborted)
{
    if (!record)
        return;
    record->aborted = aborted;
    record->close();
}

} // namespace iovp::gic
