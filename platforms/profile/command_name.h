#pragma once

#include <cstdint>
#include <string>

namespace iovp::profile {

/// The name of an SMMU command as IHI 0070 4.1.3 lists it, without "CMD_"; the number of one that it does not list.
std::string command_name(std::uint8_t opcode);

} // namespace iovp::profile
