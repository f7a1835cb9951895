#include "smmu/tbu/prefetcher.h"

#include "common/bit_field.h"

namespace iovp::smmu {

/// 0: there is none, the address space ends.
static std::uint64_t page_after(std::uint64_t address, unsigned size_log2)
{
    const std::uint64_t size = std::uint64_t(1) << size_log2;
    return align_down(address, size) + size;
}

prefetcher::sequence* prefetcher::advance(sequence& s, unsigned size_log2)
{
    s.recent = ++accesses_;
    if (s.under_way)
        return nullptr; // its page is still being asked for
    s.input = page_after(s.input, size_log2);
    s.what.address = page_after(s.what.address, size_log2);
    s.used = s.input != 0 && s.what.address != 0;
    return s.used ? &s : nullptr;
}

prefetcher::sequence* prefetcher::least_recent()
{
    sequence* found = nullptr;
    for (sequence& s : sequences_)
        if (!s.under_way && (!found || (found->used && (!s.used || s.recent < found->recent))))
            found = &s;
    return found;
}

prefetcher::sequence* prefetcher::missed(std::uint64_t key, const request& r, std::uint64_t input, unsigned size_log2)
{
    const std::uint64_t next = page_after(input, size_log2);
    sequence* expected = nullptr;
    for (sequence& s : sequences_) {
        if (!s.used || s.key != key || s.what.non_secure != r.non_secure)
            continue;
        if (s.input == next)
            return nullptr; // the same page once more
        if (s.input >> size_log2 == input >> size_log2)
            expected = &s;
    }
    if (expected)
        return advance(*expected, size_log2);
    if (sequence* const s = least_recent()) {
        s->key = key;
        s->what = r;
        s->what.what.write = false; // 3.14: nothing else is asked for speculatively
        s->input = input;
        advance(*s, size_log2);
    }
    return nullptr;
}

prefetcher::sequence* prefetcher::used(std::uint64_t key, std::uint64_t page, unsigned size_log2)
{
    for (sequence& s : sequences_)
        if (s.used && s.key == key && s.input >> size_log2 == page)
            return advance(s, size_log2);
    return nullptr;
}

} // namespace iovp::smmu
