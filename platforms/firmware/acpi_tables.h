#pragma once

#include "firmware/iort.h"

#include <cstdint>
#include <string>
#include <vector>

namespace iovp::firmware {

/// What a platform's ACPI tables describe.
struct acpi_description {
    struct cpu {
        std::uint32_t uid;
        std::uint64_t mpidr; ///< affinity fields only
    };
    std::vector<cpu> cpus;

    std::uint64_t gicd_base = 0;
    std::uint64_t gicr_base = 0;
    std::uint32_t gicr_length = 0; ///< bytes of all redistributors together
    struct its {
        std::uint32_t id;
        std::uint64_t base;
    };
    std::vector<its> its_list;

    std::uint64_t ecam_base = 0;
    std::uint16_t segment = 0;
    std::uint8_t first_bus = 0;
    std::uint8_t last_bus = 0;

    iort_description iort;
};

struct acpi_image {
    std::uint64_t base;              ///< where the image belongs in memory: the RSDP stands first
    std::vector<std::uint8_t> bytes; ///< RSDP, XSDT, MADT, MCFG, IORT

    struct table {
        std::string signature;
        std::size_t offset;
        std::size_t length;
    };
    std::vector<table> tables; ///< where each table stands in `bytes`
};

/// Builds RSDP (revision 2), XSDT, MADT, MCFG and IORT for the physical address `base` (64-byte aligned).
acpi_image build_acpi_tables(const acpi_description& d, std::uint64_t base);

} // namespace iovp::firmware
