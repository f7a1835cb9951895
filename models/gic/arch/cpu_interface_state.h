#pragma once

#include "gic/arch/candidate.h"

#include <cstdint>

namespace iovp::gic {

/// The CPU interface without time: the priority mask, the active priorities and what they allow. Group 1 only.
class cpu_interface_state {
public:
    /// `priority_bits`: 5; AP1R0 then holds one bit for each of the 32 group priorities.
    static constexpr unsigned priority_bits = 5;
    static constexpr std::uint8_t idle_priority = 0xFF;

    std::uint64_t pmr() const { return pmr_; }
    void set_pmr(std::uint64_t value) { pmr_ = static_cast<std::uint8_t>(value) & implemented; }
    std::uint64_t bpr1() const { return bpr1_; }
    void set_bpr1(std::uint64_t value);
    std::uint64_t igrpen1() const { return igrpen1_; }
    void set_igrpen1(std::uint64_t value) { igrpen1_ = value & 1; }
    std::uint64_t ctlr() const;
    void set_ctlr(std::uint64_t value) { eoi_mode_ = bit(value, 1); }
    std::uint64_t ap1r0() const { return ap1r0_; }
    void set_ap1r0(std::uint64_t value) { ap1r0_ = static_cast<std::uint32_t>(value); }
    /// ICC_CTLR_EL1.EOImode: an EOI drops the priority only, ICC_DIR_EL1 deactivates.
    bool eoi_mode() const { return eoi_mode_; }

    /// ICC_RPR_EL1: the group priority of the highest active priority, 0xFF when nothing is active.
    std::uint8_t running_priority() const;

    /// The interrupt may be signalled: Group 1 enabled, priority above the mask, group priority above the running one.
    bool sufficient(const candidate& c) const;
    /// The CPU took an interrupt of that priority.
    void activate(std::uint8_t priority);
    /// Priority drop: the highest active priority ends. False when nothing was active.
    bool drop();

private:
    static constexpr std::uint8_t implemented = 0xFF & (0xFF00u >> priority_bits);
    std::uint8_t group_priority(std::uint8_t priority) const;

    std::uint8_t pmr_ = 0;
    std::uint8_t bpr1_ = 8 - priority_bits; ///< the smallest: BPR1 = n splits at bit n
    bool igrpen1_ = false;
    bool eoi_mode_ = false;
    std::uint32_t ap1r0_ = 0;
};

} // namespace iovp::gic
