#pragma once

#include "common/occupancy.h"
#include "smmu/dti/link_parameters.h"

#include <systemc>

namespace iovp::smmu::dti {

/// The time of one DTI link: each direction carries one message at a time, a beat a cycle. The subordinate's end (TCU
/// or switch) has it and charges both directions; managers add nothing.
class link {
public:
    explicit link(const link_parameters& p)
        : parameters_(p)
    {
    }

    /// A message leaves at the caller's local time or, when the link is taken, after those before it; `delay` becomes
    /// its arrival.
    void send(direction d, unsigned bytes, sc_core::sc_time& delay);

private:
    const link_parameters parameters_;
    occupancy to_tcu_;
    occupancy to_tbu_;
};

} // namespace iovp::smmu::dti
