#pragma once

#include <string>

namespace iovp {

/// Reports an integrator's mistake, once, as SC_ERROR with the message id "/iovp/configuration":
///     "platform.tbu0: parameter micro_tlb_entries = 0: allowed are 4..64"
/// SystemC's default action throws sc_core::sc_report, so construction ends here.
[[noreturn]] void configuration_error(const std::string& object, const std::string& parameter, const std::string& value,
                                      const std::string& allowed);

/// Checks low <= value <= high and reports otherwise.
void require_range(const std::string& object, const std::string& parameter, unsigned long long value,
                   unsigned long long low, unsigned long long high);

/// Checks that value is a power of two and reports otherwise.
void require_power_of_two(const std::string& object, const std::string& parameter, unsigned long long value);

inline constexpr const char* configuration_message = "/iovp/configuration";

} // namespace iovp
