#pragma once

#include "smmu/dti/link_parameters.h"

#include <string>
#include <systemc>

namespace iovp::smmu::dti {

/// Parameters of a DTI switch. Defaults: profile "server".
struct switch_parameters {
    sc_core::sc_time clock_period = sc_core::sc_time(1, sc_core::SC_NS); ///< > 0; assumed: SMMU clock of 1 GHz
    unsigned cycles = 1;  ///< through the switch, in each direction, 0..1000; assumed
    link_parameters link; ///< towards the TCU

    /// Reports a value that is not allowed as iovp::configuration_error naming `object`.
    void check(const std::string& object) const;
};

} // namespace iovp::smmu::dti
