#include "common/systemc/configuration_error.h"

#include <cstdlib>
#include <systemc>

namespace iovp {

void configuration_error(const std::string& object, const std::string& parameter, const std::string& value,
                         const std::string& allowed)
{
    const std::string text = object + ": parameter " + parameter + " = " + value + ": allowed: " + allowed;
    SC_REPORT_ERROR(configuration_message, text.c_str());
    // Only reached where the integrator has told SystemC not to throw on errors: there is nothing to go on with.
    std::abort();
}

void require_range(const std::string& object, const std::string& parameter, unsigned long long value,
                   unsigned long long low, unsigned long long high)
{
    if (value < low || value > high)
        configuration_error(object, parameter, std::to_string(value),
                            std::to_string(low) + ".." + std::to_string(high));
}

void require_power_of_two(const std::string& object, const std::string& parameter, unsigned long long value)
{
    if (value == 0 || (value & (value - 1)) != 0)
        configuration_error(object, parameter, std::to_string(value), "a power of two");
}

} // namespace iovp
