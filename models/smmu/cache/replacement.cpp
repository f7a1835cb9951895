#include "smmu/cache/replacement.h"

namespace iovp::smmu {

replacement_state::replacement_state(replacement policy, std::size_t lines, unsigned ways, std::uint64_t seed)
    : policy_(policy)
    , tree_(policy == replacement::pseudo_lru ? lines : 0, ways)
    , used_(policy == replacement::lru ? lines : 0)
    , oldest_(policy == replacement::round_robin ? lines : 0)
    , random_(seed == 0 ? 1 : seed) // xorshift64 never leaves 0
{
}

std::size_t replacement_state::choose(std::size_t first, unsigned ways)
{
    switch (policy_) {
    case replacement::pseudo_lru: return tree_.coldest(first);
    case replacement::lru: {
        std::size_t oldest = first;
        for (std::size_t line = first + 1; line < first + ways; ++line)
            if (used_[line] < used_[oldest])
                oldest = line;
        return oldest;
    }
    case replacement::round_robin: {
        const std::size_t line = first + oldest_[first];
        oldest_[first] = (oldest_[first] + 1) % ways;
        return line;
    }
    case replacement::random: break;
    }
    random_ ^= random_ << 13;
    random_ ^= random_ >> 7;
    random_ ^= random_ << 17;
    return first + (random_ & (ways - 1));
}

} // namespace iovp::smmu
