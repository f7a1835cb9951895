#pragma once

#include "vmsa/access.h"
#include "vmsa/attributes.h"
#include "vmsa/fault.h"

#include <cstdint>
#include <optional>

namespace iovp::vmsa {

/// What one stage permits, with the regime's PAN, WXN and UWXN and the tables' limits already applied.
struct stage_permissions {
    bool privileged_read = true;
    bool privileged_write = true;
    bool privileged_execute = true;
    bool unprivileged_read = true;
    bool unprivileged_write = true;
    bool unprivileged_execute = true;
    bool pan = false; ///< stage 1: reason of a missing privileged data permission, for readers only

    constexpr bool permits(const access& a) const
    {
        if (a.write)
            return a.privileged ? privileged_write : unprivileged_write;
        if (a.instruction)
            return a.privileged ? privileged_execute : unprivileged_execute;
        return a.privileged ? privileged_read : unprivileged_read;
    }
};

/// One stage's leaf: everything about it that a TLB entry must keep.
struct stage_result {
    bool active = false;              ///< the stage translated
    std::uint8_t page_size_log2 = 0;  ///< block or page, without the contiguous hint
    std::int8_t level = 3;            ///< of the leaf
    bool contiguous = false;          ///< the Contiguous bit, where the walk honours it
    std::uint8_t contiguous_log2 = 0; ///< size of the contiguous range, page_size_log2 when not contiguous
    stage_permissions permissions;
    /// The descriptor is writable but clean, and hardware manages dirty state: a write must not use a cached copy but
    /// walk again, which marks it dirty.
    bool write_needs_update = false;
};

/// A finished translation. A TLB entry covers page_size_log2 bits of input around `input`.
struct translation {
    std::uint64_t input = 0;         ///< the address asked for, TBI applied (sign-extended from bit 55)
    physical_address pa;             ///< with the offset of `input`
    intermediate_address ipa;        ///< stage 1's output, or the input where stage 1 does not translate; with offset
    std::uint8_t page_size_log2 = 0; ///< the smaller of the active stages' pages
    granule tg = granule::k4;        ///< stage 1's granule, or stage 2's where it is alone; for TLBI by range and TTL
    stage_result stage1;
    stage_result stage2;
    bool not_global = true;                          ///< nG of stage 1; true where stage 1 does not translate
    bool unprivileged_fault = false;                 ///< E0PD of the address's half: see check_permissions()
    bool non_secure = true;                          ///< output address space
    bool non_secure_ipa = false;                     ///< stage 2 of a Secure stream: the IPA space of `ipa`
    std::optional<memory_attributes> stage1_memory;  ///< set when stage 1 translated: replaces the incoming attributes
    std::optional<stage2_memory> stage2_memory_bits; ///< set when stage 2 translated

    /// The attributes of an access that came with `incoming` (only used where stage 1 does not translate).
    memory_attributes memory(const memory_attributes& incoming) const
    {
        const memory_attributes first = stage1_memory ? *stage1_memory : incoming;
        return stage2_memory_bits ? combine(first, *stage2_memory_bits) : first;
    }

    /// True when a cached copy may serve this access (dirty-state management, see write_needs_update).
    bool usable_for(const access& a) const
    {
        return !a.write || !(stage1.write_needs_update || stage2.write_needs_update);
    }
};

/// The permission check of a walk's end and of every TLB hit (IHI 0070 3.17, 7.3): E0PD, a translation fault, then
/// stage 1, then stage 2. The fault carries the IPA of `address`, which lies in the translation's page. No fault:
/// empty.
std::optional<fault> check_permissions(const translation& t, const access& a, std::uint64_t address);

/// A number below 8 for each kind of access.
constexpr unsigned access_number(const access& a)
{
    return (a.write ? 2U : a.instruction ? 4U : 0U) | unsigned(a.privileged);
}
constexpr access access_of(unsigned number)
{
    return {(number & 2) != 0, (number & 4) != 0, (number & 1) != 0};
}

/// Bit access_number(a): usable_for(a), and check_permissions() finds no fault. For a TLB, which asks again and again.
std::uint8_t permitted_accesses(const translation& t);

} // namespace iovp::vmsa
