#pragma once

#include "common/strong.h"
#include "smmu/pmcg/features.h"

#include <cstdint>
#include <string>
#include <systemc>

namespace iovp::smmu {

/// Parameters of a counter group.
struct pmcg_parameters {
    pmcg_features feature;                                               ///< what CFGR, SCR and AIDR report
    sc_core::sc_time clock_period = sc_core::sc_time(1, sc_core::SC_NS); ///< > 0, of event 0; assumed: 1 GHz
    unsigned register_cycles = 4;                                        ///< 0..1000, access to a register; assumed
    unsigned update_cycles = 4;                                          ///< 1..1000, IRQ_CTRL to IRQ_CTRLACK; assumed
    unsigned interrupt_cycles = 4; ///< 1..1000, width of the wired interrupt's pulse; assumed
    device_id msi_device;          ///< DeviceID of its MSIs
    std::uint16_t requester = 0;   ///< transaction_attributes::requester of its MSIs

    /// Reports a value that is not allowed as iovp::configuration_error naming `object`.
    void check(const std::string& object) const;
};

} // namespace iovp::smmu
