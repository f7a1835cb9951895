#pragma once

#include "configuration.h"
#include "placement.h"

#include <cstdint>
#include <string>
#include <vector>

namespace iovp::a64_virt {

/// The flattened device tree of the machine (Devicetree Specification 0.4; bindings of the Linux kernel): exactly what
/// main.cpp wires. `arguments` go to /chosen/bootargs.
std::vector<std::uint8_t> make_device_tree(const parameters& p, const placement& where, const std::string& arguments);

} // namespace iovp::a64_virt
