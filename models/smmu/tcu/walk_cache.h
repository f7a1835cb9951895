#pragma once

#include "common/set_associative.h"
#include "smmu/cache/replacement.h"
#include "smmu/dti/messages.h"
#include "vmsa/walk_cache.h"

#include <array>
#include <cstdint>
#include <vector>

namespace iovp::smmu {

/// Table descriptors: eight caches, one per stage and level, or one for all (MMU-600 TRM).
class walk_cache : public vmsa::walk_cache_port {
public:
    struct statistics {
        std::uint64_t lookups = 0;
        std::uint64_t hits = 0;
    };

    /// Of each of the eight, or of the one; powers of two, ways <= entries; no entries: never a hit.
    walk_cache(unsigned entries, unsigned ways, bool unified = false, replacement policy = replacement::random,
               std::uint64_t seed = 1)
    {
        for (unsigned i = 0; i < (unified ? 1 : 8); ++i)
            levels_.emplace_back(entries, ways, replacement_state(policy, entries, ways, seed + i));
    }

    bool lookup(const vmsa::walk_cache_key& key, vmsa::table_pointer& found) override;
    void fill(const vmsa::walk_cache_key& key, const vmsa::table_pointer& pointer) override;

    unsigned invalidate(const dti::invalidate_request& r);

    /// `stage` 1 or 2, `level` 0..3; of the one cache too they are told apart.
    const statistics& counts(unsigned stage, unsigned level) const { return statistics_[(stage - 1) * 4 + level]; }

private:
    struct entry {
        bool valid = false;
        vmsa::walk_cache_key key{};
        vmsa::table_pointer pointer;
    };
    using level_store = iovp::set_associative<entry, replacement_state>;

    // Level -1 (DS) uses the place of level 3, which has no table descriptors.
    static std::size_t index_of(const vmsa::walk_cache_key& key)
    {
        return static_cast<std::size_t>(key.stage - 1) * 4 + static_cast<std::size_t>(key.level & 3);
    }
    level_store& store_of(const vmsa::walk_cache_key& key) { return levels_[index_of(key) & (levels_.size() - 1)]; }
    static std::uint64_t hash_of(const vmsa::walk_cache_key& key)
    {
        return (key.address >> key.size_log2) ^ key.tag.space.value() ^ std::uint64_t(key.tag.vm.value()) << 3;
    }

    std::vector<level_store> levels_; ///< eight or one
    std::array<statistics, 8> statistics_{};
};

} // namespace iovp::smmu
