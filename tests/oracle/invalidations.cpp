#include "invalidations.h"

namespace iovp::oracle {

namespace {

using u64 = std::uint64_t;

constexpr u64 el3_all = 0x18, s_el2_all = 0x50;

/// 4.4.2, 4.4.5: one of the commands of the Secure queue that reach the entries of a stage-1 leaf.
void invalidate_secure_stage1(change& x, const scenario& s, const stream& st, const stream::context& k, u64 va,
                              bool global, choices& c)
{
    const u64 vm = u64(s.hw.sel2 && st.config == 7 ? st.vmid : 0) << 32, as = u64(k.asid) << 48;
    const u64 page = (va & ~u64(0xfff)) | c.below(2);
    const bool host = s.hw.secure.e2h;
    switch (c.below(4)) {
    case 1: x.commands.push_back({st.strw == 1 ? 0x1a : st.strw == 2 ? 0x52 | as : 0x12 | vm | as, page, true}); break;
    case 2:
        if (st.strw == 1 || (st.strw == 2 && !host))
            x.commands.push_back({st.strw == 1 ? el3_all : s_el2_all, 0, true});
        else
            x.commands.push_back({st.strw == 2 ? 0x53 : 0x13 | vm, page, true});
        break;
    case 3:
        if (!global && (st.strw == 0 || (st.strw == 2 && host))) {
            x.commands.push_back({st.strw == 2 ? 0x51 | as : 0x11 | vm | as, 0, true});
            break;
        }
        [[fallthrough]];
    default: x.commands.push_back({st.strw == 1 ? el3_all : st.strw == 2 ? s_el2_all : snh_all(s), 0, true}); break;
    }
}

} // namespace

void invalidate_tlbs(change& x, const scenario& s)
{
    x.commands.push_back({nsnh_all, 0});
    x.commands.push_back({el2_all, 0});
    if (!s.hw.secure_impl)
        return;
    x.commands.push_back({snh_all(s), 0, true});
    x.commands.push_back({el3_all, 0, true});
    if (s.hw.sel2)
        x.commands.push_back({s_el2_all, 0, true});
}

void invalidate_configuration(change& x, const scenario& s)
{
    x.commands.push_back({cfgi_all, 31});
    if (s.hw.secure_impl)
        x.commands.push_back({cfgi_all | ssec, 31, true});
}

void invalidate_all(change& x, const scenario& s)
{
    invalidate_configuration(x, s);
    invalidate_tlbs(x, s);
}

void invalidate_stage1(change& x, const scenario& s, const stream& st, const stream::context& k, u64 va, bool global,
                       choices& c)
{
    if (st.secure) {
        invalidate_secure_stage1(x, s, st, k, va, global, c);
        return;
    }
    const u64 vm = u64(s.hw.s2p ? st.vmid : 0) << 32, as = u64(k.asid) << 48;
    const u64 page = va & ~u64(0xfff);
    const u64 leaf = c.below(2);
    if (st.strw == 2) {
        switch (c.below(5)) {
        case 1: x.commands.push_back({0x22 | as, page | leaf}); break;
        case 2:
            if (s.hw.e2h) {
                x.commands.push_back({0x23, page | leaf});
                break;
            }
            [[fallthrough]];
        case 3:
            if (s.hw.e2h && !global) {
                x.commands.push_back({0x21 | as, 0});
                break;
            }
            [[fallthrough]];
        default: x.commands.push_back({el2_all, 0}); break;
        }
        return;
    }
    switch (c.below(7)) {
    case 1: x.commands.push_back({0x12 | vm | as, page | leaf}); break;
    case 2: x.commands.push_back({0x13 | vm, page | leaf}); break;
    case 3:
        if (!global) {
            x.commands.push_back({0x11 | vm | as, 0});
            break;
        }
        [[fallthrough]];
    case 4: x.commands.push_back({0x10 | vm, 0}); break;
    case 5: x.commands.push_back({0x12 | vm | as, page | leaf}); break;
    default: x.commands.push_back({nsnh_all, 0}); break;
    }
}

void narrow(change::command& command, const table& t, const table::leaf& l, u64 base, const machine& hw, choices& c)
{
    const unsigned g = t.granule();
    const bool level_known = l.level != 0 && (g != 14 || l.level != 1 || hw.ds);
    const u64 ttl = level_known && c.chance(60) ? u64(l.level) : 0;
    const bool range = ttl == 0 || c.chance(50);
    u64 start = base;
    u64 scale = 0, num = 0;
    if (range) {
        const u64 step = ttl != 0 ? t.leaf_size(l.level) : u64(1) << g; // what Address is aligned to
        u64 before = step * c.below(4);
        if (l.from < before)
            before = 0;
        start -= before;
        const u64 units = (before + t.leaf_size(l.level)) >> g;
        while (((units - 1) >> scale) > 31)
            ++scale;
        scale += c.chance(30) && scale < 20 ? c.below(10) : 0;
        num = (units - 1) >> scale;
        num += c.chance(50) ? c.below(32 - unsigned(num)) : 0;
        if (ttl == 0 && num == 0 && scale == 0) // reserved
            num = 1;
    }
    command.first |= num << 12 | scale << 20;
    command.second = (command.second & 1) | (start & ~u64(0xfff)) | u64(g == 12 ? 1 : g == 14 ? 2 : 3) << 10 | ttl << 8;
}

} // namespace iovp::oracle
