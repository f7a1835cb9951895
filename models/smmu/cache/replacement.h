#pragma once

#include "smmu/cache/pseudo_lru_tree.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace iovp::smmu {

/// Which of the ways of a full set a TLB gives up.
enum class replacement : std::uint8_t {
    pseudo_lru,  ///< a binary tree that points away from what was used last
    lru,         ///< the one used longest ago
    round_robin, ///< one after the other, in the order of filling
    random       ///< a sequence that the seed fixes, the same in every run
};

/// The policy's state for `lines` lines in sets of `ways` (a power of two) that stand one after the other.
class replacement_state {
public:
    replacement_state(replacement policy, std::size_t lines, unsigned ways, std::uint64_t seed);

    /// The line has been found or filled.
    void touch(std::size_t line)
    {
        if (policy_ == replacement::pseudo_lru)
            tree_.point_away(line);
        else if (policy_ == replacement::lru)
            used_[line] = ++clock_;
    }

    /// The line to give up in the set whose first line is `first`.
    std::size_t choose(std::size_t first, unsigned ways);

private:
    replacement policy_;
    pseudo_lru_tree tree_;
    std::vector<std::uint64_t> used_;   ///< lru
    std::vector<std::uint32_t> oldest_; ///< round_robin: by the set's first line
    std::uint64_t clock_ = 0;
    std::uint64_t random_;
};

} // namespace iovp::smmu
