#include "memory/page_store.h"

namespace iovp {

static unsigned log2_of(std::uint64_t power_of_two)
{
    unsigned shift = 0;
    while ((std::uint64_t(1) << shift) < power_of_two)
        ++shift;
    return shift;
}

page_store::page_store(std::uint64_t size, std::uint64_t page_size)
    : size_(size)
    , page_shift_(log2_of(page_size))
    , block_shift_(page_shift_ + block_bits)
    , blocks_(static_cast<std::size_t>(((size - 1) >> block_shift_) + 1))
{
}

std::uint8_t* page_store::touch(std::uint64_t address)
{
    page_block& block = blocks_[static_cast<std::size_t>(address >> block_shift_)];
    if (!block)
        block = std::make_unique<page[]>(std::size_t(1) << block_bits);
    page& p = block[page_index(address)];
    if (!p) {
        p = std::make_unique<std::uint8_t[]>(static_cast<std::size_t>(page_size()));
        ++pages_;
    }
    return p.get();
}

} // namespace iovp
