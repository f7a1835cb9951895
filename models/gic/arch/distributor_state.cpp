#include "gic/arch/distributor_state.h"

namespace iovp::gic {

distributor_state::distributor_state(std::uint32_t spi_count, unsigned priority_bits)
    : spis(first_spi, spi_count, priority_bits)
    , spi_count_(spi_count)
    , router_(spi_count)
    , target_(spi_count, -1)
{
}

unsigned distributor_state::add_cpu(std::uint32_t affinity)
{
    affinities_.push_back(affinity);
    for (std::uint32_t i = 0; i < spi_count_; ++i)
        target_[i] = cpu_of(packed_affinity(router_[i]));
    return cpu_count() - 1;
}

int distributor_state::cpu_of(std::uint32_t affinity) const
{
    for (std::size_t i = 0; i < affinities_.size(); ++i)
        if (affinities_[i] == affinity)
            return static_cast<int>(i);
    return -1;
}

std::uint64_t distributor_state::read(std::uint32_t offset, unsigned size) const
{
    std::uint64_t value = 0;
    if (spis.read(offset, size, value))
        return value;
    const std::uint32_t first = gicd::irouter + 8 * first_spi;
    if (offset >= first && offset < first + 8 * spi_count_)
        return in_register64(offset, size, align_down(offset, 8) & 0xFFFFFFFFu)
                   ? register_part(router_[(offset - first) / 8], offset % 8, size)
                   : 0;
    if (size != 4)
        return 0;
    switch (offset) {
    case gicd::ctlr: return ctlr_ | gicd::ctlr_are::make(1) | gicd::ctlr_ds::make(1); // RWP = 0: writes act at once
    case gicd::typer:
        // CPUNumber is 0: it counts CPUs without affinity routing, which this GIC does not have.
        return gicd::typer_it_lines_number::make((first_spi + spi_count_) / 32 - 1) | gicd::typer_mbis::make(1) |
               gicd::typer_lpis::make(1) | gicd::typer_id_bits::make(15) | gicd::typer_a3v::make(1) |
               gicd::typer_no1n::make(1);
    case gicd::iidr: return iidr_value;
    case gicd::pidr2: return pidr2_value;
    default: return 0;
    }
}

void distributor_state::write(std::uint32_t offset, unsigned size, std::uint64_t value)
{
    if (spis.write(offset, size, value))
        return;
    const std::uint32_t first = gicd::irouter + 8 * first_spi;
    if (offset >= first && offset < first + 8 * spi_count_) {
        if (!in_register64(offset, size, align_down(offset, 8) & 0xFFFFFFFFu))
            return;
        const std::uint32_t spi = (offset - first) / 8;
        router_[spi] = register_merge(router_[spi], offset % 8, size, value, gicd::affinity_bits);
        target_[spi] = cpu_of(packed_affinity(router_[spi]));
        return;
    }
    if ((offset == gicd::setspi_nsr || offset == gicd::clrspi_nsr) && (size == 2 || size == 4)) {
        const auto intid = static_cast<std::uint32_t>(bits(value, 12, 0));
        if (spis.contains(intid))
            spis.message(intid, offset == gicd::setspi_nsr);
        return;
    }
    if (offset == gicd::ctlr && size == 4)
        ctlr_ = value & (gicd::ctlr_enable_grp0::mask | gicd::ctlr_enable_grp1::mask);
}

candidate distributor_state::highest(unsigned cpu) const
{
    return spis.highest([&](std::uint32_t intid) { return target_[intid - first_spi] == static_cast<int>(cpu); });
}

} // namespace iovp::gic
