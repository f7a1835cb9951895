#pragma once

#include "common/memory_attributes.h"
#include "common/strong.h"

#include <cstdint>

namespace iovp::vmsa {

/// What a transaction wants of a location, after any override of its privilege and instruction attributes.
struct access {
    bool write = false;       ///< a write; everything else reads
    bool instruction = false; ///< InD; a write is never an instruction access (IHI 0070 13.1.2)
    bool privileged = false;  ///< PnU
};

/// A translation regime (D8.1.2); the SMMU calls it a StreamWorld (IHI 0070 3.3.4).
enum class regime : std::uint8_t {
    el1,      ///< EL1&0, two privileges, ASID and (where stage 2 is implemented) VMID; the SMMU's NS-EL1 and Secure
    el2,      ///< EL2: one privilege, no ASID
    el2_host, ///< EL2&0 with E2H: two privileges, ASID, no VMID
    el3       ///< EL3: one privilege, no ASID
};

constexpr bool has_two_privileges(regime r)
{
    return r == regime::el1 || r == regime::el2_host;
}

/// Translation granules, each with the log2 of its size.
enum class granule : std::uint8_t { k4 = 12, k16 = 14, k64 = 16 };

constexpr unsigned log2_size(granule g)
{
    return static_cast<unsigned>(g);
}

} // namespace iovp::vmsa
