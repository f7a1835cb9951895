#include "tables.h"

namespace iovp::oracle {

namespace {

std::uint64_t swap(std::uint64_t v)
{
    std::uint64_t r = 0;
    for (unsigned i = 0; i < 64; i += 8)
        r |= ((v >> i) & 0xff) << (56 - i);
    return r;
}

} // namespace

table::table(memory& m, allocator& space, reach_function reach, unsigned granule, unsigned input, int start, bool big)
    : m_(&m)
    , space_(&space)
    , reach_(std::move(reach))
    , granule_(granule)
    , input_(input)
    , start_(start)
    , big_(big)
{
    root_ = space.take(std::uint64_t(8) << (input - low(start)));
}

int table::leaf_level(choices& c) const
{
    const int first = granule_ == 12 ? 1 : 2; // D8.3.1 without 52-bit addresses
    const int top = start_ > first ? start_ : first;
    return 3 - static_cast<int>(c.below(static_cast<unsigned>(3 - top + 1)));
}

std::uint64_t table::get(std::uint64_t physical) const
{
    return big_ ? swap(m_->get(physical)) : m_->get(physical);
}

void table::put(std::uint64_t physical, std::uint64_t descriptor)
{
    m_->set(physical, big_ ? swap(descriptor) : descriptor);
}

bool table::map(std::uint64_t from, std::uint64_t to, int level, std::uint64_t bits)
{
    std::uint64_t at = root_;
    for (int l = start_;; ++l) {
        const unsigned above = l == start_ ? input_ : low(l - 1);
        const std::uint64_t index = (from >> low(l)) & ((std::uint64_t(1) << (above - low(l))) - 1);
        const std::uint64_t physical = reach_(at + 8 * index);
        const std::uint64_t d = get(physical);
        if (l == level) {
            if (d != 0)
                return false;
            put(physical, (to & ~(leaf_size(l) - 1)) | bits | (l == 3 ? 3 : 1));
            written_.push_back(physical);
            leaves_.push_back({physical, from, level});
            return true;
        }
        if (d == 0) {
            const std::uint64_t next = space_->take(std::uint64_t(1) << granule_);
            put(physical, next | 3);
            written_.push_back(physical);
            at = next;
        } else if ((d & 2) != 0) {
            at = (d & 0x0000ffffffffffff) >> granule_ << granule_;
        } else {
            return false;
        }
    }
}

} // namespace iovp::oracle
