#include "gic/arch/its_state.h"

namespace iovp::gic {

using namespace gits;

std::uint64_t its_state::queue_bytes() const
{
    return (cbaser_size::get(cbaser_) + 1) * 0x1000;
}

std::uint64_t its_state::read(std::uint32_t offset, unsigned size) const
{
    const std::uint32_t base = offset & ~7u;
    const unsigned byte = offset & 7u;
    if (in_register64(offset, size, base)) {
        std::uint64_t value = 0;
        bool known = true;
        switch (base) {
        case typer:
            // PTA = 0: RDbase is a Processor_Number. HCC = 0: every collection is in memory. CIL = 1: CIDbits says how
            // many.
            value = typer_physical::make(1) | typer_itt_entry_size::make(its_entry_bytes - 1) |
                    typer_id_bits::make(limits_.event_bits - 1) | typer_devbits::make(limits_.device_bits - 1) |
                    typer_cidbits::make(limits_.collection_bits - 1) | typer_cil::make(1);
            break;
        case cbaser: value = cbaser_; break;
        case cwriter: value = cwriter_; break;
        case creadr: value = creadr_ | creadr_stalled::make(stalled_); break;
        case baser: value = baser_[0]; break;
        case baser + 8: value = baser_[1]; break;
        default: known = false;
        }
        if (known)
            return register_part(value, byte, size);
    }
    if (size != 4)
        return 0;
    switch (offset) {
    case ctlr: return ctlr_enabled::make(enabled_) | ctlr_quiescent::make(quiescent_);
    case iidr: return iidr_value;
    case pidr2: return pidr2_value;
    default: return 0;
    }
}

its_state::effect its_state::write(std::uint32_t offset, unsigned size, std::uint64_t value)
{
    const std::uint32_t base = offset & ~7u;
    const unsigned byte = offset & 7u;
    if (offset == ctlr && size == 4) {
        const bool enable = ctlr_enabled::get(value);
        if (enable == enabled_)
            return effect::none;
        enabled_ = enable;
        quiescent_ = false; // until the engine says so
        return enable ? effect::enabled : effect::disabled;
    }
    if (!in_register64(offset, size, base))
        return effect::none;
    switch (base) {
    case cbaser: // read-only while enabled; a write takes CREADR back to the start
        if (!enabled_) {
            cbaser_ = register_merge(cbaser_, byte, size, value, cbaser_writable);
            creadr_ = 0;
            stalled_ = false;
        }
        return effect::none;
    case cwriter:
        cwriter_ = register_merge(cwriter_, byte, size, value, queue_offset);
        if (byte == 0 && cwriter_retry::get(value))
            stalled_ = false;
        return effect::commands;
    case baser:
    case baser + 8: {
        const unsigned n = (base - baser) / 8;
        const std::uint64_t writable = n == 0 ? baser_writable : baser_writable & ~baser_indirect::mask;
        if (!enabled_)
            baser_[n] = register_merge(baser_[n], byte, size, value, writable);
        return effect::none;
    }
    default: return effect::none;
    }
}

bool its_state::command_ready() const
{
    return enabled_ && cbaser_valid::get(cbaser_) && !stalled_ && cwriter_ < queue_bytes() && creadr_ < queue_bytes() &&
           cwriter_ != creadr_;
}

std::uint64_t its_state::command_address() const
{
    return (cbaser_ & cbaser_address) + creadr_;
}

void its_state::command_done()
{
    creadr_ = (creadr_ + its_command::bytes) % queue_bytes();
}

} // namespace iovp::gic
