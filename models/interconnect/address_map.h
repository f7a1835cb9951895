#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace iovp {

/// Which target answers which addresses: ranges that do not overlap, sorted, found by binary search.
class address_map {
public:
    struct range {
        std::string name;
        std::uint64_t base;
        std::uint64_t size;
        unsigned target; ///< what the owner of the map means by it: an interconnect's downstream index

        std::uint64_t last() const { return base + (size - 1); }
        /// Whether `length` bytes (0 counts as 1) from an address inside the range stay inside.
        bool holds(std::uint64_t address, std::uint64_t length) const
        {
            return length == 0 || length - 1 <= last() - address;
        }
    };

    /// Addresses that no range answers, both ends included.
    struct hole {
        std::uint64_t first;
        std::uint64_t last;
    };

    /// Adds a range; empty when that is right, otherwise what is wrong with it: no bytes, beyond 2^64, or the name of
    /// the range that it overlaps.
    std::string add(const range& r);

    /// The range that holds the address, null in a hole.
    const range* find(std::uint64_t address) const;

    const std::vector<range>& ranges() const { return ranges_; } ///< by ascending base

    /// The gaps below, between and above the ranges, by ascending address, up to `last`.
    std::vector<hole> holes(std::uint64_t last = ~std::uint64_t(0)) const;

private:
    std::vector<range> ranges_;
};

} // namespace iovp
