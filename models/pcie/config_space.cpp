#include "pcie/config_space.h"

namespace iovp::pcie {

static constexpr std::uint8_t power_capability = 0x01;
static constexpr std::uint8_t express_capability = 0x10;
static constexpr unsigned express_device_control = 0x08;

void config_space::define(unsigned offset, unsigned width, std::uint32_t value, std::uint32_t writable,
                          std::uint32_t write_one_to_clear)
{
    for (unsigned i = 0; i < width; ++i) {
        values_.at(offset + i) = static_cast<std::uint8_t>(value >> (8 * i));
        writable_.at(offset + i) = static_cast<std::uint8_t>(writable >> (8 * i));
        clears_.at(offset + i) = static_cast<std::uint8_t>(write_one_to_clear >> (8 * i));
    }
}

unsigned config_space::add_capability(std::uint8_t id, unsigned length)
{
    const unsigned offset = next_capability_;
    define(offset, 1, id);
    define(offset + 1, 1, 0);
    if (last_capability_ == 0) {
        define(reg::capabilities_pointer, 1, offset);
        set_bits(reg::status, 2, reg::status_capabilities);
    } else {
        define(last_capability_ + 1, 1, offset);
    }
    last_capability_ = offset;
    next_capability_ += (length + 3) & ~3u;
    return offset;
}

std::uint32_t config_space::read(unsigned offset, unsigned width) const
{
    std::uint32_t value = 0;
    for (unsigned i = 0; i < width; ++i)
        value |= std::uint32_t(values_.at(offset + i)) << (8 * i);
    return value;
}

void config_space::write(unsigned offset, unsigned width, std::uint32_t value)
{
    for (unsigned i = 0; i < width; ++i) {
        const unsigned at = offset + i;
        const auto byte = static_cast<std::uint8_t>(value >> (8 * i));
        const unsigned merged = (values_.at(at) & ~unsigned(writable_.at(at))) | (byte & unsigned(writable_.at(at)));
        values_.at(at) = static_cast<std::uint8_t>(merged & ~(byte & unsigned(clears_.at(at))));
    }
}

void config_space::set(unsigned offset, unsigned width, std::uint32_t value)
{
    for (unsigned i = 0; i < width; ++i)
        values_.at(offset + i) = static_cast<std::uint8_t>(value >> (8 * i));
}

// 128 << encoding, as in Max_Payload_Size and Max_Read_Request_Size.
static unsigned size_encoding(unsigned bytes)
{
    unsigned encoding = 0;
    while ((128u << encoding) < bytes)
        ++encoding;
    return encoding;
}

unsigned add_express_capability(config_space& space, const express_description& d)
{
    const unsigned at = space.add_capability(express_capability, 0x3c);
    const unsigned link = d.link_speed | d.link_width << 4;
    space.define(at + 0x02, 2, 2u | d.port_type << 4); // version 2, device/port type
    space.define(at + 0x04, 4,
                 size_encoding(d.max_payload) | 1u << 5 | 1u << 15); // device capabilities: MPS, tags, RBER
    space.define(at + express_device_control, 2, 0x2810,
                 0x78ff | 1u << 8 | 1u << 11);              // RO and no-snoop enabled, MRRS 512
    space.define(at + 0x0a, 2, 0, 0, 0x000f);               // device status
    space.define(at + 0x0c, 4, link | d.port_number << 24); // link capabilities
    space.define(at + 0x10, 2, 0, 0x0083);                  // link control
    space.define(at + 0x12, 2, link);                       // link status
    space.define(at + 0x24, 4, 0);                          // device capabilities 2
    space.define(at + 0x28, 2, 0);
    space.define(at + 0x2c, 4, ((1u << d.link_speed) - 1) << 1); // supported link speeds
    space.define(at + 0x30, 2, d.link_speed);                    // target link speed
    return at;
}

unsigned programmed_max_payload(const config_space& space, unsigned express_offset)
{
    const unsigned supported = space.read(express_offset + 0x04, 4) & 7;
    const unsigned wanted = (space.read(express_offset + express_device_control, 2) >> 5) & 7;
    return 128u << (wanted < supported ? wanted
                                       : supported); // more than supported is undefined: take what is supported
}

unsigned programmed_max_read_request(const config_space& space, unsigned express_offset)
{
    const unsigned wanted = (space.read(express_offset + express_device_control, 2) >> 12) & 7;
    return 128u << (wanted < 5 ? wanted : 5); // 6 and 7 are reserved: the largest
}

bool relaxed_ordering_enabled(const config_space& space, unsigned express_offset)
{
    return (space.read(express_offset + express_device_control, 2) & 1u << 4) != 0;
}

void add_power_capability(config_space& space)
{
    const unsigned at = space.add_capability(power_capability, 8);
    space.define(at + 2, 2, 3);       // version 3, no D1, D2, PME
    space.define(at + 4, 2, 1u << 3); // D0; no soft reset
}

} // namespace iovp::pcie
