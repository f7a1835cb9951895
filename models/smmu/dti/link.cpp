#include "smmu/dti/link.h"

#include "common/systemc/time.h"

namespace iovp::smmu::dti {

using sc_core::sc_time;

void link::send(direction d, unsigned bytes, sc_time& delay)
{
    const sc_time taken = parameters_.occupation(bytes);
    occupancy& stream = d == direction::to_tcu ? to_tcu_ : to_tbu_;
    const time_ps end = stream.take(to_ps(sc_core::sc_time_stamp()), local_ps(delay), to_ps(taken));
    const sc_time departure = sc_time::from_value(end) - taken;
    delay = departure + parameters_.flight(d, bytes) - sc_core::sc_time_stamp();
}

} // namespace iovp::smmu::dti
