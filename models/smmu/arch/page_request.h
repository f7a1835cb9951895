#pragma once

#include "common/strong.h"
#include "smmu/arch/command.h"

#include <array>
#include <cstdint>
#include <optional>

namespace iovp::smmu {

/// A PCIe Page Request message of a Non-secure stream (ch. 8).
struct page_request {
    stream_id stream;
    std::optional<substream_id> substream; ///< PASID; without it `execute` and `privileged` count as false
    std::uint64_t address = 0;             ///< of a page
    std::uint16_t prg_index = 0;           ///< Page Request Group Index, 9 bits
    bool last = false;
    bool write = false;
    bool read = false;
    bool execute = false;
    bool privileged = false;

    /// A Stop PASID marker: LWR == 0b100 with a PASID. Nobody answers it.
    bool stop_marker() const { return substream && last && !write && !read; }

    /// The entry as it stands in the PRI queue: 16 bytes.
    std::array<std::uint64_t, 2> record() const
    {
        std::array<std::uint64_t, 2> w{};
        w[0] = stream.value() | std::uint64_t(read) << 60 | std::uint64_t(write) << 61 | std::uint64_t(last) << 62;
        if (substream)
            w[0] |= std::uint64_t(substream->value()) << 32 | std::uint64_t(privileged) << 58 |
                    std::uint64_t(execute) << 59 | std::uint64_t(1) << 63;
        w[1] = (address & ~std::uint64_t(0xfff)) | (prg_index & 0x1ffU);
        return w;
    }
};

/// A PRG Response message: software's (CMD_PRI_RESP) or an automatic one (8.1, 8.2).
struct page_response {
    stream_id stream;
    std::optional<substream_id> substream; ///< PASID prefix
    std::uint16_t prg_index = 0;
    page_response_code code = page_response_code::failure;
};

} // namespace iovp::smmu
