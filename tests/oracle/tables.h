#pragma once

#include "choices.h"
#include "oracle.h"

#include <functional>
#include <map>
#include <vector>

namespace iovp::oracle {

/// Where the tables of a scenario stand: below 2 GiB. Everything that is mapped for devices stands above.
class allocator {
public:
    std::uint64_t take(std::uint64_t bytes)
    {
        next_ = (next_ + bytes - 1) & ~(bytes - 1);
        next_ += bytes;
        return next_ - bytes;
    }

private:
    std::uint64_t next_ = 0x10000000;
};

/// A translation table of one stage (D8.3), written through `reach`, which turns the address of a descriptor into the
/// physical one (stage 1 under stage 2 lives in IPA space).
class table {
public:
    /// From an address and whether it is in the Non-secure space.
    using reach_function = std::function<std::uint64_t(std::uint64_t, bool)>;

    /// How it is read: where a descriptor holds address bits [51:48], and a bit that the addresses of its tables have
    /// set.
    struct format {
        unsigned granule = 12;
        bool ds = false;   ///< 4K and 16K: in [49:48] and [9:8]
        bool low4 = false; ///< 64K: in [15:12]
        bool big = false;
        std::uint64_t far = 0;
        bool ns = true;         ///< the space of the first table
        bool ns_tables = false; ///< some tables have NSTable
    };
    table(memory& m, allocator& space, reach_function reach, const format& f, unsigned input, int start);

    std::uint64_t root() const { return root_; }
    unsigned granule() const { return f_.granule; }
    bool ds() const { return f_.ds; }
    unsigned input() const { return input_; }
    int start() const { return start_; }

    /// Level of a leaf that the granule and the start level allow.
    int leaf_level(choices& c) const;
    std::uint64_t leaf_size(int level) const { return std::uint64_t(1) << low(level); }

    /// Maps the page or block at `from` to `to`; false where another leaf or table is in the way.
    /// `ns`: whether the leaf stands in the Non-secure space.
    bool map(std::uint64_t from, std::uint64_t to, int level, std::uint64_t bits, bool* ns = nullptr);

    /// Physical addresses of all descriptors written so far, tables first reached first.
    const std::vector<std::uint64_t>& written() const { return written_; }
    struct leaf {
        std::uint64_t at;   ///< physical address of the descriptor
        std::uint64_t from; ///< input address, aligned
        int level;
    };
    /// In the order of map().
    const std::vector<leaf>& leaves() const { return leaves_; }
    bool big() const { return f_.big; }

    /// The descriptor as the walk understands it.
    std::uint64_t get(std::uint64_t physical) const;
    void put(std::uint64_t physical, std::uint64_t descriptor);

private:
    unsigned low(int level) const { return f_.granule + unsigned(3 - level) * (f_.granule - 3); }
    std::uint64_t encoded(std::uint64_t address) const;
    std::uint64_t decoded(std::uint64_t descriptor) const;

    memory* m_;
    allocator* space_;
    reach_function reach_;
    format f_;
    unsigned input_;
    int start_;
    std::uint64_t root_;
    std::vector<std::uint64_t> written_;
    std::vector<leaf> leaves_;
};

} // namespace iovp::oracle
