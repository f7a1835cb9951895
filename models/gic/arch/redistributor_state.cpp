#include "gic/arch/redistributor_state.h"

#include <algorithm>

namespace iovp::gic {

redistributor_state::redistributor_state(const identity& who, unsigned priority_bits)
    : local(0, 32, priority_bits)
    , priority_mask(static_cast<std::uint8_t>(0xFF00u >> priority_bits))
    , who_(who)
{
}

std::uint32_t redistributor_state::lpi_end() const
{
    return 1u << std::min<std::uint64_t>(gicr::propbaser_id_bits::get(propbaser_) + 1, 16);
}

std::uint64_t redistributor_state::configuration_address(std::uint32_t intid) const
{
    return (propbaser_ & gicr::propbaser_address) + (intid - first_lpi);
}

std::uint64_t redistributor_state::read(std::uint32_t offset, unsigned size) const
{
    std::uint64_t value = 0;
    if (offset >= sgi_frame)
        return local.read(offset - sgi_frame, size, value) ? value : 0;
    const std::uint32_t base = offset & ~7u;
    const unsigned byte = offset & 7u;
    if (in_register64(offset, size, base)) {
        if (base == gicr::typer)
            return register_part(gicr::typer_plpis::make(1) | gicr::typer_last::make(who_.last) |
                                     gicr::typer_processor_number::make(who_.processor_number) |
                                     gicr::typer_affinity::make(who_.affinity),
                                 byte, size);
        if (base == gicr::propbaser)
            return register_part(propbaser_, byte, size);
        if (base == gicr::pendbaser)
            return register_part(pendbaser_, byte, size);
    }
    if (size != 4)
        return 0;
    switch (offset) {
    case gicr::ctlr:
        return gicr::ctlr_enable_lpis::make(enable_lpis_) | gicr::ctlr_ces::make(1) | gicr::ctlr_ir::make(1) |
               gicr::ctlr_rwp::make(rwp_);
    case gicr::iidr: return iidr_value;
    case gicr::waker:
        return gicr::waker_processor_sleep::make(processor_sleep_) |
               gicr::waker_children_asleep::make(children_asleep_);
    case gicr::syncr: return gicr::syncr_busy::make(busy_);
    case gicr::pidr2: return pidr2_value;
    default: return 0;
    }
}

redistributor_state::effect redistributor_state::write(std::uint32_t offset, unsigned size, std::uint64_t value)
{
    if (offset >= sgi_frame)
        return local.write(offset - sgi_frame, size, value) ? effect::changed : effect::none;
    return write_rd(offset, size, value);
}

redistributor_state::effect redistributor_state::write_rd(std::uint32_t offset, unsigned size, std::uint64_t value)
{
    const std::uint32_t base = offset & ~7u;
    const unsigned byte = offset & 7u;
    if (in_register64(offset, size, base)) {
        switch (base) {
        case gicr::propbaser:
            if (!enable_lpis_)
                propbaser_ = register_merge(propbaser_, byte, size, value, gicr::propbaser_writable);
            return effect::none;
        case gicr::pendbaser:
            if (enable_lpis_)
                return effect::none;
            pendbaser_ = register_merge(pendbaser_, byte, size, value, gicr::pendbaser_writable);
            if (byte + size == 8) // the half that holds PTZ
                ptz_ = gicr::pendbaser_ptz::get(value << (byte * 8));
            return effect::none;
        case gicr::invlpir:
            if (byte != 0 || !enable_lpis_)
                return effect::none;
            invalidated_ = static_cast<std::uint32_t>(gicr::invlpir_intid::get(value));
            return lpi_exists(invalidated_) ? effect::invalidate_lpi : effect::none;
        case gicr::invallr: return byte == 0 && enable_lpis_ ? effect::invalidate_all : effect::none;
        default: break;
        }
    }
    if (size != 4)
        return effect::none;
    if (offset == gicr::ctlr) {
        const bool enable = gicr::ctlr_enable_lpis::get(value);
        if (rwp_ || enable == enable_lpis_) // a change under way is completed first
            return effect::none;
        enable_lpis_ = enable;
        return enable ? effect::enable_lpis : effect::disable_lpis;
    }
    if (offset == gicr::waker) {
        const bool sleep = gicr::waker_processor_sleep::get(value);
        if (sleep == processor_sleep_)
            return effect::none;
        processor_sleep_ = sleep;
        return sleep ? effect::sleep : effect::wake;
    }
    return effect::none;
}

candidate redistributor_state::highest() const
{
    if (children_asleep_)
        return {};
    const candidate of_bank = local.highest([](std::uint32_t) { return true; });
    const candidate of_lpis = enable_lpis_ ? lpis.highest() : candidate{};
    return of_lpis.before(of_bank) ? of_lpis : of_bank;
}

} // namespace iovp::gic
