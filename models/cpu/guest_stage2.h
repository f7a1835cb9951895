#pragma once

#include "vmsa/regime.h"
#include "vmsa/walk.h"

#include <cstdint>
#include <optional>

namespace iovp::cpu {

/// A guest's stage 2 by the two registers that EL2 programs: VTTBR_EL2 and VTCR_EL2 (Arm ARM D24.2.225, D24.2.224).
/// No TLB: every access walks, so that the tables in memory are always what counts.
class guest_stage2 {
public:
    guest_stage2(const vmsa::implementation& impl, std::uint64_t vttbr, std::uint64_t vtcr);

    /// IPA to PA for an EL1 access; the walk reads through `memory`.
    vmsa::walk_result translate(intermediate_address ipa, const vmsa::access& access, vmsa::memory_port& memory) const;

    const vmsa::stage2_regime& regime() const { return regime_; }
    vmid vm() const { return vm_; }
    /// Whether VTCR_EL2's start level fits its input size; otherwise every access is a level 0 translation fault.
    bool start_level_fits() const { return start_level_fits_; }

private:
    vmsa::implementation impl_;
    vmsa::stage2_regime regime_;
    vmid vm_;
    bool start_level_fits_;
};

} // namespace iovp::cpu
