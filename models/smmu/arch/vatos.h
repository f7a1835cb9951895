#pragma once

#include "smmu/arch/atos.h"

namespace iovp::smmu {

/// 9.1.6: the operation of the Virtual ATOS interface of a state; what becomes of SMMU_VATOS_PAR or SMMU_S_VATOS_PAR.
/// Stage 1 only, and only of the state's streams whose translations carry the VMID `of_guest`
/// (SMMU_(S_)VATOS_SEL.VMID). `sid` and `addr` as for SMMU_(S_)GATOS_*; SSEC is RES1 in SMMU_S_VATOS_SID.
std::uint64_t virtual_address_translation_operation(const translation_context& context, vmid of_guest,
                                                    std::uint64_t sid, std::uint64_t addr,
                                                    security_state interface = security_state::non_secure);

} // namespace iovp::smmu
