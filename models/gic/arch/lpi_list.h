#pragma once

#include "gic/arch/candidate.h"

#include <cstdint>
#include <vector>

namespace iovp {
class latency_record;
}

namespace iovp::gic {

/// One byte of the LPI configuration table (IHI 0069, LPI Configuration tables): priority [7:2], enable [0].
struct lpi_configuration {
    std::uint8_t priority = 0;
    bool enabled = false;

    static constexpr lpi_configuration decode(std::uint8_t byte, std::uint8_t priority_mask)
    {
        return {static_cast<std::uint8_t>(byte & 0xFC & priority_mask), (byte & 1) != 0};
    }
};

/// The LPIs that are pending at one redistributor, in the order of their INTIDs. LPIs have no active state.
class lpi_list {
public:
    struct entry {
        std::uint32_t intid;
        bool known = false; ///< the configuration was read: only then it competes
        lpi_configuration configuration{};
        latency_record* record = nullptr; ///< of the MSI that made it pending
    };

    /// False: it was pending already, nothing changes.
    bool insert(std::uint32_t intid, latency_record* record);
    /// False: it was not pending. `record` receives the MSI's record.
    bool remove(std::uint32_t intid, latency_record** record = nullptr);
    entry* find(std::uint32_t intid);
    const std::vector<entry>& entries() const { return entries_; }
    std::vector<entry>& entries() { return entries_; }

    candidate highest() const;

private:
    std::vector<entry> entries_;
};

} // namespace iovp::gic
