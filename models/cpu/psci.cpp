#include "cpu/psci.h"

#include "common/bit_field.h"

namespace iovp::cpu {

// DEN 0028: the interface that answers SMCCC_VERSION is 1.1 at least. DEN 0022 5.1.1: major in [30:16], minor in
// [15:0].
static constexpr std::int64_t smccc_1_1 = 0x1'0001;
static constexpr std::int64_t psci_1_1 = 0x1'0001;

// DEN 0022 5.1.4: Aff3 [39:32] and Aff2..0 [23:0], all else zero; with SMC32 there is no Aff3.
static constexpr std::uint64_t affinity_bits = 0xff'00ff'ffff;

psci_if::then psci::call(std::uint64_t caller, std::array<std::uint64_t, 4>& x)
{
    // DEN 0028 2.7: the function identifier is W0; a call of 32 bits has no upper halves.
    const auto id = static_cast<std::uint32_t>(x[0]);
    const bool wide = id & smc64;
    std::array<std::uint64_t, 3> a = {x[1], x[2], x[3]};
    if (!wide)
        for (std::uint64_t& v : a)
            v &= bit_mask(31, 0);

    then next = then::resume;
    std::int64_t answer = not_supported;
    switch (id) {
    case smccc_version: answer = smccc_1_1; break;
    case smccc_arch_features:
        answer = a[0] == smccc_version || a[0] == smccc_arch_features ? success : not_supported;
        break;
    case psci_version: answer = psci_1_1; break;
    case cpu_suspend:
    case cpu_suspend | smc64:
        // 5.4.2, original format: bit 16 asks for a power-down state, which the machine does not have.
        answer = a[0] & bit_mask(16, 16) ? invalid_parameters : success;
        next = answer == success ? then::suspend : then::resume;
        break;
    case cpu_off: return then::power_off;
    case cpu_on:
    case cpu_on | smc64: answer = turn_on(a[0], a[1], a[2]); break;
    case affinity_info:
    case affinity_info | smc64: answer = affinity(a[0], a[1]); break;
    case migrate_info_type:
        answer = 2; // 5.9: no Trusted OS that would have to migrate
        break;
    case system_off: machine_.system_off(); return then::stop_system;
    case system_reset: machine_.system_reset(); return then::stop_system;
    case psci_features: answer = features(static_cast<std::uint32_t>(a[0])); break;
    default: break;
    }
    static_cast<void>(caller);
    x[0] = static_cast<std::uint64_t>(answer);
    return next;
}

// 5.6.
std::int64_t psci::turn_on(std::uint64_t target, std::uint64_t entry, std::uint64_t context)
{
    const auto state = target & ~affinity_bits ? std::nullopt : machine_.core_power(target);
    if (!state)
        return invalid_parameters;
    if (!machine_.executable(entry))
        return invalid_address;
    switch (*state) {
    case psci_machine::power::on: return already_on;
    case psci_machine::power::on_pending: return on_pending;
    case psci_machine::power::off: break;
    }
    machine_.core_on(target, entry, context);
    return success;
}

// 5.7: from version 1.0 only level 0 must be there.
std::int64_t psci::affinity(std::uint64_t target, std::uint64_t lowest_level) const
{
    const auto state = lowest_level != 0 || target & ~affinity_bits ? std::nullopt : machine_.core_power(target);
    if (!state)
        return invalid_parameters;
    switch (*state) {
    case psci_machine::power::on: return 0;
    case psci_machine::power::off: return 1;
    case psci_machine::power::on_pending: break;
    }
    return 2;
}

// 5.15: flags of the function, all of which are zero here (CPU_SUSPEND: original format, no OS-initiated mode).
std::int64_t psci::features(std::uint32_t id) const
{
    switch (id) {
    case smccc_version:
    case psci_version:
    case cpu_suspend:
    case cpu_suspend | smc64:
    case cpu_off:
    case cpu_on:
    case cpu_on | smc64:
    case affinity_info:
    case affinity_info | smc64:
    case migrate_info_type:
    case system_off:
    case system_reset:
    case psci_features: return success;
    default: return not_supported;
    }
}

} // namespace iovp::cpu
