#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace iovp::cpu::a64 {

/// The global monitor of all cores (B2.12.2): which physical granule each has marked by a load exclusive.
class exclusive_monitor {
public:
    static constexpr std::uint64_t granule = 64; ///< CTR_EL0.ERG

    static exclusive_monitor& global()
    {
        static exclusive_monitor m;
        return m;
    }

    void mark(const void* who, std::uint64_t pa)
    {
        for (mark_of& m : marks_)
            if (m.who == who) {
                m.granule = pa / granule;
                return;
            }
        marks_.push_back({who, pa / granule});
    }
    bool marked(const void* who, std::uint64_t pa) const
    {
        return std::any_of(marks_.begin(), marks_.end(),
                           [&](const mark_of& m) { return m.who == who && m.granule == pa / granule; });
    }
    void clear(const void* who)
    {
        marks_.erase(std::remove_if(marks_.begin(), marks_.end(), [&](const mark_of& m) { return m.who == who; }),
                     marks_.end());
    }
    /// Somebody wrote to [pa, pa + size): calls `lost(who)` for each mark that this clears, except the writer's own.
    template <class Lost>
    void written(const void* writer, std::uint64_t pa, std::uint64_t size, Lost&& lost)
    {
        for (std::size_t i = 0; i < marks_.size();) {
            const mark_of m = marks_[i];
            if (m.who != writer && m.granule >= pa / granule && m.granule <= (pa + size - 1) / granule) {
                marks_.erase(marks_.begin() + static_cast<std::ptrdiff_t>(i));
                lost(m.who);
            } else {
                ++i;
            }
        }
    }
    bool empty() const { return marks_.empty(); }

private:
    struct mark_of {
        const void* who;
        std::uint64_t granule;
    };
    std::vector<mark_of> marks_;
};

} // namespace iovp::cpu::a64
