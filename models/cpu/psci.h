#pragma once

#include <array>
#include <cstdint>
#include <optional>

namespace iovp::cpu {

/// What a core's HVC or SMC reaches when no software takes it. SystemC-free.
class psci_if {
public:
    /// What the calling core does next.
    enum class then {
        resume,      ///< goes on behind the instruction; x0..x3 hold the answer
        suspend,     ///< the same, but first waits for an interrupt as WFI does
        power_off,   ///< goes off until somebody powers it on; x0..x3 do not matter
        stop_system, ///< never goes on: the machine stops or starts again
    };

    virtual ~psci_if() = default;
    /// `caller`: the core's affinity, Aff3 [39:32], Aff2..0 [23:0]. `x`: x0..x3, in and out.
    virtual then call(std::uint64_t caller, std::array<std::uint64_t, 4>& x) = 0;
};

/// What the firmware does to the machine. Affinities as above.
class psci_machine {
public:
    enum class power { on, off, on_pending };

    virtual ~psci_machine() = default;
    /// Nothing where there is no such core.
    virtual std::optional<power> core_power(std::uint64_t affinity) const = 0;
    /// The core starts at `entry` with x0 = context. Only called for cores that are off.
    virtual void core_on(std::uint64_t affinity, std::uint64_t entry, std::uint64_t context) = 0;
    /// Whether a core could fetch an instruction there.
    virtual bool executable(std::uint64_t address) const = 0;
    virtual void system_off() = 0;
    virtual void system_reset() = 0;
};

/// The Power State Coordination Interface (Arm DEN 0022, version 1.1) with the mandatory functions, SYSTEM_RESET and
/// AFFINITY_INFO, and the SMC Calling Convention's own (DEN 0028, version 1.1). CPU_SUSPEND knows standby states alone.
/// Everything else is answered with NOT_SUPPORTED. SystemC-free.
class psci : public psci_if {
public:
    explicit psci(psci_machine& machine)
        : machine_(machine)
    {
    }

    then call(std::uint64_t caller, std::array<std::uint64_t, 4>& x) override;

    /// Function identifiers. Bit 30: arguments are of 64 bits (SMC64).
    enum function_id : std::uint32_t {
        smccc_version = 0x8000'0000,
        smccc_arch_features = 0x8000'0001,
        psci_version = 0x8400'0000,
        cpu_suspend = 0x8400'0001,
        cpu_off = 0x8400'0002,
        cpu_on = 0x8400'0003,
        affinity_info = 0x8400'0004,
        migrate_info_type = 0x8400'0006,
        system_off = 0x8400'0008,
        system_reset = 0x8400'0009,
        psci_features = 0x8400'000a,
        smc64 = 0x4000'0000, ///< added to those that take addresses or affinities
    };

    enum result : std::int64_t {
        success = 0,
        not_supported = -1,
        invalid_parameters = -2,
        denied = -3,
        already_on = -4,
        on_pending = -5,
        internal_failure = -6,
        not_present = -7,
        disabled = -8,
        invalid_address = -9,
    };

private:
    std::int64_t turn_on(std::uint64_t target, std::uint64_t entry, std::uint64_t context);
    std::int64_t affinity(std::uint64_t target, std::uint64_t lowest_level) const;
    std::int64_t features(std::uint32_t id) const;

    psci_machine& machine_;
};

} // namespace iovp::cpu
