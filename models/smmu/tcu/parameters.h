#pragma once

#include "common/strong.h"
#include "smmu/arch/features.h"
#include "smmu/cache/replacement.h"
#include "smmu/tcu/embedded_storage.h"

#include <cstdint>
#include <string>
#include <systemc>

namespace iovp::smmu {

/// Parameters of a TCU. Defaults: profile "server".
struct tcu_parameters {
    features feature;                                                    ///< what the ID registers report
    sc_core::sc_time clock_period = sc_core::sc_time(1, sc_core::SC_NS); ///< > 0; assumed: SMMU clock of 1 GHz
    unsigned slots = 256;             ///< translations in progress, also the tokens to grant, 4..4096; MMU-600 TRM rule
    unsigned walk_slots = 16;         ///< table walks in progress, 2..512, at most slots; gem5 SMMUv3
    unsigned configuration_slots = 4; ///< configuration fetches in progress, 1, 2 or 4; MMU-600 TRM
    unsigned outstanding_reads = 0;   ///< at the memory port, 0..4096; 0: walk_slots + configuration_slots + 2, TRM
    unsigned outstanding_writes = 5;  ///< at the memory port, 1..4096; MMU-600 TRM
    bool walk_merging = true;         ///< walks wait for a table descriptor that another one is fetching; MMU-600 TRM
    sc_core::sc_time walk_time; ///< of a translation's table walk, in place of its accesses'; 0: they take their time
    bool walk_cache_unified = false;   ///< one walk cache for all stages and levels; MMU-600 TRM
    unsigned walk_cache_entries = 256; ///< per stage and level or in all, power of two, ways..65536, or 0:
                                       ///< no walk cache; Agilex 5
    unsigned walk_cache_ways = 4;      ///< power of two, 1..16; Agilex 5
    unsigned walk_cache_cycles = 4;    ///< 0..1000, per walk and stage; gem5 SMMUv3
    replacement walk_cache_replacement = replacement::random; ///< MMU-600 TRM
    unsigned configuration_cache_entries = 256; ///< STEs, and as many CDs, power of two, ways..4096; Agilex 5
    unsigned configuration_cache_ways = 4;      ///< power of two, 1..16; gem5 SMMUv3
    unsigned configuration_cache_cycles = 3;    ///< 0..1000, per look-up of an STE or a CD; gem5 SMMUv3
    replacement configuration_cache_replacement = replacement::random; ///< assumed
    std::uint64_t replacement_seed = 1;                                ///< of random replacement
    unsigned command_fetch = 1;            ///< commands in one read of the queue, 1..16; assumed
    unsigned command_cycles = 4;           ///< 0..1000, decode and execution of a command; assumed
    unsigned register_cycles = 4;          ///< 0..1000, access to a register; assumed
    unsigned update_cycles = 4;            ///< 1..1000, CR0 to CR0ACK, IRQ_CTRL to IRQ_CTRLACK, GBPA.Update; assumed
    unsigned interrupt_cycles = 4;         ///< 1..1000, width of a wired interrupt's pulse; assumed
    unsigned event_slots = 32;             ///< event records waiting for the queue, 1..4096; assumed
    sc_core::sc_time event_merge_window;   ///< 7.3.1: like events this long after a record are merged into it; 0: never
    bool suppress_duplicate_stalls = true; ///< 3.12.2.1: no second record for a page whose stall is recorded
    std::uint32_t gbpa_reset = 0x1000;     ///< SMMU_GBPA after reset, without Update (6.3.14): incoming attributes
    std::uint32_t secure_gbpa_reset = 0x1000; ///< SMMU_S_GBPA after reset (6.3.63); with feature.secure_impl
    embedded_storage embedded;                ///< with feature.tables_preset or queues_preset (3.16)
    sc_core::sc_time atc_timeout = sc_core::sc_time(60, sc_core::SC_SEC); ///< > 0, of an ATC invalidation; PCIe ATS
    device_id msi_device;                                                 ///< DeviceID of the SMMU's own MSIs (3.18)
    std::uint16_t requester = 0; ///< transaction_attributes::requester of its accesses

    /// Reports a value that is not allowed as iovp::configuration_error naming `object`.
    void check(const std::string& object) const;
};

} // namespace iovp::smmu
