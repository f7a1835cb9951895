#pragma once

#include <cstdint>
#include <vector>

namespace iovp::firmware {

/// What the I/O Remapping Table says (DEN 0049 E.d): which ITS, SMMU and root complex there are, and which identifier
/// each Requester ID gets at each of them.
struct iort_description {
    std::uint32_t its_id = 0; ///< identifier of the ITS in the MADT; one ITS group with one ITS

    struct {
        std::uint64_t base = 0;       ///< physical address of page 0
        std::uint32_t event_gsiv = 0; ///< wired interrupts as GIC INTIDs; 0 where not wired
        std::uint32_t pri_gsiv = 0;
        std::uint32_t gerror_gsiv = 0;
        std::uint32_t sync_gsiv = 0;
        std::uint32_t msi_device_id = 0; ///< DeviceID of the SMMU's own MSIs at the ITS
        bool coherent = true;            ///< COHACC
    } smmu;

    struct {
        std::uint16_t segment = 0;
        std::uint32_t first_rid = 0;
        std::uint32_t rid_count = 0x10000;
        std::uint32_t stream_base = 0;   ///< StreamID of first_rid at the SMMU
        std::uint32_t device_base = 0;   ///< DeviceID of first_rid at the ITS
        std::uint8_t address_limit = 64; ///< bits of address that a device can drive
    } root_complex;

    /// Performance Monitor Counter Groups, of the SMMU and its TBUs.
    struct counter_group {
        std::uint64_t page0;
        std::uint64_t page1;         ///< where the counters stand; page0 when they are not relocated
        std::uint32_t overflow_gsiv; ///< wired interrupt; 0 where not wired
        bool msi;                    ///< it has MSIs, with this DeviceID:
        std::uint32_t msi_device_id;
    };
    std::vector<counter_group> counter_groups;

    /// Reserved memory ranges: the operating system must map each 1:1 for the streams of the root complex.
    struct reserved_range {
        std::uint64_t base;
        std::uint64_t length;
    };
    std::vector<reserved_range> reserved;
};

/// The table after its ACPI header: the caller adds header, length and checksum (acpi_tables.h).
/// `header_size`: size of that header, because node offsets count from its start.
std::vector<std::uint8_t> iort_body(const iort_description& d, std::size_t header_size);

} // namespace iovp::firmware
