#include "smmu/cache/replacement.h"

namespace iovp::smmu {

replacement_state::replacement_state(replacement policy, std::size_t lines, unsigned ways, std::uint64_t seed)
    : policy_(policy)
    , ways_(ways)
    , colder_(policy == replacement::pseudo_lru ? lines : 0)
    , used_(policy == replacement::lru ? lines : 0)
    , oldest_(policy == replacement::round_robin ? lines : 0)
    , random_(seed == 0 ? 1 : seed) // xorshift64 never leaves 0
{
}

// Nodes are numbered as in a heap from 1; the leaf of way i stands at ways + i.
void replacement_state::point_away(std::size_t line)
{
    const std::size_t first = line & ~std::size_t(ways_ - 1);
    std::uint8_t* const tree = colder_.data() + first;
    for (auto node = static_cast<unsigned>(ways_ + (line - first)); node > 1; node /= 2)
        tree[node / 2] = (node & 1) ^ 1;
}

std::size_t replacement_state::choose(std::size_t first, unsigned ways)
{
    switch (policy_) {
    case replacement::pseudo_lru: {
        const std::uint8_t* const tree = colder_.data() + first;
        unsigned node = 1;
        while (node < ways)
            node = node * 2 + tree[node];
        return first + (node - ways);
    }
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
