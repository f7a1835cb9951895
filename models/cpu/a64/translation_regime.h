#pragma once

#include "cpu/a64/system_registers.h"
#include "vmsa/walk.h"

#include <array>
#include <cstdint>

namespace iovp::cpu::a64 {

/// What an Exception level's translations depend on: two equal keys translate alike while the tables stay as they are.
using regime_key = std::array<std::uint64_t, 9>;
regime_key key_of(unsigned el, const system_registers& r);

/// The regime EL2, or EL1&0 with its stage 2, as the registers have it (D8.1).
struct translation_regime {
    bool stage1_on = false;
    bool stage2_on = false;
    bool stage2_fits = true;            ///< VTCR_EL2's SL0 and T0SZ agree; otherwise everything is a level 0 fault
    bool write_back = false;            ///< HCR_EL2.DC: without stage 1 memory is Normal, Write-Back
    bool instruction_cacheable = false; ///< SCTLR.I, for fetches without stage 1
    bool strict_alignment = false;      ///< SCTLR.A
    vmsa::stage1_regime stage1;
    vmsa::stage2_regime stage2;
    vmsa::translation_tag tag;

    translation_regime() = default;
    translation_regime(unsigned el, const system_registers& r, const vmsa::implementation& impl);

    /// Translates for `el`, permissions checked; `memory` is where the tables are.
    vmsa::walk_result translate(const vmsa::implementation& impl, std::uint64_t va, const vmsa::access& a,
                                vmsa::memory_port& memory, bool only_stage1 = false) const;
    /// Attributes of an access where stage 1 does not translate.
    memory_attributes untranslated_memory(bool instruction) const;

private:
    vmsa::walk_result flat(const vmsa::implementation& impl, std::uint64_t va) const;
};

} // namespace iovp::cpu::a64
