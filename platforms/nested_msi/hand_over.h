#pragma once

#include "apps/nested_msi/boot_info.h"
#include "apps/nested_msi/report.h"
#include "configuration.h"
#include "loader/loader.h"

#include <cstdint>
#include <functional>

namespace iovp::nested_msi {

/// The start of RAM belongs to the platform: boot information, report, ACPI tables. The application gets what follows.
struct memory_layout {
    std::uint64_t boot_info;
    std::uint64_t report;
    std::uint64_t tables;
    std::uint64_t free_base;
    std::uint64_t free_size;
};
/// `program`: what stands in memory beside them; the application gets what lies below it. Throws loader::error when it
/// leaves no room.
memory_layout layout_of(const parameters& p, const loader::program& program = {});

/// Puts `size` bytes at a physical address, without time.
using memory_writer = std::function<void(std::uint64_t address, const void* data, std::size_t size)>;

/// Writes ACPI tables and boot information: what firmware leaves behind when it starts an operating system.
/// `count_events`: the driver uses the SMMU's counter groups.
void write_firmware(const parameters& p, const memory_layout& layout, scenario which, std::uint32_t switches,
                    bool count_events, const memory_writer& write);

} // namespace iovp::nested_msi
