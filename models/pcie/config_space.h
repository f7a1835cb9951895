#pragma once

#include <array>
#include <cstdint>

namespace iovp::pcie {

/// Offsets and bits of configuration space (PCI Express Base Specification), as far as the models use them.
namespace reg {
constexpr unsigned vendor_id = 0x00, device_id = 0x02, command = 0x04, status = 0x06, revision = 0x08,
                   class_code = 0x09, header_type = 0x0e, bar0 = 0x10, subsystem_vendor_id = 0x2c, subsystem_id = 0x2e,
                   capabilities_pointer = 0x34, interrupt_line = 0x3c, interrupt_pin = 0x3d;
// type 1
constexpr unsigned primary_bus = 0x18, secondary_bus = 0x19, subordinate_bus = 0x1a, secondary_status = 0x1e,
                   memory_base = 0x20, memory_limit = 0x22, prefetchable_base = 0x24, prefetchable_limit = 0x26,
                   prefetchable_base_upper = 0x28, prefetchable_limit_upper = 0x2c, bridge_control = 0x3e;

constexpr std::uint16_t command_memory = 1u << 1, command_bus_master = 1u << 2;
constexpr std::uint16_t status_capabilities = 1u << 4, status_signaled_target_abort = 1u << 11,
                        status_received_target_abort = 1u << 12, status_received_master_abort = 1u << 13;
/// Write-one-to-clear bits of Status and Secondary Status: parity, aborts, system error.
constexpr std::uint16_t status_errors = 0xf900;
} // namespace reg

/// The 4 KiB of one function: values, the bits software can change, the bits it clears by writing a 1.
class config_space {
public:
    static constexpr unsigned size = 4096;

    /// A register of 1, 2 or 4 bytes with its reset value.
    void define(unsigned offset, unsigned width, std::uint32_t value, std::uint32_t writable = 0,
                std::uint32_t write_one_to_clear = 0);

    /// Links a capability of `length` bytes into the list and returns its offset; content by define().
    unsigned add_capability(std::uint8_t id, unsigned length);

    /// Software's accesses: 1, 2 or 4 bytes, naturally aligned (the caller has checked).
    std::uint32_t read(unsigned offset, unsigned width) const;
    void write(unsigned offset, unsigned width, std::uint32_t value);

    /// The model's own changes: whatever software may do.
    void set(unsigned offset, unsigned width, std::uint32_t value);
    void set_bits(unsigned offset, unsigned width, std::uint32_t bits)
    {
        set(offset, width, read(offset, width) | bits);
    }

    bool memory_enabled() const { return (read(reg::command, 2) & reg::command_memory) != 0; }
    bool bus_master() const { return (read(reg::command, 2) & reg::command_bus_master) != 0; }

private:
    std::array<std::uint8_t, size> values_ = {};
    std::array<std::uint8_t, size> writable_ = {};
    std::array<std::uint8_t, size> clears_ = {};
    unsigned last_capability_ = 0; ///< offset of the last capability's header, 0: none
    unsigned next_capability_ = 0x40;
};

/// What a function's PCI Express capability says.
struct express_description {
    unsigned port_type = 0;     ///< 0 endpoint, 4 root port
    unsigned max_payload = 256; ///< bytes, 128..4096: Max_Payload_Size Supported
    unsigned link_speed = 4;    ///< 1..6: 2.5, 5, 8, 16, 32, 64 GT/s
    unsigned link_width = 8;    ///< lanes
    unsigned port_number = 0;
};

/// Adds the PCI Express capability, version 2; returns its offset. Reset values by the specification: MPS 128 B,
/// MRRS 512 B, relaxed ordering enabled.
unsigned add_express_capability(config_space& space, const express_description& d);

/// Max_Payload_Size and Max_Read_Request_Size as programmed, in bytes, and Enable Relaxed Ordering.
unsigned programmed_max_payload(const config_space& space, unsigned express_offset);
unsigned programmed_max_read_request(const config_space& space, unsigned express_offset);
bool relaxed_ordering_enabled(const config_space& space, unsigned express_offset);

/// Adds the power management capability, D0 only.
void add_power_capability(config_space& space);

} // namespace iovp::pcie
