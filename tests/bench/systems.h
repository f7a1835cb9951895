#pragma once

#include "at_initiator.h"
#include "at_null_bridge.h"
#include "initiator.h"
#include "null_bridge.h"
#include "rows.h"
#include "translated_system.h"

#include <memory>
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
    struct scaling {
        std::string name;
        std::unique_ptr<translated_system> system;
    };

    void add_floors(rows& r);
    void add_hits(rows& r);
    void add_misses(rows& r);
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
    translated_system nested_;
    std::vector<scaling> scaling_;
};

} // namespace iovp::bench
