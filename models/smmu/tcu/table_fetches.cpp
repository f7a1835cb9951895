#include "smmu/tcu/table_fetches.h"

#include "common/systemc/time.h"

namespace iovp::smmu {

std::optional<std::uint64_t> table_fetches::join(const fetch& f, sc_core::sc_time& delay)
{
    if (f.busy) {
        const std::uint64_t number = f.number;
        ++waiting_;
        sc_core::wait(delay);
        delay = sc_core::SC_ZERO_TIME;
        while (f.number == number && f.busy)
            sc_core::wait(landed_);
        --waiting_;
        if (f.number != number)
            return std::nullopt;
    }
    const time_ps now = local_ps(delay);
    if (f.until > now)
        delay += sc_core::sc_time::from_value(f.until - now);
    // An invalid descriptor and a leaf may be changed without an invalidation: they are not handed on.
    if (!f.table)
        return std::nullopt;
    return f.descriptor;
}

void table_fetches::end(const place& what, std::uint64_t number, bool ok, std::uint64_t descriptor,
                        const sc_core::sc_time& delay)
{
    fetch& f = at(what);
    if (f.number != number)
        return; // another fetch has its place
    f.busy = false;
    f.table = ok && (descriptor & 3) == 3;
    f.descriptor = descriptor;
    f.until = local_ps(delay);
    if (waiting_ != 0)
        landed_.notify(sc_core::SC_ZERO_TIME);
}

} // namespace iovp::smmu
