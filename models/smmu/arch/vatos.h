#pragma once

#include "smmu/arch/atos.h"

namespace iovp::smmu {

/// 9.1.6: the operation of the Virtual ATOS interface; what becomes of SMMU_VATOS_PAR. Stage 1 only, and only of
/// streams whose translations carry the VMID `of_guest` (SMMU_VATOS_SEL.VMID). `sid` and `addr` as for SMMU_GATOS_*.
std::uint64_t virtual_address_translation_operation(const translation_context& context, vmid of_guest,
                                                    std::uint64_t sid, std::uint64_t addr);

} // namespace iovp::smmu
