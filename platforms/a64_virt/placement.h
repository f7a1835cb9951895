#pragma once

#include "loader/loader.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace iovp::a64_virt {

/// What firmware leaves in memory for the kernel, by the rules of the arm64 boot protocol.
struct placement {
    struct range {
        std::uint64_t base;
        std::uint64_t size;
    };
    std::optional<range> initrd; ///< below the device tree, at a page
    std::uint64_t device_tree;   ///< in the last 2 MiB of RAM (of its first GiB)
};

constexpr std::uint64_t device_tree_room = 0x200000; ///< the boot protocol's limit

/// Throws loader::error when the pieces do not fit beside the program.
placement place(const loader::program& program, const loader::ram& ram, std::uint64_t initrd_size);

} // namespace iovp::a64_virt
