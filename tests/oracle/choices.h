#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <vector>

namespace iovp::oracle {

/// A list of numbers read as decisions: what rapidcheck generates and shrinks. Zero, and the end of the list, mean the
/// plainest decision everywhere, so that a shrunk list is a plain scenario.
class choices {
public:
    explicit choices(const std::vector<std::uint32_t>& list)
        : list_(list)
    {
    }

    std::uint32_t raw() { return next_ < list_.size() ? list_[next_++] : 0; }
    std::uint64_t word()
    {
        const std::uint64_t high = raw();
        return high << 32 | raw();
    }

    /// 0 .. n - 1.
    unsigned below(unsigned n) { return n == 0 ? 0 : raw() % n; }

    /// True in `percent` of 100 cases.
    bool chance(unsigned percent) { return raw() % 100 >= 100 - percent; }

    template <class T>
    T of(std::initializer_list<T> list)
    {
        return list.begin()[below(static_cast<unsigned>(list.size()))];
    }
    template <class T>
    const T& of(const std::vector<T>& list)
    {
        return list[below(static_cast<unsigned>(list.size()))];
    }

private:
    const std::vector<std::uint32_t>& list_;
    std::size_t next_ = 0;
};

} // namespace iovp::oracle
