#include "gic/arch/interrupt_bank.h"

namespace iovp::gic {

namespace {

// Which word of a one-bit-an-interrupt register the offset is, or none.
bool bit_register(std::uint32_t offset, unsigned size, std::uint32_t base, std::uint32_t first, std::uint32_t count,
                  std::uint32_t& word)
{
    if (size != 4 || !is_aligned(offset, 4) || offset < base || offset >= base + 0x80)
        return false;
    const std::uint32_t n = (offset - base) / 4;
    if (n < first / 32 || n >= (first + count) / 32)
        return false;
    word = n - first / 32;
    return true;
}

std::uint32_t every_second_bit(std::uint32_t half)
{
    std::uint32_t wide = 0;
    for (unsigned i = 0; i < 16; ++i)
        wide |= ((half >> i) & 1u) << (2 * i + 1);
    return wide;
}

} // namespace

interrupt_bank::interrupt_bank(std::uint32_t first, std::uint32_t count, unsigned priority_bits)
    : first_(first)
    , count_(count)
    , priority_mask_(static_cast<std::uint8_t>(0xFF00u >> priority_bits))
    , group_(count / 32)
    , enable_(count / 32)
    , latch_(count / 32)
    , active_(count / 32)
    , line_(count / 32)
    , message_(count / 32)
    , edge_(count / 32)
    , priority_(count)
{
    for (std::uint32_t w = 0; w < edge_.size(); ++w)
        edge_[w] = fixed_edges(w);
}

// SGIs are always edge-triggered: ICFGR0 is read-only.
std::uint32_t interrupt_bank::fixed_edges(std::uint32_t w) const
{
    return first_ == 0 && w == 0 ? 0xFFFFu : 0;
}

bool interrupt_bank::read(std::uint32_t offset, unsigned size, std::uint64_t& value) const
{
    using namespace bank_offset;
    std::uint32_t w = 0;
    const auto is = [&](std::uint32_t base) { return bit_register(offset, size, base, first_, count_, w); };
    if (is(igroupr))
        value = group_[w];
    else if (is(isenabler) || is(icenabler))
        value = enable_[w];
    else if (is(ispendr) || is(icpendr))
        value = pending_word(w);
    else if (is(isactiver) || is(icactiver))
        value = active_[w];
    else if (offset >= ipriorityr + first_ && offset < ipriorityr + first_ + count_ && (size == 1 || size == 4) &&
             is_aligned(offset, size)) {
        value = 0;
        for (unsigned i = 0; i < size; ++i)
            value |= std::uint64_t(priority_[offset - ipriorityr - first_ + i]) << (8 * i);
    } else if (offset >= icfgr + first_ / 4 && offset < icfgr + (first_ + count_) / 4 && size == 4 &&
               is_aligned(offset, 4)) {
        const std::uint32_t half = (offset - icfgr - first_ / 4) / 4;
        value = every_second_bit((edge_[half / 2] >> (half % 2 * 16)) & 0xFFFFu);
    } else
        return false;
    return true;
}

bool interrupt_bank::write(std::uint32_t offset, unsigned size, std::uint64_t value64)
{
    quiet_ = false;
    using namespace bank_offset;
    const auto value = static_cast<std::uint32_t>(value64);
    std::uint32_t w = 0;
    const auto is = [&](std::uint32_t base) { return bit_register(offset, size, base, first_, count_, w); };
    if (is(igroupr))
        group_[w] = value;
    else if (is(isenabler))
        enable_[w] |= value;
    else if (is(icenabler))
        enable_[w] &= ~value;
    else if (is(ispendr))
        latch_[w] |= value;
    else if (is(icpendr))
        latch_[w] &= ~value;
    else if (is(isactiver))
        active_[w] |= value;
    else if (is(icactiver))
        active_[w] &= ~value;
    else if (offset >= ipriorityr + first_ && offset < ipriorityr + first_ + count_ && (size == 1 || size == 4) &&
             is_aligned(offset, size)) {
        for (unsigned i = 0; i < size; ++i)
            priority_[offset - ipriorityr - first_ + i] = static_cast<std::uint8_t>(value >> (8 * i)) & priority_mask_;
    } else if (offset >= icfgr + first_ / 4 && offset < icfgr + (first_ + count_) / 4 && size == 4 &&
               is_aligned(offset, 4)) {
        const std::uint32_t half = (offset - icfgr - first_ / 4) / 4;
        std::uint32_t edges = 0;
        for (unsigned i = 0; i < 16; ++i)
            edges |= ((value >> (2 * i + 1)) & 1u) << i;
        const unsigned shift = half % 2 * 16;
        std::uint32_t& word = edge_[half / 2];
        word = (word & ~(0xFFFFu << shift)) | edges << shift | fixed_edges(half / 2);
    } else
        return false;
    return true;
}

void interrupt_bank::line(std::uint32_t intid, bool high)
{
    quiet_ = false;
    const std::uint32_t w = (intid - first_) / 32;
    const std::uint32_t b = 1u << (intid % 32);
    if (high && !(line_[w] & b) && (edge_[w] & b))
        latch_[w] |= b;
    line_[w] = high ? line_[w] | b : line_[w] & ~b;
}

void interrupt_bank::message(std::uint32_t intid, bool set)
{
    quiet_ = false;
    const std::uint32_t w = (intid - first_) / 32;
    const std::uint32_t b = 1u << (intid % 32);
    std::vector<std::uint32_t>& words = edge_[w] & b ? latch_ : message_;
    words[w] = set ? words[w] | b : words[w] & ~b;
}

void interrupt_bank::acknowledge(std::uint32_t intid)
{
    const std::uint32_t w = (intid - first_) / 32;
    const std::uint32_t b = 1u << (intid % 32);
    latch_[w] &= ~b;
    active_[w] |= b;
}

void interrupt_bank::deactivate(std::uint32_t intid)
{
    quiet_ = false;
    active_[(intid - first_) / 32] &= ~(1u << (intid % 32));
}

bool interrupt_bank::pending(std::uint32_t intid) const
{
    return bit(pending_word((intid - first_) / 32), intid % 32);
}

bool interrupt_bank::active(std::uint32_t intid) const
{
    return bit(active_[(intid - first_) / 32], intid % 32);
}

bool interrupt_bank::edge(std::uint32_t intid) const
{
    return bit(edge_[(intid - first_) / 32], intid % 32);
}

} // namespace iovp::gic
