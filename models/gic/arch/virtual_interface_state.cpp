#include "gic/arch/virtual_interface_state.h"

#include <algorithm>

namespace iovp::gic {

using namespace ich;

// ListRegs, nV4 (no direct injection), A3V; PREbits and PRIbits minus one; IDbits = 0: 16 bits. TDS: a trap of
// ICV_DIR_EL1 of its own (HCR.TDIR).
std::uint64_t virtual_interface_state::vtr() const
{
    return (list_registers_ - 1) | 1u << 19 | 1u << 20 | 1u << 21 | std::uint64_t(priority_bits - 1) << 26 |
           std::uint64_t(priority_bits - 1) << 29;
}

std::uint64_t virtual_interface_state::eisr() const
{
    std::uint64_t set = 0;
    for (unsigned n = 0; n < list_registers_; ++n)
        if (lr_state::get(list_[n]) == 0 && !lr_hw::get(list_[n]) && lr_eoi::get(list_[n]))
            set |= std::uint64_t(1) << n;
    return set;
}

std::uint64_t virtual_interface_state::elrsr() const
{
    std::uint64_t set = 0;
    for (unsigned n = 0; n < list_registers_; ++n)
        if (lr_state::get(list_[n]) == 0 && (lr_hw::get(list_[n]) || !lr_eoi::get(list_[n])))
            set |= std::uint64_t(1) << n;
    return set;
}

std::uint64_t virtual_interface_state::misr() const
{
    unsigned valid = 0;
    bool pending = false;
    for (unsigned n = 0; n < list_registers_; ++n) {
        valid += lr_state::get(list_[n]) != 0;
        pending = pending || lr_state::get(list_[n]) == 1;
    }
    const bool enabled0 = vmcr_veng0::get(vmcr_);
    const bool enabled1 = vmcr_veng1::get(vmcr_);
    return misr_eoi::make(eisr() != 0) | misr_u::make(hcr_uie::get(hcr_) && valid <= 1) |
           misr_lrenp::make(hcr_lrenpie::get(hcr_) && hcr_eoicount::get(hcr_) != 0) |
           misr_np::make(hcr_npie::get(hcr_) && !pending) | misr_vgrp0e::make(hcr_vgrp0eie::get(hcr_) && enabled0) |
           misr_vgrp0d::make(hcr_vgrp0die::get(hcr_) && !enabled0) |
           misr_vgrp1e::make(hcr_vgrp1eie::get(hcr_) && enabled1) |
           misr_vgrp1d::make(hcr_vgrp1die::get(hcr_) && !enabled1);
}

void virtual_interface_state::set_vmcr(std::uint64_t value)
{
    constexpr std::uint64_t writable = vmcr_veng0::mask | vmcr_veng1::mask | vmcr_vcbpr::mask | vmcr_veoim::mask |
                                       vmcr_vbpr1::mask | vmcr_vbpr0::mask | vmcr_vpmr::make(implemented);
    vmcr_ = (value & writable) | vmcr_vfiqen::make(1);
    vmcr_vbpr0::set(vmcr_, std::max<std::uint64_t>(vmcr_vbpr0::get(value), least_bpr0));
    vmcr_vbpr1::set(vmcr_, std::max<std::uint64_t>(vmcr_vbpr1::get(value), least_bpr0 + 1));
}

void virtual_interface_state::set_list_register(unsigned n, std::uint64_t value)
{
    const std::uint64_t physical = lr_hw::get(value) ? lr_pintid::mask : lr_eoi::mask;
    list_[n] = value & (lr_state::mask | lr_hw::mask | lr_group::mask | lr_priority::make(implemented) | physical |
                        bit_mask(15, 0));
}

std::uint64_t virtual_interface_state::bpr(group g) const
{
    if (g == group::zero)
        return vmcr_vbpr0::get(vmcr_);
    return vmcr_vcbpr::get(vmcr_) ? std::min<std::uint64_t>(vmcr_vbpr0::get(vmcr_) + 1, 7) : vmcr_vbpr1::get(vmcr_);
}

void virtual_interface_state::set_bpr(group g, std::uint64_t value)
{
    if (g == group::zero)
        change_vmcr<vmcr_vbpr0>(value & 7);
    else if (!vmcr_vcbpr::get(vmcr_))
        change_vmcr<vmcr_vbpr1>(value & 7);
}

std::uint64_t virtual_interface_state::group_enable(group g) const
{
    return g == group::zero ? vmcr_veng0::get(vmcr_) : vmcr_veng1::get(vmcr_);
}

void virtual_interface_state::set_group_enable(group g, std::uint64_t value)
{
    if (g == group::zero)
        change_vmcr<vmcr_veng0>(value & 1);
    else
        change_vmcr<vmcr_veng1>(value & 1);
}

// As ICC_CTLR_EL1: CBPR, EOImode; PRIbits, IDbits and A3V are fixed.
std::uint64_t virtual_interface_state::ctlr() const
{
    return std::uint64_t(vmcr_vcbpr::get(vmcr_)) | std::uint64_t(vmcr_veoim::get(vmcr_)) << 1 |
           (priority_bits - 1) << 8 | 1u << 15;
}

void virtual_interface_state::set_ctlr(std::uint64_t value)
{
    change_vmcr<vmcr_vcbpr>(bit(value, 0));
    change_vmcr<vmcr_veoim>(bit(value, 1));
}

// The binary point splits a priority: group priority above. Group 1's own point counts one less, and with VCBPR Group
// 0's point serves both.
std::uint8_t virtual_interface_state::group_priority(group g, std::uint8_t priority) const
{
    const bool own = g == group::one && !vmcr_vcbpr::get(vmcr_);
    const std::uint64_t point = own ? vmcr_vbpr1::get(vmcr_) : vmcr_vbpr0::get(vmcr_) + 1;
    return static_cast<std::uint8_t>(priority & (0xFFu << point));
}

std::uint8_t virtual_interface_state::running_priority() const
{
    const std::uint32_t active = active_[0] | active_[1];
    return active ? static_cast<std::uint8_t>(__builtin_ctz(active) << (8 - priority_bits)) : idle_priority;
}

// The list register of the highest pending interrupt of an enabled group, -1 for none. Of equal priorities the lowest
// list register, which the architecture leaves open.
int virtual_interface_state::highest() const
{
    if (!hcr_en::get(hcr_))
        return -1;
    int best = -1;
    for (unsigned n = 0; n < list_registers_; ++n) {
        const std::uint64_t lr = list_[n];
        if (lr_state::get(lr) != 1 || !group_enable(group_of(lr)))
            continue;
        if (best < 0 || lr_priority::get(lr) < lr_priority::get(list_[best]))
            best = static_cast<int>(n);
    }
    return best;
}

std::uint32_t virtual_interface_state::highest_pending(group g) const
{
    const int n = highest();
    return n >= 0 && group_of(list_[n]) == g ? static_cast<std::uint32_t>(lr_vintid::get(list_[n])) : spurious_intid;
}

bool virtual_interface_state::signals(group g) const
{
    const int n = highest();
    if (n < 0 || group_of(list_[n]) != g)
        return false;
    const auto priority = static_cast<std::uint8_t>(lr_priority::get(list_[n]));
    return priority < pmr() && group_priority(g, priority) < running_priority();
}

std::uint32_t virtual_interface_state::acknowledge(group g)
{
    if (!signals(g))
        return spurious_intid;
    std::uint64_t& lr = list_[highest()];
    const auto intid = static_cast<std::uint32_t>(lr_vintid::get(lr));
    const std::uint8_t priority = group_priority(g, static_cast<std::uint8_t>(lr_priority::get(lr)));
    active_[index(g)] |= 1u << (priority >> (8 - priority_bits));
    lr_pending::set(lr, 0);
    lr_active::set(lr, intid < first_lpi); // an LPI has no active state
    return intid;
}

int virtual_interface_state::active_list_register(std::uint32_t intid) const
{
    for (unsigned n = 0; n < list_registers_; ++n)
        if (lr_active::get(list_[n]) && lr_vintid::get(list_[n]) == intid)
            return static_cast<int>(n);
    return -1;
}

// The highest active priority ends if it is of that group. False: nothing was active, or of the other group.
bool virtual_interface_state::drop_priority(group g)
{
    std::uint32_t& own = active_[index(g)];
    const std::uint32_t all = active_[0] | active_[1];
    if (all == 0 || !(own & (all & -all)))
        return false;
    own &= own - 1;
    return true;
}

// EOIcount: an interrupt ended that the hypervisor keeps outside the list registers.
void virtual_interface_state::count_missing(std::uint32_t intid)
{
    if (intid < special_intids)
        hcr_eoicount::set(hcr_, hcr_eoicount::get(hcr_) + 1);
}

std::optional<std::uint32_t> virtual_interface_state::deactivate_list_register(unsigned n)
{
    std::uint64_t& lr = list_[n];
    lr_active::set(lr, 0);
    if (!lr_hw::get(lr))
        return std::nullopt;
    const auto physical = static_cast<std::uint32_t>(lr_pintid::get(lr));
    return physical < special_intids ? std::optional(physical) : std::nullopt;
}

std::optional<std::uint32_t> virtual_interface_state::end_of_interrupt(group g, std::uint32_t intid)
{
    if (intid >= special_intids && intid < first_lpi)
        return std::nullopt;
    // Without a priority to drop it is the guest's mistake: nothing ends and nothing is counted.
    if (!drop_priority(g) || vmcr_veoim::get(vmcr_))
        return std::nullopt;
    const int n = active_list_register(intid);
    if (n < 0) {
        count_missing(intid);
        return std::nullopt;
    }
    return group_of(list_[n]) == g ? deactivate_list_register(static_cast<unsigned>(n)) : std::nullopt;
}

std::optional<std::uint32_t> virtual_interface_state::deactivate(std::uint32_t intid)
{
    if (!vmcr_veoim::get(vmcr_) || intid >= special_intids)
        return std::nullopt;
    const int n = active_list_register(intid);
    if (n < 0) {
        count_missing(intid);
        return std::nullopt;
    }
    return deactivate_list_register(static_cast<unsigned>(n));
}

} // namespace iovp::gic
