#pragma once

#include "gic/arch/interrupt_bank.h"

#include <cstdint>
#include <vector>

namespace iovp::gic {

/// The packed affinity of GICR_TYPER[63:32], Aff3.Aff2.Aff1.Aff0, from an MPIDR or GICD_IROUTER value.
constexpr std::uint32_t packed_affinity(std::uint64_t mpidr)
{
    return static_cast<std::uint32_t>(bits(mpidr, 39, 32) << 24 | bits(mpidr, 23, 0));
}

/// The distributor without time: GICD registers, the SPIs and where each is routed. One security state (DS=1),
/// affinity routing only (ARE=1).
class distributor_state {
public:
    /// `spi_count`: 32..960, a multiple of 32. `priority_bits`: 5..8.
    distributor_state(std::uint32_t spi_count, unsigned priority_bits);

    /// The CPUs there are; SPIs routed elsewhere stay pending and reach nobody. Returns the CPU's number.
    unsigned add_cpu(std::uint32_t affinity);

    /// A register access at `offset` in the GICD frame. Everything that does not exist, or not at that size, is RAZ/WI.
    std::uint64_t read(std::uint32_t offset, unsigned size) const;
    void write(std::uint32_t offset, unsigned size, std::uint64_t value);

    bool group1_enabled() const { return gicd::ctlr_enable_grp1::get(ctlr_); }
    /// The first SPI for a CPU, by its number.
    candidate highest(unsigned cpu) const;

    interrupt_bank spis;

    /// The CPU with that packed affinity, or -1.
    int cpu_of(std::uint32_t affinity) const;
    std::uint32_t affinity_of(unsigned cpu) const { return affinities_[cpu]; }
    unsigned cpu_count() const { return static_cast<unsigned>(affinities_.size()); }

private:
    std::uint32_t spi_count_;
    std::uint64_t ctlr_ = 0;
    std::vector<std::uint64_t> router_; ///< GICD_IROUTER, by SPI
    std::vector<int> target_;           ///< what it means: a CPU's number or -1
    std::vector<std::uint32_t> affinities_;
};

} // namespace iovp::gic
