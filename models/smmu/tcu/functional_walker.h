#pragma once

#include "smmu/arch/configuration.h"
#include "smmu/tcu/memory_master.h"
#include "vmsa/port.h"
#include "vmsa/walk_cache.h"

namespace iovp::smmu {

/// A translation that takes no time and leaves no trace: debug reads of memory, no caches, no updates.
class functional_walker : public vmsa::memory_port, public vmsa::walk_cache_port, public configuration_cache_port {
public:
    explicit functional_walker(memory_master& m)
        : master_(m)
    {
    }

    bool read(const vmsa::structure_access& what, std::uint64_t* words, unsigned count) override
    {
        return master_.read_debug(what.address.value(), words, count * 8, what.memory, what.non_secure);
    }
    exchange compare_exchange(const vmsa::structure_access&, std::uint64_t&, std::uint64_t) override
    {
        return exchange::aborted; // not called: translation_context::may_update is false
    }

private:
    memory_master& master_;
};

} // namespace iovp::smmu
