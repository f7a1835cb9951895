#pragma once

#include <cstdint>
#include <memory>
#include <vector>

namespace iovp {

/// Memory's content: pages of zeros that come into being when they are first written. A two-level table, so that a
/// look-up is two loads whatever the number of pages.
class page_store {
public:
    /// `size`: bytes, any number above 0. `page_size`: bytes, a power of two.
    page_store(std::uint64_t size, std::uint64_t page_size);

    /// The page that holds the address, null while it is untouched. The address must be below size.
    const std::uint8_t* find(std::uint64_t address) const
    {
        const page_block& block = blocks_[static_cast<std::size_t>(address >> block_shift_)];
        return block ? block[page_index(address)].get() : nullptr;
    }

    /// The same, made when it is untouched.
    std::uint8_t* touch(std::uint64_t address);

    std::uint64_t size() const { return size_; }
    std::uint64_t page_size() const { return std::uint64_t(1) << page_shift_; }
    std::uint64_t offset(std::uint64_t address) const { return address & (page_size() - 1); }
    std::uint64_t pages() const { return pages_; } ///< how many have been touched

private:
    static constexpr unsigned block_bits = 9;
    using page = std::unique_ptr<std::uint8_t[]>;
    using page_block = std::unique_ptr<page[]>;

    std::size_t page_index(std::uint64_t address) const
    {
        return static_cast<std::size_t>(address >> page_shift_) & ((1u << block_bits) - 1);
    }

    std::uint64_t size_;
    unsigned page_shift_;
    unsigned block_shift_;
    std::uint64_t pages_ = 0;
    std::vector<page_block> blocks_;
};

} // namespace iovp
