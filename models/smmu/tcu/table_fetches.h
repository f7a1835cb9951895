#pragma once

#include "common/latency_record.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <systemc>

namespace iovp::smmu {

/// The table descriptors that walks are fetching from memory, on the axis of local time: another walk that needs one of
/// them can wait for it.
///
/// A fetch whose place another address has taken is not found any more: one fetch more, as though it were not merged.
class table_fetches {
public:
    /// The descriptor's location: its physical address space is part of it.
    struct place {
        std::uint64_t address;
        bool non_secure;
        friend bool operator==(const place& a, const place& b)
        {
            return a.address == b.address && a.non_secure == b.non_secure;
        }
    };

    /// A fetch of `what` that is under way at the caller's local time `now`: waits for it, and `delay` becomes its end.
    /// Its descriptor, where it is a table descriptor; nothing where the caller has to fetch by itself. `born`: fetches
    /// from before this invalidation are not seen.
    std::optional<std::uint64_t> join(const place& what, std::uint64_t born, time_ps now, sc_core::sc_time& delay)
    {
        const fetch& f = at(what);
        // What was read before an invalidation that the walk does not know of serves nobody later.
        const bool under_way = f.what == what && now >= f.from && (f.busy || now < f.until) && f.invalidation >= born;
        return under_way ? join(f, delay) : std::nullopt;
    }

    /// A fetch of one's own; returns its number, for end(). `invalidation`: the last one before it.
    std::uint64_t begin(const place& what, std::uint64_t invalidation, time_ps now)
    {
        fetch& f = at(what);
        if (f.busy && waiting_ != 0)
            landed_.notify(sc_core::SC_ZERO_TIME);
        f.what = what;
        f.invalidation = invalidation;
        f.number = ++count_;
        f.busy = true;
        f.table = false;
        f.from = now;
        return count_;
    }
    void end(const place& what, std::uint64_t number, bool ok, std::uint64_t descriptor, const sc_core::sc_time& delay);

private:
    struct fetch {
        place what{~std::uint64_t(0), false};
        std::uint64_t invalidation = 0;
        std::uint64_t number = 0;
        bool busy = false; ///< memory has not answered: `until` is not known
        bool table = false;
        std::uint64_t descriptor = 0;
        time_ps from = 0;
        time_ps until = 0;
    };

    std::optional<std::uint64_t> join(const fetch& f, sc_core::sc_time& delay);
    fetch& at(const place& what)
    {
        const std::uint64_t word = what.address >> 3;
        return fetches_[(word ^ word >> 9 ^ word >> 18) % fetches_.size()];
    }

    std::array<fetch, 512> fetches_; ///< at most one walk's descriptors for each walk slot, in a simple hash
    std::uint64_t count_ = 0;
    unsigned waiting_ = 0;
    sc_core::sc_event landed_;
};

} // namespace iovp::smmu
