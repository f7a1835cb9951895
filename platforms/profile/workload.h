#pragma once

#include "dma_system/dma_system.h"

#include <cstdint>
#include <string>
#include <vector>

namespace iovp::profile {

/// What the tool's user can choose beside the models' parameters. Every field is a key of --set.
struct workload {
    std::string kind = "dma";       ///< dma, churn or msi
    std::string pattern = "random"; ///< random, sequential or trace
    std::string trace;              ///< file of a trace; pattern trace
    std::uint64_t window = 1 << 20; ///< bytes that each stream reaches
    unsigned request_size = 64;     ///< bytes
    double read_share = 1.0;        ///< part of the requests that are reads
    unsigned outstanding = 32;      ///< requests in flight of each device
    std::uint64_t count = 20000;    ///< requests, MSIs or mapped buffers that are measured
    std::uint64_t warm_up = 0;      ///< requests or MSIs before the measurement begins
    double requests_per_second = 0; ///< cap on each device's rate; 0: the profile's
    std::uint64_t seed = 1;         ///< of everything that is random
    unsigned streams = 1;           ///< StreamIDs, each with an address space of its own
    unsigned substreams = 0;        ///< address spaces of each stream, SubstreamIDs from 1; 0: none
    unsigned tbus = 1;              ///< devices, each behind a TBU; streams and the TCU's tokens are dealt out to them
    std::string style = "lt";       ///< lt: loosely timed; at: approximately timed, four phases on each link
    unsigned tags = 0;              ///< of each device's transactions, in order by tag; 0: none, in no order
    bool ats = false;               ///< devices translate themselves: PCIe ATS
    unsigned atc_entries = 64;      ///< ats: translations that a device keeps
    bool pcie = false;              ///< a PCIe link between each device and its TBU
    std::string stages = "nested";  ///< bypass, stage1, stage2 or nested
    std::uint64_t page_size = 4096; ///< of stage 1, or of stage 2 alone
    std::uint64_t stage2_page_size = 0; ///< nested; 0: page_size
    bool two_level_tables = false;      ///< stream table and CD tables of two levels
    unsigned va_bits = 48;              ///< input of stage 1
    unsigned ipa_bits = 44;             ///< input of stage 2
    unsigned buffer_pages = 16;         ///< churn: pages that are mapped, used and unmapped together
    bool range_invalidation = false;    ///< churn: one command for many pages
    unsigned vectors = 8;               ///< msi: interrupts of each stream's device; all streams have 57344 at most
    unsigned wall_limit_s = 3600;       ///< real time after which a run is given up

    bool stage1() const { return stages == "stage1" || stages == "nested"; }
    bool stage2() const { return stages == "stage2" || stages == "nested"; }
    unsigned granule_log2() const; ///< of the page size

    /// Refuses what cannot be, the trace's content too, as configuration::error naming key, value and what is allowed.
    void check() const;
};

/// The keys, for json_reader, json_writer and --help.
template <class V>
void describe(V& v, workload& w)
{
    v.field("kind", w.kind);
    v.field("pattern", w.pattern);
    v.field("trace", w.trace);
    v.field("window", w.window);
    v.field("request_size", w.request_size);
    v.field("read_share", w.read_share);
    v.field("outstanding", w.outstanding);
    v.field("count", w.count);
    v.field("warm_up", w.warm_up);
    v.field("requests_per_second", w.requests_per_second);
    v.field("seed", w.seed);
    v.field("streams", w.streams);
    v.field("substreams", w.substreams);
    v.field("tbus", w.tbus);
    v.field("style", w.style);
    v.field("tags", w.tags);
    v.field("ats", w.ats);
    v.field("atc_entries", w.atc_entries);
    v.field("pcie", w.pcie);
    v.field("stages", w.stages);
    v.field("page_size", w.page_size);
    v.field("stage2_page_size", w.stage2_page_size);
    v.field("two_level_tables", w.two_level_tables);
    v.field("va_bits", w.va_bits);
    v.field("ipa_bits", w.ipa_bits);
    v.field("buffer_pages", w.buffer_pages);
    v.field("range_invalidation", w.range_invalidation);
    v.field("vectors", w.vectors);
    v.field("wall_limit_s", w.wall_limit_s);
}

/// A trace of IOVAs: CSV with the columns address, size and direction (R or W), or a JSON array of
/// {"address", "size", "write"}. Throws configuration::error with the line that cannot be read.
std::vector<traffic::list_entry> read_trace(const std::string& file);

} // namespace iovp::profile
