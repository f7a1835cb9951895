#include "pcie/root_port.h"

namespace iovp::pcie {

root_port::root_port(const identity& who)
{
    space.define(reg::vendor_id, 2, who.vendor_id);
    space.define(reg::device_id, 2, who.device_id);
    space.define(reg::command, 2, 0, 0x0546);
    space.define(reg::status, 2, 0, 0, reg::status_errors);
    space.define(reg::class_code, 3, 0x060400); // PCI-to-PCI bridge
    space.define(reg::header_type, 1, who.multi_function ? 0x81 : 0x01);
    space.define(reg::primary_bus, 4, 0, 0x00ffffff);
    space.define(reg::secondary_status, 2, 0, 0, reg::status_errors);
    // No I/O window. Memory windows start closed: the base above the limit.
    space.define(reg::memory_base, 2, 0xfff0, 0xfff0);
    space.define(reg::memory_limit, 2, 0x0000, 0xfff0);
    space.define(reg::prefetchable_base, 2, 0xfff1, 0xfff0);
    space.define(reg::prefetchable_limit, 2, 0x0001, 0xfff0);
    space.define(reg::prefetchable_base_upper, 4, 0, ~0u);
    space.define(reg::prefetchable_limit_upper, 4, 0, ~0u);
    space.define(reg::interrupt_line, 1, 0, 0xff);
    space.define(reg::bridge_control, 2, 0, 0x0003);
    express_description express;
    express.port_type = 4;
    express.max_payload = who.max_payload;
    express.port_number = who.port_number;
    add_express_capability(space, express);
    add_power_capability(space);
}

std::uint8_t root_port::secondary() const
{
    return static_cast<std::uint8_t>(space.read(reg::secondary_bus, 1));
}

bool root_port::owns_bus(std::uint8_t bus) const
{
    // Secondary 0 means that software has not numbered the port yet.
    return secondary() != 0 && bus >= secondary() && bus <= space.read(reg::subordinate_bus, 1);
}

// Base and limit hold address bits 31:20 in their bits 15:4; the limit's lower bits are ones.
static bool in_window(std::uint64_t address, std::uint64_t base, std::uint64_t limit)
{
    return address >= base && address <= limit;
}

bool root_port::forwards(std::uint64_t address) const
{
    if (!space.memory_enabled())
        return false;
    const auto part = [this](unsigned offset) { return std::uint64_t(space.read(offset, 2) & 0xfff0) << 16; };
    const auto upper = [this](unsigned offset) { return std::uint64_t(space.read(offset, 4)) << 32; };
    return in_window(address, part(reg::memory_base), part(reg::memory_limit) | 0xfffff) ||
           in_window(address, upper(reg::prefetchable_base_upper) | part(reg::prefetchable_base),
                     upper(reg::prefetchable_limit_upper) | part(reg::prefetchable_limit) | 0xfffff);
}

bool root_port::accepts(std::uint16_t requester) const
{
    return space.bus_master() && owns_bus(static_cast<std::uint8_t>(requester >> 8));
}

} // namespace iovp::pcie
