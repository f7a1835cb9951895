#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace iovp::smmu {

/// For each set of lines a binary tree whose nodes point to the half that was used longer ago. Sets stand one after the
/// other and have the same power of two of ways.
///
/// 64 ways are one word, so that a use is two operations; where a set has more, its words are the ways of a tree above.
class pseudo_lru_tree {
public:
    pseudo_lru_tree(std::size_t lines, unsigned ways)
        : log2_(log2_of(ways < 64 ? ways : 64))
        , words_(lines >> log2_)
    {
        for (unsigned way = 0; way < 1U << log2_; ++way)
            paths_.push_back(path_of(way));
        if (ways > 64)
            above_ = std::make_unique<pseudo_lru_tree>(words_.size(), ways / 64);
    }

    /// All nodes on the way to the line point away from it.
    void point_away(std::size_t line)
    {
        const path& p = paths_[line & (paths_.size() - 1)];
        std::uint64_t& word = words_[line >> log2_];
        word = (word & ~p.nodes) | p.away;
        if (above_)
            above_->point_away(line >> log2_);
    }

    /// The line of the set from `first` on to which the nodes point.
    std::size_t coldest(std::size_t first) const
    {
        const std::size_t place = above_ ? above_->coldest(first >> log2_) : first >> log2_;
        const std::uint64_t word = words_[place];
        std::size_t node = 1;
        for (unsigned level = 0; level < log2_; ++level)
            node = node * 2 + (word >> node & 1);
        return (place << log2_) + node - (std::size_t(1) << log2_);
    }

private:
    // Nodes are numbered as in a heap from 1, each a bit of the word; the leaf of way i would be node ways + i.
    struct path {
        std::uint64_t nodes = 0;
        std::uint64_t away = 0;
    };
    path path_of(unsigned way) const
    {
        path p;
        for (unsigned node = (1U << log2_) + way; node > 1; node /= 2) {
            p.nodes |= std::uint64_t(1) << (node / 2);
            p.away |= std::uint64_t((node & 1) ^ 1) << (node / 2);
        }
        return p;
    }
    static unsigned log2_of(unsigned power_of_two)
    {
        unsigned log2 = 0;
        while (1U << log2 < power_of_two)
            ++log2;
        return log2;
    }

    unsigned log2_; ///< of the ways in a word
    std::vector<std::uint64_t> words_;
    std::vector<path> paths_; ///< by way
    std::unique_ptr<pseudo_lru_tree> above_;
};

} // namespace iovp::smmu
