#pragma once

#include "common/strong.h"
#include "smmu/cache/replacement.h"
#include "smmu/dti/link_parameters.h"

#include <cstdint>
#include <string>
#include <systemc>

namespace iovp::smmu {

/// Parameters of a TBU. Defaults: profile "server".
struct tbu_parameters {
    sc_core::sc_time clock_period = sc_core::sc_time(1, sc_core::SC_NS); ///< > 0; assumed: SMMU clock of 1 GHz
    unsigned micro_tlb_entries = 32;                                     ///< power of two, 4..64; gem5 SMMUv3
    unsigned micro_tlb_cycles = 1;                                       ///< 0..1000, every look-up; gem5 SMMUv3
    replacement micro_tlb_replacement = replacement::pseudo_lru;         ///< MMU-600 TRM
    unsigned main_tlb_entries = 2048; ///< power of two, ways..65536, or 0: no main TLB; MMU-600 TRM range
    unsigned main_tlb_ways = 4;       ///< 4, 8 or 16, MMU-600 TRM; or all entries up to 256: fully associative
    unsigned main_tlb_cycles = 3;     ///< 0..1000, after a micro-TLB miss, pipelined: one look-up a cycle; assumed
    replacement main_tlb_replacement = replacement::random; ///< MMU-600 TRM
    std::uint64_t replacement_seed = 1;                     ///< of random replacement
    unsigned stream_entries = 64; ///< stream contexts kept, power of two, ways..65536; assumed
    unsigned stream_ways = 4;     ///< power of two, 1..16; assumed
    unsigned slots = 128;  ///< transactions waiting for a translation, 2..512; 86 in flight at Gen4 x8 and 0.5 us
    unsigned tokens = 128; ///< translation requests at the TCU, 2..slots; MMU-600 TRM: at least two
    unsigned hazards = 32; ///< slots whose page is compared for merging, 0..slots; 0: no merging; assumed
    bool ordered = true;   ///< transactions of one requester, tag and direction leave in order; AXI
    unsigned write_buffer_bytes = 8192; ///< write data that waits for a translation, 0: unlimited; assumed, 64 B a slot
    bool split_at_4k = false;           ///< bursts are cut at 4 KiB boundaries too, in pages of any size (AXI)
    bool prefetch = false;              ///< the page after an expected one is asked for ahead: see README; assumed
    unsigned prefetch_sequences = 8;    ///< walks through pages that are followed, 1..64; assumed
    bool dmi = true;                    ///< direct memory pointers may be given
    bool dmi_many_streams = false;      ///< even when transactions of several streams come here: see README
    stream_id default_stream;           ///< StreamID of payloads without one (masters with a fixed StreamID)
    dti::link_parameters link;          ///< to the TCU

    /// Reports a value that is not allowed as iovp::configuration_error naming `object`.
    void check(const std::string& object) const;
};

} // namespace iovp::smmu
