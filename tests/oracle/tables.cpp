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

table::table(memory& m, allocator& space, reach_function reach, const format& f, unsigned input, int start)
    : m_(&m)
    , space_(&space)
    , reach_(std::move(reach))
    , f_(f)
    , input_(input)
    , start_(start)
{
    const std::uint64_t size = std::uint64_t(8) << (input - low(start));
    root_ = space.take(size < 64 ? 64 : size) | f.far;
}

int table::leaf_level(choices& c) const
{
    const int first = f_.granule == 12   ? (f_.ds ? 0 : 1)
                      : f_.granule == 14 ? (f_.ds ? 1 : 2)
                      : f_.low4          ? 1
                                         : 2; // D8.3.1
    const int top = start_ > first ? start_ : first;
    return 3 - static_cast<int>(c.below(static_cast<unsigned>(3 - top + 1)));
}

std::uint64_t table::get(std::uint64_t physical) const
{
    return f_.big ? swap(m_->get(physical)) : m_->get(physical);
}

void table::put(std::uint64_t physical, std::uint64_t descriptor)
{
    m_->set(physical, f_.big ? swap(descriptor) : descriptor);
}

std::uint64_t table::encoded(std::uint64_t address) const
{
    const std::uint64_t top = address >> 48 & 15;
    const std::uint64_t rest = address & 0xffffffffffff;
    if (f_.ds)
        return rest | (top & 3) << 48 | top >> 2 << 8;
    return f_.low4 ? rest | top << 12 : rest;
}

std::uint64_t table::decoded(std::uint64_t descriptor) const
{
    const std::uint64_t rest = (descriptor & 0xffffffffffff) >> f_.granule << f_.granule;
    if (f_.ds)
        return rest | (descriptor >> 48 & 3) << 48 | (descriptor >> 8 & 3) << 50;
    return f_.low4 ? rest | (descriptor >> 12 & 15) << 48 : rest;
}

bool table::map(std::uint64_t from, std::uint64_t to, int level, std::uint64_t bits, bool* leaf_ns)
{
    bool ns = f_.ns;
    std::uint64_t at = root_;
    for (int l = start_;; ++l) {
        const unsigned above = l == start_ ? input_ : low(l - 1);
        const std::uint64_t index = (from >> low(l)) & ((std::uint64_t(1) << (above - low(l))) - 1);
        const std::uint64_t physical = reach_(at + 8 * index, ns);
        const std::uint64_t d = get(physical);
        if (l == level) {
            if (leaf_ns != nullptr)
                *leaf_ns = ns;
            if (d != 0)
                return false;
            put(physical,
                encoded(to & ~(leaf_size(l) - 1)) | (f_.ds ? bits & ~std::uint64_t(0x300) : bits) | (l == 3 ? 3 : 1));
            written_.push_back(physical);
            leaves_.push_back({physical, from & ~(leaf_size(l) - 1), level});
            return true;
        }
        if (d == 0) {
            const std::uint64_t next = space_->take(std::uint64_t(1) << f_.granule) | f_.far;
            const bool now = f_.ns_tables && (next >> f_.granule) % 3 == 0; // any rule of thumb
            ns = ns || now;
            put(physical, encoded(next) | 3 | std::uint64_t(now) << 63);
            written_.push_back(physical);
            at = next;
        } else if ((d & 2) != 0) {
            at = decoded(d);
            ns = ns || d >> 63 != 0;
        } else {
            return false;
        }
    }
}

} // namespace iovp::oracle
