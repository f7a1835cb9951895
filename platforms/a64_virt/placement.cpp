#include "placement.h"

#include "common/bit_field.h"

#include <fmt/format.h>

#include <algorithm>

namespace iovp::a64_virt {

placement place(const loader::program& program, const loader::ram& ram, std::uint64_t initrd_size)
{
    constexpr std::uint64_t gib = std::uint64_t(1) << 30, page = 0x1000;
    // Within a GiB of the kernel: where kernels of every age look.
    const std::uint64_t end = align_down(ram.base + std::min(ram.size, gib), device_tree_room);
    placement p{{}, end - device_tree_room};
    std::uint64_t lowest = p.device_tree;
    if (initrd_size != 0) {
        if (initrd_size > lowest - ram.base)
            throw loader::error(fmt::format("the initial RAM disk of {:#x} bytes does not fit into RAM", initrd_size));
        lowest = align_down(lowest - initrd_size, page);
        p.initrd = {lowest, initrd_size};
    }
    for (const loader::segment& s : program.segments)
        if (s.address < end && s.address + s.memory_size > lowest)
            throw loader::error(
                fmt::format("the program at {:#x}..{:#x} leaves no room for the device tree and the initial "
                            "RAM disk at {:#x}..{:#x}: give the machine more memory",
                            s.address, s.address + s.memory_size - 1, lowest, end - 1));
    return p;
}

} // namespace iovp::a64_virt
