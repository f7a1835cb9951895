#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <systemc>

namespace iovp::smmu {

/// Transactions of one ID and direction leave the TBU in the order in which they came, as on AXI. Only those that are
/// held up are kept here: whoever finds nobody of its ID goes straight on.
class departure_order {
public:
    struct place {
        std::uint64_t id = 0;
        sc_core::sc_event turn;
        std::list<place*>::iterator where;
    };

    bool empty() const { return waiting_.empty(); }
    /// Somebody of this ID has not left yet. `id` 0: none, never in order.
    bool occupied(std::uint64_t id) const;
    void arrive(place& p, std::uint64_t id);
    bool first(const place& p) const;
    void leave(place& p);

private:
    static std::size_t bucket(std::uint64_t id) { return static_cast<std::size_t>((id ^ id >> 8 ^ id >> 32) & 63); }
    place* next_of(std::uint64_t id) const;

    std::array<std::uint16_t, 64> counts_{}; ///< by bucket: what is there to be searched
    std::list<place*> waiting_;              ///< in the order of arrival
};

} // namespace iovp::smmu
