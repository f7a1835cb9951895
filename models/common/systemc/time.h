#pragma once

#include "common/latency_record.h"

#include <systemc>

namespace iovp {

/// sc_time as picoseconds, exact at SystemC's default resolution of 1 ps.
inline time_ps to_ps(const sc_core::sc_time& t)
{
    return t.value();
}

/// The local time of a transaction: now plus its annotated delay.
inline time_ps local_ps(const sc_core::sc_time& delay)
{
    return (sc_core::sc_time_stamp() + delay).value();
}

} // namespace iovp
