#pragma once

#include "pcie/config_space.h"

#include <cstdint>

namespace iovp::pcie {

/// A root port: a type-1 function on bus 0, and the routing that its programmed registers mean.
class root_port {
public:
    struct identity {
        std::uint16_t vendor_id;
        std::uint16_t device_id;
        unsigned max_payload;
        unsigned port_number;
        bool multi_function;
    };

    explicit root_port(const identity& who);

    config_space space; ///< software's view

    std::uint8_t secondary() const;
    /// The bus is this port's secondary bus or below it.
    bool owns_bus(std::uint8_t bus) const;
    /// Memory requests from above to this address go to the link: Memory Space Enable and one
    /// of the two windows.
    bool forwards(std::uint64_t address) const;
    /// Memory requests from the link go up: Bus Master Enable, and a Requester ID of a bus behind this port.
    bool accepts(std::uint16_t requester) const;
    void set_secondary_status(std::uint16_t bits) { space.set_bits(reg::secondary_status, 2, bits); }
};

} // namespace iovp::pcie
