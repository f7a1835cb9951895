#pragma once

#include "cpu/a64/a64_cpu.h"
#include "cpu/psci.h"
#include "loader/loader.h"

#include <functional>

namespace iovp {

/// The firmware of a machine of a64_cpu: PSCI turns cores on and off, and ends the machine.
class psci_cores : private cpu::psci_machine {
public:
    enum class ending { none, off, reset };

    /// `ram`: where cores may begin. `level`: the Exception level at which they do.
    psci_cores(const loader::ram& ram, unsigned level)
        : ram_(ram)
        , level_(level)
        , firmware_(*this)
    {
    }

    /// The core's SMC (and HVC, where it has no EL2) comes here.
    void serve(cpu::a64_cpu& core) { core.set_firmware(&firmware_); }

    /// What software asked for. The simulation has been stopped then.
    ending how() const { return ending_; }

private:
    std::optional<power> core_power(std::uint64_t affinity) const override;
    void core_on(std::uint64_t affinity, std::uint64_t entry, std::uint64_t context) override;
    bool executable(std::uint64_t address) const override;
    void system_off() override { end(ending::off); }
    void system_reset() override { end(ending::reset); }
    void end(ending how);

    loader::ram ram_;
    unsigned level_;
    cpu::psci firmware_;
    ending ending_ = ending::none;
};

} // namespace iovp
