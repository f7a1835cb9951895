#pragma once

#include "vmsa/fault.h"
#include "vmsa/port.h"
#include "vmsa/regime.h"
#include "vmsa/translation.h"
#include "vmsa/walk_cache.h"

#include <cstdint>
#include <variant>

namespace iovp::vmsa {

/// Everything a walk needs beside the address.
struct walk_context {
    implementation impl;
    const stage1_regime* stage1 = nullptr; ///< null: stage 1 does not translate
    const stage2_regime* stage2 = nullptr; ///< null: stage 2 does not translate
    translation_tag tag;                   ///< for the walk cache
    memory_port& memory;
    walk_cache_port& cache;
    bool may_update = true;   ///< false for functional and debug look-ups: access flag and dirty state are left alone,
                              ///< and an access that would have set them succeeds
    bool stage1_only = false; ///< nested: stage 2 serves the walk, stage 1's output is not translated
    /// ATS (IHI 0070 3.9.1.2): permissions are asked for, not needed. A stage faults when it permits neither the access
    /// nor a write of the same privilege; what each permits stands in the translation.
    bool any_permission = false;
    /// Secure streams with stage 2: `stage2` is of the Secure IPA space, this of the stream's Non-secure IPA space
    /// (IHI 0070 3.10.2.2). Which of them an input without stage 1 is in, tag.non_secure_ipa says.
    const stage2_regime* stage2_non_secure = nullptr;
};

using walk_result = std::variant<translation, fault>;

/// D8.2: translates `address` through the stages of the context (at least one) and checks `a`'s permissions.
walk_result translate(const walk_context& context, std::uint64_t address, const access& a);

/// Stage 2 alone, for an address that a structure fetch uses (class cd) or for a CPU's guest (class in_).
walk_result translate_stage2(const walk_context& context, intermediate_address ipa, const access& a, fault_class cls);

} // namespace iovp::vmsa
