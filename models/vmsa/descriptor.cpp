#include "vmsa/descriptor.h"

namespace iovp::vmsa {

unsigned contiguous_log2(granule tg, int level)
{
    // Table D8-104: 4K: 16 entries; 16K: 32 at level 2, 128 at level 3; 64K: 32.
    if (level < (tg == granule::k4 ? 1 : 2))
        return level_shift(tg, level);
    switch (tg) {
    case granule::k4: return level_shift(tg, level) + 4;
    case granule::k16: return level_shift(tg, level) + (level == 3 ? 7 : 5);
    case granule::k64: break;
    }
    return level_shift(tg, level) + 5;
}

stage_permissions stage1_permissions(const stage1_regime& r, descriptor d, const hierarchical_limits& above, bool hd)
{
    bool read_only = (d.ap() & 2) != 0;
    if (hd && d.dirty_modifier())
        read_only = false; // D8.5.2: writable-clean
    read_only = read_only || above.read_only;

    stage_permissions p;
    if (has_two_privileges(r.world)) {
        const bool unprivileged = (d.ap() & 1) != 0 && !above.no_unprivileged;
        p.privileged_read = true;
        p.privileged_write = !read_only;
        p.unprivileged_read = unprivileged;
        p.unprivileged_write = unprivileged && !read_only;
        const bool execute_never = d.uxn() || above.execute_never;
        p.privileged_execute = !(d.pxn() || above.privileged_execute_never);
        p.unprivileged_execute = !execute_never;
        if (r.aarch32) {
            // VMSAv8-32: XN is for both privileges, instructions need read permission, EL0-writable is PXN with UWXN
            // only (IHI 0070 5.4 CD.UWXN).
            p.privileged_execute = p.privileged_execute && !execute_never && !(r.uwxn && p.unprivileged_write);
            p.unprivileged_execute = p.unprivileged_execute && unprivileged;
        } else if (p.unprivileged_write) {
            p.privileged_execute = false; // D8.4.1.2: what EL0 can write, EL1 cannot execute
        }
        if (r.wxn) {
            p.privileged_execute = p.privileged_execute && !p.privileged_write;
            p.unprivileged_execute = p.unprivileged_execute && !p.unprivileged_write;
        }
        if (r.pan && unprivileged) {
            p.privileged_read = p.privileged_write = false;
            p.pan = true;
        }
        return p;
    }
    // EL2 and EL3: AP[1] is treated as 1 and every access as privileged (IHI 0070 13.4.1).
    p.privileged_read = true;
    p.privileged_write = !read_only;
    p.privileged_execute = !(d.uxn() || above.execute_never) && !(r.wxn && p.privileged_write);
    p.unprivileged_read = p.privileged_read;
    p.unprivileged_write = p.privileged_write;
    p.unprivileged_execute = p.privileged_execute;
    return p;
}

stage_permissions stage2_permissions(descriptor d, bool hd, bool xnx, bool aarch32)
{
    const bool read = (d.ap() & 1) != 0;
    const bool write = (d.ap() & 2) != 0 || (hd && d.dirty_modifier());
    bool privileged_execute = false;
    bool unprivileged_execute = false;
    if (!xnx) { // bit 54 alone, bit 53 is RES0
        privileged_execute = unprivileged_execute = (d.stage2_xn() & 2) == 0;
    } else {
        privileged_execute = d.stage2_xn() == 0 || d.stage2_xn() == 3;
        unprivileged_execute = d.stage2_xn() == 0 || d.stage2_xn() == 1;
    }
    if (aarch32 && !read) // 5.2 S2AA64: VMSAv8-32 has no execute-only pages
        privileged_execute = unprivileged_execute = false;
    return {read, write, privileged_execute, read, write, unprivileged_execute, false};
}

} // namespace iovp::vmsa
