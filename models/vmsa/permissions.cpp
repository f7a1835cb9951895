#include "vmsa/translation.h"

namespace iovp::vmsa {

std::optional<fault> check_permissions(const translation& t, const access& a, std::uint64_t address)
{
    fault f;
    if (t.unprivileged_fault && !a.privileged) { // as the walk says it: stage 1, level 0
        f.kind = fault_kind::translation;
        f.stage = 1;
        f.level = 0;
        return f;
    }
    f.kind = fault_kind::permission;
    if (t.stage1.active && !t.stage1.permissions.permits(a)) {
        f.stage = 1;
        f.level = t.stage1.level;
        return f;
    }
    if (t.stage2.active && !t.stage2.permissions.permits(a)) {
        const std::uint64_t offset = (std::uint64_t(1) << t.page_size_log2) - 1;
        f.stage = 2;
        f.level = t.stage2.level;
        f.has_ipa = true;
        f.ipa = intermediate_address((t.ipa.value() & ~offset) | (address & offset));
        f.non_secure_ipa = t.non_secure_ipa;
        return f;
    }
    return std::nullopt;
}

static unsigned permitted_by(const stage_permissions& p)
{
    return unsigned(p.unprivileged_read) | unsigned(p.privileged_read) << 1 | unsigned(p.unprivileged_write) << 2 |
           unsigned(p.privileged_write) << 3 | unsigned(p.unprivileged_execute) << 4 |
           unsigned(p.privileged_execute) << 5;
}

std::uint8_t permitted_accesses(const translation& t)
{
    constexpr unsigned unprivileged = 0x15, writes = 0x0c;
    unsigned all = 0x3f;
    if (t.stage1.active)
        all &= permitted_by(t.stage1.permissions);
    if (t.stage2.active)
        all &= permitted_by(t.stage2.permissions);
    if (t.unprivileged_fault)
        all &= ~unprivileged;
    if (t.stage1.write_needs_update || t.stage2.write_needs_update)
        all &= ~writes;
    return static_cast<std::uint8_t>(all);
}

} // namespace iovp::vmsa
