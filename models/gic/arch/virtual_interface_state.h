#pragma once

#include "gic/arch/registers.h"

#include <array>
#include <cstdint>
#include <optional>

namespace iovp::gic {

/// Fields of the hypervisor's control registers (Arm ARM D24, GIC virtualization).
namespace ich {
using hcr_en = field<0, 0>;
using hcr_uie = field<1, 1>;     ///< underflow
using hcr_lrenpie = field<2, 2>; ///< list register entry not present
using hcr_npie = field<3, 3>;    ///< no pending
using hcr_vgrp0eie = field<4, 4>;
using hcr_vgrp0die = field<5, 5>;
using hcr_vgrp1eie = field<6, 6>;
using hcr_vgrp1die = field<7, 7>;
using hcr_tc = field<10, 10>; ///< traps of EL1: registers common to both groups
using hcr_tall0 = field<11, 11>;
using hcr_tall1 = field<12, 12>;
using hcr_tsei = field<13, 13>;
using hcr_tdir = field<14, 14>;
using hcr_eoicount = field<31, 27>;
constexpr std::uint64_t hcr_writable = bit_mask(31, 27) | bit_mask(14, 10) | bit_mask(7, 0);

using misr_eoi = field<0, 0>;
using misr_u = field<1, 1>;
using misr_lrenp = field<2, 2>;
using misr_np = field<3, 3>;
using misr_vgrp0e = field<4, 4>;
using misr_vgrp0d = field<5, 5>;
using misr_vgrp1e = field<6, 6>;
using misr_vgrp1d = field<7, 7>;

using vmcr_veng0 = field<0, 0>;
using vmcr_veng1 = field<1, 1>;
using vmcr_vfiqen = field<3, 3>; ///< RES1 without a memory-mapped interface: Group 0 is always a virtual FIQ
using vmcr_vcbpr = field<4, 4>;
using vmcr_veoim = field<9, 9>;
using vmcr_vbpr1 = field<20, 18>;
using vmcr_vbpr0 = field<23, 21>;
using vmcr_vpmr = field<31, 24>;

using lr_vintid = field<31, 0>;
using lr_eoi = field<41, 41>; ///< with HW = 0: maintenance interrupt when deactivated
using lr_pintid = field<44, 32>;
using lr_priority = field<55, 48>;
using lr_group = field<60, 60>;
using lr_hw = field<61, 61>;
using lr_state = field<63, 62>;
using lr_pending = field<62, 62>;
using lr_active = field<63, 63>;
} // namespace ich

/// The virtual CPU interface without time: what the hypervisor sees of it (ICH_*_EL2), what the guest sees (ICV_*_EL1),
/// and the interrupts it asks for. 5 bits of priority and of preemption, so one AP0R and one AP1R; 16-bit INTIDs.
class virtual_interface_state {
public:
    static constexpr unsigned priority_bits = 5;
    static constexpr std::uint8_t idle_priority = 0xFF;
    static constexpr unsigned most_list_registers = 16;
    enum class group : std::uint8_t { zero, one };

    /// `list_registers`: 1..16.
    explicit virtual_interface_state(unsigned list_registers)
        : list_registers_(list_registers)
    {
    }

    // ICH_*_EL2.

    std::uint64_t hcr() const { return hcr_; }
    void set_hcr(std::uint64_t value) { hcr_ = value & ich::hcr_writable; }
    std::uint64_t vtr() const;
    std::uint64_t misr() const;
    std::uint64_t eisr() const;  ///< list registers with an end-of-interrupt maintenance interrupt
    std::uint64_t elrsr() const; ///< list registers that are free
    std::uint64_t vmcr() const { return vmcr_; }
    void set_vmcr(std::uint64_t value);
    std::uint64_t active_priorities(group g) const { return active_[index(g)]; }
    void set_active_priorities(group g, std::uint64_t value) { active_[index(g)] = static_cast<std::uint32_t>(value); }
    unsigned list_registers() const { return list_registers_; }
    std::uint64_t list_register(unsigned n) const { return list_[n]; }
    void set_list_register(unsigned n, std::uint64_t value);

    // ICV_*_EL1.

    std::uint64_t pmr() const { return ich::vmcr_vpmr::get(vmcr_); }
    void set_pmr(std::uint64_t value) { change_vmcr<ich::vmcr_vpmr>(value & 0xFF); }
    std::uint64_t bpr(group g) const;
    void set_bpr(group g, std::uint64_t value);
    std::uint64_t group_enable(group g) const;
    void set_group_enable(group g, std::uint64_t value);
    std::uint64_t ctlr() const;
    void set_ctlr(std::uint64_t value);
    /// ICV_RPR: the highest active group priority, 0xFF when nothing is active.
    std::uint8_t running_priority() const;
    /// ICV_HPPIR: the highest pending interrupt, 1023 when there is none or it is of the other group.
    std::uint32_t highest_pending(group g) const;
    /// ICV_IAR: takes the interrupt that is signalled, 1023 when none of the group is.
    std::uint32_t acknowledge(group g);
    /// ICV_EOIR and ICV_DIR. A list register with HW = 1 may name a physical interrupt to deactivate.
    std::optional<std::uint32_t> end_of_interrupt(group g, std::uint32_t intid);
    std::optional<std::uint32_t> deactivate(std::uint32_t intid);

    // Wires.

    /// An interrupt of that group preempts what runs: virtual IRQ for Group 1, virtual FIQ for Group 0.
    bool signals(group g) const;
    bool maintenance() const { return ich::hcr_en::get(hcr_) && misr() != 0; }

private:
    static constexpr std::uint8_t implemented = 0xFF & (0xFF00u >> priority_bits);
    static constexpr std::uint8_t least_bpr0 = 7 - priority_bits;

    static constexpr unsigned index(group g) { return static_cast<unsigned>(g); }
    static group group_of(std::uint64_t lr) { return ich::lr_group::get(lr) ? group::one : group::zero; }
    template <class Field>
    void change_vmcr(std::uint64_t content)
    {
        std::uint64_t value = vmcr_;
        Field::set(value, content);
        set_vmcr(value);
    }
    int highest() const;
    int active_list_register(std::uint32_t intid) const;
    std::uint8_t group_priority(group g, std::uint8_t priority) const;
    bool drop_priority(group g);
    void count_missing(std::uint32_t intid);
    std::optional<std::uint32_t> deactivate_list_register(unsigned n);

    unsigned list_registers_;
    std::uint64_t hcr_ = 0;
    std::uint64_t vmcr_ =
        ich::vmcr_vfiqen::make(1) | ich::vmcr_vbpr0::make(least_bpr0) | ich::vmcr_vbpr1::make(least_bpr0 + 1);
    std::array<std::uint32_t, 2> active_{};
    std::array<std::uint64_t, most_list_registers> list_{};
};

} // namespace iovp::gic
