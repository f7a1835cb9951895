#pragma once

#include "gic/arch/candidate.h"

#include <cstdint>
#include <vector>

namespace iovp::gic {

/// The state of a run of SGIs, PPIs or SPIs, and the registers of one bit, two bits or one byte an interrupt that show
/// it: IGROUPR, ISENABLER, ICENABLER, ISPENDR, ICPENDR, ISACTIVER, ICACTIVER, IPRIORITYR, ICFGR.
class interrupt_bank {
public:
    /// `first`: the INTID of the first interrupt, `count`: how many, both multiples of 32. `priority_bits`: implemented
    /// upper bits of a priority, 5..8; the others are RAZ/WI.
    interrupt_bank(std::uint32_t first, std::uint32_t count, unsigned priority_bits);

    /// A register access; the offset is the architecture's, counted from INTID 0. False: no register of this bank.
    /// Byte accesses reach IPRIORITYR only, everything else is of 4 bytes.
    bool read(std::uint32_t offset, unsigned size, std::uint64_t& value) const;
    bool write(std::uint32_t offset, unsigned size, std::uint64_t value);

    bool contains(std::uint32_t intid) const { return intid >= first_ && intid - first_ < count_; }

    /// The wire: an edge-triggered interrupt becomes pending when it rises, a level-sensitive one is pending while
    /// high.
    void line(std::uint32_t intid, bool high);
    /// GICD_SETSPI/CLRSPI, or an SGI: like ISPENDR for an edge, like the wire for a level.
    void message(std::uint32_t intid, bool set);
    /// The CPU took it: active, and no longer pending except by its level.
    void acknowledge(std::uint32_t intid);
    void deactivate(std::uint32_t intid);

    bool pending(std::uint32_t intid) const;
    bool active(std::uint32_t intid) const;
    bool edge(std::uint32_t intid) const;

    /// The first of the interrupts that are pending, enabled, of Group 1 and not active, among those for which
    /// `accepts(intid)` holds.
    template <class Filter>
    candidate highest(Filter accepts) const
    {
        candidate best;
        if (quiet_)
            return best;
        bool any = false;
        for (std::uint32_t w = 0; w < group_.size(); ++w) {
            std::uint32_t ready = pending_word(w) & enable_[w] & group_[w] & ~active_[w];
            any = any || ready != 0;
            for (; ready; ready &= ready - 1) {
                const std::uint32_t i = w * 32 + static_cast<std::uint32_t>(__builtin_ctz(ready));
                const candidate next{first_ + i, priority_[i]};
                if (next.before(best) && accepts(next.intid))
                    best = next;
            }
        }
        quiet_ = !any;
        return best;
    }

private:
    std::uint32_t pending_word(std::uint32_t w) const { return latch_[w] | ((line_[w] | message_[w]) & ~edge_[w]); }
    std::uint32_t fixed_edges(std::uint32_t w) const;

    std::uint32_t first_;
    std::uint32_t count_;
    std::uint8_t priority_mask_;
    std::vector<std::uint32_t> group_, enable_, latch_, active_, line_, message_, edge_; ///< a bit an interrupt
    std::vector<std::uint8_t> priority_;
    mutable bool quiet_ = false; ///< highest() found nothing at all, and nothing has changed since
};

} // namespace iovp::gic
