#pragma once

#include "at_initiator.h"
#include "at_null_bridge.h"
#include "initiator.h"
#include "msi_system.h"
#include "null_bridge.h"
#include "rows.h"
#include "translated_system.h"

#include <memory>
#include <string>
#include <systemc>
#include <vector>

namespace iovp::bench {

/// Every system that is measured. They are separate, but SystemC elaborates once per process: all are built before the
/// simulation starts.
class systems {
public:
    systems();
    void add_to(rows& r);

private:
    /// Hit cost against one size: a few pages or streams in use, whatever else there is.
    struct scaling {
        scaling(const std::string& name, const translated_system::parameters& p, unsigned streams_in_use,
                unsigned pages_in_use)
            : system(name.c_str(), p)
            , streams(streams_in_use)
            , pages(pages_in_use)
        {
        }
        translated_system system;
        unsigned streams;
        unsigned pages;
    };

    void add_floors(rows& r);
    void add_hits(rows& r);
    void add_misses(rows& r);
    void add_interrupts(rows& r);
    void build_scaling();
    void add_scaling(rows& r);

    // Floors
    sparse_memory bridged_memory_;
    null_bridge bridge_;
    initiator bridged_;
    sparse_memory direct_memory_;
    initiator direct_;
    sparse_memory at_memory_;
    at_null_bridge at_bridge_;
    at_initiator at_;

    // Subjects
    translated_system hit_;
    latency_log log_;
    translated_system at_hit_;
    translated_system nested_;
    msi_system msi_;
    std::vector<std::unique_ptr<scaling>> scaling_;
};

} // namespace iovp::bench
