#pragma once

#include <cstdint>

namespace iovp::smmu {

/// 3.16: what the base registers hold for good where IDR1.{TABLES,QUEUES}_PRESET say that storage exists already. The
/// platform puts memory there. Software's writes to these registers are ignored.
struct embedded_storage {
    std::uint64_t strtab_base = 0; ///< SMMU_STRTAB_BASE
    std::uint32_t strtab_base_cfg = 0;
    std::uint64_t cmdq_base = 0;
    std::uint64_t eventq_base = 0;
    std::uint64_t priq_base = 0;
    std::uint32_t cr1 = 0;   ///< the TABLE_* and QUEUE_* fields (6.3.11)
    std::uint64_t page0 = 0; ///< physical address of register page 0; bases are added to it with IDR1.REL
};

} // namespace iovp::smmu
