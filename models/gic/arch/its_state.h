#pragma once

#include "gic/arch/its_engine.h"

#include <array>
#include <cstdint>

namespace iovp::gic {

/// The ITS's control frame without time: registers and the command queue's pointers.
class its_state {
public:
    explicit its_state(const its_limits& limits)
        : limits_(limits)
    {
    }

    /// What a register write asks for.
    enum class effect : std::uint8_t { none, enabled, disabled, commands };

    /// Accesses to the control frame. GITS_TRANSLATER is not here: it lies in the other frame and needs a DeviceID.
    std::uint64_t read(std::uint32_t offset, unsigned size) const;
    effect write(std::uint32_t offset, unsigned size, std::uint64_t value);

    bool enabled() const { return enabled_; }
    void set_quiescent(bool quiescent) { quiescent_ = quiescent; }
    std::uint64_t table(unsigned n) const { return baser_[n]; } ///< GITS_BASER<n>

    /// A command waits and may be taken: enabled, queue valid, not stalled, both pointers inside it and different.
    bool command_ready() const;
    /// Where the next command stands.
    std::uint64_t command_address() const;
    /// The command is done: CREADR advances and wraps.
    void command_done();
    /// The command failed: CREADR stays on it, Stalled = 1, until software writes CWRITER.Retry.
    void stall() { stalled_ = true; }
    bool stalled() const { return stalled_; }

private:
    std::uint64_t queue_bytes() const;

    its_limits limits_;
    bool enabled_ = false;
    bool quiescent_ = true;
    bool stalled_ = false;
    std::uint64_t cbaser_ = 0;
    std::uint64_t cwriter_ = 0;
    std::uint64_t creadr_ = 0;
    std::array<std::uint64_t, 2> baser_{
        gits::baser_type::make(gits::type_devices) | gits::baser_entry_size::make(its_entry_bytes - 1),
        gits::baser_type::make(gits::type_collections) | gits::baser_entry_size::make(its_entry_bytes - 1)};
};

} // namespace iovp::gic
