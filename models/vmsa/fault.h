#pragma once

#include "common/strong.h"

#include <cstdint>

namespace iovp::vmsa {

/// D8.14.5 and IHI 0070 7.3: why a translation failed.
enum class fault_kind : std::uint8_t {
    translation,  ///< F_TRANSLATION
    address_size, ///< F_ADDR_SIZE
    access_flag,  ///< F_ACCESS
    permission,   ///< F_PERMISSION
    walk_abort    ///< external abort on a descriptor fetch or update: F_WALK_EABT
};

/// What was being translated when stage 2 failed (IHI 0070 7.3 CLASS); stage-1 faults are of class in_.
enum class fault_class : std::uint8_t {
    cd = 0,  ///< fetch of a CD or L1CD
    ttd = 1, ///< fetch or update of a stage-1 descriptor
    in_ = 2  ///< the transaction's own address
};

/// A fault of the walk or of the permission check; both make the same one.
struct fault {
    fault_kind kind = fault_kind::translation;
    fault_class cls = fault_class::in_;
    std::uint8_t stage = 1;         ///< 1 or 2: the stage that failed
    std::int8_t level = 0;          ///< look-up level as VMSAv8-64 reports it (D8.14.5)
    bool has_ipa = false;           ///< ipa is valid: stage 2 faults
    intermediate_address ipa;       ///< stage 2: the address that stage 2 was asked for, with its offset
    bool non_secure_ipa = false;    ///< stage 2 of a Secure stream: `ipa` is of its Non-secure IPA space
    physical_address fetch_address; ///< walk_abort: the descriptor
    bool ttd_write = false;         ///< stage 2, class ttd: the access to the descriptor was a hardware update
};

} // namespace iovp::vmsa
