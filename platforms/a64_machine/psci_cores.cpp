#include "a64_machine/psci_cores.h"

#include "common/bit_field.h"

namespace iovp {

std::optional<cpu::psci_machine::power> psci_cores::core_power(std::uint64_t affinity) const
{
    const cpu::a64_cpu* core = cpu::a64_cpu::find(affinity);
    if (!core)
        return {};
    return core->powered_on() ? power::on : power::off;
}

void psci_cores::core_on(std::uint64_t affinity, std::uint64_t entry, std::uint64_t context)
{
    cpu::a64_cpu::find(affinity)->power_on(entry, context, level_);
}

bool psci_cores::executable(std::uint64_t address) const
{
    return is_aligned(address, 4) && address >= ram_.base && address - ram_.base < ram_.size;
}

void psci_cores::end(ending how)
{
    ending_ = how;
    sc_core::sc_stop();
}

} // namespace iovp
