#pragma once

#include "gic/arch/interrupt_bank.h"
#include "gic/arch/lpi_list.h"

#include <cstdint>

namespace iovp::gic {

/// One redistributor without time: the RD_base and SGI_base frames, SGIs, PPIs and the pending LPIs. What needs memory
/// or time is asked for by an effect, and carried out by whoever owns the clock.
class redistributor_state {
public:
    struct identity {
        std::uint32_t affinity;         ///< packed, see packed_affinity()
        std::uint16_t processor_number; ///< GICR_TYPER.Processor_Number, the RDbase of ITS commands
        bool last;                      ///< the last redistributor of the contiguous region
    };

    /// What a register write asks for.
    enum class effect : std::uint8_t {
        none,
        changed,        ///< interrupt state changed: look again for the highest
        enable_lpis,    ///< read the pending table unless pending_table_is_zero()
        disable_lpis,   ///< write the pending table, forget everything
        invalidate_lpi, ///< forget the cached configuration of invalidated_intid()
        invalidate_all,
        wake, ///< ProcessorSleep cleared: clear ChildrenAsleep when awake
        sleep
    };

    redistributor_state(const identity& who, unsigned priority_bits);

    /// Accesses to the 128 KiB of the two frames. Unknown registers and sizes are RAZ/WI.
    std::uint64_t read(std::uint32_t offset, unsigned size) const;
    effect write(std::uint32_t offset, unsigned size, std::uint64_t value);

    const identity& who() const { return who_; }
    /// GICR_CTLR.EnableLPIs. PROPBASER and PENDBASER are read-only meanwhile.
    bool lpis_enabled() const { return enable_lpis_; }
    /// While an enable or disable is carried out: GICR_CTLR.RWP.
    void set_write_pending(bool pending) { rwp_ = pending; }
    /// While an invalidation is carried out: GICR_SYNCR.Busy.
    void set_busy(bool busy) { busy_ = busy; }
    /// GICR_WAKER.ChildrenAsleep: no interrupt reaches the CPU interface while it is set.
    bool asleep() const { return children_asleep_; }
    void set_asleep(bool asleep) { children_asleep_ = asleep; }
    bool sleep_requested() const { return processor_sleep_; }
    bool pending_table_is_zero() const { return ptz_; }
    std::uint32_t invalidated_intid() const { return invalidated_; }

    /// The LPI exists: 8192 <= INTID < 2^(GICR_PROPBASER.IDbits + 1), of at most 16 bits.
    bool lpi_exists(std::uint32_t intid) const { return intid >= first_lpi && intid < lpi_end(); }
    /// One past the last LPI; first_lpi or less means that there is none.
    std::uint32_t lpi_end() const;
    std::uint64_t configuration_address(std::uint32_t intid) const;
    /// The pending table: one bit for each INTID; the first KiB (INTIDs below 8192) is not used.
    std::uint64_t pending_table() const { return pendbaser_ & gicr::pendbaser_address; }

    /// The first of SGIs, PPIs and LPIs; none while asleep.
    candidate highest() const;

    interrupt_bank local; ///< SGIs 0..15 and PPIs 16..31
    lpi_list lpis;
    std::uint8_t priority_mask;

private:
    effect write_rd(std::uint32_t offset, unsigned size, std::uint64_t value);

    identity who_;
    bool enable_lpis_ = false;
    bool rwp_ = false;
    bool busy_ = false;
    bool processor_sleep_ = true;
    bool children_asleep_ = true;
    bool ptz_ = false;
    std::uint32_t invalidated_ = 0;
    std::uint64_t propbaser_ = 0;
    std::uint64_t pendbaser_ = 0;
};

} // namespace iovp::gic
